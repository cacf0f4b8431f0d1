"""Lay out a medium of ballots: a SQLite file of fixed size with slots in random places.

Not only row numbers tell the order of casting: cells of a page and overflow pages are laid out
in the order of insertion, whatever the key. So nothing is inserted during the day. When the
polls open, every slot is written with random bytes; casting overwrites one free slot, drawn
uniformly at random, with content of the same length, which SQLite does in place. Size and
places say nothing, and a full medium shows before the first voter, not at noon. Spent
authorizations with their vouchers have slots of their own, and so have the hashes of handles,
drawn independently, so that none can be put together with a ballot.

A file is built aside and renamed when it is whole: it is either there with all its slots or
not there.

Which slots are free is read once when a medium is opened (`FreeSlots`) and kept in memory only, so that
a vote costs the same with 500 slots and with 10,000; what was written is read back by its key.
"""

from __future__ import annotations

import random
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from crypto import hybrid, signing
from drivers.media import sqlite
from drivers.media.errors import MediumFullError
from drivers.media.journal import PAGE
from election.left_behind import COUNT_BYTES, STATES, USED
from election.records import DIGEST_SIZE, SignedRoot, SpentAuthorization, StoredRecord

SCHEMA_VERSION = 4
FREE = b"\x00"
_COLUMNS = {
    "slot": ("state", "digest", "signature", "sealed"),
    "spent": ("state", "hash", "voucher"),
    "handle": ("state", "hash"),
}
_OVERWRITE = {
    table: f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in names)} WHERE key = ?"
    for table, names in _COLUMNS.items()
}
_ROOT = ("counts", "records", "spent", "signature")
_DRAW = secrets.SystemRandom()

# Every value of a slot is a blob of fixed length, so that every row has the same size
# whatever it holds (SQLite stores the integers 0 and 1 in fewer bytes than others).
# Keys are 1, 2, 3 …, all there before the first vote: they name a place, as a page does. Under such keys
# SQLite finds a row by a few bytes; in a table without row numbers it reads every ballot that it compares.
# What a vote needs comes first in the file: a system that is asked for the first page reads some more.
_SCHEMA = """
CREATE TABLE root(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    counts BLOB NOT NULL, records BLOB NOT NULL, spent BLOB NOT NULL, signature BLOB NOT NULL
) STRICT;
CREATE TABLE slot(
    key INTEGER PRIMARY KEY, state BLOB NOT NULL,
    digest BLOB NOT NULL, signature BLOB NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE TABLE spent(
    key INTEGER PRIMARY KEY, state BLOB NOT NULL, hash BLOB NOT NULL, voucher BLOB NOT NULL
) STRICT;
CREATE TABLE handle(
    key INTEGER PRIMARY KEY, state BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE header(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    election TEXT NOT NULL, device TEXT NOT NULL,
    capacity INTEGER NOT NULL, sealed_size INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Header:
    """Whose ballots a medium holds, and in which slots."""

    election: str
    device: str
    capacity: int
    sealed_size: int


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


@dataclass(slots=True)
class FreeSlots:
    """What is free on one medium, and the digests and hashes of what is not.

    Thrown away whenever a transaction did not end as it should: then the medium is asked again.
    """

    free: dict[str, list[int]]
    """Keys, by table, in no order that says anything."""
    cast: set[bytes] = field(default_factory=set)
    spoiled: set[bytes] = field(default_factory=set)
    spent: set[bytes] = field(default_factory=set)

    @classmethod
    def read(
        cls,
        connection: sqlite3.Connection,
        cast: Iterable[bytes] = (),
        spoiled: Iterable[bytes] = (),
        spent: Iterable[bytes] = (),
    ) -> FreeSlots:
        """Read the keys of all free slots. Raises `sqlite3.Error`."""
        free = {
            table: [
                key
                for (key,) in connection.execute(
                    f"SELECT key FROM {table} WHERE state = ?", (FREE,)
                )
            ]
            for table in _COLUMNS
        }
        return cls(free, set(cast), set(spoiled), set(spent))

    def draw(self, table: str, count: int, source: random.Random) -> list[int]:
        """Take so many different free slots, uniformly at random. Raises `CapacityReachedError`."""
        free = self.free[table]
        if len(free) < count:
            raise CapacityReachedError("all reserved slots are used: go on with another terminal")
        drawn = []
        for _ in range(count):
            place = source.randrange(len(free))
            free[place], free[-1] = free[-1], free[place]
            drawn.append(free.pop())
        return drawn


def build(path: Path, header: Header, entries: Entries, root: SignedRoot) -> None:
    """Write a file with all its slots, and what there is already in random ones. Raises `sqlite3.Error`."""
    connection = sqlite.connect(path)
    try:
        # No journal while building: the file only gets its name when it is whole.
        for pragma in (f"page_size={PAGE}", "journal_mode=OFF", "synchronous=OFF"):
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
            (bytes(2 * COUNT_BYTES), bytes(32), bytes(32), bytes(hybrid.SIGNATURE_SIZE)),
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
        fill(connection, FreeSlots.read(connection), entries, root)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _fillers(header: Header) -> Iterator[tuple[int, tuple[bytes, bytes, bytes]]]:
    for key in _keys(header.capacity):
        yield (
            key,
            (
                secrets.token_bytes(DIGEST_SIZE),
                secrets.token_bytes(signing.SIGNATURE_SIZE),
                secrets.token_bytes(header.sealed_size),
            ),
        )


def _keys(count: int) -> range:
    return range(1, count + 1)


def fill(
    connection: sqlite3.Connection, slots: FreeSlots, entries: Entries, root: SignedRoot
) -> list[tuple[str, int]]:
    """Overwrite free slots, drawn at random, and the root; tables and keys, in the order of `rows`.

    Raises `CapacityReachedError`, `sqlite3.Error`.
    """
    written: list[tuple[str, int]] = []
    for table, filled in rows(entries).items():
        keys = slots.draw(table, len(filled), _DRAW)
        for key, row in zip(keys, filled, strict=True):
            connection.execute(_OVERWRITE[table], (*row, key))
            written.append((table, key))
    counts = root.cast.to_bytes(COUNT_BYTES, "big") + root.spoiled.to_bytes(COUNT_BYTES, "big")
    connection.execute(
        "UPDATE root SET counts = ?, records = ?, spent = ?, signature = ?",
        (counts, root.records, root.spent, root.signature),
    )
    return written


@cache
def held(tables: tuple[str, ...] = ()) -> str:
    """Return the query of the root's four values and, by a key for each of the tables, those of `rows`.

    One statement: it is one look at locks, journal and counter, and the values are of one moment.
    """
    places = [(table, f"at{number}") for number, table in enumerate(tables)]
    columns = [("root", _ROOT), *((place, _COLUMNS[table]) for table, place in places)]
    values = ", ".join(f"{place}.{name}" for place, names in columns for name in names)
    joined = [f"JOIN {table} {place} ON {place}.key = ?" for table, place in places]
    return " ".join((f"SELECT {values} FROM root", *joined))


def rows(entries: Entries) -> dict[str, list[tuple[bytes, ...]]]:
    """Return what these entries are in the tables, without keys."""
    return {
        "slot": [
            (STATES[record.kind], record.digest, record.signature, record.sealed)
            for record in entries.records
        ],
        "spent": [(USED, spent.hash, spent.voucher) for spent in entries.spent],
        "handle": [(USED, handle) for handle in entries.handles],
    }


class CapacityReachedError(MediumFullError):
    """All slots reserved when the polls opened are used; nothing was recorded."""
