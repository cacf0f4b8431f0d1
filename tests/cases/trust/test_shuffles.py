"""Refuse shuffle proofs whose errors would cancel if many were checked at once with equal weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from crypto.group import hash_base64, point_from_text
from headquarters.verification.formulas import GeneratorCache, Shuffling, are_shuffles_valid
from headquarters.verification.questions import _shuffle_proof
from headquarters.verification.values import pair
from tests.crypto.elections import VECTORS
from tests.headquarters.archives import take_apart


@pytest.fixture(scope="module")
def claim() -> Shuffling:
    """The first shuffle of a published archive."""
    steps = take_apart(VECTORS / "single-wide" / "archive.bel")
    tally, mixed = (
        json.loads(next(step for step in steps if step.kind == kind).objects[0])
        for kind in ("EncryptedTally", "Shuffle")
    )
    election = json.loads(steps[0].objects[0])
    before = [pair(ciphertext) for ciphertext in tally[0]]
    after = [pair(ciphertext) for ciphertext in mixed["ciphertexts"][0]]
    proof = _shuffle_proof(mixed["proofs"][0], len(after))
    public = point_from_text(election["public_key"])
    return Shuffling(hash_base64(steps[0].objects[0]), public, before, after, proof)


def responses(claim: Shuffling, *changes: int) -> Shuffling:
    """Return the claim with other responses `s`, each with its change added."""
    added = (*changes, *[0] * (len(claim.proof.s) - len(changes)))
    s = tuple(old + change for old, change in zip(claim.proof.s, added, strict=True))
    return replace(claim, proof=claim.proof._replace(s=s))


def one_chain(claim: Shuffling) -> list[Shuffling]:
    one, two, *rest = claim.proof.s_hat
    return [replace(claim, proof=claim.proof._replace(s_hat=(one + 1, two - 1, *rest)))]


def doubled(claim: Shuffling) -> list[Shuffling]:
    return [replace(claim, after=[claim.after[0], *claim.after[:-1]])]


WRONG: dict[str, Callable[[Shuffling], list[Shuffling]]] = {
    "errors-that-cancel": lambda claim: [responses(claim, 1, -1)],
    "two-responses-of-one-chain": one_chain,
    "opposite-errors-in-two-claims": lambda claim: [responses(claim, 1), responses(claim, -1)],
    "one-ciphertext-twice": doubled,
}


def test_shuffle_as_published(claim: Shuffling) -> None:
    assert are_shuffles_valid([claim, claim], GeneratorCache())


@pytest.mark.parametrize("change", WRONG.values(), ids=[f"shuffle-{name}" for name in WRONG])
def test_shuffle_is_refused(
    claim: Shuffling, change: Callable[[Shuffling], list[Shuffling]]
) -> None:
    assert not are_shuffles_valid(change(claim), GeneratorCache())
