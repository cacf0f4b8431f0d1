"""Turn a secret input into a pseudonym together with a key holder who never sees it: VOPRF of RFC 9497.

Suite ristretto255-SHA512, mode 1 (verifiable). The client blinds its input, the evaluator multiplies what
it gets by its key and proves with a DLEQ proof that it was the published one, the client unblinds:

    client                                   evaluator (k, K = k·G)
    P = H(input), B = b·P       — B →        Z = k·B, proof that log(K) = log_B(Z)
    N = b⁻¹·Z                   ← Z, proof —
    output = SHA-512(input, N, "Finalize")

Whoever holds the outputs learns no input without asking the evaluator once for each guess. All
multiplications and sums are libsodium's (`pysodium`: PyNaCl has no ristretto255), in constant time. An
encoding is canonical or refused, and the identity is refused everywhere.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pysodium

from crypto.errors import DecodeError, ProofError

ELEMENT_SIZE: Final = 32
SCALAR_SIZE: Final = 32
PROOF_SIZE: Final = 2 * SCALAR_SIZE
OUTPUT_SIZE: Final = 64
MAX_INPUT: Final = 1024
"""Bytes; RFC 9497 allows 65,535."""
MAX_BATCH: Final = 256
"""Elements of one proof."""

_CONTEXT: Final = b"OPRFV1-\x01-ristretto255-SHA512"
_HASH_SIZE: Final = 64
_BLOCK_SIZE: Final = 128
"""Bytes of a block of SHA-512 (expand_message_xmd, RFC 9380, section 5.3.1)."""
_TO_GROUP: Final = b"HashToGroup-" + _CONTEXT
_TO_SCALAR: Final = b"HashToScalar-" + _CONTEXT
_SEED: Final = b"Seed-" + _CONTEXT
_DERIVE: Final = b"DeriveKeyPair" + _CONTEXT
_ZERO: Final = bytes(SCALAR_SIZE)
_IDENTITY: Final = bytes(ELEMENT_SIZE)

ScalarDraw = Callable[[], bytes]


def random_scalar() -> bytes:
    """Draw a scalar that is not zero."""
    while (scalar := _reduced(secrets.token_bytes(_HASH_SIZE))) == _ZERO:
        pass  # pragma: no cover - once in 2²⁵²
    return scalar


def derive_scalar(seed: bytes, info: bytes) -> bytes:
    """Derive a scalar that is not zero, as `EvaluatorKey.derive`. `ValueError` unless 32 secret bytes."""
    if len(seed) != 32 or len(info) > MAX_INPUT:
        raise ValueError("a seed has 32 bytes")
    for counter in range(256):
        scalar = _hash_to_scalar(seed + _framed(info) + bytes([counter]), _DERIVE)
        if scalar != _ZERO:
            return scalar
    raise ValueError("no key follows from this seed")  # pragma: no cover - once in 2⁶⁴⁵¹²


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the evaluator answers: one element for each that came, and one proof for all."""

    elements: tuple[bytes, ...]
    proof: bytes
    """Challenge ‖ response."""


@dataclass(frozen=True, slots=True)
class Blinded:
    """An input on its way. Never log this."""

    secret_input: bytes
    blind: bytes
    element: bytes
    """What the evaluator gets."""

    def __repr__(self) -> str:
        return "Blinded(…)"


class EvaluatorKey:
    """The evaluator's private key. Never log this."""

    __slots__ = ("_scalar", "public")

    def __init__(self, scalar: bytes) -> None:
        """`scalar`: 32 bytes, reduced and not zero; else `DecodeError`."""
        _check_scalar(scalar)
        if scalar == _ZERO:
            raise DecodeError("the evaluator's key is zero")
        self._scalar = scalar
        self.public: bytes = pysodium.crypto_scalarmult_ristretto255_base(scalar)
        """32 bytes, in the register."""

    def __repr__(self) -> str:
        return "EvaluatorKey(…)"

    def to_bytes(self) -> bytes:
        """Return the scalar, to be kept closed. Never log this."""
        return self._scalar

    @classmethod
    def generate(cls) -> EvaluatorKey:
        """Draw a key."""
        return cls(random_scalar())

    @classmethod
    def derive(cls, seed: bytes, info: bytes) -> EvaluatorKey:
        """Derive a key from 32 secret bytes (RFC 9497, section 3.2.1). `ValueError` for other sizes."""
        return cls(derive_scalar(seed, info))

    def apart(self, info: bytes) -> EvaluatorKey:
        """Return the key of another purpose: derived from this one, which does not follow from it."""
        return EvaluatorKey.derive(self._scalar, info)

    def evaluate(self, blinded: Sequence[bytes], draw: ScalarDraw = random_scalar) -> Evaluation:
        """Multiply each element by the key, and prove it.

        Raises `DecodeError` for no element or too many, and for what is none of the group.
        """
        _check_elements(blinded)
        elements = tuple(_multiply(self._scalar, element) for element in blinded)
        composite = _composite(self.public, blinded, elements)
        evaluated = _multiply(self._scalar, composite)
        nonce = draw()
        commitments = (
            pysodium.crypto_scalarmult_ristretto255_base(nonce),
            _multiply(nonce, composite),
        )
        challenge = _challenge(self.public, composite, evaluated, *commitments)
        response = pysodium.crypto_core_ristretto255_scalar_sub(
            nonce, pysodium.crypto_core_ristretto255_scalar_mul(challenge, self._scalar)
        )
        return Evaluation(elements, challenge + response)


def blind(secret_input: bytes, draw: ScalarDraw = random_scalar) -> Blinded:
    """Blind an input of at most `MAX_INPUT` bytes; `ValueError` for a longer one."""
    if len(secret_input) > MAX_INPUT:
        raise ValueError(f"an input has {MAX_INPUT} bytes at most")
    scalar = draw()
    point = pysodium.crypto_core_ristretto255_from_hash(_expand(secret_input, _TO_GROUP))
    return Blinded(secret_input, scalar, _multiply(scalar, point))


def finalize(
    blinded: Sequence[Blinded], evaluation: Evaluation, public: bytes
) -> tuple[bytes, ...]:
    """Verify the evaluator's answer under its public key and return the outputs, 64 bytes each.

    Raises `DecodeError` for an answer of another form, `ProofError` if another key was used.
    """
    sent = [each.element for each in blinded]
    _check_elements(sent)
    _check_elements(evaluation.elements)
    _check_elements([public])
    if len(sent) != len(evaluation.elements) or len(evaluation.proof) != PROOF_SIZE:
        raise DecodeError("the evaluator answered in another form")
    challenge, response = evaluation.proof[:SCALAR_SIZE], evaluation.proof[SCALAR_SIZE:]
    _check_scalar(challenge)
    _check_scalar(response)
    composite = _composite(public, sent, evaluation.elements)
    evaluated = _combined(_weights(public, sent, evaluation.elements), evaluation.elements)
    commitments = (
        _sum(_times_base(response), _times(challenge, public)),
        _sum(_times(response, composite), _times(challenge, evaluated)),
    )
    if _challenge(public, composite, evaluated, *commitments) != challenge:
        raise ProofError("the evaluator used another key than the published one")
    return tuple(map(_output, blinded, evaluation.elements))


# ---------------------------------------------------------------- parts


def _output(blinded: Blinded, element: bytes) -> bytes:
    inverse = pysodium.crypto_core_ristretto255_scalar_invert(blinded.blind)
    unblinded = _multiply(inverse, element)
    return hashlib.sha512(_framed(blinded.secret_input) + _framed(unblinded) + b"Finalize").digest()


def _composite(public: bytes, sent: Sequence[bytes], answered: Sequence[bytes]) -> bytes:
    return _combined(_weights(public, sent, answered), sent)


def _weights(public: bytes, sent: Sequence[bytes], answered: Sequence[bytes]) -> list[bytes]:
    """Return the factors that make one statement out of many (RFC 9497, section 2.2.1)."""
    seed = hashlib.sha512(_framed(public) + _framed(_SEED)).digest()
    return [
        _hash_to_scalar(
            _framed(seed)
            + index.to_bytes(2, "big")
            + _framed(before)
            + _framed(after)
            + b"Composite",
            _TO_SCALAR,
        )
        for index, (before, after) in enumerate(zip(sent, answered, strict=True))
    ]


def _combined(weights: Sequence[bytes], elements: Sequence[bytes]) -> bytes:
    total = _IDENTITY
    for weight, element in zip(weights, elements, strict=True):
        total = _sum(total, _times(weight, element))
    if total == _IDENTITY:
        raise DecodeError("the elements add up to nothing")
    return total


def _challenge(public: bytes, *points: bytes) -> bytes:
    return _hash_to_scalar(b"".join(map(_framed, (public, *points))) + b"Challenge", _TO_SCALAR)


def _multiply(scalar: bytes, element: bytes) -> bytes:
    """Multiply in constant time; what gives the identity is refused."""
    try:
        product: bytes = pysodium.crypto_scalarmult_ristretto255(scalar, element)
    except ValueError as error:
        raise DecodeError("no element of the group, or a product that is none") from error
    return product


def _times(scalar: bytes, element: bytes) -> bytes:
    """Multiply public values, where the result may be the identity."""
    if _ZERO in {scalar, element}:
        return _IDENTITY
    return _multiply(scalar, element)


def _times_base(scalar: bytes) -> bytes:
    if scalar == _ZERO:
        return _IDENTITY
    product: bytes = pysodium.crypto_scalarmult_ristretto255_base(scalar)
    return product


def _sum(one: bytes, other: bytes) -> bytes:
    total: bytes = pysodium.crypto_core_ristretto255_add(one, other)
    return total


def _check_elements(elements: Sequence[bytes]) -> None:
    if not 0 < len(elements) <= MAX_BATCH:
        raise DecodeError(f"1 to {MAX_BATCH} elements are asked for at once")
    for element in elements:
        if (
            len(element) != ELEMENT_SIZE
            or element == _IDENTITY
            or not pysodium.crypto_core_ristretto255_is_valid_point(element)
        ):
            raise DecodeError("no element of the group")


def _check_scalar(scalar: bytes) -> None:
    if len(scalar) != SCALAR_SIZE or _reduced(scalar + bytes(SCALAR_SIZE)) != scalar:
        raise DecodeError("no scalar of the group")


def _hash_to_scalar(data: bytes, tag: bytes) -> bytes:
    return _reduced(_expand(data, tag))


def _reduced(data: bytes) -> bytes:
    scalar: bytes = pysodium.crypto_core_ristretto255_scalar_reduce(data)
    return scalar


def _expand(data: bytes, tag: bytes) -> bytes:
    """Return 64 bytes of expand_message_xmd with SHA-512: one block of output."""
    suffix = tag + bytes([len(tag)])
    first = hashlib.sha512(
        bytes(_BLOCK_SIZE) + data + _HASH_SIZE.to_bytes(2, "big") + b"\x00" + suffix
    ).digest()
    return hashlib.sha512(first + b"\x01" + suffix).digest()


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
