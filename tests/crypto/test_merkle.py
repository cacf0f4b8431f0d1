"""The Merkle tree of RFC 9162, over sorted values."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import merkle
from crypto.errors import ProofError

digests = st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def recursive_root(ordered: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word by word."""
    if not ordered:
        return hashlib.sha256(b"").digest()
    if len(ordered) == 1:
        return hashlib.sha256(b"\x00" + ordered[0]).digest()
    split = 1
    while split * 2 < len(ordered):
        split *= 2
    left, right = recursive_root(ordered[:split]), recursive_root(ordered[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_empty() -> None:
    assert merkle.root(()).hex().startswith("e3b0c44298fc1c14")


@given(digests)
def test_root_is_the_rfcs(values: set[bytes]) -> None:
    assert merkle.root(values) == recursive_root(sorted(values))


@given(digests, st.randoms(use_true_random=False))
def test_order_does_not_matter(values: set[bytes], rng: random.Random) -> None:
    shuffled = list(values)
    rng.shuffle(shuffled)
    assert merkle.root(shuffled) == merkle.root(sorted(values))


@settings(max_examples=40)
@given(digests, st.binary(min_size=32, max_size=32))
def test_every_value_is_provable_and_no_other(values: set[bytes], other: bytes) -> None:
    root = merkle.root(values)
    for value in values:
        proof = merkle.prove(values, value)
        merkle.check(root, value, proof)
        if other not in values:
            with pytest.raises(ProofError):
                merkle.check(root, other, proof)
        for wrong in (
            replace(proof, path=(*proof.path, bytes(32))),
            replace(proof, path=proof.path[1:], size=proof.size + 1),
            replace(proof, index=proof.size),
        ):
            with pytest.raises(ProofError):
                merkle.check(root, value, wrong)


@given(
    st.binary(max_size=40),
    st.integers(-2, 50),
    st.integers(-2, 50),
    st.lists(st.binary(max_size=33), max_size=8),
)
def test_random_proofs(value: bytes, index: int, size: int, path: list[bytes]) -> None:
    with pytest.raises(ProofError):
        merkle.check(bytes(32), value, merkle.InclusionProof(index, size, tuple(path)))


def test_a_value_twice_or_of_another_size_is_refused() -> None:
    for values in ([bytes(32), bytes(32)], [bytes(31)]):
        with pytest.raises(ValueError, match="value"):
            merkle.root(values)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70, unique=True), st.data())
def test_a_tree_that_grows_is_the_tree_of_all(values: list[bytes], data: st.DataObject) -> None:
    """Whatever was there before, and in whatever order the others come."""
    before = data.draw(st.integers(0, len(values)))
    tree = merkle.GrowingTree(values[:before])
    assert tree.root == merkle.root(values[:before])
    for number, value in enumerate(values[before:], before + 1):
        tree.add(value)
        assert (len(tree), tree.root) == (number, merkle.root(values[:number]))
    for value in values:
        with pytest.raises(ValueError, match="twice"):
            tree.add(value)
    with pytest.raises(ValueError, match="32 bytes"):
        tree.add(b"short")
    assert tree.root == merkle.root(values)
