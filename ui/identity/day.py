"""What a desk shows of its last voters: five outcomes, voters per hour, the seconds of this one.

Made of what the screen shows anyway, held in memory alone, and gone when the polls pause or close or
the program ends. What it says changes with the sums of whole quarters of an hour, as the log does
(ADR 0057).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from kiosk.flows.identity import states as at
from kiosk.flows.identity.events import CountKind
from kiosk.status import Counter, DeviceStatus
from words.message import m

OUTCOMES: Final = 5
QUARTER: Final = timedelta(minutes=15)
HOUR: Final = 4
"""Quarters that voters per hour are counted over."""


@dataclass(frozen=True, slots=True)
class DeskDay:
    """The last voters of one desk, without a name, a reason or a moment of any of them."""

    outcomes: tuple[bool, ...] = ()
    """Whether the last ones were checked in; the newest first."""
    per_hour: int | None = None
    """Checked in, by the last whole quarters that were seen, four at most; None before the first."""
    seconds: int | None = None
    """Since this voter's document came; None while nobody is there."""
    _sums: tuple[int, int] | None = None
    """Checked in and refused, as they were last seen."""
    _quarter: datetime | None = None
    _marks: tuple[int, ...] = field(default=(), repr=False)
    """Checked in at the beginnings of the last whole quarters, the oldest first."""
    _since: datetime | None = None

    def after(self, state: at.IdentityState, status: DeviceStatus) -> Self:
        """Return the day once this state and status are shown."""
        if isinstance(state, at.Closed | at.OutOfService) or status.clock is None:
            return type(self)()
        sums = (_sum(status, CountKind.CHECKED_IN), _sum(status, CountKind.REFUSED))
        return self._quartered(status.clock)._counted(sums)._timed(state, status.clock)

    def counters(self, counters: tuple[Counter, ...]) -> tuple[Counter, ...]:
        """Return the day's sums with voters per hour beside them, once it is known."""
        if self.per_hour is None:
            return counters
        return (*counters, Counter("per-hour", m("Voters per hour"), self.per_hour))

    def _counted(self, sums: tuple[int, int]) -> Self:
        if self._sums is None:
            return replace(self, _sums=sums)
        checked_in, refused = (now - before for now, before in zip(sums, self._sums, strict=True))
        new = (True,) * max(0, checked_in) + (False,) * max(0, refused)
        return replace(self, outcomes=(*new, *self.outcomes)[:OUTCOMES], _sums=sums)

    def _quartered(self, clock: datetime) -> Self:
        now = clock - timedelta(
            minutes=clock.minute % 15, seconds=clock.second, microseconds=clock.microsecond
        )
        if now == self._quarter:
            return self
        follows = self._quarter is not None and now - self._quarter == QUARTER
        # The first quarter was not seen from its beginning, and a clock that jumped tells nothing.
        # Who was counted together with the new quarter belongs to it.
        marks = (*self._marks, self._sums[0])[-HOUR - 1 :] if follows and self._sums else ()
        quarters = len(marks) - 1
        per_hour = round((marks[-1] - marks[0]) * HOUR / quarters) if quarters > 0 else None
        return replace(self, per_hour=per_hour, _quarter=now, _marks=marks)

    def _timed(self, state: at.IdentityState, clock: datetime) -> Self:
        if isinstance(state, at.Idle):
            return replace(self, seconds=None, _since=None)
        since = self._since or clock
        return replace(self, seconds=max(0, int((clock - since).total_seconds())), _since=since)


def _sum(status: DeviceStatus, kind: CountKind) -> int:
    return sum(counter.value for counter in status.counters if counter.key == kind.value)
