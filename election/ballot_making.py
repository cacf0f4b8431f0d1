"""Make sealed ballots of one election: marks → encrypted and proven, kept until cast, opened or dropped.

At most one ballot is kept, with its seed: in memory only, wiped as soon as it is not needed any more.
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
from election.definition import Election
from election.errors import PollsStateError
from election.marks import Marks
from election.sealed import SEED_SIZE, Opening
from words.message import m


@dataclass(frozen=True, slots=True)
class _Pending:
    ballot: Ballot
    seed: bytearray
    answers: tuple[Answer, ...]


class BallotMaking:
    """One election at one place. Used by one thread."""

    def __init__(self, election: Election) -> None:
        self._definition = election
        self.election = parse_election(election.belenios_election)
        # Every code is embedded beforehand, so that the time of sealing does not depend on the vote.
        self._maker = BallotMaker(self.election, EmbeddingTable(slot_codes(election.contests)))
        self._pending: _Pending | None = None

    def make(self, marks: Sequence[Marks]) -> Ballot:
        """Encrypt and prove. Replaces a ballot that is still kept."""
        self.forget()
        answers: tuple[Answer, ...] = answers_for(self._definition, marks)
        seed = random_buffer(SEED_SIZE)
        try:
            ballot = self._maker.make(answers, seed)
        except BaseException:
            wipe(seed)
            raise
        self._pending = _Pending(ballot, seed, answers)
        return ballot

    def take(self) -> Ballot:
        """Give the ballot away and wipe its seed. Raises `PollsStateError` if there is none."""
        pending = self._taken()
        wipe(pending.seed)
        return pending.ballot

    def open(self) -> tuple[Ballot, Opening]:
        """Give the ballot away, and what opens it: its voter's to keep. Raises `PollsStateError`."""
        pending = self._taken()
        opening = Opening(bytes(pending.seed), pending.answers)
        wipe(pending.seed)
        return pending.ballot, opening

    def forget(self) -> None:
        """Drop the ballot and wipe its seed."""
        pending, self._pending = self._pending, None
        if pending is not None:
            wipe(pending.seed)

    def _taken(self) -> _Pending:
        pending, self._pending = self._pending, None
        if pending is None:
            raise PollsStateError(m("no sealed ballot to record; the voter has to mark again"))
        return pending
