"""Embed small integers into group elements, for NonHomomorphic (slot) answers.

A vector of up to 30 bytes, read as the big-endian number x, becomes the point with even x
coordinate and y = x·2^14 + ε for the smallest ε ≥ 0 that gives a member of the group of order q,
identity included (Belenios specification 3.3, "Ed25519, encoding of integers"; the zero vector
is the identity). Leading zeros do not change the point.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from crypto.errors import DecodeError
from crypto.group import IDENTITY, POINT_BYTES, Point, is_public_member

MAX_INTEGERS = 30
_PADDING_BITS = 14


def embed(integers: Sequence[int]) -> Point:
    """Return the canonical point of a vector of 1 to 30 integers 0…255. Raises DecodeError.

    In variable time, so for public integers: those of all codes of a contest, or of a decrypted slot.
    """
    if not 1 <= len(integers) <= MAX_INTEGERS or not all(0 <= i <= 255 for i in integers):
        raise DecodeError("a slot holds 1 to 30 integers from 0 to 255")
    start = int.from_bytes(bytes(integers), "big") << _PADDING_BITS
    for y in range(start, start + 2**_PADDING_BITS):
        point = Point(y.to_bytes(POINT_BYTES, "little"))
        if point == IDENTITY or is_public_member(point):
            return point
    raise DecodeError("no group element for these integers")  # about one chance in 2^1000


def unembed(point: Point, length: int) -> tuple[int, ...]:
    """Read `length` integers from a point, canonical or not, as the reference tool does."""
    number = int.from_bytes(point, "little") >> _PADDING_BITS
    return tuple((number % 256**length).to_bytes(length, "big"))


def is_canonical(point: Point, length: int) -> bool:
    """Return whether the point is the embedding of its own integers.

    A point that is not was made by no honest terminal, or is what a trustee made of it with a
    decryption proof that verifies: the proof's challenge does not cover the factor.
    """
    return _embedded(unembed(point, length)) == point


@lru_cache(maxsize=8192)
def _embedded(integers: tuple[int, ...]) -> Point:
    return embed(integers)


class EmbeddingTable:
    """The points of all codes of a contest, computed once (about 0.4 ms each).

    Filled before the first voter, so that neither the time of a look-up nor what was computed
    before depends on a vote.
    """

    def __init__(self, codes: Iterable[int]) -> None:
        """Embed all codes.

        codes: numbers 0…256^30−1, as the big-endian reading of a slot's integers. Raises DecodeError
        for other numbers.
        """
        self._points: dict[int, Point] = {}
        for code in codes:
            if not 0 <= code < 256**MAX_INTEGERS:
                raise DecodeError("a slot code is a number from 0 to 256^30 - 1")
            self._points[code] = embed(tuple(code.to_bytes(MAX_INTEGERS, "big")))

    @classmethod
    def of_vectors(cls, vectors: Iterable[Sequence[int]]) -> "EmbeddingTable":
        """Make the table of just these integer vectors."""
        return cls(_number(vector) for vector in vectors)

    def __len__(self) -> int:
        return len(self._points)

    def point(self, integers: Sequence[int]) -> Point:
        """Look up the point of a slot's integers. Raises DecodeError if their code is not in the table."""
        point = self._points.get(_number(integers))
        if point is None:
            raise DecodeError("a slot holds a code that is not one of this contest")
        return point


def _number(integers: Sequence[int]) -> int:
    try:
        return int.from_bytes(bytes(integers), "big")
    except ValueError as error:
        raise DecodeError("a slot holds integers from 0 to 255") from error
