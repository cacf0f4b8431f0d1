"""Say what a station's book holds of a voter, whichever way the check-in went.

A claim leaves one entry at the station that made it, of one form, sealed to the reconciliation office: by
which name the registry knows the person, the hash of the nonce that the authorization has, and the handle of
a provisional one. A voter is *used up* when a nonce that was drawn for that voter is spent, and not before.
"""

from __future__ import annotations

from dataclasses import dataclass

from election.definition import BranchId, ContestId, DeviceId
from election.provisional import ORDINARY, Proof


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A person at a station. Never log this."""

    device: DeviceId
    branch: BranchId
    """Of the station."""
    reference: bytes
    """The person's pseudonym; what was entered by national number gets it in the night."""
    spending: bytes
    """SHA-256 of the nonce, which terminals publish when they spend it."""
    handle: bytes = ORDINARY
    """Of a provisional authorization."""
    proof: Proof = Proof.CHIP
    contests: frozenset[ContestId] = frozenset()
    """Those of the authorization; empty: all."""

    def __repr__(self) -> str:
        return "BookEntry(…)"

    @property
    def ordinary(self) -> bool:
        """Its ballot has no handle, and can never be taken out."""
        return self.handle == ORDINARY

    def concerns(self, other: BookEntry) -> bool:
        """Tell whether both could be votes in one contest."""
        return not self.contests or not other.contests or bool(self.contests & other.contests)
