"""Build and verify Merkle trees (RFC 9162 section 2.1) over a *set* of 32-byte values.

The values are sorted before the tree is built, so a root says which records there are and
nothing about the order in which they came (docs: storage rules). Hashing is SHA-256 with the
RFC's prefixes: 0x00 before a leaf, 0x01 before an inner node.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from crypto.errors import ProofError

LEAF_SIZE = 32


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Proof that a value is among `size` values, at place `index` of their sorted order."""

    index: int
    size: int
    path: tuple[bytes, ...]
    """Sibling hashes from the leaf upwards."""


def root(values: Iterable[bytes]) -> bytes:
    """Compute the tree's root, 32 bytes; of no values it is the SHA-256 of nothing.

    Raises `ValueError` for a repeated value or one that has not 32 bytes.
    """
    return _tree_hash(_sorted(values))


class GrowingTree:
    """The tree of a set to which values are added one by one; its root is that of `root`.

    Of what is kept, a new value leaves everything to its left: half of the inner hashes on average, and no
    leaf but its own is hashed.
    """

    def __init__(self, values: Iterable[bytes] = ()) -> None:
        """Begin with these; `ValueError` as of `root`."""
        self._values = _sorted(values)
        self._levels = [[_leaf(value) for value in self._values]]
        self._hash_from(0)

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._values)

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self._levels[-1][0] if self._values else hashlib.sha256().digest()

    def add(self, value: bytes) -> None:
        """Add a value. Raises `ValueError` for one that is there or has not 32 bytes."""
        if len(value) != LEAF_SIZE:
            raise ValueError(f"every value has {LEAF_SIZE} bytes")
        place = bisect_left(self._values, value)
        if self._values[place : place + 1] == [value]:
            raise ValueError("a value occurs twice")
        self._values.insert(place, value)
        self._levels[0].insert(place, _leaf(value))
        self._hash_from(place)

    def _hash_from(self, place: int) -> None:
        below, height = self._levels[0], 1
        while len(below) > 1:
            place >>= 1
            kept = self._levels[height][:place] if height < len(self._levels) else []
            start = 2 * len(kept)
            pairs = zip(below[start::2], below[start + 1 :: 2], strict=False)
            # As `_inner`, without a call for each: that is half of what a vote costs here.
            level = kept + [sha256(b"\x01" + a + b).digest() for a, b in pairs]
            if len(below) & 1:
                level.append(below[-1])
            self._levels[height : height + 1] = [level]
            below, height = level, height + 1
        del self._levels[height:]


def prove(values: Iterable[bytes], value: bytes) -> InclusionProof:
    """Make the inclusion proof of a value. Raises `ValueError` if it is not among the values."""
    ordered = _sorted(values)
    index = ordered.index(value)
    return InclusionProof(index, len(ordered), _path(index, ordered))


def check(expected_root: bytes, value: bytes, proof: InclusionProof) -> None:
    """Verify an inclusion proof (RFC 9162 section 2.1.3.2). Raises `ProofError`."""
    if len(value) != LEAF_SIZE or not 0 <= proof.index < proof.size:
        raise ProofError("the inclusion proof has impossible numbers")
    place, last = proof.index, proof.size - 1
    node = _leaf(value)
    for sibling in proof.path:
        if last == 0 or len(sibling) != LEAF_SIZE:
            raise ProofError("the inclusion proof has a wrong length")
        if place & 1 or place == last:
            node = _inner(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = _inner(node, sibling)
        place, last = place >> 1, last >> 1
    if last or node != expected_root:
        raise ProofError("the value is not part of this root")


def _sorted(values: Iterable[bytes]) -> list[bytes]:
    ordered = sorted(values)
    if any(len(value) != LEAF_SIZE for value in ordered):
        raise ValueError(f"every value has {LEAF_SIZE} bytes")
    if any(a == b for a, b in pairwise(ordered)):
        raise ValueError("a value occurs twice")
    return ordered


def _tree_hash(values: list[bytes]) -> bytes:
    """Hash bottom up: same tree as the RFC's split at the largest power of two below the size."""
    level = [_leaf(value) for value in values]
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        odd = [level[-1]] if len(level) & 1 else []
        level = [_inner(a, b) for a, b in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


def _path(index: int, values: list[bytes]) -> tuple[bytes, ...]:
    if len(values) == 1:
        return ()
    split = 1 << (len(values) - 1).bit_length() - 1
    if index < split:
        return (*_path(index, values[:split]), _tree_hash(values[split:]))
    return (*_path(index - split, values[split:]), _tree_hash(values[:split]))


def _leaf(value: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + value).digest()


def _inner(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
