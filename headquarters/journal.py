"""The journal of an import: what became of every bundle, remembered on headquarters' own machine.

    bundle    name of the file → what is said of it, and what became of its records one by one
    content   number of a closing's content
    tag       what no two ballots or terminals may share → the content that has it
    link      contents that share something: their branches are compared together
    part      branches that are compared together → what came of it

It is a memory and nothing else: without it, and where a row is not what this machine wrote, everything is
checked again. Rows are sealed under a secret of the sealing key's holder, because they hold ballots and
handles; whoever cannot open records can neither read nor write them. Tags are marks under the same secret.
The count does not rely on tags (`headquarters.intake`). SQLite, one transaction for each bundle.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from crypto import canonical
from crypto.canonical import CanonicalValue
from crypto.errors import DecodeError
from crypto.private_memory import PrivateMemory
from crypto.sealing import SealingKey
from election.definition import BranchId, DeviceId, Role
from election.reasons import BundleReason
from election.records import RecordKind
from headquarters.closings import Closing
from headquarters.import_report import RecordReason, RejectedBundle
from headquarters.record_check import CheckedRecord
from headquarters.stored_message import message_from_json, message_to_json
from headquarters.workspace import FolderError
from words.message import m

JOURNAL_FILE: Final = "journal.db"
_PURPOSE: Final = "import journal 1"
_WAIT_S: Final = 2.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS bundle (name TEXT PRIMARY KEY, head BLOB NOT NULL, records BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS content (number INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS tag (mark BLOB PRIMARY KEY, content INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS link (one INTEGER, other INTEGER, PRIMARY KEY (one, other)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (mark BLOB PRIMARY KEY, value BLOB NOT NULL);
"""


T = TypeVar("T", int, BranchId)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the journal says of a file."""

    sha256: bytes
    """Of the file."""
    context: bytes
    """Of what it was checked against (`headquarters.arrivals`)."""
    outcome: Closing | RejectedBundle

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.outcome.name


class Journal:
    """An open journal; `open_journal` opens one."""

    def __init__(self, database: sqlite3.Connection, key: SealingKey) -> None:
        self._database = database
        self._memory = PrivateMemory(key.derive(_PURPOSE))
        self._bundles = dict(self._heads())

    @property
    def bundles(self) -> Mapping[str, Remembered]:
        """What is remembered, by name; what somebody else wrote is left out."""
        return MappingProxyType(self._bundles)

    def _heads(self) -> Iterator[tuple[str, Remembered]]:
        for name, sealed in self._database.execute("SELECT name, head FROM bundle"):
            with suppress(*_STRANGE):
                yield name, _remembered(name, self._open(b"head " + name.encode(), sealed))

    def records(self, closing: Closing) -> tuple[CheckedRecord, ...] | None:
        """Return what became of the records of a bundle; None if that is not remembered."""
        query = "SELECT records FROM bundle WHERE name = ?"
        row = self._database.execute(query, (closing.name,)).fetchone()
        with suppress(*_STRANGE):
            if row is not None:
                plain = self._open(b"records " + closing.content, row[0])
                return tuple(_record(*each) for each in cast(list[Any], plain))
        return None

    def keep(
        self,
        remembered: Remembered,
        records: Iterable[CheckedRecord] = (),
        tags: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        """Remember a bundle whole. `tags`: (kind, value) of what nothing else may share."""
        outcome, name = remembered.outcome, remembered.name
        rows = [_row(each) for each in records]
        content = outcome.content if isinstance(outcome, Closing) else b""
        head = self._seal(b"head " + name.encode(), _head(remembered))
        with _transaction(self._database):
            self._database.execute(
                "INSERT OR REPLACE INTO bundle VALUES (?, ?, ?)",
                (name, head, self._seal(b"records " + content, rows)),
            )
            if content:
                self._tag(content, tags)
        self._bundles[name] = remembered

    def forget(self, names: Collection[str]) -> None:
        """Forget files that are there no more; what they shared with others is no secret worth a scan."""
        with _transaction(self._database):
            self._database.executemany(
                "DELETE FROM bundle WHERE name = ?", [(name,) for name in names]
            )
        for name in names:
            self._bundles.pop(name, None)

    def linked(self, contents: Mapping[bytes, BranchId]) -> Iterator[tuple[BranchId, BranchId]]:
        """Yield pairs of branches whose contents share something.

        Also through a content that does not count: what shares one thing is linked to the first that had it.
        """
        links = self._database.execute("SELECT one, other FROM link").fetchall()
        if not links:
            return
        branches = {self._number(content): branch for content, branch in contents.items()}
        for together in components({each for link in links for each in link}, links):
            yield from pairwise(branches[each] for each in together if each in branches)

    def part(self, key: bytes) -> CanonicalValue:
        """Return what came of a comparison; None if that is not remembered."""
        query = "SELECT value FROM part WHERE mark = ?"
        row = self._database.execute(query, (self._memory.mark(b"part", key),)).fetchone()
        if row is None:
            return None
        with suppress(*_STRANGE):
            return self._open(b"part " + key, row[0])
        return None

    def keep_part(self, key: bytes, value: CanonicalValue) -> None:
        """Remember what came of a comparison."""
        row = (self._memory.mark(b"part", key), self._seal(b"part " + key, value))
        with _transaction(self._database):
            self._database.execute("INSERT OR REPLACE INTO part VALUES (?, ?)", row)

    def _tag(self, content: bytes, tags: Iterable[tuple[bytes, bytes]]) -> None:
        number = self._number(content)
        if number is None:
            mark = self._memory.mark(b"content", content)
            cursor = self._database.execute("INSERT INTO content (mark) VALUES (?)", (mark,))
            number = cursor.lastrowid
        links = set()
        for kind, value in tags:
            mark = self._memory.mark(kind, value)
            query = "SELECT content FROM tag WHERE mark = ?"
            row = self._database.execute(query, (mark,)).fetchone()
            if row is None:
                self._database.execute("INSERT INTO tag VALUES (?, ?)", (mark, number))
            elif row[0] != number:
                links.add((row[0], number))
        self._database.executemany("INSERT OR IGNORE INTO link VALUES (?, ?)", links)

    def _number(self, content: bytes) -> int | None:
        mark = self._memory.mark(b"content", content)
        query = "SELECT number FROM content WHERE mark = ?"
        row = self._database.execute(query, (mark,)).fetchone()
        return None if row is None else int(row[0])

    def _seal(self, place: bytes, value: CanonicalValue) -> bytes:
        return self._memory.seal(place, canonical.encode(value))

    def _open(self, place: bytes, sealed: bytes) -> CanonicalValue:
        plain = self._memory.open(place, sealed)
        if plain is None:
            raise ValueError("not written by this machine")
        return canonical.reread(plain)


@contextmanager
def open_journal(folder: Path, key: SealingKey) -> Iterator[Journal]:
    """Open the journal of an election's folder, for one program at a time; a broken one begins anew.

    Raises `FolderError` if another import is running, or the medium refuses.
    """
    path = folder / JOURNAL_FILE
    try:
        try:
            database = _connect(path)
        # SQLite's sentence about a damage quotes it, and that is not always text.
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink()  # a file that is no database: only a memory
            database = _connect(path)
        try:
            yield Journal(database, key)
        finally:
            database.close()
    except sqlite3.DatabaseError as error:
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in {
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        }
        if busy:
            raise FolderError(
                m("another command works with {path}; wait until it has ended", path=path)
            ) from error
        raise FolderError(
            m(
                "{path} cannot be used; it is only a memory: delete it, and everything is checked again",
                path=path,
            )
        ) from error


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    try:
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA trusted_schema=OFF")
        with _transaction(database):
            for statement in filter(str.strip, _SCHEMA.split(";")):
                database.execute(statement)
    except BaseException:
        database.close()
        raise
    path.chmod(0o600)
    return database


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def components(members: Iterable[T], links: Iterable[tuple[T, T]]) -> Iterator[list[T]]:
    """Yield the members that hang together, in order, each once."""
    near: dict[T, set[T]] = {member: set() for member in members}
    for one, other in links:
        near[one].add(other)
        near[other].add(one)
    seen: set[T] = set()
    for member in sorted(near):
        if member in seen:
            continue
        found, waiting = {member}, [member]
        while waiting:
            new = near[waiting.pop()] - found
            found |= new
            waiting += new
        seen |= found
        yield sorted(found)


# ---------------------------------------------------------------- rows


_STRANGE: Final = (ValueError, TypeError, KeyError, DecodeError)
"""What reading a row raises that this version did not write."""


def _head(remembered: Remembered) -> CanonicalValue:
    outcome = remembered.outcome
    if isinstance(outcome, Closing):
        said = [outcome.device, outcome.role.value, outcome.branch, outcome.content]
    else:
        said = [outcome.reason.value, message_to_json(outcome.message)]
    return [remembered.sha256, remembered.context, said]


def _remembered(name: str, plain: CanonicalValue) -> Remembered:
    sha256, context, said = cast(list[Any], plain)
    outcome: Closing | RejectedBundle
    if len(said) == 4:
        device, role, branch, content = said
        outcome = Closing(name, DeviceId(device), Role(role), BranchId(branch), content)
    else:
        reason, message = said
        outcome = RejectedBundle(name, BundleReason(reason), message_from_json(message))
    return Remembered(sha256, context, outcome)


def _row(record: CheckedRecord) -> CanonicalValue:
    reason = None if record.reason is None else record.reason.value
    return [record.kind.value, record.digest, reason, record.plain]


def _record(kind: str, digest: bytes, reason: str | None, plain: bytes) -> CheckedRecord:
    refused = None if reason is None else RecordReason(reason)
    return CheckedRecord(RecordKind(kind), digest, refused, plain)
