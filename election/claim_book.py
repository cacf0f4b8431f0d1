"""Keep a station's claims at its registry: tables beside its pollbook, on both of its memories.

    claim     what was drawn for a voter in one transaction, before the first try: nonce and signed
              claim, which never part. Till the card is written it is found by the voter; afterwards only
              by the hash of the nonce, and the nonce is gone. What is to be noted at the registry.
    request   up to where requests may be counted, and the highest that was answered
    told      up to where messages to the status board may be counted, and the sums that it has
    entry     a sealed entry of every ordinary check-in (`election.provisional`), for the night

Nothing has a time, and rows are sorted by hashes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.media import sqlite
from election.claims import NoteKind, SignedClaim

SCHEMA: Final = """
CREATE TABLE claim(
    spent BLOB PRIMARY KEY CHECK (length(spent) = 32),
    voter BLOB UNIQUE CHECK ((voter IS NULL) = (nonce IS NULL)), nonce BLOB,
    signed BLOB NOT NULL, signature BLOB NOT NULL,
    note TEXT NOT NULL DEFAULT '', noted TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE request(
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, answered INTEGER NOT NULL
) STRICT;
CREATE TABLE told(
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, since INTEGER NOT NULL,
    sums BLOB NOT NULL
) STRICT;
CREATE TABLE entry(sealed BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
BLOCK: Final = 16
"""Numbers of requests that are set aside at once, and skipped after a start: a copy may be behind by one."""
NOTHING_BELIEVED: Final = 2**53
"""As the highest number that was answered: no answer is believed any more."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A claim as it was drawn, with the nonce of the authorization."""

    nonce: bytes
    signed: SignedClaim

    def __repr__(self) -> str:
        return "Drawn(…)"


@dataclass(frozen=True, slots=True)
class Told:
    """What the status board was told."""

    number: int = 0
    """No message has a higher one."""
    since: int = 0
    """The hour of the opening, since 1970; 0 before."""
    sums: bytes = b""
    """`election.station_status.DaySums` as CBOR; empty before the first full hour."""


def join(connection: sqlite3.Connection) -> None:
    """Take what the attached `copy` has further: it is one step behind, or this one is."""
    connection.execute(
        "UPDATE main.claim SET voter = CASE WHEN c.voter IS NULL THEN NULL ELSE main.claim.voter END,"
        " nonce = CASE WHEN c.nonce IS NULL THEN NULL ELSE main.claim.nonce END,"
        # 'card-written' < 'returned', and nothing is before both.
        " note = max(main.claim.note, c.note), noted = max(main.claim.noted, c.noted)"
        " FROM copy.claim AS c WHERE c.spent = main.claim.spent"
    )
    connection.execute(
        "UPDATE main.request SET number = max(main.request.number, c.number),"
        " answered = max(main.request.answered, c.answered) FROM copy.request AS c"
    )
    connection.execute(
        "UPDATE main.told SET number = c.number, since = c.since, sums = c.sums"
        " FROM copy.told AS c WHERE c.number > main.told.number"
    )


class ClaimBook:
    """These tables of a pollbook. All methods raise `StorageError`."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, changed: Callable[[], None]
    ) -> None:
        """Use an open pollbook; `changed` writes it anew in the order of its keys, and its copy."""
        self._path = path
        self._connection = connection
        self._changed = changed
        self._next = self._limit = 0

    def find(self, voter: bytes) -> Drawn | None:
        """Return what was drawn for a voter whose card is not written yet."""
        with sqlite.translated(self._path):
            row = self._connection.execute(
                "SELECT nonce, signed, signature FROM claim WHERE voter = ?", (voter,)
            ).fetchone()
        return None if row is None else Drawn(row[0], SignedClaim(row[1], row[2]))

    def keep(self, voter: bytes, spent: bytes, drawn: Drawn) -> None:
        """Keep what was drawn, before it is sent for the first time. `spent`: hash of the nonce."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            transaction.execute(
                "INSERT INTO claim(spent, voter, nonce, signed, signature) VALUES (?, ?, ?, ?, ?)",
                (spent, voter, drawn.nonce, drawn.signed.claim, drawn.signed.signature),
            )
        self._changed()

    def number(self) -> int:
        """Return the number of the next request: larger than all before, also after a start."""
        if self._next >= self._limit:
            with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
                transaction.execute("INSERT OR IGNORE INTO request VALUES (1, 0, 0)")
                (kept,) = transaction.execute(
                    "UPDATE request SET number = number + ? RETURNING number",
                    (BLOCK if self._limit else 2 * BLOCK,),
                ).fetchone()
            self._next, self._limit = kept - BLOCK, kept
            self._changed()
        self._next += 1
        return self._next

    def answered(self) -> int:
        """Return the highest number that was answered; `NOTHING_BELIEVED` if no answer is believed."""
        with sqlite.translated(self._path):
            row = self._connection.execute("SELECT answered FROM request").fetchone()
        return 0 if row is None else int(row[0])

    def set_answered(self, number: int) -> None:
        """Keep that a request was answered."""
        with sqlite.translated(self._path):
            self._connection.execute("UPDATE request SET answered = max(answered, ?)", (number,))
            sqlite.ended(self._connection)

    def told(self) -> Told:
        """Return what the status board was told."""
        with sqlite.translated(self._path):
            row = self._connection.execute("SELECT number, since, sums FROM told").fetchone()
        return Told() if row is None else Told(*row)

    def set_told(self, told: Told) -> None:
        """Keep what the status board will be told, before it is; the number is larger than before."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            transaction.execute(
                "INSERT OR REPLACE INTO told VALUES (1, ?, ?, ?)",
                (told.number, told.since, told.sums),
            )
        self._changed()

    def entries(self) -> tuple[bytes, ...]:
        """Return the sealed entries of ordinary check-ins, sorted."""
        with sqlite.translated(self._path):
            rows = self._connection.execute("SELECT sealed FROM entry ORDER BY sealed")
            return tuple(sealed for (sealed,) in rows.fetchall())

    def note(self, spent: bytes, kind: NoteKind) -> None:
        """Keep what happened to the card of a claim, if it is one of a registry; *returned* stays."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            transaction.execute(
                "UPDATE claim SET note = max(note, ?) WHERE spent = ?", (kind.value, spent)
            )

    def to_note(self) -> tuple[tuple[bytes, SignedClaim, NoteKind], ...]:
        """Return what the registry has not noted yet: hash of the nonce, claim, note; by hash."""
        with sqlite.translated(self._path):
            rows = self._connection.execute(
                "SELECT spent, signed, signature, note FROM claim WHERE note > noted ORDER BY spent"
            ).fetchall()
        return tuple(
            (spent, SignedClaim(signed, signature), NoteKind(note))
            for spent, signed, signature, note in rows
        )

    def noted(self, spent: bytes, kind: NoteKind) -> None:
        """Keep that the registry has the note, or does not take it."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            transaction.execute(
                "UPDATE claim SET noted = max(noted, ?) WHERE spent = ?", (kind.value, spent)
            )


def written(transaction: sqlite3.Connection, voter: bytes) -> None:
    """Note in the transaction that confirms the card; the voter is no longer found, the nonce is gone."""
    transaction.execute(
        "UPDATE claim SET voter = NULL, nonce = NULL, note = max(note, ?) WHERE voter = ?",
        (NoteKind.WRITTEN.value, voter),
    )
