"""One bit of every byte of a small archive turned, one after another: the verifier says no each time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from headquarters.verification import verify_archive

BATCH: Final = 64
"""Bytes that a worker turns for one message."""


def turned(archive: bytes, place: int) -> bytes:
    """The archive with one bit of one byte turned; which bit goes round with the place."""
    changed = bytearray(archive)
    changed[place] ^= 1 << (place % 8)
    return bytes(changed)


def accepted(archive: bytes, places: Sequence[int]) -> list[int]:
    """The places whose change the verifier does not notice."""
    with tempfile.TemporaryDirectory(prefix="amin-fuzz-") as folder:
        path = Path(folder) / "election.bel"
        found = []
        for place in places:
            path.write_bytes(turned(archive, place))
            if verify_archive(path).ok:
                found.append(place)
        return found


def every_byte(archive: bytes, processes: int) -> Iterator[tuple[int, list[int]]]:
    """Bytes turned so far, and what was not noticed in the last batch of them."""
    batches = [range(at, min(at + BATCH, len(archive))) for at in range(0, len(archive), BATCH)]
    done = 0
    with ProcessPoolExecutor(processes) as pool:
        missed = pool.map(accepted, [archive] * len(batches), batches)
        for batch, found in zip(batches, missed, strict=True):
            done += len(batch)
            yield done, found
