"""Keep ballots on one medium, whose layout is `election.vote_slots`: read, write, read back."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from drivers.file_system import forget_cached
from drivers.media import sqlite
from drivers.media.errors import (
    DamagedStoreError,
    MediumLostError,
    MigrationError,
    TamperedStoreError,
    written,
)
from drivers.media.journal import PAGE, sync_pages
from election.files import built_aside
from election.left_behind import COUNT_BYTES, KINDS, STATES, USED
from election.records import (
    DIGEST_SIZE,
    RecordKind,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
)
from election.vote_slots import (
    FREE,
    SCHEMA_VERSION,
    Entries,
    FreeSlots,
    Header,
    build,
    fill,
    held,
    rows,
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
        self._slots: FreeSlots | None = None
        """None until they are read, and after a transaction that did not end well."""
        self._written: list[tuple[str, int]] = []
        """Table and key of what the last transaction wrote, to be read back."""
        self._changed: tuple[int, ...] = ()
        """Where its pages lie in the file; none if that is not known."""
        self._is_asked = False
        """After a commit: the system was asked to read these pages from the medium."""
        self._reader: sqlite3.Connection | None = None
        """Reads back; another than the one that writes, which knows what it wrote."""

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
        if self._reader is not None:
            self._reader.close()
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
            frozenset(found[STATES[RecordKind.CAST]]),
            frozenset(found[STATES[RecordKind.SPOILED]]),
            spent,
        )

    def slots(self) -> FreeSlots:
        """Return what is used and what is free, read from the medium if it is not known. The medium's own."""
        if self._slots is None:
            found = self.digests()
            with sqlite.translated(self.path):
                used = (found.cast, found.spoiled, found.spent)
                self._slots = FreeSlots.read(self._connection, *used)
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
            return _root(self._connection.execute(held()).fetchone() or (), self.path)

    def read_back(self, entries: Entries, root: SignedRoot) -> bool:
        """Tell whether the file at this path holds what was written, and this root.

        The medium answers, asked at the commit or here; what SQLite remembers of it falls with the counter of
        changes. Raises `MediumLostError`; `TamperedStoreError` for a row that is gone.
        """
        self.check_present()
        if not self._is_asked:
            self._ask_medium()
        self._reader = self._reader or sqlite.connect(self.path, read_only=True)
        tables, keys = [*zip(*self._written, strict=True)] or ((), ())
        with sqlite.translated(self.path):
            found = self._reader.execute(held(tables), keys).fetchone() or ()
        wanted = [value for table in rows(entries).values() for row in table for value in row]
        return _root(found[:4], self.path) == root and [*found[4:]] == wanted

    def _ask_medium(self) -> None:
        """Have the system drop what it remembers of the pages that changed, and read them anew."""
        with written(self.path.name):
            forget_cached(self.path, self._changed, PAGE)

    # ------------------------------------------------------------ writing

    def prepare(self, entries: Entries, root: SignedRoot) -> None:
        """Begin a transaction that adds these and replaces the root; nothing is durable yet.

        The journal is created here, so most troubles of a medium show before anything counts.
        Raises `MediumFullError` or `MediumLostError`; the transaction is rolled back then.
        """
        slots, self._changed, self._is_asked = self.slots(), (), False
        try:
            with sqlite.translated(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                self._written = fill(self._connection, slots, entries, root)
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
        with written(self.path.name):
            sync_pages(self.path)

    def commit(self) -> None:
        """Commit the transaction that was prepared, and ask for what `read_back` will read.

        While the system waits for this medium, the other one is written.
        """
        with sqlite.translated(self.path):
            self._connection.execute("COMMIT")
        self._changed = sqlite.ended(self._connection)
        self._ask_medium()
        self._is_asked = True

    def rollback(self) -> None:
        """Never raises: what can't be rolled back now is rolled back when the file is opened next."""
        self._slots = None
        with suppress(*sqlite.ERRORS):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
                sqlite.ended(self._connection)

    @property
    def in_transaction(self) -> bool:
        """A transaction is open."""
        return self._connection.in_transaction


def _root(row: tuple[bytes, ...], path: Path) -> SignedRoot:
    whole = row and all(isinstance(value, bytes) for value in row)
    if not whole or len(row[0]) != 2 * COUNT_BYTES:
        raise TamperedStoreError(m("{name} has lost its signed root", name=path.name))
    counts, records, spent, signature = row
    cast = int.from_bytes(counts[:COUNT_BYTES], "big")
    spoiled = int.from_bytes(counts[COUNT_BYTES:], "big")
    return SignedRoot(cast, spoiled, records, spent, signature)


def _is_hash(value: object) -> bool:
    """Tell whether a damaged page still gives what was written there."""
    return isinstance(value, bytes) and len(value) == DIGEST_SIZE


def _record(row: tuple[bytes, bytes, bytes, bytes], path: Path) -> StoredRecord:
    state, digest, sealed, signature = row
    if state not in KINDS or not all(isinstance(value, bytes) for value in row):
        raise TamperedStoreError(m("{name} holds a record of an unknown kind", name=path.name))
    return StoredRecord(KINDS[state], digest, sealed, signature)
