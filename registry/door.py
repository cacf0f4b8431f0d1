"""Say who may ask a registry: stations of the register, under the certificate that stands there.

A chain to the root alone counts for nothing, and neither does a certificate's common name: the certificate's
SHA-256 is looked up in the register. There is no list of revoked certificates (the hour in which it runs out
everybody is refused): two offices suspend a device in the registry's book.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from crypto.certificates import named_pair
from crypto.errors import CryptoError
from crypto.hybrid import HybridPublicKey
from crypto.quick_key import QuickKey
from crypto.signing import PublicKey
from election.acts import (
    ActRefusedError,
    SignedAct,
    SignedActKind,
    Statement,
    verify_act,
)
from election.claims import Claim, ClaimRefusedError
from election.definition import BranchId, DeviceId, Role
from election.reasons import ActReason, ClaimReason
from election.register import PublishedRegister, RegisteredDevice
from election.takeover import TakeOver, open_takeover

BURST: Final = 20
"""Requests that a station may make at once: what it has kept through a cut of the line."""
PER_SECOND: Final = 0.1
"""Requests that it may make in the long run: 360 an hour, three times as many as people can stand there."""
EVALUATIONS_PER_SECOND: Final = 0.2
"""The evaluator is asked also for people who are turned away afterwards."""
EVALUATIONS_A_DAY: Final = 3_000
"""Of one station: twice its claims. Who holds a stolen one and the registry's table tries no more people."""

ROLL_PER_SECOND: Final = 0.05
"""Questions about the roll: three a minute, as many as two people can type and sign for."""
ROLL_A_DAY: Final = 1_000
"""Of one station, beside what it asks about pseudonyms: so many pairs may a thief of it try."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A registered station at the other end of the line."""

    device: RegisteredDevice
    certificate: bytes
    """DER."""

    @property
    def id(self) -> DeviceId:
        """Its name in the register."""
        return self.device.id

    @property
    def key(self) -> PublicKey:
        """Its Ed25519 key."""
        return QuickKey(self.device.key)

    def pair(self) -> HybridPublicKey:
        """Return both of its keys. Raises `ClaimRefusedError` if the certificate has no pair."""
        try:
            return named_pair(self.certificate)
        except CryptoError as error:
            raise ClaimRefusedError(ClaimReason.DEVICE_UNKNOWN) from error


class Door:
    """The register, as a look-up."""

    def __init__(self, published: PublishedRegister) -> None:
        """Take the register whose number was compared."""
        self.published = published
        self._stations = {
            device.certificate: device
            for device in published.register.devices
            if device.role == Role.IDENTITY_STATION
        }
        self._admitted: dict[bytes, Asker] = {}
        """By the certificate itself, which is the same object at a station's next request."""

    @property
    def election(self) -> str:
        """Its uuid."""
        return self.published.register.election

    def admit(self, certificate: bytes) -> Asker:
        """Return the station with this certificate (DER). Raises `ClaimRefusedError`."""
        known = self._admitted.get(certificate)
        if known is not None:
            return known
        device = self._stations.get(hashlib.sha256(certificate).digest())
        if device is None:
            raise ClaimRefusedError(ClaimReason.DEVICE_UNKNOWN)
        self._admitted[certificate] = admitted = Asker(device, certificate)
        return admitted

    def check_claim(self, asker: Asker, branch: BranchId | None, claim: Claim) -> None:
        """Check that a claim is of the asker, in the branch where it stands. Raises `ClaimRefusedError`."""
        if claim.election != self.election:
            raise ClaimRefusedError(ClaimReason.CLAIM_ELECTION)
        if claim.device != asker.id:
            raise ClaimRefusedError(ClaimReason.DEVICE_UNKNOWN)
        if claim.branch != branch:
            raise ClaimRefusedError(ClaimReason.CLAIM_BRANCH)

    def open_act(self, asker: Asker, branch: BranchId | None, act: SignedAct) -> Statement:
        """Verify an opening or closing of the asker by the register. Raises `ActRefusedError`."""
        register = self.published.register
        statement = verify_act(act, asker.pair(), register.root, None).statement
        if statement.number is None or statement.number.hex() != self.published.number:
            raise ActRefusedError(ActReason.NUMBER)
        if (statement.election, statement.device) != (self.election, asker.id):
            raise ActRefusedError(ActReason.CHAIN)
        if statement.branch != branch:
            raise ActRefusedError(ActReason.BRANCH)
        if statement.kind not in {SignedActKind.OPEN, SignedActKind.CLOSE}:
            raise ActRefusedError(ActReason.ORDER)
        cards = {hashlib.sha256(card.certificate).digest() for card in act.cards}
        if not register.may_operate(statement.branch) >= cards:
            raise ActRefusedError(ActReason.OPERATOR)
        return statement

    def takeover_of(self, asker: Asker, takeover: bytes) -> TakeOver:
        """Return the take-over that gives the asker, a spare, its branch.

        Raises `DeviceActError`, and `ClaimRefusedError` for that of another spare.
        """
        statement = open_takeover(takeover, self.published).statement
        if statement.spare != asker.id:
            raise ClaimRefusedError(ClaimReason.DEVICE_UNKNOWN)
        return statement


class Pace:
    """A bucket for each device: `BURST` requests at once, and then as many as flow in."""

    def __init__(
        self,
        clock: Callable[[], float],
        per_second: float = PER_SECOND,
        burst: int = BURST,
        most: int | None = None,
    ) -> None:
        """`clock`: monotonic seconds; `most`: requests of a device as long as this program runs."""
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._most = most
        self._taken: Counter[DeviceId] = Counter()
        self._buckets: dict[DeviceId, tuple[float, float]] = {}

    def take(self, device: DeviceId) -> None:
        """Let one request of a device in. Raises `ClaimRefusedError`."""
        if self._most is not None and self._taken[device] >= self._most:
            raise ClaimRefusedError(ClaimReason.TOO_MANY)
        now = self._clock()
        level, then = self._buckets.get(device, (float(self._burst), now))
        level = min(float(self._burst), level + (now - then) * self._per_second)
        if level < 1:
            raise ClaimRefusedError(ClaimReason.TOO_FAST)
        self._buckets[device] = (level - 1, now)
        self._taken[device] += 1

    def forget(self) -> None:
        """Fill all buckets."""
        self._buckets.clear()
