"""Cost of a recorded vote and of its receipt, with both ways to treat a rollback journal.

Wall clocks depend on the medium under the temporary folder; processor time is our code's. What a vote costs
in syncs, and what raw media say about the order, measures `make order`.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

import click

from crypto import certificates
from crypto.hybrid import HybridKey
from election.definition import (
    Branch,
    BranchId,
    ContestId,
    DeviceId,
    Election,
    EnrolledDevice,
    Role,
    Rules,
    Text,
)
from election.records import RecordKind, spent_hash
from election.trusted import Trusted
from election.voucher import Receipt, decode_note, encode_note, is_receipt_valid, sign_receipt
from kiosk.storage import sqlite
from kiosk.storage.journal import Journal
from kiosk.storage.pollbook import LocalRegistry
from kiosk.storage.votes import Spending, VoteStore
from simulators.benchmarks.measure import Figure, StatusCallback, sampled, timed

RECEIPT_MS: Final = 50
SLOTS: Final = 1500
SEALED: Final = 7445
VOTERS: Final = 60
"""In the pollbook before the first receipt comes."""
_BRANCH: Final = BranchId("b0001")
_TERMINAL: Final = DeviceId("b0001-t1")
_UUID: Final = "4minBenchE1ect1onStorage"


def bench_storage(runs: int, tell: StatusCallback) -> Iterator[Figure]:
    """Yield what a vote and its receipt cost."""
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as folder:
        for journal in Journal:
            tell(f"recording votes, journal {journal.name.lower()}")
            with patch.object(sqlite, "JOURNAL", journal):
                yield from _votes(Path(folder) / journal.name, journal, 4 * runs)
        tell("receipts")
        yield from _receipts(Path(folder), 4 * runs)


def _votes(folder: Path, journal: Journal, count: int) -> Iterator[Figure]:
    folder.mkdir()
    store = VoteStore(
        folder / "votes.db", folder / "mirror.db", HybridKey.generate(), "bench", _TERMINAL
    )
    store.reserve(SLOTS, SEALED)

    def record() -> None:
        spending = Spending(secrets.token_bytes(16), bytes(64))
        sealed = secrets.token_bytes(SEALED)
        store.record(RecordKind.CAST, secrets.token_bytes(32), sealed, spending)

    times = [1000 * timed(record) for _ in range(count)]
    store.close()
    yield sampled(
        f"record a vote on two media, journal {journal.name.lower()}",
        times,
        "ms",
        note=f"{SLOTS} slots; the medium's time is in it",
    )


def _receipts(folder: Path, count: int) -> Iterator[Figure]:
    key, election = _election()
    pollbook = LocalRegistry(folder / "pollbook.db", bytes(32))
    for _ in range(VOTERS):
        pollbook.claim(secrets.token_bytes(32), (ContestId("council"),))
    pollbook.keep_also(folder / "copy.db")
    notes: list[bytes] = []

    def at_the_terminal() -> None:
        spent = spent_hash(secrets.token_bytes(16))
        notes.append(encode_note(sign_receipt(key.classical, _UUID, _TERMINAL, spent)))

    def at_the_station() -> None:
        note = decode_note(notes.pop())
        if not isinstance(note, Receipt) or not is_receipt_valid(election, _BRANCH, note):
            raise click.ClickException("a receipt that was just made does not hold")
        pollbook.keep_receipt(note)

    writing = [1000 * _spent_in(at_the_terminal) for _ in range(count)]
    taking = [1000 * _spent_in(at_the_station) for _ in range(count)]
    pollbook.close()
    both = [sum(pair) for pair in zip(writing, taking, strict=True)]
    yield sampled("receipt: signed at the terminal", writing, "ms", note="our code alone")
    yield sampled(
        "receipt: verified and kept at the station", taking, "ms", note="our code; nobody waits"
    )
    yield sampled("receipt, from the terminal into the pollbook", both, "ms", target=RECEIPT_MS)


def _spent_in(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _election() -> tuple[HybridKey, Election]:
    """Return a terminal's key, and an election that lists this terminal and little else."""
    now, root, key = datetime.now(UTC), HybridKey.generate(), HybridKey.generate()
    start, end = now - timedelta(days=1), now + timedelta(days=1)
    authority = certificates.create_root("bench", root, start, end)
    certificate = certificates.issue(
        authority,
        root,
        _TERMINAL,
        key.public,
        role=Role.BALLOT_TERMINAL,
        branch=_BRANCH,
        not_before=start,
        not_after=end,
    )
    name = Text("سنجش", "Bench")
    terminal = EnrolledDevice(_TERMINAL, Role.BALLOT_TERMINAL, _BRANCH, certificate, b"")
    election = Election(
        uuid=_UUID,
        name=name,
        day=now.date(),
        opens=start,
        closes=end,
        contests=(),
        styles=(),
        branches=(Branch(_BRANCH, name, "1"),),
        devices=(terminal,),
        rules=Rules(),
        belenios_election=b"",
        seal_public_key=b"",
        trusted=Trusted(),
    )
    return key, election
