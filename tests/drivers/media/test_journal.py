"""Rollback journals: what they leave, what they cost, and what a power cut finds in them."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from crypto.hybrid import HybridKey
from drivers.media import sqlite
from drivers.media.journal import (
    HEADER,
    JOURNAL,
    PAGE,
    Journal,
    forget_pages,
    journal_of,
    sync_pages,
)
from election.definition import DeviceId
from election.records import RecordKind
from kiosk.storage.votes import Spending, VoteStore
from tests.recorder import Did, Op, recording

SIZE = 1500
KEY = HybridKey.generate()


def store_in(folder: Path) -> VoteStore:
    return VoteStore(folder / "votes.db", folder / "mirror.db", KEY, "phi", DeviceId("t1"))


def cast(store: VoteStore) -> None:
    nonce, digest = secrets.token_bytes(16), secrets.token_bytes(32)
    spending = Spending(nonce, secrets.token_bytes(64))
    store.record(RecordKind.CAST, digest, secrets.token_bytes(SIZE), spending)


@pytest.fixture
def zeroed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "JOURNAL", Journal.ZEROED)


def test_every_store_zeroes_its_journal(tmp_path: Path) -> None:
    assert JOURNAL is Journal.ZEROED
    store = store_in(tmp_path)
    store.reserve(6, SIZE)
    cast(store)
    assert not any(journal_of(tmp_path / "votes.db").read_bytes())
    store.close()


def test_what_is_prepared_is_written_through_before_the_other_medium_is_written(
    tmp_path: Path,
) -> None:
    """So that a cut finds one medium at work: the mirror's journal is synced, then the primary begins."""
    with recording() as recorder:
        store = store_in(tmp_path)
        store.reserve(6, SIZE)
        cast(store)
        recorder.ops.clear()
        cast(store)
        store.close()
    at_work: list[str] = []
    for op in recorder.ops:
        medium = Path(op.path).name.removesuffix("-journal")
        if op.did is Did.WRITE:
            at_work.append(medium)
        elif op.did is Did.SYNC:
            assert set(at_work) <= {medium}, "both media are being written"
            at_work.clear()


@pytest.mark.usefixtures("zeroed")
def test_a_kept_journal_has_nothing_in_it_after_a_commit(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.reserve(6, SIZE)
    for _ in range(3):
        cast(store)
        for name in ("votes.db", "mirror.db"):
            journal = journal_of(tmp_path / name).read_bytes()
            assert len(journal) > 4096
            assert not any(journal)
    store.close()


@pytest.mark.usefixtures("zeroed")
def test_nor_after_a_rollback_or_a_cut_before_the_zeroing(tmp_path: Path) -> None:
    connection = sqlite.open_schema(tmp_path / "a.db", "CREATE TABLE t(a)", 1)
    journal = journal_of(tmp_path / "a.db")
    with pytest.raises(RuntimeError):
        _break_off(connection)
    assert not any(journal.read_bytes())
    connection.close()
    left = bytes(HEADER) + os.urandom(9000)
    journal.write_bytes(left)
    sqlite.connect(tmp_path / "a.db").close()
    assert journal.read_bytes() == bytes(len(left))


def _break_off(connection: sqlite3.Connection) -> None:
    with sqlite.transaction(connection):
        connection.execute("INSERT INTO t VALUES (1)")
        raise RuntimeError


def test_a_transaction_that_goes_on_keeps_its_journal(tmp_path: Path) -> None:
    """Else a cut would leave half of it: another connection opens the file meanwhile, to read it back."""
    first = sqlite.connect(tmp_path / "a.db", journal=Journal.ZEROED)
    first.execute("CREATE TABLE t(a)")
    first.execute("BEGIN IMMEDIATE")
    first.execute("INSERT INTO t VALUES (randomblob(9000))")
    before = journal_of(tmp_path / "a.db").read_bytes()
    assert any(before)
    sqlite.connect(tmp_path / "a.db", journal=Journal.ZEROED).close()
    forget_pages(tmp_path / "a.db")
    assert journal_of(tmp_path / "a.db").read_bytes() == before
    first.execute("ROLLBACK")
    first.close()


def test_a_journal_that_is_no_file_of_ours_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(bytes(HEADER) + b"somebody's")
    journal_of(tmp_path / "a.db").symlink_to(other)
    forget_pages(tmp_path / "a.db")
    assert other.read_bytes().endswith(b"somebody's")
    forget_pages(tmp_path / "nothing.db")


@pytest.mark.parametrize("what", ["folder", "full folder", "link", "dangling", "link to a folder"])
def test_what_lies_in_its_place_is_put_out_of_the_way(tmp_path: Path, what: str) -> None:
    """SQLite opens nothing beside a folder of that name, and through a link nothing is synced."""
    path = tmp_path / "a.db"
    sqlite.open_schema(path, "CREATE TABLE a (b)", 1).close()
    place, elsewhere = journal_of(path), tmp_path / "elsewhere"
    if what == "link":
        place.rename(elsewhere)
    place.unlink(missing_ok=True)
    if what.endswith("folder"):
        (elsewhere if what.startswith("link") else place).mkdir()
    if what == "full folder":
        (place / "file").write_bytes(b"somebody's")
    if what.startswith(("link", "dangling")):
        place.symlink_to(elsewhere)
    with closing(sqlite.open_schema(path, "", 1)) as connection:
        with sqlite.transaction(connection):
            connection.execute("INSERT INTO a VALUES (1)")
            sync_pages(path)
        assert connection.execute("SELECT b FROM a").fetchall() == [(1,)]
    assert place.is_file()
    assert not place.is_symlink()
    kept = [path.name for path in tmp_path.glob("*.damaged-*")]
    assert kept == ([] if what == "link" else ["a.db-journal.damaged-1"])


def test_a_journal_behind_a_link_still_rolls_back(tmp_path: Path) -> None:
    """What the link leads to takes its place: SQLite itself follows none."""
    path = tmp_path / "a.db"
    with closing(sqlite.open_schema(path, "CREATE TABLE a (b)", 1)) as connection:
        connection.execute("INSERT INTO a VALUES (zeroblob(3000000))")
        connection.execute("PRAGMA cache_size=1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE a SET b=zeroblob(3000001)")
        sync_pages(path)
        cut = tmp_path / "cut"
        cut.mkdir()
        shutil.copy(path, cut / "a.db")
        shutil.copy(journal_of(path), cut / "elsewhere")
    assert any((cut / "elsewhere").read_bytes()[:HEADER])
    journal_of(cut / "a.db").symlink_to(cut / "elsewhere")
    with closing(sqlite.connect(cut / "a.db")) as connection:
        assert connection.execute("SELECT length(b) FROM a").fetchall() == [(3000000,)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert not journal_of(cut / "a.db").is_symlink()


# ---------------------------------------------------------------- what it costs


@pytest.mark.parametrize(("journal", "most"), [(Journal.DELETE, 11), (Journal.ZEROED, 13)])
def test_syncs_of_a_vote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: Journal, most: int
) -> None:
    monkeypatch.setattr(sqlite, "JOURNAL", journal)
    with recording() as recorder:
        store = store_in(tmp_path)
        store.reserve(6, SIZE)
        recorder.ops.clear()
        cast(store)
        store.close()
    assert 0 < recorder.syncs <= most
    for name in ("votes.db", "mirror.db"):
        assert recorder.syncs_of(name) == 1, "the content of a vote is synced on each medium"
        assert recorder.syncs_of(f"{name}-journal") >= 2


# ---------------------------------------------------------------- a cut at every write


class Disk:
    """A folder after some of the steps: as the system has it, and as the medium has it."""

    def __init__(self, folder: Path) -> None:
        self.seen = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.kept = dict(self.seen)
        """Content by name that is through to the medium."""
        self._synced = dict(self.seen)
        """Content of files that is, whatever their names are."""

    def do(self, op: Op) -> None:
        name = Path(op.path).name
        match op.did:
            case Did.WRITE:
                old = self.seen.get(name, b"").ljust(op.offset, b"\0")
                self.seen[name] = old[: op.offset] + op.data + old[op.offset + len(op.data) :]
            case Did.TRUNCATE:
                self.seen[name] = self.seen.get(name, b"")[: op.offset]
            case Did.DELETE:
                self.seen.pop(name, None)
            case Did.SYNC:
                self._synced[name] = self.seen[name]
                if name in self.kept:
                    self.kept[name] = self.seen[name]
            case Did.SYNC_NAMES:
                self.kept = {each: self._synced.get(each, b"") for each in self.seen}

    def put(self, folder: Path, files: dict[str, bytes]) -> Path:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder


def cuts(before: Path, ops: Sequence[Op], into: Path) -> Iterator[tuple[int, Path]]:
    """Give the folder after a cut at every step: with all that was written, and with what was synced."""
    disk, seen = Disk(before), set[int]()
    for step, op in enumerate((None, *ops)):
        if op is not None:
            disk.do(op)
        for files in (disk.seen, disk.kept):
            key = hash(tuple(sorted(files.items())))
            if key not in seen:
                seen.add(key)
                yield step, disk.put(into / f"{step}-{len(seen)}", files)


@pytest.mark.slow
@pytest.mark.parametrize("journal", Journal)
def test_a_cut_at_every_write_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    monkeypatch.setattr(sqlite, "JOURNAL", journal)
    before, work = tmp_path / "before", tmp_path / "work"
    before.mkdir()
    work.mkdir()
    with recording() as recorder:
        store = store_in(work)
        store.reserve(5, SIZE)
        cast(store)
        for path in work.iterdir():
            (before / path.name).write_bytes(path.read_bytes())
        recorder.ops.clear()
        cast(store)
        ops = list(recorder.ops)
        store.close()
    (tmp_path / "cuts").mkdir()
    found: list[tuple[int, int]] = []
    for step, folder in cuts(before, ops, tmp_path / "cuts"):
        again = store_in(folder)
        again.reconcile()
        counts = again.counts()
        found.append((step, counts.cast))
        assert len(again.spent()) == counts.cast, step
        cast(again)
        assert again.counts().cast == counts.cast + 1, step
        again.close()
        if journal is Journal.ZEROED:
            for name in ("votes.db", "mirror.db"):
                kept = journal_of(folder / name)
                assert not kept.exists() or not any(kept.read_bytes()), step
    assert {cast for _, cast in found} == {1, 2}
    first = min(step for step, cast in found if cast == 2)
    assert all(cast == 2 for step, cast in found if step == len(ops)), "what was promised is kept"
    assert len(found) > 30
    assert first < len(ops)


def _changed(before: bytes, after: bytes) -> set[int]:
    pages = range(0, max(len(before), len(after)), PAGE)
    return {at for at in pages if before[at : at + PAGE] != after[at : at + PAGE]}


def test_a_small_transaction_is_known_by_its_pages(tmp_path: Path) -> None:
    """What is read back from the medium is all that was written."""
    path = tmp_path / "a.db"
    connection = sqlite.connect(path)
    connection.execute("CREATE TABLE t(key INTEGER PRIMARY KEY, value BLOB)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", ((n, bytes(9000)) for n in range(300)))
    draw = random.Random(7)
    for count in (1, 2, 5, 8):
        before = path.read_bytes()
        connection.execute("BEGIN IMMEDIATE")
        for key in draw.sample(range(300), count):
            value = draw.randbytes(9000)
            connection.execute("UPDATE t SET value = ? WHERE key = ?", (value, key))
        connection.execute("COMMIT")
        places = sqlite.ended(connection)
        assert set(places) == _changed(before, path.read_bytes())
        assert len(places) == 1 + 3 * count
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE t SET value = zeroblob(9000)")
    connection.execute("COMMIT")
    assert sqlite.ended(connection) == ()
    assert sqlite.ended(connection) == ()
    connection.close()


@pytest.mark.parametrize(
    "content", [b"", b"\1", bytes(512), bytes(512) + b"\0\0\0\2" + bytes(5000)]
)
def test_what_is_no_journal_of_ours_names_no_pages(tmp_path: Path, content: bytes) -> None:
    journal_of(tmp_path / "a.db").write_bytes(content)
    assert forget_pages(tmp_path / "a.db") == ()
