"""The one-time ballot authorization: what the identity station tells the ballot terminal, via the card.

It says which ballot style its holder may vote, and nothing about the holder. The signature of
an enrolled identity station carries the trust; the card is only the messenger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from election.definition import BranchId, ContestId, DeviceId, StyleId


@dataclass(frozen=True, slots=True)
class Authorization:
    election: str
    """uuid of the election."""
    branch: BranchId
    issuer: DeviceId
    """The identity station that signed."""
    style: StyleId
    contests: tuple[ContestId, ...]
    expires: datetime
    nonce: bytes
    """16 random bytes; spent once. Not kept by the identity station."""
    handle: bytes | None = None
    """16 random bytes if the registry did not answer: the ballot is provisional (`election.provisional`)."""


class AuthorizationRefusal(StrEnum):
    NO_TOKEN = "no-token"
    """The card is an authorization card, but nothing is written on it."""
    MALFORMED = "malformed"
    WRONG_ELECTION = "wrong-election"
    WRONG_BRANCH = "wrong-branch"
    UNKNOWN_STATION = "unknown-station"
    BAD_SIGNATURE = "bad-signature"
    EXPIRED = "expired"
    SPENT = "spent"
    """Its vote is recorded; shown to the voter as "your vote is recorded", never a second ballot."""
    UNKNOWN_STYLE = "unknown-style"
