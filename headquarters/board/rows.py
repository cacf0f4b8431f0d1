"""Compute what a page shows of a branch, a district and the country."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from election.definition import BranchId
from election.polls import PollsState
from election.station_status import Power
from headquarters.board.alerts import (
    SILENT,
    Alert,
    Expected,
    alerts_of,
    median_share,
    override_share,
    usual_version,
)
from headquarters.board.watching import Heard, Watch


class Level(StrEnum):
    """How closely a branch is guarded."""

    NORMAL = "normal"
    IMPORTANT = "important"
    SENSITIVE = "sensitive"


_SHOWN: Final = (
    PollsState.OPEN,
    PollsState.PAUSED,
    PollsState.READY,
    PollsState.UNCONFIGURED,
    PollsState.CLOSED,
)
"""A branch whose stations differ has the first of these."""
_WORST: Final = (Power.LOW, Power.BATTERY, Power.UNKNOWN, Power.MAINS)


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum over stations of what is told of each."""

    number: int | None
    """None: few, or nothing known."""
    more: bool = False
    """Some stations have few, which are not in it."""

    @classmethod
    def of(cls, parts: Iterable[int | None]) -> Sum:
        """Add; what is few stays out."""
        listed = list(parts)
        known = [part for part in listed if part is not None]
        return cls(sum(known), len(known) < len(listed)) if known else cls(None)


NOTHING: Final = Sum(None)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """What is shown of a branch."""

    branch: BranchId
    district: str
    level: Level
    stations: int
    speaking: int
    """Stations that sent something within the time."""
    state: PollsState | None
    power: Power | None
    linked: bool | None
    clock: timedelta | None
    """The largest difference to the board's clock, in whole seconds."""
    version: str
    since: datetime | None
    """The last message of a branch that is silent."""
    hour: datetime | None
    """As of which the sums are."""
    issued: Sum
    outstanding: Sum
    refused: Sum
    overridden: Sum
    provisional: Sum
    alerts: tuple[Alert, ...]

    @property
    def urgent(self) -> bool:
        """Whether somebody should act at once."""
        return any(alert.urgent for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """What is shown of a district, also to everybody."""

    district: str
    branches: int
    open: int
    closed: int
    alerting: int
    issued: Sum


def branch_rows(
    watch: Watch,
    now: datetime,
    opens: datetime | None,
    closes: datetime | None,
    levels: Mapping[BranchId, Level],
) -> list[BranchRow]:
    """Return a row for each branch, by district and id."""
    heard = list(watch.heard.values())
    shares: dict[str, list[float]] = defaultdict(list)
    for each in heard:
        if (share := override_share(each)) is not None:
            shares[watch.district.get(each.status.branch, "")].append(share)
    medians = {district: median_share(found) for district, found in shares.items()}
    version, rows = usual_version(heard), []
    for branch in watch.branches:
        district = watch.district.get(branch, "")
        expected = Expected(now, opens, closes, medians.get(district), version)
        level = levels.get(branch, Level.NORMAL)
        rows.append(_row(branch, district, level, list(watch.in_branch(branch)), expected))
    return sorted(rows, key=lambda row: (not row.district, row.district, row.branch))


def district_rows(rows: Sequence[BranchRow]) -> list[DistrictRow]:
    """Return a row for each district, by name."""
    found: dict[str, list[BranchRow]] = defaultdict(list)
    for row in rows:
        found[row.district].append(row)
    return [
        DistrictRow(
            district,
            len(here),
            sum(row.state in {PollsState.OPEN, PollsState.PAUSED} for row in here),
            sum(row.state is PollsState.CLOSED for row in here),
            sum(row.urgent for row in here),
            _together([row.issued for row in here]),
        )
        for district, here in sorted(found.items(), key=lambda item: (not item[0], item[0]))
    ]


def states(rows: Sequence[BranchRow]) -> Counter[PollsState | None]:
    """Count the branches in each state; None: never heard of."""
    return Counter(row.state for row in rows)


# ---------------------------------------------------------------- parts


def _row(
    branch: BranchId,
    district: str,
    level: Level,
    stations: Sequence[Heard | None],
    expected: Expected,
) -> BranchRow:
    known = [heard for heard in stations if heard is not None]
    sums = [heard.status.sums for heard in known if heard.status.sums is not None]
    speaking = sum(expected.now - heard.at <= SILENT for heard in known)
    clocks = [_seconds(heard.at - heard.status.at) for heard in known]
    return BranchRow(
        branch,
        district,
        level,
        len(stations),
        speaking,
        next((state for state in _SHOWN if state in {x.status.state for x in known}), None),
        next((power for power in _WORST if power in {x.status.power for x in known}), None),
        all(heard.status.linked for heard in known) if known else None,
        max(clocks, key=abs, default=None),
        " ".join(sorted({heard.status.version for heard in known})),
        max(heard.at for heard in known) if known and not speaking else None,
        _hour(max((x.hour for x in sums), default=0)),
        Sum.of(x.issued for x in sums),
        Sum.of(x.outstanding for x in sums),
        Sum.of(x.refused for x in sums),
        Sum.of(x.overridden for x in sums),
        Sum.of(x.provisional for x in sums),
        alerts_of(stations, expected),
    )


def _together(sums: Sequence[Sum]) -> Sum:
    total = Sum.of(one.number for one in sums)
    return Sum(total.number, total.more or any(one.more for one in sums))


def _hour(hours: int) -> datetime | None:
    return datetime.fromtimestamp(hours * 3600, UTC) if hours else None


def _seconds(difference: timedelta) -> timedelta:
    return timedelta(seconds=round(difference.total_seconds()))
