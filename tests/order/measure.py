"""Cast many votes into a store, and measure what the raw media say about their order."""

from __future__ import annotations

import random
import re
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from crypto.hybrid import HybridKey
from drivers.media import sqlite
from drivers.media.journal import Journal
from election import vote_slots as slots
from election.definition import DeviceId
from election.records import RecordKind
from kiosk.storage.votes import Spending, VoteStore
from tests.order.image import Image
from tests.recorder import recording

SIZE: Final = 7445
MEDIA: Final = ("primary", "mirror")
_MARK: Final = b"\xa5order\x5a"
_NUMBER: Final = 4
KINDS: Final = {b"d": "digest", b"s": "sealed ballot", b"v": "voucher beside the spent hash"}
"""What of a vote is looked for, by the letter in its mark."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the bytes of every vote are on a medium, in the order of casting: all places of each."""

    medium: str
    what: str
    places: dict[int, list[int]]

    def correlation(self, pick: Callable[[list[int]], int]) -> float:
        """Return Spearman's rank correlation of casting and place; `pick`: the first place, or the last."""
        return spearman([pick(self.places[number]) for number in sorted(self.places)])


@dataclass(frozen=True, slots=True)
class Found:
    """What the media say."""

    whole: list[Trace]
    """On the raw image, whatever block it is in."""
    freed: list[Trace]
    """In the blocks that belong to no file, alone."""
    syncs: float
    """Per vote, of both databases."""

    def worst(self) -> float:
        """Return the largest correlation, without its sign."""
        return max(abs(t.correlation(pick)) for t in self.whole for pick in (min, max))


def cast_and_look(votes: int, journal: Journal, seed: int, *, log_structured: bool) -> Found:
    """Cast so many votes, some challenges between them, close, and look at both media."""
    rng = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="amin-order-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sqlite, "JOURNAL", journal)
        patch.setattr(slots, "secrets", _Seeded(rng))
        files = {name: Path(folder) / f"{name}.db" for name in MEDIA}
        images = {name: Image(log_structured=log_structured) for name in MEDIA}
        with recording() as recorder:
            store = VoteStore(
                files["primary"], files["mirror"], HybridKey.generate(), "phi", DeviceId("t1")
            )
            store.reserve(votes * 2, SIZE)
            for name, path in files.items():
                images[name].put(str(path), path.read_bytes())
            recorder.ops.clear()
            syncs = 0
            for number in range(votes):
                if number % 9 == 4:
                    sealed = rng.randbytes(SIZE)
                    store.record(RecordKind.SPOILED, rng.randbytes(32), sealed, None)
                before = recorder.syncs
                store.record(
                    RecordKind.CAST,
                    _marked(b"d", number, 32, rng),
                    _marked(b"s", number, SIZE, rng),
                    Spending(rng.randbytes(16), _marked(b"v", number, 64, rng)),
                )
                syncs += recorder.syncs - before
                for name in MEDIA:
                    images[name].apply(
                        op for op in recorder.ops if Path(op.path).name.startswith(name)
                    )
                recorder.ops.clear()
            store.close()
        whole = [t for name in MEDIA for t in _traces(name, images[name].raw())]
        freed = [t for name in MEDIA for t in _traces(name, images[name].freed())]
        for trace in whole:
            assert len(trace.places) == votes, "every vote is on the media"
        return Found(whole, freed, syncs / votes)


def spearman(places: list[int]) -> float:
    """Return the rank correlation of a sequence of different places with 0, 1, 2 …"""
    order = sorted(range(len(places)), key=places.__getitem__)
    n = len(places)
    return 1 - 6 * sum((rank - at) ** 2 for rank, at in enumerate(order)) / (n * (n * n - 1))


class _Seeded:
    """What the store takes from `secrets`, from one seed."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def token_bytes(self, size: int) -> bytes:
        return self._rng.randbytes(size)

    def SystemRandom(self) -> random.Random:
        return self._rng


def _marked(kind: bytes, number: int, size: int, rng: random.Random) -> bytes:
    """Return bytes that end with a mark, which is found wherever a copy of them is."""
    end = _MARK + kind + number.to_bytes(_NUMBER, "big")
    return rng.randbytes(size - len(end)) + end


def _traces(name: str, raw: bytes) -> list[Trace]:
    found: dict[str, dict[int, list[int]]] = {what: {} for what in KINDS.values()}
    for hit in re.finditer(re.escape(_MARK) + b"(.)(.{%d})" % _NUMBER, raw, re.DOTALL):
        if (what := KINDS.get(hit[1])) is not None:
            found[what].setdefault(int.from_bytes(hit[2], "big"), []).append(hit.start())
    return [Trace(name, what, places) for what, places in found.items()]


def seed_now() -> int:
    """Draw a seed of 32 bits."""
    return secrets.randbits(32)
