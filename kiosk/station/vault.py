"""Turn marks into a recorded vote: encrypt, seal, store, forget.

Holds at most one sealed ballot, between "sealed" and "cast or challenged" (`election.ballot_making`).
"""

from __future__ import annotations

from collections.abc import Sequence

from election.ballot_making import BallotMaking
from election.challenge import ChallengeTicket, ticket_text
from election.definition import Election
from election.marks import Marks
from election.records import RecordKind
from election.sealed import seal_cast, seal_spoiled, sealed_size
from kiosk.storage.votes import Spending, VoteStore


class Vault:
    """One election on one terminal. Used by one worker thread."""

    def __init__(self, election: Election, store: VoteStore) -> None:
        self._making = BallotMaking(election)
        self._seal_key = election.seal_public_key
        self._store = store

    @property
    def sealed_size(self) -> int:
        """Bytes of every record of this election."""
        return sealed_size(self._making.election)

    def seal(self, marks: Sequence[Marks]) -> str:
        """Encrypt and prove; the tracking code. Replaces a ballot that was not cast."""
        return self._making.make(marks).tracking

    def cast(self, spending: Spending) -> None:
        """Record the sealed ballot and spend the authorization, in one transaction.

        The handle of a provisional authorization is sealed to headquarters with the ballot.
        Raises `StorageError`; then nothing is recorded, unless it is `MirrorFailedError`.
        """
        ballot = self._making.take()
        sealed = seal_cast(self._making.election, ballot, self._seal_key, spending.handle)
        self._store.record(RecordKind.CAST, ballot.digest, sealed, spending)

    def spoil(self) -> tuple[str, str]:
        """Record the sealed ballot as challenged; its tracking code, and its challenge ticket as text.

        With the ticket and the published election anybody can make the same ballot again
        (`election.challenge`).
        """
        ballot, opening = self._making.open()
        ticket = ticket_text(self._making.election, ChallengeTicket(opening, ballot.digest))
        sealed = seal_spoiled(self._making.election, ballot, opening, self._seal_key)
        self._store.record(RecordKind.SPOILED, ballot.digest, sealed, None)
        return ballot.tracking, ticket

    def forget(self) -> None:
        """Drop the sealed ballot and wipe its seed."""
        self._making.forget()
