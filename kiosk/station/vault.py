"""Turn marks into a recorded vote: encrypt, seal, store, forget.

Holds at most one sealed ballot, between "sealed" and "cast or challenged", with its seed: in memory
only, dropped at once afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.ballot import Ballot
from crypto.casting import Answer, BallotMaker
from crypto.election import parse_election
from crypto.embedding import EmbeddingTable
from crypto.wiping import random_buffer, wipe
from election.answers import answers_for, slot_codes
from election.challenge import ChallengeTicket, ticket_text
from election.definition import Election
from election.errors import PollsStateError
from election.marks import Marks
from election.records import RecordKind
from election.sealed import SEED_SIZE, Opening, seal_cast, seal_spoiled, sealed_size
from kiosk.storage.votes import Spending, VoteStore
from words.message import m


@dataclass(frozen=True, slots=True)
class _Pending:
    ballot: Ballot
    seed: bytearray
    """Wiped when the ballot was cast, challenged or dropped."""
    answers: tuple[Answer, ...]


class Vault:
    """One election on one terminal. Used by one worker thread."""

    def __init__(self, election: Election, store: VoteStore) -> None:
        self._definition = election
        self._election = parse_election(election.belenios_election)
        # Every code is embedded beforehand, so that the time of sealing does not depend on the vote.
        self._maker = BallotMaker(self._election, EmbeddingTable(slot_codes(election.contests)))
        self._store = store
        self._pending: _Pending | None = None

    @property
    def sealed_size(self) -> int:
        """Bytes of every record of this election."""
        return sealed_size(self._election)

    def seal(self, marks: Sequence[Marks]) -> str:
        """Encrypt and prove; the tracking code. Replaces a ballot that was not cast."""
        self.forget()
        answers: tuple[Answer, ...] = answers_for(self._definition, marks)
        seed = random_buffer(SEED_SIZE)
        try:
            ballot = self._maker.make(answers, seed)
        except BaseException:
            wipe(seed)
            raise
        self._pending = _Pending(ballot, seed, answers)
        return ballot.tracking

    def cast(self, spending: Spending) -> None:
        """Record the sealed ballot and spend the authorization, in one transaction.

        The handle of a provisional authorization is sealed to headquarters with the ballot.
        Raises `StorageError`; then nothing is recorded, unless it is `MirrorFailedError`.
        """
        pending = self._taken()
        wipe(pending.seed)
        ballot = pending.ballot
        sealed = seal_cast(
            self._election, ballot, self._definition.seal_public_key, spending.handle
        )
        self._store.record(RecordKind.CAST, ballot.digest, sealed, spending)

    def spoil(self) -> tuple[str, str]:
        """Record the sealed ballot as challenged; its tracking code, and its challenge ticket as text.

        With the ticket and the published election anybody can make the same ballot again
        (`election.challenge`).
        """
        pending = self._taken()
        # The seed of a challenged ballot is the voter's, who takes it home.
        opening = Opening(bytes(pending.seed), pending.answers)
        wipe(pending.seed)
        ticket = ticket_text(self._election, ChallengeTicket(opening, pending.ballot.digest))
        sealed = seal_spoiled(
            self._election, pending.ballot, opening, self._definition.seal_public_key
        )
        self._store.record(RecordKind.SPOILED, pending.ballot.digest, sealed, None)
        return pending.ballot.tracking, ticket

    def forget(self) -> None:
        """Drop the sealed ballot and wipe its seed."""
        if self._pending is not None:
            wipe(self._pending.seed)
        self._pending = None

    def _taken(self) -> _Pending:
        pending, self._pending = self._pending, None
        if pending is None:
            raise PollsStateError(m("no sealed ballot to record; the voter has to mark again"))
        return pending
