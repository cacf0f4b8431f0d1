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
_LONGEST = 64
"""Values of the longest runs whose hashes a growing tree keeps; a power of two."""


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

    A new value moves all behind it by one place, and with them the borders of every inner node. So the hash
    of every *run* of 2, 4 … `_LONGEST` neighbours is kept, wherever it begins: a value adds those runs that
    it is in, and breaks no others. What is above the longest is hashed anew: 300 hashes with 10,000 values.
    """

    def __init__(self, values: Iterable[bytes] = ()) -> None:
        """Begin with these; `ValueError` as of `root`."""
        self._values = _sorted(values)
        leaves = [_leaf(value) for value in self._values]
        self._runs = [leaves, *([] for _ in range(_LONGEST.bit_length() - 1))]
        for height in range(1, len(self._runs)):
            self._runs[height] = self._joined(height, 0, len(leaves))

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self._values)

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        if not self._values:
            return hashlib.sha256().digest()
        rest, end = b"", len(self._values)
        whole = end - end % _LONGEST
        for height, runs in enumerate(self._runs[:-1]):
            # From the right, as the tree does: the shorter a run, the further behind it is.
            if end >> height & 1:
                end -= 1 << height
                rest = _inner(runs[end], rest) if rest else runs[end]
        return _folded(self._runs[-1][0:whole:_LONGEST] + ([rest] if rest else []))

    def add(self, value: bytes) -> None:
        """Add a value. Raises `ValueError` for one that is there or has not 32 bytes."""
        if len(value) != LEAF_SIZE:
            raise ValueError(f"every value has {LEAF_SIZE} bytes")
        place = bisect_left(self._values, value)
        if self._values[place : place + 1] == [value]:
            raise ValueError("a value occurs twice")
        self._values.insert(place, value)
        self._runs[0].insert(place, _leaf(value))
        for height in range(1, len(self._runs)):
            first = max(0, place + 1 - (1 << height))
            self._runs[height][first:place] = self._joined(height, first, place + 1)

    def _joined(self, height: int, first: int, end: int) -> list[bytes]:
        """Hash the runs that begin at `first` and before `end`."""
        half = 1 << height - 1
        left = self._runs[height - 1][first:end]
        right = self._runs[height - 1][first + half : end + half]
        return _pairs(left, right)


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
    return _folded([_leaf(value) for value in values]) if values else hashlib.sha256().digest()


def _folded(level: list[bytes]) -> bytes:
    """Hash nodes side by side up to the root; the last of an odd number goes up as it is."""
    while len(level) > 1:
        odd = [level[-1]] if len(level) & 1 else []
        level = _pairs(level[::2], level[1::2]) + odd
    return level[0]


def _pairs(left: list[bytes], right: list[bytes]) -> list[bytes]:
    # As `_inner`, without a call for each: that is half of what a vote costs here.
    return [sha256(b"\x01" + a + b).digest() for a, b in zip(left, right, strict=False)]


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
