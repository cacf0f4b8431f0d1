"""Exponential and plain ElGamal over Ed25519: (alpha, beta) = (r·G, r·Y + m)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crypto.compact_json import ParsedJson, as_fields, as_list, as_text
from crypto.group import (
    IDENTITY,
    Point,
    Scalar,
    add,
    mul_base,
    point_from_text,
    point_text,
    total,
)
from crypto.scalar_mult import Multiplied, multiple, sums


@dataclass(frozen=True, slots=True, order=True)
class Ciphertext:
    """An ElGamal ciphertext.

    It sorts by (alpha, beta) as little-endian encodings, byte by byte, which is the order of slot
    ciphertexts in a tally.
    """

    alpha: Point
    beta: Point

    def __add__(self, other: "Ciphertext") -> "Ciphertext":
        return Ciphertext(add(self.alpha, other.alpha), add(self.beta, other.beta))

    def as_json(self) -> ParsedJson:
        """Return the object with the members `alpha` and `beta`."""
        return {"alpha": point_text(self.alpha), "beta": point_text(self.beta)}

    @classmethod
    def from_json(cls, value: ParsedJson, *, identity: bool = False) -> "Ciphertext":
        """Parse an object of `as_json`. Raises DecodeError.

        identity: whether alpha and beta may be the identity.
        """
        alpha, beta = as_fields(value, "alpha", "beta")
        return cls(
            point_from_text(as_text(alpha), identity=identity),
            point_from_text(as_text(beta), identity=identity),
        )

    def hashed(self) -> str:
        """Return the text `alpha,beta` that goes into hashes."""
        return f"{point_text(self.alpha)},{point_text(self.beta)}"


NEUTRAL = Ciphertext(IDENTITY, IDENTITY)


def encrypt(key: Multiplied, message: Point, randomness: Scalar) -> Ciphertext:
    """Encrypt a point: (randomness·G, randomness·key + message)."""
    return Ciphertext(mul_base(randomness), add(multiple(randomness, key), message))


def reencrypt(key: Multiplied, ciphertext: Ciphertext, randomness: Scalar) -> Ciphertext:
    """Re-encrypt a message so that only the randomness links the two ciphertexts."""
    return ciphertext + encrypt(key, IDENTITY, randomness)


def sum_ciphertexts(ciphertexts: Iterable[Ciphertext]) -> Ciphertext:
    """Add ciphertexts component by component; the result encrypts the sum of the messages."""
    listed = [*ciphertexts]
    return Ciphertext(total(each.alpha for each in listed), total(each.beta for each in listed))


def add_pairwise(left: Sequence[Ciphertext], right: Sequence[Ciphertext]) -> list[Ciphertext]:
    """Add public ciphertexts of two lists of one length, one to one. Raises DecodeError."""
    one, other = (
        [point for each in side for point in (each.alpha, each.beta)] for side in (left, right)
    )
    points = iter(sums(one, other))
    return [Ciphertext(alpha, next(points)) for alpha in points]


def ciphertexts_json(lists: Iterable[Sequence[Ciphertext]]) -> Iterator[ParsedJson]:
    """Yield the JSON of one list of ciphertexts per question."""
    for row in lists:
        yield [ciphertext.as_json() for ciphertext in row]


def ciphertexts_from_json(
    value: ParsedJson, *, identity: bool = False
) -> tuple[tuple[Ciphertext, ...], ...]:
    """Parse one list of ciphertexts per question. Raises DecodeError."""
    return tuple(
        tuple(Ciphertext.from_json(item, identity=identity) for item in as_list(row))
        for row in as_list(value)
    )
