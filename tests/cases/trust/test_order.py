"""Look for the order of casting in the final files of 200 voters."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from election.definition import DeviceId
from election.records import RecordKind, spent_hash
from kiosk.storage.pollbook import Pollbook
from kiosk.storage.votes import Spending, VoteStore
from tests.headquarters.small import COUNCIL

VOTERS, SIZE = 200, 7445
CHANCE = 0.3
"""Of Spearman's rank correlation of 200 independent places, whose standard deviation is 0.07."""
MEDIA = ("primary", "mirror")
FOUND = {"records": "digests", "overflow-pages": "tails", "spent-hashes": "spent"}
"""What is looked for in a file, and the field of `Cast` that has it."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What 200 voters left in the order of casting, and the final files."""

    digests: list[bytes]
    tails: list[bytes]
    spent: list[bytes]
    bundle: list[bytes]
    """Digests as the bundle has them."""
    files: dict[str, Path]

    def places(self, field: str, medium: str) -> list[int]:
        """Return where each voter's bytes are in the file, in the order of casting."""
        raw = self.files[medium].read_bytes()
        wanted: list[bytes] = getattr(self, field)
        places = [raw.find(needle) for needle in wanted]
        assert -1 not in places
        return places


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """200 voters, some challenges between them."""
    folder = tmp_path_factory.mktemp("cast")
    files = {name: folder / f"{name}.db" for name in MEDIA}
    primary, mirror = files.values()
    store = VoteStore(primary, mirror, HybridKey.generate(), "phi", DeviceId("t1"))
    store.reserve(700, SIZE)
    digests, tails, spent = [], [], []
    for number in range(VOTERS):
        digest, sealed, nonce = (secrets.token_bytes(size) for size in (32, SIZE, 16))
        if number % 9 == 4:
            store.record(RecordKind.SPOILED, secrets.token_bytes(32), sealed, None)
        store.record(RecordKind.CAST, digest, sealed, Spending(nonce, secrets.token_bytes(64)))
        digests.append(digest)
        tails.append(sealed[-64:])
        spent.append(spent_hash(nonce))
    bundle = [record.digest for record in store.records()]
    store.close()
    return Cast(digests, tails, spent, bundle, files)


def correlation(places: Sequence[int]) -> float:
    """Return Spearman's rank correlation of the sequence with 0, 1, 2 …"""
    order = sorted(range(len(places)), key=places.__getitem__)
    n = len(places)
    return 1 - 6 * sum((rank - place) ** 2 for rank, place in enumerate(order)) / (n * (n * n - 1))


def is_hidden(sequence: Sequence[int]) -> None:
    """Fail if the sequence follows the order of casting, or its reverse."""
    assert len(set(sequence)) == VOTERS
    assert abs(correlation(sequence)) < CHANCE


def sorted_by(order: Sequence[int], values: Sequence[int]) -> list[int]:
    """Return the values in the order of the others."""
    return [value for _, value in sorted(zip(order, values, strict=True))]


@pytest.mark.slow
@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("what", FOUND)
def test_order_of_what_was_stored(cast: Cast, what: str, medium: str) -> None:
    is_hidden(cast.places(FOUND[what], medium))


@pytest.mark.parametrize("medium", MEDIA)
def test_order_of_slot_keys(cast: Cast, medium: str) -> None:
    with sqlite3.connect(cast.files[medium]) as connection:
        keys = dict(connection.execute("SELECT digest, key FROM slot"))
    is_hidden([keys[digest] for digest in cast.digests])


@pytest.mark.parametrize("medium", MEDIA)
def test_spent_hashes_beside_records(cast: Cast, medium: str) -> None:
    is_hidden(sorted_by(cast.places("digests", medium), cast.places("spent", medium)))


def test_order_of_records_in_the_bundle(cast: Cast) -> None:
    is_hidden([cast.bundle.index(digest) for digest in cast.digests])


def test_places_on_the_mirror_beside_the_primary(cast: Cast) -> None:
    is_hidden(sorted_by(*(cast.places("digests", medium) for medium in MEDIA)))


@pytest.mark.slow
def test_order_of_rows_in_the_pollbook(tmp_path: Path) -> None:
    path = tmp_path / "pollbook.db"
    registry = Pollbook(path, bytes(32))
    references = [secrets.token_bytes(32) for _ in range(VOTERS)]
    for reference in references:
        registry.claim(reference, (COUNCIL,))
        registry.confirm_issued(reference)
    registry.close()
    raw = path.read_bytes()
    is_hidden([raw.find(reference) for reference in references])


def test_final_files_have_no_free_pages_and_no_copies(cast: Cast) -> None:
    for path in cast.files.values():
        raw = path.read_bytes()
        with sqlite3.connect(path) as connection:
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        assert free == 0
        assert [raw.count(digest) for digest in cast.digests] == [1] * VOTERS
        journal = path.with_name(f"{path.name}-journal")
        assert not journal.exists() or not any(journal.read_bytes()), "journals are zeroed in place"


def test_an_order_is_noticed(cast: Cast) -> None:
    with pytest.raises(AssertionError):
        is_hidden(sorted(cast.places("digests", "primary")))
