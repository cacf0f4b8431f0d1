"""Make and check Belenios's zero-knowledge proofs: Schnorr, DLEQ and disjunctive (one of several).

All follow one pattern: commitment from a fresh w, challenge c by hashing, response
s = w − secret·c mod q. The verifier recomputes the commitment as s·base + c·public and compares
the hash (Belenios specification 3.3; ballot sections 8 to 10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from crypto.compact_json import ParsedJson, as_fields, as_list, as_text
from crypto.elgamal import Ciphertext
from crypto.errors import ProofError
from crypto.group import (
    BASE,
    ORDER,
    Point,
    Scalar,
    ScalarSource,
    add,
    hash_to_scalar,
    mul,
    mul_base,
    point_text,
    scalar_from_text,
)
from crypto.scalar_mult import Multiplied, differences, multiple, sum_of_two, sums_of_two


@dataclass(frozen=True, slots=True)
class Proof:
    """Challenge and response, scalars."""

    challenge: Scalar
    response: Scalar

    def as_json(self) -> ParsedJson:
        """Return the object with both scalars as decimal strings."""
        return {"challenge": str(self.challenge), "response": str(self.response)}

    @classmethod
    def from_json(cls, value: ParsedJson) -> "Proof":
        """Parse an object of `as_json`. Raises DecodeError."""
        challenge, response = as_fields(value, "challenge", "response")
        return cls(scalar_from_text(as_text(challenge)), scalar_from_text(as_text(response)))


def proofs_from_json(value: ParsedJson, length: int | None = None) -> tuple[Proof, ...]:
    """Parse a list of proofs, of the given length if one is given. Raises DecodeError."""
    return tuple(Proof.from_json(item) for item in as_list(value, length))


def prove_schnorr(prefix: str, secret: Scalar, draw: ScalarSource) -> Proof:
    """Make a Schnorr proof of the secret behind secret·G; the challenge is H(prefix S(A)).

    prefix: what the proof is bound to. draw: nonces that nobody else knows.
    """
    nonce = draw()
    challenge = hash_to_scalar(prefix + point_text(mul_base(nonce)))
    return Proof(challenge, (nonce - secret * challenge) % ORDER)


def is_schnorr_valid(prefix: str, public: Point, proof: Proof) -> bool:
    """Return whether a Schnorr proof holds: the prover knew the logarithm of `public`.

    `public` is in the group of order q. Raises DecodeError for bytes that are no point.
    """
    commitment = sum_of_two(proof.response, BASE, proof.challenge, public)
    return hash_to_scalar(prefix + point_text(commitment)) == proof.challenge


@dataclass(frozen=True, slots=True)
class Claim:
    """The statement that the ciphertext encrypts value·G."""

    ciphertext: Ciphertext
    value: int


@dataclass(frozen=True, slots=True)
class Witness:
    """The prover's knowledge of a claim's ciphertext: its randomness and its real value."""

    randomness: Scalar
    value: int


def prove_disjunction(
    prefix: str, key: Multiplied, claims: Sequence[tuple[Claim, Witness]], draw: ScalarSource
) -> tuple[Proof, ...]:
    """Prove that at least one of the claims holds, without revealing which; one proof per claim.

    The challenges add up to H(prefix A_0,B_0,A_1,B_1…). The prover knows every randomness r, so
    a simulated A = s·G + c·alpha is computed as (s + c·r)·G, and B likewise.
    Raises ProofError if no claim holds.
    """
    true = next((i for i, (claim, known) in enumerate(claims) if claim.value == known.value), None)
    if true is None:
        raise ProofError("the statement to be proven is not true")
    nonce = draw()
    simulated = [Proof(0, 0) if i == true else Proof(draw(), draw()) for i in range(len(claims))]
    commitments = []
    for i, ((claim, known), proof) in enumerate(zip(claims, simulated, strict=True)):
        exponent = nonce if i == true else proof.response + proof.challenge * known.randomness
        offset = mul_base(proof.challenge * (known.value - claim.value))
        commitments += [mul_base(exponent), add(multiple(exponent, key), offset)]
    total = hash_to_scalar(prefix + ",".join(map(point_text, commitments)))
    challenge = (total - sum(proof.challenge for proof in simulated)) % ORDER
    response = (nonce - claims[true][1].randomness * challenge) % ORDER
    simulated[true] = Proof(challenge, response)
    return tuple(simulated)


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Claims of which one is true, and their proof; the challenge is hashed with the prefix."""

    prefix: str
    claims: Sequence[Claim]
    proofs: Sequence[Proof]


def are_disjunctions_valid(key: Point, disjunctions: Sequence[Disjunction]) -> bool:
    """Return whether all disjunctive proofs hold: at least one claim of each is true.

    False also if there are not as many proofs as claims. All points are in the group of order q.
    Raises DecodeError for bytes that are no point.
    """
    if any(len(each.claims) != len(each.proofs) for each in disjunctions):
        return False
    claims = [claim for each in disjunctions for claim in each.claims]
    proofs = [proof for each in disjunctions for proof in each.proofs]
    responses = [proof.response for proof in proofs]
    challenges = [proof.challenge for proof in proofs]
    alphas = [claim.ciphertext.alpha for claim in claims]
    lefts = sums_of_two(responses, BASE, challenges, alphas)
    rights = sums_of_two(responses, key, challenges, _shifted(claims))
    commitments = map(point_text, chain.from_iterable(zip(lefts, rights, strict=True)))
    return all(
        hash_to_scalar(each.prefix + ",".join(islice(commitments, 2 * len(each.claims))))
        == sum(proof.challenge for proof in each.proofs) % ORDER
        for each in disjunctions
    )


def prove_dleq(secret: Scalar, base: Point, prefix: str, draw: ScalarSource) -> tuple[Point, Proof]:
    """Compute the factor secret·base with a DLEQ proof: its logarithm is that of secret·G.

    The challenge is H(prefix S(w·G),S(w·base)).
    """
    nonce = draw()
    challenge = _pair_challenge(prefix, mul_base(nonce), mul(nonce, base))
    return mul(secret, base), Proof(challenge, (nonce - secret * challenge) % ORDER)


def is_dleq_valid(public: Point, base: Point, factor: Point, prefix: str, proof: Proof) -> bool:
    """Return whether a DLEQ proof holds: log_base(factor) = log_G(public).

    All points are in the group of order q. Raises DecodeError for bytes that are no point.
    """
    left = sum_of_two(proof.response, BASE, proof.challenge, public)
    right = sum_of_two(proof.response, base, proof.challenge, factor)
    return _pair_challenge(prefix, left, right) == proof.challenge


def _shifted(claims: Sequence[Claim]) -> list[Point]:
    """Return beta − value·G of all ciphertexts."""
    shifted = [claim for claim in claims if claim.value]
    betas = [claim.ciphertext.beta for claim in shifted]
    rests = iter(differences(betas, [_multiple(claim.value) for claim in shifted]))
    return [next(rests) if claim.value else claim.ciphertext.beta for claim in claims]


@lru_cache(maxsize=256)
def _multiple(value: int) -> Point:
    """Compute value·G of a small number that stands in the question, as in every ballot."""
    return mul_base(value)


def _pair_challenge(prefix: str, left: Point, right: Point) -> Scalar:
    return hash_to_scalar(f"{prefix}{point_text(left)},{point_text(right)}")
