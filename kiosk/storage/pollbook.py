"""Keep who has been given a ballot: the registry seam, and its local form.

    (unknown) ── claim ──▶ claimed ── confirm_issued ──▶ issued

A voter is claimed before the authorization is written on a card, and confirmed after. A station
that dies in between leaves the voter *claimed*: on return the answer is `ClaimedNotIssued`, and
`reissue` is a supervised act. The card of the first attempt may carry a valid authorization, so
the second carries the same nonce: both together are worth one ballot. The nonce is kept from
claim to confirmation only.

Without an answer from the registry, where the branch may go on, the local pollbook claims the voter
provisionally: it draws a handle, kept like the nonce, and stores for good only what is sealed to
the reconciliation office (`election.provisional`). Afterwards nothing here ties a voter to a handle.

A voter is known by a keyed hash of the national number only. No times are kept, the table has no row
numbers, and after every claim it is written anew in the order of its keys (VACUUM), because a page
of a database keeps its rows in the order of arrival.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from election.definition import ContestId
from election.errors import PollsStateError
from election.national_number import is_national_number
from election.provisional import new_handle
from kiosk.storage import second_copy, sqlite
from words.digits import to_latin_digits
from words.message import m

VOTER_REF_SIZE = 32
KEY_SIZE = 32
NONCE_SIZE = 16
SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE voter(
    reference BLOB PRIMARY KEY CHECK (length(reference) = 32),
    contests TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'issued')),
    nonce BLOB CHECK ((nonce IS NULL) = (state = 'issued')),
    handle BLOB CHECK (handle IS NULL OR (state = 'claimed' AND length(handle) = 16))
) STRICT, WITHOUT ROWID;
CREATE TABLE provisional(sealed BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
_SEPARATOR = "\n"


def voter_reference(key: bytes, national_number: str) -> bytes:
    """HMAC-SHA256 under the station's key; `ValueError` if it is no national number."""
    if not is_national_number(national_number):
        raise ValueError("not a national number")
    return hmac.digest(key, to_latin_digits(national_number).encode(), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Granted:
    """Claimed now: issue one authorization, then call `confirm_issued`."""


@dataclass(frozen=True, slots=True)
class AlreadyVoted:
    """An authorization was issued before."""


@dataclass(frozen=True, slots=True)
class ClaimedNotIssued:
    """Claimed before, but never confirmed as issued: a supervisor decides on `reissue`."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer from the registry; nothing is known.

    Where the branch may go on without one, the local pollbook claims provisionally.
    """


ClaimOutcome: TypeAlias = Granted | AlreadyVoted | ClaimedNotIssued | Unreachable


class Registry(Protocol):
    """Claims every voter exactly once, also when several stations ask at the same time."""

    def claim(self, voter_ref: bytes, contests: tuple[ContestId, ...]) -> ClaimOutcome:
        """`Granted` to exactly one caller."""

    def nonce(self, voter_ref: bytes) -> bytes:
        """Return the nonce of a claimed voter's authorization, 16 bytes; the same until it is confirmed."""

    def confirm_issued(self, voter_ref: bytes) -> None:
        """Confirm that the card is written; again is fine. Raises `PollsStateError` without a claim."""

    def reissue(self, voter_ref: bytes) -> ClaimOutcome:
        """Supervised: `Granted` for a voter who is claimed and not issued."""


@dataclass(frozen=True, slots=True)
class PollbookCount:
    """Voters by the contests they may vote in."""

    contests: tuple[ContestId, ...]
    claimed: int
    """Claimed and not (yet) issued."""
    issued: int


class LocalRegistry:
    """The registry of a station without a line: one SQLite file."""

    def __init__(self, path: Path, key: bytes) -> None:
        """`key`: 32 bytes that no other device knows. Raises `StorageError`."""
        if len(key) != KEY_SIZE:
            raise ValueError(f"the pollbook key has {KEY_SIZE} bytes")
        self._path = path
        self._key = key
        self._connection = sqlite.open_schema(path, _SCHEMA, SCHEMA_VERSION)
        self._copy: Path | None = None
        """Where the second copy is kept."""
        self._forget_order()

    def keep_also(self, path: Path | None) -> None:
        """Keep a second copy from now on, joined with what is there; None: no more.

        Raises `StorageError`: then none is kept.
        """
        self._copy = None
        if path is not None:
            second_copy.join(self._connection, path)
            self._forget_order()
            second_copy.copy(self._connection, path)
            self._copy = path

    def reference(self, national_number: str) -> bytes:
        """Return the voter's name in this pollbook."""
        return voter_reference(self._key, national_number)

    def claim(self, voter_ref: bytes, contests: tuple[ContestId, ...]) -> ClaimOutcome:
        """Claim the voter; see `Registry`."""
        return self._claim(voter_ref, contests, None)

    def claim_provisionally(
        self, voter_ref: bytes, contests: tuple[ContestId, ...], seal: Callable[[bytes], bytes]
    ) -> ClaimOutcome:
        """Claim without the registry. `seal`: a new handle → the entry that is kept of it."""
        return self._claim(voter_ref, contests, seal)

    def _claim(
        self,
        voter_ref: bytes,
        contests: tuple[ContestId, ...],
        seal: Callable[[bytes], bytes] | None,
    ) -> ClaimOutcome:
        if len(voter_ref) != VOTER_REF_SIZE:
            raise ValueError(f"a voter reference has {VOTER_REF_SIZE} bytes")
        if any(_SEPARATOR in contest for contest in contests):
            raise ValueError("a contest's identifier has no line breaks")
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            state = self._state(voter_ref)
            if state is None:
                handle = None if seal is None else new_handle()
                nonce = secrets.token_bytes(NONCE_SIZE)
                transaction.execute(
                    "INSERT INTO voter VALUES (?, ?, 'claimed', ?, ?)",
                    (voter_ref, _SEPARATOR.join(contests), nonce, handle),
                )
                if seal is not None and handle is not None:
                    transaction.execute("INSERT INTO provisional VALUES (?)", (seal(handle),))
        match state:
            case None:
                self._forget_order()
                return Granted()
            case "issued":
                return AlreadyVoted()
            case _:
                return ClaimedNotIssued()

    def nonce(self, voter_ref: bytes) -> bytes:
        """Return the voter's nonce; see `Registry`."""
        with sqlite.translated(self._path):
            row: tuple[bytes | None] | None = self._connection.execute(
                "SELECT nonce FROM voter WHERE reference = ?", (voter_ref,)
            ).fetchone()
        if row is None or row[0] is None:
            raise PollsStateError(m("nobody is waiting for this card; check the voter in again"))
        return row[0]

    def known(self, voter_ref: bytes) -> AlreadyVoted | ClaimedNotIssued | None:
        """Return what this pollbook would answer without claiming; None for a voter it has not met."""
        with sqlite.translated(self._path):
            state = self._state(voter_ref)
        if state is None:
            return None
        return AlreadyVoted() if state == "issued" else ClaimedNotIssued()

    def handle(self, voter_ref: bytes) -> bytes | None:
        """Return the handle of a provisionally claimed voter, until it is confirmed; None of others."""
        with sqlite.translated(self._path):
            row: tuple[bytes | None] | None = self._connection.execute(
                "SELECT handle FROM voter WHERE reference = ?", (voter_ref,)
            ).fetchone()
        return None if row is None else row[0]

    def provisional(self) -> tuple[bytes, ...]:
        """Return the sealed entries of all provisional claims, sorted."""
        with sqlite.translated(self._path):
            rows = self._connection.execute("SELECT sealed FROM provisional ORDER BY sealed")
            return tuple(sealed for (sealed,) in rows.fetchall())

    def confirm_issued(self, voter_ref: bytes) -> None:
        """Confirm that the card is written, and drop the nonce; see `Registry`."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            if self._state(voter_ref) is None:
                raise PollsStateError(m("nobody claimed this voter; check the voter in again"))
            transaction.execute(
                "UPDATE voter SET state = 'issued', nonce = NULL, handle = NULL"
                " WHERE reference = ?",
                (voter_ref,),
            )
        self._write_copy()

    def reissue(self, voter_ref: bytes) -> ClaimOutcome:
        """Grant a claimed voter once more; see `Registry`."""
        with sqlite.translated(self._path):
            state = self._state(voter_ref)
        if state is None:
            raise PollsStateError(m("nobody claimed this voter; check the voter in again"))
        return AlreadyVoted() if state == "issued" else Granted()

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
        self._write_copy()

    def _write_copy(self) -> None:
        if self._copy is not None:
            second_copy.copy(self._connection, self._copy)

    def _state(self, voter_ref: bytes) -> str | None:
        row: tuple[str] | None = self._connection.execute(
            "SELECT state FROM voter WHERE reference = ?", (voter_ref,)
        ).fetchone()
        return None if row is None else row[0]
