"""Claim voters at whoever knows who has voted: the seam of a registry that stands behind the stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from election import authorization_life as life
from election.definition import ContestId


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer from the registry; nothing is known.

    Where the branch may go on without one, the local pollbook claims provisionally.
    """


ClaimOutcome: TypeAlias = life.Claim | Unreachable


class Registry(Protocol):
    """Claims every voter exactly once, also when several stations ask at the same time."""

    def claim(
        self, voter_ref: bytes, contests: tuple[ContestId, ...], nonce: bytes
    ) -> ClaimOutcome:
        """`Granted` to exactly one caller, whose nonce it keeps: the station draws it, 16 bytes."""

    def nonce(self, voter_ref: bytes) -> bytes:
        """Return the nonce of a claimed voter's authorization, 16 bytes; the same until it is confirmed."""

    def confirm_issued(self, voter_ref: bytes) -> None:
        """Confirm that the card is written; again is fine. Raises `PollsStateError` without a claim."""

    def reissue(self, voter_ref: bytes) -> ClaimOutcome:
        """Supervised: `Granted` for a voter who is claimed and not issued."""
