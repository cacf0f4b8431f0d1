"""Keep ballots on one medium: a SQLite file of fixed size with slots in random places.

Not only row numbers tell the order of casting: cells of a page and overflow pages are laid out
in the order of insertion, whatever the key. So nothing is inserted during the day. When the
polls open, every slot is written with random bytes; casting overwrites one free slot, drawn
uniformly at random, with content of the same length, which SQLite does in place. Size and
places say nothing, and a full medium shows before the first voter, not at noon. Spent
authorizations with their vouchers have slots of their own, and so have the hashes of handles,
drawn independently, so that none can be put together with a ballot.

A file is built aside and renamed when it is whole: it is either there with all its slots or
not there.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crypto import hybrid, signing
from election.files import put_in_place
from election.records import (
    DIGEST_SIZE,
    RecordKind,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
)
from kiosk.errors import MediumFullError, MediumLostError, MigrationError, TamperedStoreError
from kiosk.storage import sqlite
from words.message import m

SCHEMA_VERSION = 3
_PAGE_SIZE = 4096
_KEY_SIZE = 16
_FREE = b"\x00"
_STATES = {RecordKind.CAST: b"\x01", RecordKind.SPOILED: b"\x02"}
KINDS = {state: kind for kind, state in _STATES.items()}
USED = b"\x01"
_COUNT_BYTES = 4

# Every value of a slot is a blob of fixed length, so that every row has the same size
# whatever it holds (SQLite stores the integers 0 and 1 in fewer bytes than others).
_SCHEMA = """
CREATE TABLE header(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    election TEXT NOT NULL, device TEXT NOT NULL,
    capacity INTEGER NOT NULL, sealed_size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE root(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    counts BLOB NOT NULL, records BLOB NOT NULL, spent BLOB NOT NULL, signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE slot(
    key BLOB PRIMARY KEY, state BLOB NOT NULL,
    digest BLOB NOT NULL, signature BLOB NOT NULL, sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE spent(
    key BLOB PRIMARY KEY, state BLOB NOT NULL, hash BLOB NOT NULL, voucher BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE handle(
    key BLOB PRIMARY KEY, state BLOB NOT NULL, hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Header:
    """Whose ballots a medium holds, and in which slots."""

    election: str
    device: str
    capacity: int
    sealed_size: int


@dataclass(frozen=True, slots=True)
class Digests:
    """What a medium holds, without the ballots themselves."""

    cast: frozenset[bytes]
    spoiled: frozenset[bytes]
    spent: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Entries:
    """What is written in one transaction."""

    records: tuple[StoredRecord, ...] = ()
    spent: tuple[SpentAuthorization, ...] = ()
    handles: tuple[bytes, ...] = ()
    """Hashes of handles."""

    def __bool__(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.records or self.spent or self.handles)


class Medium:
    """An open medium. One writer; a transaction is `prepare`, then `commit` or `rollback`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, header: Header) -> None:
        self.path = path
        self.header = header
        self._connection = connection
        self._inode = path.stat().st_ino

    # ------------------------------------------------------------ life

    @classmethod
    def create(
        cls,
        path: Path,
        header: Header,
        entries: Entries,
        root: SignedRoot,
    ) -> Medium:
        """Reserve all slots, put what there is already into random ones, and open the result.

        Raises `MediumFullError` or `MediumLostError`, and leaves nothing behind then.
        """
        aside = path.with_name(path.name + ".new")
        try:
            aside.unlink(missing_ok=True)
            with sqlite.translated(path):
                _build(aside, header, entries, root)
            put_in_place(aside, path)
        except BaseException as error:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise MediumLostError(
                    m("{name} cannot be written: check its medium", name=path.name)
                ) from error
            raise
        opened = cls.open(path)
        if opened is None:
            raise MediumLostError(m("{name} vanished right after it was written", name=path.name))
        return opened

    @classmethod
    def open(cls, path: Path) -> Medium | None:
        """None if nothing was ever reserved there (no file, or an empty one).

        A transaction that was cut off is rolled back here, by SQLite's hot journal.
        """
        try:
            if not path.is_file() or path.stat().st_size == 0:
                return None
        except OSError as error:
            raise MediumLostError(
                m("{name} cannot be read: check its medium", name=path.name)
            ) from error
        connection = sqlite.connect(path)
        try:
            with sqlite.translated(path):
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version != SCHEMA_VERSION:
                    raise MigrationError(
                        m(
                            "{name} was written by another version: {version}",
                            name=path.name,
                            version=version,
                        )
                    )
                row = connection.execute(
                    "SELECT election, device, capacity, sealed_size FROM header"
                ).fetchone()
                if row is None or [type(value) for value in row] != [str, str, int, int]:
                    raise TamperedStoreError(m("{name} has lost its header", name=path.name))
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, Header(*row))

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def check_present(self) -> None:
        """`MediumLostError` if the file this connection writes to is no longer the one at its path."""
        try:
            present = self.path.stat().st_ino == self._inode
        except OSError as error:
            raise MediumLostError(
                m("{name} has vanished: check its medium", name=self.path.name)
            ) from error
        if not present:
            raise MediumLostError(
                m("{name} has been exchanged: start this device again", name=self.path.name)
            )

    # ------------------------------------------------------------ reading

    def digests(self) -> Digests:
        """Return the digests of all records and spent authorizations it holds."""
        with sqlite.translated(self.path):
            found: dict[bytes, set[bytes]] = {_FREE: set(), **{state: set() for state in KINDS}}
            for state, digest in self._connection.execute("SELECT state, digest FROM slot"):
                if state not in found or not _is_hash(digest):
                    raise TamperedStoreError(
                        m("{name} holds a slot of an unknown kind", name=self.path.name)
                    )
                if digest in found[state]:
                    raise TamperedStoreError(m("{name} holds a record twice", name=self.path.name))
                found[state].add(digest)
            rows = self._connection.execute("SELECT hash FROM spent WHERE state = ?", (USED,))
            spent = frozenset(row[0] for row in rows)
            if not all(map(_is_hash, spent)):
                raise TamperedStoreError(
                    m("{name} holds a slot of an unknown kind", name=self.path.name)
                )
        return Digests(
            frozenset(found[_STATES[RecordKind.CAST]]),
            frozenset(found[_STATES[RecordKind.SPOILED]]),
            spent,
        )

    def records(self) -> tuple[StoredRecord, ...]:
        """All records in the order of their digests (which are random)."""
        with sqlite.translated(self.path):
            rows = self._connection.execute(
                "SELECT state, digest, sealed, signature FROM slot WHERE state <> ? ORDER BY digest",
                (_FREE,),
            ).fetchall()
        return tuple(_record(row, self.path) for row in rows)

    def spent(self) -> tuple[SpentAuthorization, ...]:
        """Return all spent authorizations with their vouchers, in the order of their hashes."""
        with sqlite.translated(self.path):
            rows = self._connection.execute(
                "SELECT hash, voucher FROM spent WHERE state = ? ORDER BY hash", (USED,)
            ).fetchall()
        return tuple(SpentAuthorization(*row) for row in rows)

    def handles(self) -> tuple[bytes, ...]:
        """Return the hashes of all handles, sorted."""
        with sqlite.translated(self.path):
            rows = self._connection.execute(
                "SELECT DISTINCT hash FROM handle WHERE state = ? ORDER BY hash", (USED,)
            ).fetchall()
        return tuple(row[0] for row in rows)

    def root(self) -> SignedRoot:
        """Return the signed root it holds."""
        with sqlite.translated(self.path):
            row = self._connection.execute(
                "SELECT counts, records, spent, signature FROM root"
            ).fetchone()
        whole = row is not None and all(isinstance(value, bytes) for value in row)
        if not whole or len(row[0]) != 2 * _COUNT_BYTES:
            raise TamperedStoreError(m("{name} has lost its signed root", name=self.path.name))
        counts, records, spent, signature = row
        cast = int.from_bytes(counts[:_COUNT_BYTES], "big")
        spoiled = int.from_bytes(counts[_COUNT_BYTES:], "big")
        return SignedRoot(cast, spoiled, records, spent, signature)

    def read_back(self, entries: Entries, root: SignedRoot) -> bool:
        """Tell whether the file at this path, opened anew, holds exactly this. Raises `MediumLostError`."""
        connection = sqlite.connect(self.path, read_only=True)
        try:
            again = Medium(self.path, connection, self.header)
            found: list[StoredRecord] = []
            with sqlite.translated(self.path):
                for record in entries.records:
                    rows = connection.execute(
                        "SELECT state, digest, sealed, signature FROM slot"
                        " WHERE digest = ? AND state <> ?",
                        (record.digest, _FREE),
                    ).fetchall()
                    found += [_record(row, self.path) for row in rows]
            return (
                found == list(entries.records)
                and set(entries.spent) <= set(again.spent())
                and set(entries.handles) <= set(again.handles())
                and again.root() == root
            )
        except OSError as error:
            raise MediumLostError(
                m("{name} has vanished: check its medium", name=self.path.name)
            ) from error
        finally:
            connection.close()

    # ------------------------------------------------------------ writing

    def prepare(self, entries: Entries, root: SignedRoot) -> None:
        """Begin a transaction that adds these and replaces the root; nothing is durable yet.

        The journal is created here, so most troubles of a medium show before anything counts.
        Raises `MediumFullError` or `MediumLostError`; the transaction is rolled back then.
        """
        try:
            with sqlite.translated(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                _fill(self._connection, entries, root)
        except BaseException:
            self.rollback()
            raise

    def commit(self) -> None:
        """Commit the transaction that was prepared."""
        with sqlite.translated(self.path):
            self._connection.execute("COMMIT")
        sqlite.ended(self._connection)

    def rollback(self) -> None:
        """Never raises: what can't be rolled back now is rolled back when the file is opened next."""
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
                sqlite.ended(self._connection)

    @property
    def in_transaction(self) -> bool:
        """A transaction is open."""
        return self._connection.in_transaction


def _build(path: Path, header: Header, entries: Entries, root: SignedRoot) -> None:
    connection = sqlite.connect(path)
    try:
        # No journal while building: the file only gets its name when it is whole.
        for pragma in (f"page_size={_PAGE_SIZE}", "journal_mode=OFF", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        connection.execute("BEGIN")
        connection.execute(
            "INSERT INTO header VALUES (1, ?, ?, ?, ?)",
            (header.election, header.device, header.capacity, header.sealed_size),
        )
        connection.execute(
            "INSERT INTO root VALUES (1, ?, ?, ?, ?)",
            (bytes(2 * _COUNT_BYTES), bytes(32), bytes(32), bytes(hybrid.SIGNATURE_SIZE)),
        )
        connection.executemany(
            "INSERT INTO slot VALUES (?, ?, ?, ?, ?)",
            ((key, _FREE, *filler) for key, filler in _fillers(header)),
        )
        connection.executemany(
            "INSERT INTO spent VALUES (?, ?, ?, ?)",
            (
                (
                    key,
                    _FREE,
                    secrets.token_bytes(DIGEST_SIZE),
                    secrets.token_bytes(signing.SIGNATURE_SIZE),
                )
                for key in _keys(header.capacity)
            ),
        )
        connection.executemany(
            "INSERT INTO handle VALUES (?, ?, ?)",
            ((key, _FREE, secrets.token_bytes(DIGEST_SIZE)) for key in _keys(header.capacity)),
        )
        _fill(connection, entries, root)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _fillers(header: Header) -> Iterator[tuple[bytes, tuple[bytes, bytes, bytes]]]:
    for key in _keys(header.capacity):
        yield (
            key,
            (
                secrets.token_bytes(DIGEST_SIZE),
                secrets.token_bytes(signing.SIGNATURE_SIZE),
                secrets.token_bytes(header.sealed_size),
            ),
        )


def _keys(count: int) -> list[bytes]:
    """Random, and sorted so that pages are filled evenly."""
    return sorted(secrets.token_bytes(_KEY_SIZE) for _ in range(count))


def _fill(connection: sqlite3.Connection, entries: Entries, root: SignedRoot) -> None:
    keys = _draw(connection, "slot", len(entries.records))
    for key, record in zip(keys, entries.records, strict=True):
        connection.execute(
            "UPDATE slot SET state = ?, digest = ?, signature = ?, sealed = ? WHERE key = ?",
            (_STATES[record.kind], record.digest, record.signature, record.sealed, key),
        )
    keys = _draw(connection, "spent", len(entries.spent))
    for key, spent in zip(keys, entries.spent, strict=True):
        connection.execute(
            "UPDATE spent SET state = ?, hash = ?, voucher = ? WHERE key = ?",
            (USED, spent.hash, spent.voucher, key),
        )
    keys = _draw(connection, "handle", len(entries.handles))
    for key, handle in zip(keys, entries.handles, strict=True):
        connection.execute(
            "UPDATE handle SET state = ?, hash = ? WHERE key = ?", (USED, handle, key)
        )
    counts = root.cast.to_bytes(_COUNT_BYTES, "big") + root.spoiled.to_bytes(_COUNT_BYTES, "big")
    connection.execute(
        "UPDATE root SET counts = ?, records = ?, spent = ?, signature = ?",
        (counts, root.records, root.spent, root.signature),
    )


def _draw(connection: sqlite3.Connection, table: str, count: int) -> list[bytes]:
    """`count` different free slots, uniformly at random."""
    rows = connection.execute(f"SELECT key FROM {table} WHERE state = ?", (_FREE,)).fetchall()
    if len(rows) < count:
        raise CapacityReachedError("all reserved slots are used: go on with another terminal")
    return [row[0] for row in secrets.SystemRandom().sample(rows, count)]


class CapacityReachedError(MediumFullError):
    """All slots reserved when the polls opened are used; nothing was recorded."""


def _is_hash(value: object) -> bool:
    """Tell whether a damaged page still gives what was written there."""
    return isinstance(value, bytes) and len(value) == DIGEST_SIZE


def _record(row: tuple[bytes, bytes, bytes, bytes], path: Path) -> StoredRecord:
    state, digest, sealed, signature = row
    if state not in KINDS or not all(isinstance(value, bytes) for value in row):
        raise TamperedStoreError(m("{name} holds a record of an unknown kind", name=path.name))
    return StoredRecord(KINDS[state], digest, sealed, signature)
