"""Make an identity station's authorizations, and read those that cards bring back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crypto.signing import SigningKey
from election import token
from election.authorization import Authorization
from election.authorization_life import Shown
from election.definition import BranchId, ContestId, DeviceId, Election, StyleId
from election.errors import ElectionError
from election.voucher import Note, Receipt, is_receipt_valid, show, terminals
from words.message import m


@dataclass(frozen=True, slots=True)
class Issuer:
    """A station of a branch, as whoever gives voters their authorizations."""

    election: Election
    branch: BranchId
    device: DeviceId
    key: SigningKey = field(repr=False)

    @property
    def on_paper(self) -> bool:
        """Whether voters are checked in without a card, and get ballot papers."""
        return self.election.is_on_paper(self.branch)

    @property
    def terminals(self) -> tuple[DeviceId, ...]:
        """The terminals whose receipts are counted in a token."""
        return terminals(self.election, self.branch)

    def issue(
        self,
        style: StyleId,
        contests: tuple[ContestId, ...],
        nonce: bytes,
        handle: bytes | None,
        receipts: Sequence[int],
        now: datetime,
    ) -> bytes:
        """Return a signed token. Raises `ElectionError` for a style that is not in the package."""
        if self.election.style(style) is None:
            raise ElectionError(m("a ballot style that is not in the package"))
        uuid, end = self.election.uuid, self._end(now)
        return token.issue(
            Authorization(
                uuid, self.branch, self.device, style, contests, end, nonce, handle, tuple(receipts)
            ),
            self.key,
        )

    def renew(self, found: Authorization, receipts: Sequence[int], now: datetime) -> bytes:
        """Return the same authorization with a later end, signed by this station."""
        renewed = replace(
            found, issuer=self.device, expires=self._end(now), receipts=tuple(receipts)
        )
        return token.issue(renewed, self.key)

    def shown(
        self, data: bytes | None, note: Note | None, now: datetime
    ) -> tuple[Authorization, Shown] | None:
        """Return what a card shows; None without an authorization of this branch."""
        try:
            found = token.read(data or b"", self.election, self.branch)
        except token.TokenRefusedError:
            return None
        return found, show(found, data or b"", note, now, self.election)

    def receipt(self, note: Note | None) -> Receipt | None:
        """Return the receipt of a terminal of this branch that a card brings, if it does."""
        if isinstance(note, Receipt) and is_receipt_valid(self.election, self.branch, note):
            return note
        return None

    def is_good(self, data: bytes | None, now: datetime) -> bool:
        """Tell whether somebody could still vote with a token."""
        try:
            token.check(data or b"", self.election, self.branch, now)
        except token.TokenRefusedError:
            return False
        return True

    def _end(self, now: datetime) -> datetime:
        lifetime = timedelta(minutes=self.election.rules.authorization_minutes)
        return (now + lifetime).replace(microsecond=0)
