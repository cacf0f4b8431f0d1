"""Keep what each station said last; messages are believed by the register alone.

A message is believed if the registered key of a station signed it. Stations count their messages: a number
that comes twice with different content, or a lower one with a later time, means a copied key or an older
disk, and stays an alert. What is only late, or sent again by whoever listened, changes nothing; many that are
left out are told, because lines fail. Sums that moved by fewer than a station may tell are not taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Final

from annotated_types import Ge, Len

from crypto.signing import PublicKey
from election.definition import BranchId, DeviceId, Role
from election.fields import Mark
from election.reasons import StatusReason
from election.register import PublishedRegister, RegisteredDevice
from election.station_status import (
    MAX_STATUS,
    StationStatus,
    StatusRefusedError,
    may_follow,
    open_status,
    read_status,
)

FASTEST: Final = timedelta(seconds=5)
"""Between two messages of a station, on average."""
BURST: Final = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a station."""

    status: StationStatus
    """The last message."""
    raw: bytes
    digest: bytes
    """SHA-256 of the message."""
    at: datetime
    """When it came, by the board's clock."""
    skipped: int = 0
    """Messages that never came."""
    forked: bool = False
    """Two messages had one number, or the numbers went back."""
    grown: int = 0
    """Full hours in a row in which cards without a receipt became more."""
    pace: float = 0.0
    """Messages that came faster than they may."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a station, as a board keeps it over a restart."""

    raw: Annotated[bytes, Len(1, MAX_STATUS)]
    at: Annotated[datetime, Mark.SECONDS]
    skipped: Annotated[int, Ge(0)]
    forked: bool
    grown: Annotated[int, Ge(0)]


class Watch:
    """What is known of all stations."""

    def __init__(self, published: PublishedRegister) -> None:
        """Know the stations of a register, and nothing of them yet."""
        self.published = published
        register = published.register
        self._stations: Mapping[DeviceId, RegisteredDevice] = {
            each.id: each for each in register.devices if each.role is Role.IDENTITY_STATION
        }
        self.district: Mapping[BranchId, str] = {
            branch: row.district for row in register.reserves for branch in row.branches
        }
        self.branches: tuple[BranchId, ...] = tuple(
            sorted({branch for group in register.groups for branch in group})
        )
        self.heard: dict[DeviceId, Heard] = {}
        self._of: dict[BranchId, list[DeviceId]] = {branch: [] for branch in self.branches}
        for each in sorted(self._stations):
            if (branch := self._stations[each].branch) is not None:
                self._of.setdefault(branch, []).append(each)

    def stations(self, branch: BranchId) -> tuple[DeviceId, ...]:
        """Return the stations of a branch, spares that spoke for it included."""
        return tuple(self._of[branch])

    def receive(self, raw: bytes, now: datetime) -> BranchId | None:
        """Take a message; return the branch that changed, None for one that was there.

        Raises `StatusRefusedError`.
        """
        claimed = read_status(raw)
        station = self._stations.get(claimed.device)
        if station is None:
            raise StatusRefusedError(StatusReason.STATUS_DEVICE)
        status = open_status(raw, PublicKey(station.key))
        if status.election != self.published.register.election:
            raise StatusRefusedError(StatusReason.STATUS_ELECTION)
        if station.branch not in {None, status.branch} or status.branch not in self._of:
            raise StatusRefusedError(StatusReason.STATUS_DEVICE)
        digest, last = hashlib.sha256(raw).digest(), self.heard.get(status.device)
        if last is None:
            heard = Heard(status, raw, digest, now)
        elif digest == last.digest:
            return None  # sent again, because no answer came
        elif _is_stale(last.status, status):
            return None
        elif status.number <= last.status.number or status.branch != last.status.branch:
            self.heard[status.device] = replace(last, forked=True)
            raise StatusRefusedError(StatusReason.STATUS_NUMBER)
        else:
            heard = _after(last, status, raw, digest, now)
        self.heard[status.device] = heard
        if status.device not in self._of[status.branch]:
            self._of[status.branch].append(status.device)
        return status.branch

    def kept(self) -> tuple[Kept, ...]:
        """Return what to keep, by device."""
        return tuple(
            Kept(each.raw, each.at.replace(microsecond=0), each.skipped, each.forked, each.grown)
            for _, each in sorted(self.heard.items())
        )

    def restore(self, kept: Iterable[Kept]) -> None:
        """Take back what was kept, as far as the register still believes it."""
        for each in kept:
            with suppress(StatusRefusedError):
                self.receive(each.raw, each.at)
                device = read_status(each.raw).device
                self.heard[device] = replace(
                    self.heard[device], skipped=each.skipped, forked=each.forked, grown=each.grown
                )

    def in_branch(self, branch: BranchId) -> Iterator[Heard | None]:
        """Yield what is known of each station of a branch."""
        return (self.heard.get(each) for each in self._of[branch])


# ---------------------------------------------------------------- parts


def _is_stale(last: StationStatus, status: StationStatus) -> bool:
    """Whether a message is from before the last one, by number and time: late, or sent again by anybody."""
    return status.number < last.number and status.at <= last.at


def _after(last: Heard, status: StationStatus, raw: bytes, digest: bytes, now: datetime) -> Heard:
    pace = max(0.0, last.pace - (now - last.at) / FASTEST) + 1
    if pace > BURST:
        raise StatusRefusedError(StatusReason.STATUS_FAST)
    if not may_follow(last.status.sums, status.sums):
        raise StatusRefusedError(StatusReason.STATUS_SUMS)
    return Heard(
        status,
        raw,
        digest,
        now,
        last.skipped + status.number - last.status.number - 1,
        last.forked,
        _grown(last, status),
        pace,
    )


def _grown(last: Heard, status: StationStatus) -> int:
    before, after = last.status.sums, status.sums
    if after is None or (before is not None and before.hour == after.hour):
        return last.grown
    was = 0 if before is None else before.outstanding or 0
    return last.grown + 1 if (after.outstanding or 0) > was else 0
