"""Define the one-time ballot authorization, carried by card from identity station to ballot terminal.

It says which ballot style its holder may vote, and nothing about the holder. The signature of
an enrolled identity station carries the trust; the card is only the messenger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from election.definition import BranchId, ContestId, DeviceId, StyleId
from election.reasons import AuthorizationRefusal

__all__ = ["Authorization", "AuthorizationRefusal"]


@dataclass(frozen=True, slots=True)
class Authorization:
    """A one-time permission to cast a ballot of one style at one branch."""

    election: str
    """uuid of the election."""
    branch: BranchId
    issuer: DeviceId
    """The identity station that signed."""
    style: StyleId
    contests: tuple[ContestId, ...]
    expires: datetime
    nonce: bytes
    """16 random bytes; spent once. The identity station keeps its hash."""
    handle: bytes | None = None
    """16 random bytes if the registry did not answer: the ballot is provisional (`election.provisional`)."""
    receipts: tuple[int, ...] = ()
    """Receipts that the issuer held of the branch's terminals (`election.voucher.terminals`)."""
    voucher: bytes = field(default=b"", compare=False, repr=False)
    """The issuer's, 64 bytes; `election.token.issue` makes it."""
