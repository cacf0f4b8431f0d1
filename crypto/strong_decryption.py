"""Prove and verify all factors of one trustee's partial decryption together.

Belenios' own proofs (`crypto.decryption`) cover neither alpha nor the factor in their challenge, so a
trustee can choose a factor after the challenge. Here every alpha and every factor is hashed first:

    seed   = SHA-512(LABEL 00 ‖ φ ‖ event ‖ owner ‖ key ‖ n ‖ alphas ‖ factors)
    w_i    = the first 16 bytes of SHA-512(LABEL 01 ‖ seed ‖ i), a number
    A, F   = Σ w_i·alpha_i, Σ w_i·factor_i
    c      = SHA-512(LABEL 02 ‖ seed ‖ A ‖ F ‖ r·G ‖ r·A) mod q,    s = r − c·secret

(docs/spec/decryption.md). A list with one wrong factor gives F = secret·A with a chance of 2^-128 for
each seed that is tried, provided that all points are in the group of prime order q: outside it an
error of small order is cancelled by one weight in a few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha512

from crypto.errors import ProofError
from crypto.group import (
    IDENTITY,
    ORDER,
    Point,
    Scalar,
    ScalarSource,
    add,
    is_public_member,
    mul,
    mul_base,
)
from crypto.proofs import Proof
from crypto.scalar_mult import multi_scalar_mult

LABEL = b"amin-strong-decryption-1"
WEIGHT_BYTES = 16


@dataclass(frozen=True, slots=True)
class DecryptionStatement:
    """The claim that every factor is the trustee's secret times its alpha."""

    fingerprint: str
    """φ of the election, 43 characters."""
    event: bytes
    """SHA-256 of the archive's last event before the first partial decryption."""
    owner: int
    """The trustee's number in the archive, from 1."""
    public_key: Point
    """The trustee's key, or the public key of a threshold share."""
    alphas: tuple[Point, ...]
    """Of all rows of all questions, in the order of the questions; in the group of order q."""
    factors: tuple[Point, ...]
    """In the same order."""


def prove_strong_decryption(
    statement: DecryptionStatement, private_key: Scalar, draw: ScalarSource
) -> Proof:
    """Prove the statement with the trustee's private key or threshold share.

    draw: nonces that nobody else knows. Raises ProofError if the statement is not true.
    """
    if mul_base(private_key) != statement.public_key:
        raise ProofError("the key is not that of the decryption's owner")
    seed, alpha, factor = _sums(statement)
    if mul(private_key, alpha) != factor:
        raise ProofError("a factor of the decryption is not what the key gives; decrypt again")
    nonce = draw()
    challenge = strong_challenge(seed, alpha, factor, mul_base(nonce), mul(nonce, alpha))
    return Proof(challenge, (nonce - challenge * private_key) % ORDER)


def verify_strong_decryption(statement: DecryptionStatement, proof: Proof) -> None:
    """Verify a proof and that every factor is in the group of order q. Raises ProofError."""
    seed, alpha, factor = _sums(statement)
    left = add(mul_base(proof.response), mul(proof.challenge, statement.public_key))
    right = add(mul(proof.response, alpha), mul(proof.challenge, factor))
    if strong_challenge(seed, alpha, factor, left, right) != proof.challenge:
        raise ProofError("the strong proof of a decryption does not hold")


def _sums(statement: DecryptionStatement) -> tuple[bytes, Point, Point]:
    """Compute the seed, A and F. Raises ProofError for lists that no proof can be about."""
    if len(statement.alphas) != len(statement.factors):
        raise ProofError("not as many factors as ciphertexts")
    if not all(factor == IDENTITY or is_public_member(factor) for factor in statement.factors):
        raise ProofError("a factor outside the group of order q")
    seed = decryption_seed(statement)
    weights = row_weights(seed, len(statement.alphas))
    return (
        seed,
        multi_scalar_mult(weights, statement.alphas),
        multi_scalar_mult(weights, statement.factors),
    )


def decryption_seed(statement: DecryptionStatement) -> bytes:
    """Compute the 64 bytes that everything in the statement goes into."""
    digest = sha512(LABEL + b"\0")
    digest.update(statement.fingerprint.encode("ascii") + statement.event)
    digest.update(statement.owner.to_bytes(8, "big") + statement.public_key)
    digest.update(len(statement.alphas).to_bytes(8, "big"))
    digest.update(b"".join(statement.alphas))
    digest.update(b"".join(statement.factors))
    return digest.digest()


def row_weights(seed: bytes, count: int) -> Sequence[Scalar]:
    """Compute w_0 … w_(count−1), numbers of 128 bits."""
    prefix = sha512(LABEL + b"\1" + seed)
    weights: list[Scalar] = []
    for index in range(count):
        digest = prefix.copy()
        digest.update(index.to_bytes(8, "big"))
        weights.append(int.from_bytes(digest.digest()[:WEIGHT_BYTES], "big"))
    return weights


def strong_challenge(seed: bytes, alpha: Point, factor: Point, left: Point, right: Point) -> Scalar:
    """Compute c; alpha, factor: the sums A and F; left, right: the commitments r·G and r·A."""
    digest = sha512(LABEL + b"\2" + seed + alpha + factor + left + right)
    return int.from_bytes(digest.digest(), "big") % ORDER
