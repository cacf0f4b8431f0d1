"""Keep who has been given a ballot here.

    (unknown) ── claim ──▶ claimed ── confirm_issued ──▶ issued

A voter is claimed before the authorization is written on a card, and confirmed after. A station
that dies in between leaves the voter *claimed*: on return the answer is `ClaimedNotIssued`, and
`reissue` is a supervised act. The card of the first attempt may carry a valid authorization, so
the second carries the same nonce: both together are worth one ballot. The nonce is kept from
claim to confirmation only; its hash stays among those this station *issued*, written in the same
transaction as the claim, before any card is touched (`election.authorization_life`).

The pollbook also keeps the receipts of the branch's terminals that come in on cards, and the hashes of
authorizations that came back unused. Both are sets: nothing says when or in which order they came.

Where a registry is asked, nonce and claim are drawn before (`election.claim_book`), and the voter is
entered when there is an answer, with that nonce. Without one the voter is entered provisionally: a handle
is drawn, kept like the nonce. For good stays only what is sealed to the reconciliation office
(`election.provisional`); afterwards nothing here ties a voter to a handle.

A voter is known by a keyed hash of the national number only. No times are kept, the table has no row
numbers, and after every claim it is written anew in the order of its keys (VACUUM), because a page
of a database keeps its rows in the order of arrival.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from drivers.media import sqlite
from election import admissions, claim_book, handing, pollbook_tables, second_copy
from election import authorization_life as life
from election.admissions import Admissions
from election.authorization_life import (
    AlreadyVoted,
    ClaimedNotIssued,
    Granted,
    PapersCut,
    VoterEntry,
    VoterState,
)
from election.claim_book import ClaimBook
from election.claims import NoteKind
from election.definition import ContestId, DeviceId
from election.errors import PollsStateError
from election.evidence import VoterEvidence
from election.pollbook_tables import PollbookCount
from election.provisional import ORDINARY, new_handle
from election.records import spent_hash
from election.voter_reference import voter_reference
from election.voucher import HASH_SIZE, Receipt
from words.message import m

VOTER_REF_SIZE = 32
KEY_SIZE = 32
NONCE_SIZE = 16
_SEPARATOR = "\n"


Seal = Callable[[bytes, bytes], bytes]
"""A handle, or `ORDINARY`, and the hash of the nonce → the entry that is kept of it."""


class Pollbook:
    """One SQLite file, and its copy."""

    def __init__(self, path: Path, key: bytes) -> None:
        """`key`: 32 bytes that no other device knows. Raises `StorageError`."""
        if len(key) != KEY_SIZE:
            raise ValueError(f"the pollbook key has {KEY_SIZE} bytes")
        self._path = path
        self._key = key
        self._connection = sqlite.open_schema(
            path, pollbook_tables.SCHEMA, pollbook_tables.SCHEMA_VERSION, pollbook_tables.STEPS
        )
        self._copy: Path | None = None
        """Where the second copy is kept."""
        self.admissions = Admissions(path, key, self._connection, self._forget_order)
        self.claims = ClaimBook(path, self._connection, self._forget_order)
        self._handed = False
        """The papers were handed out, though the medium may not know it."""
        self.cut = self._is_cut()
        """Papers were not handed out before the power failed; until the next check-in."""
        self._forget_order()

    def keep_also(self, path: Path | None) -> None:
        """Keep a second copy from now on, joined with what is there; None: no more.

        Raises `StorageError`: then none is kept.
        """
        self._copy = None
        if path is not None:
            before = self._is_cut()
            second_copy.join(self._connection, path)
            self.cut = self._is_cut() and (self.cut or not before)
            self._forget_order()
            second_copy.copy(self._connection, path)
            self._copy = path

    def reference(
        self, national_number: str, *, by_document: bool = False, protest: bool = False
    ) -> bytes:
        """Return the voter's name in this pollbook; see `voter_reference`."""
        return voter_reference(self._key, national_number, by_document=by_document, protest=protest)

    def claim(
        self,
        voter_ref: bytes,
        contests: tuple[ContestId, ...],
        nonce: bytes | None = None,
        seal: Seal | None = None,
        *,
        provisional: bool = False,
    ) -> life.Claim:
        """Claim the voter; `Granted` to exactly one caller, whose nonce is kept (None: drawn here).

        `provisional`: with a handle. `seal`: an entry is kept for the night, always of a provisional one.
        """
        if len(voter_ref) != VOTER_REF_SIZE:
            raise ValueError(f"a voter reference has {VOTER_REF_SIZE} bytes")
        if any(_SEPARATOR in contest for contest in contests):
            raise ValueError("a contest's identifier has no line breaks")
        handle = new_handle() if provisional else None
        nonce = nonce or secrets.token_bytes(NONCE_SIZE)
        spent = spent_hash(nonce)
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            entry, outcome = life.claim(self._entry(voter_ref), nonce, handle)
            if isinstance(outcome, Granted):
                transaction.execute(
                    "INSERT INTO voter VALUES (?, ?, ?, ?, ?)",
                    (
                        voter_ref,
                        _SEPARATOR.join(contests),
                        entry.state.value,
                        entry.nonce,
                        entry.handle,
                    ),
                )
                transaction.execute("INSERT OR IGNORE INTO issued VALUES (?)", (spent,))
                if seal is not None:
                    table = "entry" if handle is None else "provisional"
                    sealed = seal(handle or ORDINARY, spent)
                    transaction.execute(f"INSERT INTO {table} VALUES (?)", (sealed,))
        if isinstance(outcome, Granted):
            self._forget_order()
        return outcome

    def nonce(self, voter_ref: bytes) -> bytes:
        """Return the nonce of a claimed voter's authorization, 16 bytes, until the card is confirmed.

        Raises `PollsStateError` for anybody else.
        """
        entry = self._read(voter_ref)
        if entry is None or entry.nonce is None:
            raise PollsStateError(m("nobody is waiting for this card; check the voter in again"))
        return entry.nonce

    def known(self, voter_ref: bytes) -> AlreadyVoted | ClaimedNotIssued | PapersCut | None:
        """Return what this pollbook would answer without claiming; None for a voter it has not met."""
        entry = self._read(voter_ref)
        return None if entry is None else life.known(entry)

    def handle(self, voter_ref: bytes) -> bytes | None:
        """Return the handle of a provisionally claimed voter, until it is confirmed; None of others."""
        entry = self._read(voter_ref)
        return None if entry is None else entry.handle

    def provisional(self) -> tuple[bytes, ...]:
        """Return the sealed entries of all provisional claims, sorted."""
        return self._sorted("provisional", "sealed")

    def confirm_issued(
        self, voter_ref: bytes, evidence: VoterEvidence | None = None, *, papers: bool = False
    ) -> None:
        """Confirm that the card is written, and drop the nonce; again is fine.

        Raises `PollsStateError` without a claim. `evidence`: with which the voter was admitted,
        summed up the first time. `papers`: are handed out from now on, until `handed_out`.
        """
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            before = self._entry(voter_ref)
            entry = life.confirm(before)
            if evidence is not None and before is not None and before.state is VoterState.CLAIMED:
                admissions.add(transaction, evidence)
            transaction.execute(
                "UPDATE voter SET state = ?, nonce = ?, handle = ? WHERE reference = ?",
                (entry.state.value, entry.nonce, entry.handle, voter_ref),
            )
            claim_book.written(transaction, voter_ref)
            if papers:
                handing.begin(transaction, voter_ref)
                self._handed = False
        self.cut = False
        self._write_copy()

    def handed_out(self) -> None:
        """Note that the papers were handed out; nobody is given them once more."""
        self._handed, self.cut = True, False
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            ended = handing.end(transaction)
        if ended:
            self._write_copy()

    def contests(self, voter_ref: bytes) -> tuple[ContestId, ...]:
        """Return what a voter who was met may vote in; nothing of others."""
        with sqlite.translated(self._path):
            row = self._connection.execute(
                "SELECT contests FROM voter WHERE reference = ?", (voter_ref,)
            ).fetchone()
        return () if row is None else tuple(map(ContestId, row[0].split(_SEPARATOR)))

    def reissue(self, voter_ref: bytes) -> life.Claim:
        """Supervised: `Granted` for a voter whose check-in was cut. Raises `PollsStateError`."""
        return life.reissue(self._read(voter_ref))

    # ------------------------------------------------------------ authorizations

    def fix(self, spent: bytes) -> None:
        """Enter the hash of an authorization's nonce among those this station issued; again is fine."""
        self._keep("issued", "hash", spent)

    def issued(self, *, confirmed: bool = False) -> tuple[bytes, ...]:
        """Return the hashes of all authorizations this station issued, sorted.

        `confirmed`: without those that wait still.
        """
        found = self._sorted("issued")
        with sqlite.translated(self._path):
            rows = self._connection.execute("SELECT nonce FROM voter WHERE state = 'claimed'")
            waiting = {spent_hash(nonce) for (nonce,) in rows} if confirmed else ()
        return tuple(each for each in found if each not in waiting)

    def note_returned(self, spent: bytes) -> None:
        """Keep that a card came back with this authorization on it; again is fine."""
        self._keep("returned", "hash", spent)
        self.claims.note(spent, NoteKind.RETURNED)

    def returned(self) -> tuple[bytes, ...]:
        """Return the hashes of authorizations that came back on cards, sorted."""
        return self._sorted("returned")

    def keep_receipt(self, receipt: Receipt) -> None:
        """Keep a terminal's receipt, which was verified; again is fine."""
        self._keep(
            "receipt",
            "hash, device, signature",
            receipt.spent,
            receipt.terminal,
            receipt.signature,
        )

    def receipts(self) -> tuple[Receipt, ...]:
        """Return all receipts, by hash and terminal."""
        with sqlite.translated(self._path):
            rows = self._connection.execute(
                "SELECT device, hash, signature FROM receipt ORDER BY hash, device"
            ).fetchall()
        return tuple(Receipt(DeviceId(device), spent, signed) for device, spent, signed in rows)

    def held(self, terminals: Sequence[DeviceId]) -> tuple[int, ...]:
        """Count the receipts of each of these terminals."""
        with sqlite.translated(self._path):
            rows = self._connection.execute(
                "SELECT device, count(*) FROM receipt GROUP BY device"
            ).fetchall()
        counts: dict[str, int] = dict(rows)
        return tuple(counts.get(terminal, 0) for terminal in terminals)

    def cards_out(self) -> int:
        """Count the authorizations whose card has not come back here, used or not."""
        with sqlite.translated(self._path):
            (count,) = self._connection.execute(
                "SELECT count(*) FROM issued WHERE hash NOT IN (SELECT hash FROM receipt)"
                " AND hash NOT IN (SELECT hash FROM returned)"
            ).fetchone()
        return int(count)

    # ------------------------------------------------------------ numbers

    def counts(self) -> tuple[PollbookCount, ...]:
        """One entry for every set of contests that was granted."""
        with sqlite.translated(self._path):
            rows = self._connection.execute(
                "SELECT contests, sum(state = 'claimed'), sum(state = 'issued')"
                " FROM voter GROUP BY contests ORDER BY contests"
            ).fetchall()
        return tuple(
            PollbookCount(tuple(map(ContestId, contests.split(_SEPARATOR))), claimed, issued)
            for contests, claimed, issued in rows
        )

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _forget_order(self) -> None:
        with sqlite.translated(self._path):
            self._connection.execute("VACUUM")
            sqlite.ended(self._connection)
        self._write_copy()

    def _is_cut(self) -> bool:
        with sqlite.translated(self._path):
            return handing.is_open(self._connection)

    def _write_copy(self) -> None:
        if self._copy is not None:
            second_copy.copy(self._connection, self._copy)

    def _keep(self, table: str, columns: str, *values: bytes | str) -> None:
        """Add a row unless it is there, and forget when."""
        if any(isinstance(value, bytes) and len(value) < HASH_SIZE for value in values):
            raise ValueError(f"a hash has {HASH_SIZE} bytes")
        marks = ", ".join("?" for _ in values)
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            added = transaction.execute(
                f"INSERT OR IGNORE INTO {table}({columns}) VALUES ({marks})", values
            ).rowcount
        if added:
            self._forget_order()

    def _sorted(self, table: str, column: str = "hash") -> tuple[bytes, ...]:
        query = f"SELECT {column} FROM {table} ORDER BY {column}"
        with sqlite.translated(self._path):
            return tuple(found for (found,) in self._connection.execute(query).fetchall())

    def _read(self, voter_ref: bytes) -> VoterEntry | None:
        with sqlite.translated(self._path):
            return self._entry(voter_ref)

    def _entry(self, voter_ref: bytes) -> VoterEntry | None:
        row: tuple[str, bytes | None, bytes | None] | None = self._connection.execute(
            "SELECT state, nonce, handle FROM voter WHERE reference = ?", (voter_ref,)
        ).fetchone()
        if row is None:
            return None
        state, nonce, handle = row
        cut = not self._handed and handing.is_open(self._connection, voter_ref)
        return VoterEntry(VoterState(state), nonce, handle, cut)
