"""Keep ballots on one medium, whose layout is `kiosk.storage.slots`: read, write, read back."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from election.files import built_aside
from election.records import (
    DIGEST_SIZE,
    RecordKind,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
)
from kiosk.errors import MediumLostError, MigrationError, TamperedStoreError, written
from kiosk.storage import sqlite
from kiosk.storage.slots import (
    COUNT_BYTES,
    FREE,
    KINDS,
    SCHEMA_VERSION,
    STATES,
    USED,
    Entries,
    Header,
    build,
    fill,
)
from words.message import m


@dataclass(frozen=True, slots=True)
class Digests:
    """What a medium holds, without the ballots themselves."""

    cast: frozenset[bytes]
    spoiled: frozenset[bytes]
    spent: frozenset[bytes]


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
        with written(path.name), built_aside(path) as aside, sqlite.translated(path):
            build(aside, header, entries, root)
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
        with sqlite.opening(path) as connection:
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
            frozenset(found[STATES[RecordKind.CAST]]),
            frozenset(found[STATES[RecordKind.SPOILED]]),
            spent,
        )

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
        if not whole or len(row[0]) != 2 * COUNT_BYTES:
            raise TamperedStoreError(m("{name} has lost its signed root", name=self.path.name))
        counts, records, spent, signature = row
        cast = int.from_bytes(counts[:COUNT_BYTES], "big")
        spoiled = int.from_bytes(counts[COUNT_BYTES:], "big")
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
                        (record.digest, FREE),
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
                fill(self._connection, entries, root)
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


def _is_hash(value: object) -> bool:
    """Tell whether a damaged page still gives what was written there."""
    return isinstance(value, bytes) and len(value) == DIGEST_SIZE


def _record(row: tuple[bytes, bytes, bytes, bytes], path: Path) -> StoredRecord:
    state, digest, sealed, signature = row
    if state not in KINDS or not all(isinstance(value, bytes) for value in row):
        raise TamperedStoreError(m("{name} holds a record of an unknown kind", name=path.name))
    return StoredRecord(KINDS[state], digest, sealed, signature)
