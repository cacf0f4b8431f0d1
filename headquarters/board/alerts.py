"""Name what somebody should look at: pure rules over what stations said, the clock and the district."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from statistics import median
from typing import Final

from election.polls import PollsState
from election.station_status import AHEAD, Power
from headquarters.board.watching import Heard
from words.message import Message, m

SILENT: Final = timedelta(minutes=5)
"""After the last message; stations send every minute."""
CLOCK: Final = timedelta(minutes=2)
SKIPPED: Final = 4 * (AHEAD + 1)
"""Messages: lines fail now and then, and each start of a station leaves some numbers out."""
GROWN_HOURS: Final = 2
PROVISIONAL_SHARE: Final = 0.05
OVERRIDES_TIMES: Final = 3
"""Of the district's median share."""


class Alert(Enum):
    """What is wrong, most urgent first."""

    FORKED = m("message numbers go back: copied key or older disk")
    UNOPENED = m("check-ins without an opening")
    LATE = m("not open at the hour")
    SILENT = m("silent")
    LOW = m("battery nearly empty")
    OUTSTANDING = m("cards without a receipt become more")
    PROVISIONAL = m("many provisional ballots")
    OVERRIDES = m("many overrides for the district")
    BATTERY = m("on battery")
    LINK = m("no line to the registry")
    CLOCK = m("clock is off")
    SKIPPED = m("messages are missing")
    VERSION = m("another program version")

    @property
    def message(self) -> Message:
        """Say it."""
        return self.value

    @property
    def urgent(self) -> bool:
        """Whether somebody should act at once."""
        return self in _URGENT


_URGENT: Final = frozenset(
    {Alert.FORKED, Alert.UNOPENED, Alert.LATE, Alert.SILENT, Alert.OUTSTANDING, Alert.LOW}
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a branch is compared with."""

    now: datetime
    opens: datetime | None
    """When polls open; None if nobody said."""
    closes: datetime | None
    overrides: float | None
    """The median share of overrides in the district; None where too few are known."""
    version: str | None
    """That most stations run."""


def alerts_of(stations: Sequence[Heard | None], expected: Expected) -> tuple[Alert, ...]:
    """Return the alerts of a branch, most urgent first."""
    found = set(_of_branch(stations, expected))
    for heard in stations:
        if heard is not None:
            found |= set(_of_station(heard, expected))
    return tuple(each for each in Alert if each in found)


def override_share(heard: Heard) -> float | None:
    """Return the share of check-ins by override; None where the numbers are too few to be told."""
    sums = heard.status.sums
    if sums is None or sums.issued is None or sums.overridden is None:
        return None
    return sums.overridden / sums.issued


def median_share(shares: Sequence[float]) -> float | None:
    """Return the median of a district's shares; None of fewer than three."""
    return median(shares) if len(shares) >= 3 else None


def usual_version(stations: Sequence[Heard]) -> str | None:
    """Return the version that most stations run."""
    seen = Counter(heard.status.version for heard in stations)
    return max(seen, key=lambda version: (seen[version], version)) if seen else None


# ---------------------------------------------------------------- parts


def _of_branch(stations: Sequence[Heard | None], expected: Expected) -> Iterator[Alert]:
    during = expected.opens is not None and expected.opens <= expected.now
    if expected.closes is not None and expected.now >= expected.closes:
        during = False
    served = any(
        heard is not None and not heard.status.state.is_before_opening for heard in stations
    )
    if during and not served:
        yield Alert.LATE
    # One of two that never spoke is as silent as one that stopped.
    if during and (not stations or any(heard is None for heard in stations)):
        yield Alert.SILENT


def _of_station(heard: Heard, expected: Expected) -> Iterator[Alert]:
    status, sums = heard.status, heard.status.sums
    closed = status.state is PollsState.CLOSED
    if heard.forked:
        yield Alert.FORKED
    if heard.skipped > SKIPPED:
        yield Alert.SKIPPED
    if not closed and expected.now - heard.at > SILENT:
        yield Alert.SILENT
    if abs(heard.at - status.at) > CLOCK:
        yield Alert.CLOCK
    if status.power is Power.LOW:
        yield Alert.LOW
    if status.power is Power.BATTERY:
        yield Alert.BATTERY
    if not status.linked and not closed:
        yield Alert.LINK
    if expected.version is not None and status.version != expected.version:
        yield Alert.VERSION
    if sums is None:
        return
    if status.state.is_before_opening and sums.issued is not None:
        yield Alert.UNOPENED
    if heard.grown >= GROWN_HOURS:
        yield Alert.OUTSTANDING
    if sums.issued is not None and (sums.provisional or 0) > PROVISIONAL_SHARE * sums.issued:
        yield Alert.PROVISIONAL
    share = override_share(heard)
    if share is None or expected.overrides is None:
        return
    if share > OVERRIDES_TIMES * expected.overrides:
        yield Alert.OVERRIDES
