"""Keep with the pollbook what it sums up of evidence, and what keeps document checks within bounds.

    evidence    number by dimension and code (`election.evidence`), and by signer; added in the same
                transaction that confirms the card, so every dimension adds up to the cards issued
    barred      keyed hash of a number that was refused today for a copy or for age: it cannot come by
                another document; gone at the closing
    checks      the hour of the last document check, how many were begun in it, and the numbers of the
                last form and of the last code of headquarters; one row, written over

Numbers alone have no order and no time, but the current hour.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from drivers.media import sqlite
from election.evidence import (
    FEWEST,
    Dimension,
    EvidenceSum,
    SignerCount,
    VoterEvidence,
    add_up,
)
from election.national_number import is_national_number
from words.digits import to_latin_digits

SCHEMA: Final = """
CREATE TABLE evidence(
    dimension TEXT NOT NULL, code TEXT NOT NULL, number INTEGER NOT NULL CHECK (number > 0),
    PRIMARY KEY (dimension, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE barred(hash BLOB PRIMARY KEY CHECK (length(hash) = 32)) STRICT, WITHOUT ROWID;
CREATE TABLE checks(
    one INTEGER PRIMARY KEY CHECK (one = 1), hour INTEGER NOT NULL, begun INTEGER NOT NULL,
    forms INTEGER NOT NULL, codes INTEGER NOT NULL
) STRICT;
"""
_SIGNER: Final = "signer"
_BARRED: Final = b"refused today|"
_UPSERT: Final = (
    "INSERT INTO evidence VALUES (?, ?, ?)"
    " ON CONFLICT (dimension, code) DO UPDATE SET number = number + excluded.number"
)


def add(transaction: sqlite3.Connection, evidence: VoterEvidence) -> None:
    """Add one voter to every sum, in the transaction that confirms the card."""
    codes = [(dimension.value, code, 1) for dimension, code in evidence.codes]
    if evidence.signer is not None:
        codes.append((_SIGNER, evidence.signer.hex(), 1))
    transaction.executemany(_UPSERT, codes)


def join(connection: sqlite3.Connection) -> None:
    """Take what the attached `copy` has more: it is one step behind, or this one is."""
    connection.execute(
        "UPDATE main.evidence SET number = max(number, (SELECT number FROM copy.evidence AS c"
        " WHERE (c.dimension, c.code) = (main.evidence.dimension, main.evidence.code)))"
        " WHERE (dimension, code) IN (SELECT dimension, code FROM copy.evidence)"
    )
    connection.execute(
        "UPDATE main.checks SET begun = CASE"
        " WHEN (c.hour, c.codes) > (main.checks.hour, main.checks.codes) THEN c.begun"
        " WHEN (c.hour, c.codes) < (main.checks.hour, main.checks.codes) THEN main.checks.begun"
        " ELSE max(main.checks.begun, c.begun) END, hour = max(main.checks.hour, c.hour),"
        " forms = max(main.checks.forms, c.forms), codes = max(main.checks.codes, c.codes)"
        " FROM copy.checks AS c"
    )


@dataclass(frozen=True, slots=True)
class Admissions:
    """These tables of a pollbook. All methods raise `StorageError`."""

    path: Path
    key: bytes
    """The pollbook's."""
    connection: sqlite3.Connection
    changed: Callable[[], None]
    """Write the pollbook anew in the order of its keys, and its copy."""

    def sums(self) -> tuple[EvidenceSum, ...]:
        """Return the sums of the day, by dimension in its order, then code; nothing that is zero."""
        rows = self._rows("dimension <> ?", _SIGNER)
        return add_up([[EvidenceSum(Dimension(name), code, number) for name, code, number in rows]])

    def signers(self) -> tuple[SignerCount, ...]:
        """Return who signed the chips of at least `FEWEST` voters, by SHA-256."""
        return tuple(
            SignerCount(bytes.fromhex(code), number)
            for _, code, number in self._rows("dimension = ?", _SIGNER)
            if number >= FEWEST
        )

    def bar(self, national_number: str) -> None:
        """Keep that this number was refused; nothing for what is no national number."""
        if not is_national_number(national_number):
            return
        with sqlite.translated(self.path), sqlite.transaction(self.connection) as transaction:
            transaction.execute(
                "INSERT OR IGNORE INTO barred VALUES (?)", (self._hash(national_number),)
            )
        self.changed()

    def is_barred(self, national_number: str) -> bool:
        """Tell whether this number was refused today."""
        with sqlite.translated(self.path):
            found = self.connection.execute(
                "SELECT 1 FROM barred WHERE hash = ?", (self._hash(national_number),)
            ).fetchone()
        return found is not None

    def begin_check(self, hour: int, most: int) -> bool:
        """Count one more check of this hour (since 1970); False if there have been `most`.

        A clock that is set back gives no hour anew.
        """
        with sqlite.translated(self.path), sqlite.transaction(self.connection) as transaction:
            kept, begun, *others = self._checks()
            if hour > kept:
                kept, begun = hour, 0
            if begun >= most:
                return False
            self._keep_checks(transaction, kept, begun + 1, *others)
        self.changed()
        return True

    def allow(self, hour: int, more: int, code: int) -> None:
        """Let so many more checks begin in this hour; `code`: number of what allows it."""
        with sqlite.translated(self.path), sqlite.transaction(self.connection) as transaction:
            kept, begun, forms, _ = self._checks()
            begun = begun if hour <= kept else 0
            self._keep_checks(transaction, max(hour, kept), begun - more, forms, code)
        self.changed()

    def new_form(self) -> int:
        """Return the number of the next form, from 1: none is given twice."""
        with sqlite.translated(self.path), sqlite.transaction(self.connection) as transaction:
            hour, begun, forms, codes = self._checks()
            self._keep_checks(transaction, hour, begun, forms + 1, codes)
        self.changed()
        return forms + 1

    def numbers(self) -> tuple[int, int]:
        """Return the numbers of the last form and of the last code of headquarters; 0 before any."""
        with sqlite.translated(self.path):
            return self._checks()[2:]

    def forget_day(self) -> None:
        """After the closing: wipe who was refused, the last hour, and signers of few cards."""
        with sqlite.translated(self.path), sqlite.transaction(self.connection) as transaction:
            transaction.execute("DELETE FROM barred")
            transaction.execute("UPDATE checks SET hour = 0, begun = 0")
            transaction.execute(
                "DELETE FROM evidence WHERE dimension = ? AND number < ?", (_SIGNER, FEWEST)
            )
        self.changed()

    # ------------------------------------------------------------ parts

    def _rows(self, where: str, value: str) -> list[tuple[str, str, int]]:
        with sqlite.translated(self.path):
            return self.connection.execute(
                f"SELECT dimension, code, number FROM evidence WHERE {where} ORDER BY code",
                (value,),
            ).fetchall()

    def _checks(self) -> tuple[int, int, int, int]:
        row: tuple[int, int, int, int] | None = self.connection.execute(
            "SELECT hour, begun, forms, codes FROM checks"
        ).fetchone()
        return row or (0, 0, 0, 0)

    @staticmethod
    def _keep_checks(transaction: sqlite3.Connection, *row: int) -> None:
        transaction.execute("INSERT OR REPLACE INTO checks VALUES (1, ?, ?, ?, ?)", row)

    def _hash(self, national_number: str) -> bytes:
        number = to_latin_digits(national_number).encode()
        return hmac.digest(self.key, _BARRED + number, sha256)
