"""Keep ballots on one medium: a SQLite file of fixed size with slots in random places.

Not only row numbers tell the order of casting: cells of a page and overflow pages are laid out
in the order of insertion, whatever the key. So nothing is inserted during the day. When the
polls open, every slot is written with random bytes; casting overwrites one free slot, drawn
uniformly at random, with content of the same length, which SQLite does in place. Size and
places say nothing, and a full medium shows before the first voter, not at noon. Spent
authorizations with their vouchers have slots of their own, and so have the hashes of handles,
drawn independently, so that none can be put together with a ballot. Which slots are free is read
once (`kiosk.storage.slots`); what was written is read back by its key.

A file is built aside and renamed when it is whole: it is either there with all its slots or
not there.
"""

from __future__ import annotations

import os
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
from kiosk.errors import (
    DamagedStoreError,
    MediumFullError,
    MediumLostError,
    MigrationError,
    TamperedStoreError,
)
from kiosk.storage import sqlite
from kiosk.storage.journal import sync_pages
from kiosk.storage.slots import FREE, Slots
from words.message import m

SCHEMA_VERSION = 3
_PAGE_SIZE = 4096
_KEY_SIZE = 16
_STATES = {RecordKind.CAST: b"\x01", RecordKind.SPOILED: b"\x02"}
KINDS = {state: kind for kind, state in _STATES.items()}
USED = b"\x01"
_COUNT_BYTES = 4
_COLUMNS = {
    "slot": ("state", "digest", "signature", "sealed"),
    "spent": ("state", "hash", "voucher"),
    "handle": ("state", "hash"),
}
_OVERWRITE = {
    table: f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in names)} WHERE key = ?"
    for table, names in _COLUMNS.items()
}
_READ_BACK = {
    table: f"SELECT {', '.join(names)} FROM {table} WHERE key = ?"
    for table, names in _COLUMNS.items()
}

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
        self._slots: Slots | None = None
        """None until they are read, and after a transaction that did not end well."""
        self._written: list[tuple[str, bytes]] = []
        """Table and key of what the last transaction wrote, to be read back."""

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

    def check_pages(self) -> None:
        """Read every page, free slots too: damage shows at the start, not to a voter.

        Raises `DamagedStoreError`, `MediumLostError`.
        """
        with sqlite.translated(self.path):
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != ("ok",):
            raise DamagedStoreError(
                m("{name} is damaged: replace its medium by an empty one", name=self.path.name)
            )

    def digests(self) -> Digests:
        """Return the digests of all records and spent authorizations it holds."""
        with sqlite.translated(self.path):
            found: dict[bytes, set[bytes]] = {FREE: set(), **{state: set() for state in KINDS}}
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

    def slots(self) -> Slots:
        """Return what is used and what is free, read from the medium if it is not known. The medium's own."""
        if self._slots is None:
            held = self.digests()
            with sqlite.translated(self.path):
                self._slots = Slots.read(self._connection, held.cast, held.spoiled, held.spent)
        return self._slots

    def records(self) -> tuple[StoredRecord, ...]:
        """All records in the order of their digests (which are random)."""
        with sqlite.translated(self.path):
            rows = self._connection.execute(
                "SELECT state, digest, sealed, signature FROM slot WHERE state <> ? ORDER BY digest",
                (FREE,),
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
        """Tell whether the file at this path, opened anew, holds what was written, and this root.

        What the system remembers of the file is dropped first, so that the medium answers. Raises
        `MediumLostError`.
        """
        try:
            _forget_cached(self.path)
            connection = sqlite.connect(self.path, read_only=True)
        except OSError as error:
            raise MediumLostError(
                m("{name} has vanished: check its medium", name=self.path.name)
            ) from error
        try:
            again = Medium(self.path, connection, self.header)
            found: dict[str, list[tuple[bytes, ...]]] = {table: [] for table in _READ_BACK}
            with sqlite.translated(self.path):
                for table, key in self._written:
                    found[table] += connection.execute(_READ_BACK[table], (key,)).fetchall()
            return (
                found["slot"] == [_row(record) for record in entries.records]
                and found["spent"] == [(USED, each.hash, each.voucher) for each in entries.spent]
                and found["handle"] == [(USED, handle) for handle in entries.handles]
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
        slots = self.slots()
        try:
            with sqlite.translated(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                self._written = _fill(self._connection, slots, entries, root)
        except BaseException:
            self.rollback()
            raise
        for record in entries.records:
            (slots.cast if record.kind is RecordKind.CAST else slots.spoiled).add(record.digest)
        slots.spent.update(each.hash for each in entries.spent)

    def hold_still(self) -> None:
        """Write what was prepared through, so that nothing of this medium is under way until its commit.

        Raises `MediumLostError`.
        """
        try:
            sync_pages(self.path)
        except OSError as error:
            raise MediumLostError(
                m("{name} cannot be written: check its medium", name=self.path.name)
            ) from error

    def commit(self) -> None:
        """Commit the transaction that was prepared."""
        with sqlite.translated(self.path):
            self._connection.execute("COMMIT")
        sqlite.ended(self._connection)

    def rollback(self) -> None:
        """Never raises: what can't be rolled back now is rolled back when the file is opened next."""
        self._slots = None
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
            ((key, FREE, *filler) for key, filler in _fillers(header)),
        )
        connection.executemany(
            "INSERT INTO spent VALUES (?, ?, ?, ?)",
            (
                (
                    key,
                    FREE,
                    secrets.token_bytes(DIGEST_SIZE),
                    secrets.token_bytes(signing.SIGNATURE_SIZE),
                )
                for key in _keys(header.capacity)
            ),
        )
        connection.executemany(
            "INSERT INTO handle VALUES (?, ?, ?)",
            ((key, FREE, secrets.token_bytes(DIGEST_SIZE)) for key in _keys(header.capacity)),
        )
        _fill(connection, Slots.read(connection), entries, root)
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


def _fill(
    connection: sqlite3.Connection, slots: Slots, entries: Entries, root: SignedRoot
) -> list[tuple[str, bytes]]:
    """Overwrite free slots and the root; tables and keys, in the order of the entries."""
    written: list[tuple[str, bytes]] = []
    rows: dict[str, list[tuple[bytes, ...]]] = {
        "slot": [_row(record) for record in entries.records],
        "spent": [(USED, spent.hash, spent.voucher) for spent in entries.spent],
        "handle": [(USED, handle) for handle in entries.handles],
    }
    for table, filled in rows.items():
        keys = slots.draw(table, len(filled), secrets.SystemRandom())
        if keys is None:
            raise CapacityReachedError("all reserved slots are used: go on with another terminal")
        for key, row in zip(keys, filled, strict=True):
            connection.execute(_OVERWRITE[table], (*row, key))
            written.append((table, key))
    counts = root.cast.to_bytes(_COUNT_BYTES, "big") + root.spoiled.to_bytes(_COUNT_BYTES, "big")
    connection.execute(
        "UPDATE root SET counts = ?, records = ?, spent = ?, signature = ?",
        (counts, root.records, root.spent, root.signature),
    )
    return written


def _row(record: StoredRecord) -> tuple[bytes, bytes, bytes, bytes]:
    return _STATES[record.kind], record.digest, record.signature, record.sealed


def _forget_cached(path: Path) -> None:
    """Have the system drop what it remembers of a file that is written through. Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)


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
