"""Cost of a recorded vote on two media, against the bare writes and syncs of one; and of its receipt.

Wall clocks depend on the medium under the temporary folder, so votes with few slots, with many, and bare
writes are taken in turn, and what counts is their ratio. Bare are, of as many bytes at such places in files
of one size, in the order in which strace shows them of a vote, 13 syncs:

    writes and syncs       journal, pages, the journal's header, its zeroing; nothing is read
    reads with them        the pages as they were, which a journal holds, and what was written, read back from
                           the medium: the system's memory of these pages is dropped for that, as in a vote

Of the second medium the journal's pages but one are written through before the first is begun.

Either leaves out the signature of the root, which is told on a line of its own. What raw media say about the
order measures `make order`.
"""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from crypto import certificates
from crypto.hybrid import HybridKey
from drivers.file_system import forget_cached
from drivers.media.journal import HEADER
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
from election.records import RecordKind, RecordSigner, SpentAuthorization, spent_hash, summary
from election.trusted import Trusted
from election.vote_slots import Entries, Header, build
from election.voucher import Receipt, decode_note, encode_note, is_receipt_valid, sign_receipt
from kiosk.storage.pollbook import Pollbook
from kiosk.storage.votes import Spending, VoteStore
from simulators.benchmarks.measure import Figure, StatusCallback, Took, sampled, timed

RECEIPT_MS: Final = 50
SLOTS: Final = (508, 10_000)
FULL: Final = "10000, nearly full"
HELD: Final = 9_000
"""Votes that are there before, of the one that is nearly full."""
RATIO: Final = 2.0
"""A vote to the bare writes and syncs of one, at most."""
FLAT: Final = 1.5
"""A vote with the most slots to one with the fewest, at most: chance and a deeper tree included."""
_PAGE: Final = 4096
_PAGES: Final = 5
"""That a vote changes on a medium: the header, the root, a slot on two, a spent authorization."""
_READ: Final = 3
"""Of these, which the store does not know from the vote before."""
_HELD: Final = 512 + (_PAGES - 1) * (_PAGE + 8)
"""Bytes of their rollback journal before the commit, which adds the header's page."""
_JOURNAL: Final = _HELD + _PAGE + 8
_CONTENT: Final = secrets.token_bytes(_JOURNAL)
"""What bare writes write: to draw it is no part of them."""
SEALED: Final = 7445
VOTERS: Final = 60
"""In the pollbook before the first receipt comes."""
_BRANCH: Final = BranchId("b0001")
_TERMINAL: Final = DeviceId("b0001-t1")
_UUID: Final = "4minBenchE1ect1onStorage"


def bench_storage(runs: int, tell: StatusCallback) -> Iterator[Figure]:
    """Yield what a vote and its receipt cost."""
    with tempfile.TemporaryDirectory(prefix="amin-bench-") as folder:
        tell(f"recording votes, with {SLOTS[0]} slots and with {SLOTS[-1]}")
        with ExitStack() as stack:
            kinds = (*((f"{slots}", slots, 0) for slots in SLOTS), (FULL, SLOTS[-1], HELD))
            boxes = {
                name: stack.enter_context(_box(Path(folder) / name, slots, held))
                for name, slots, held in kinds
            }
            took: defaultdict[str, Took] = defaultdict(Took)
            for _ in range(4 * runs):
                for name, box in boxes.items():
                    kinds_of_work = (
                        ("vote", box.record),
                        ("writes", box.write),
                        ("reads", box.write_and_read),
                    )
                    for kind, work in kinds_of_work:
                        took[f"{kind} {name}"].by(work)
        medians = {name: statistics.median(each.clock) for name, each in took.items()}
        for name in boxes:
            vote, bare, read = (f"{kind} {name}" for kind in ("vote", "writes", "reads"))
            yield sampled(f"record a vote on two media, {name} slots", took[vote].clock, "ms")
            yield sampled("its processor time", took[vote].core, "ms")
            yield sampled("the same writes and syncs alone", took[bare].clock, "ms")
            yield sampled("the same, and what it has to read", took[read].clock, "ms")
            for told, which in (("writes and syncs", bare), ("reads, writes and syncs", read)):
                ratio = medians[vote] / medians[which]
                yield Figure(f"vote to bare {told}, {name} slots", ratio, "×", target=RATIO)
        few = medians[f"vote {SLOTS[0]}"]
        for name in (f"{SLOTS[-1]}", FULL):
            told = f"vote with {name} slots to one with {SLOTS[0]}"
            yield Figure(told, medians[f"vote {name}"] / few, "×", target=FLAT)
        yield _signature(40 * runs)
        tell("receipts")
        yield from _receipts(Path(folder), 4 * runs)


@dataclass(frozen=True, slots=True)
class _Box:
    """A store, and files of the same size that are written without one."""

    store: VoteStore
    media: tuple[tuple[Path, Path], ...]
    """Database and journal, on either medium."""
    slots: int

    def record(self) -> None:
        """Record a vote."""
        spending = Spending(secrets.token_bytes(16), bytes(64))
        sealed = secrets.token_bytes(SEALED)
        self.store.record(RecordKind.CAST, secrets.token_bytes(32), sealed, spending)

    def write(self) -> None:
        """Write and sync what SQLite does for one: journal, pages, its header, the rest of it."""
        held = self._hold_still()
        for number in range(len(self.media)):
            self._write(number, self._places(), held if number else 0)

    def write_and_read(self) -> None:
        """Write the same, and read what it changes before, and what was written from the medium itself."""
        pages, held = [self._places() for _ in self.media], self._hold_still()
        for number, ((database, _), places) in enumerate(zip(self.media, pages, strict=True)):
            _read(database, places[-_READ:])
            self._write(number, places, held if number else 0)
            forget_cached(database, places, _PAGE)
        for (database, _), places in zip(self.media, pages, strict=True):
            _read(database, places)

    def _places(self) -> list[int]:
        """Draw where a vote changes a file: its two first pages, two side by side, and one."""
        draw = secrets.SystemRandom().randrange
        slot, spent = 2 * draw(1, self.slots), draw(2, 2 * self.slots)
        return [page * _PAGE for page in (0, 1, slot, slot + 1, spent)]

    def _hold_still(self) -> int:
        """Write the second medium's journal through before the first is written."""
        log = os.open(self.media[1][1], os.O_RDWR)
        written = os.pwrite(log, _CONTENT[:_HELD], 0)
        os.fdatasync(log)
        os.close(log)
        return written

    def _write(self, number: int, places: list[int], held: int) -> None:
        """`held`: bytes of its journal that are there."""
        database, journal = self.media[number]
        file, log = os.open(database, os.O_RDWR), os.open(journal, os.O_RDWR)
        folder = os.open(journal.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.pwrite(log, _CONTENT[held:], held)
        os.fdatasync(log)
        os.fdatasync(folder)
        os.pwrite(log, _CONTENT[:12], 0)
        os.fdatasync(log)
        for place in places:
            os.pwrite(file, _CONTENT[:_PAGE], place)
        os.fdatasync(file)
        os.pwrite(log, bytes(HEADER), 0)
        os.fdatasync(log)
        os.pwrite(log, bytes(_JOURNAL), 0)
        os.fdatasync(log)
        for handle in (file, log, folder):
            os.close(handle)


def _read(path: Path, places: list[int]) -> None:
    file = os.open(path, os.O_RDONLY)
    for place in places:
        os.pread(file, _PAGE, place)
    os.close(file)


def _signature(count: int) -> Figure:
    """Measure what no vote can do without: the root, signed with both keys."""
    signer = RecordSigner(HybridKey.generate(), "bench", _TERMINAL)
    unsigned = summary((), (), ())
    taken = [1000 * timed(lambda: signer.sign_summary(unsigned)) for _ in range(count)]
    return sampled("of a vote: the root, signed with both keys", taken, "ms")


@contextmanager
def _box(folder: Path, slots: int, held: int) -> Iterator[_Box]:
    folder.mkdir()
    media = tuple(
        (folder / f"bare-{slots}-{n}", folder / f"bare-{slots}-{n}-journal") for n in (1, 2)
    )
    for database, journal in media:
        database.write_bytes(bytes(slots * 2 * _PAGE))
        journal.write_bytes(bytes(_JOURNAL))
    key = HybridKey.generate()
    store = VoteStore(folder / "votes.db", folder / "mirror.db", key, "bench", _TERMINAL)
    if held:
        _fill(folder / "votes.db", RecordSigner(key, "bench", _TERMINAL), slots, held)
        store.reconcile()
    else:
        store.reserve(slots, SEALED)
    box = _Box(store, media, slots)
    box.record()
    try:
        yield box
    finally:
        store.close()


def _fill(path: Path, signer: RecordSigner, slots: int, held: int) -> None:
    """Write a medium as it is when the day is nearly over."""
    sealed = secrets.token_bytes(SEALED)
    records = tuple(
        signer.sign_record(RecordKind.CAST, secrets.token_bytes(32), sealed) for _ in range(held)
    )
    spent = tuple(SpentAuthorization(secrets.token_bytes(32), bytes(64)) for _ in records)
    root = signer.sign_root((x.digest for x in records), (), (x.hash for x in spent))
    header = Header(signer.election, signer.device, slots, SEALED)
    build(path, header, Entries(records, spent), root)


def _receipts(folder: Path, count: int) -> Iterator[Figure]:
    key, election = _election()
    pollbook = Pollbook(folder / "pollbook.db", bytes(32))
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
