"""Read the counters of earlier days: who came when, and how long the devices were in use.

    counters.csv   start, voters                                       one line for each hour
                   08:00, 61
    or             start, voters, check_in_minutes, voting_minutes     minutes of all devices together
                   08:00, 61, 46, 190

All lines stand for equally long parts of a day, one after the other. UTF-8; commas, semicolons or
tabs; digits may be Persian. Several days are added up by whoever writes the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final

from annotated_types import Len

from headquarters.candidate_files import parse
from headquarters.capacity.load import CHECK_IN, MOST_PARTS, VOTERS, VOTING, Arrivals
from headquarters.capacity.numbers import Bound, CapacityError, read_time
from words.message import Latin, Message, m

_Cell = Annotated[str, Len(1, 20)]
_VOTERS: Final = Bound("voters", 0, VOTERS.most, whole=True)
_ALL_VOTERS: Final = Bound("voters", VOTERS.least, VOTERS.most, whole=True)
_CHECK_IN: Final = Bound("check_in_minutes", 0, 1_000_000)
_VOTING: Final = Bound("voting_minutes", 0, 1_000_000)
_CHECK_IN_MEAN: Final = Bound("check_in_minutes × 60 / voters", CHECK_IN.least, CHECK_IN.most)
_VOTING_MEAN: Final = Bound("voting_minutes × 60 / voters", VOTING.least, VOTING.most)


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A line of counters.csv."""

    start: _Cell
    voters: _Cell


@dataclass(frozen=True, slots=True)
class UseRow:
    """A line of counters.csv that says how long the devices were in use, too."""

    start: _Cell
    voters: _Cell
    check_in_minutes: _Cell
    voting_minutes: _Cell


@dataclass(frozen=True, slots=True)
class Counters:
    """An earlier day."""

    arrivals: Arrivals
    check_in_s: float | None
    """Mean, where the file has the minutes in use."""
    voting_s: float | None


def read_counters(data: bytes, name: str = "counters.csv") -> Counters:
    """Read counters.csv. Raises `ManifestError` and `CapacityError`, which name the column."""
    used: Sequence[UseRow] = ()
    rows: Sequence[CounterRow | UseRow]
    if b"minutes" in data.split(b"\n", 1)[0]:
        rows = used = parse(UseRow, data, name)
    else:
        rows = parse(CounterRow, data, name)
    starts = [read_time("start", row.start) for row in rows]
    expected = tuple(_VOTERS.read(row.voters) for row in rows)
    voters = _ALL_VOTERS.checked(sum(expected))
    check_in = sum(_CHECK_IN.read(row.check_in_minutes) for row in used)
    voting = sum(_VOTING.read(row.voting_minutes) for row in used)
    return Counters(
        Arrivals(starts[0], _part(starts, name), expected),
        _CHECK_IN_MEAN.checked(check_in * 60 / voters) if used else None,
        _VOTING_MEAN.checked(voting * 60 / voters) if used else None,
    )


def _part(starts: list[int], name: str) -> float:
    """Return the length of a part in seconds, which is the same between all lines."""
    parts = {after - before for before, after in pairwise(starts)}
    if not 2 <= len(starts) <= MOST_PARTS:
        raise _refused(name, m("2 to {most} lines are expected", most=MOST_PARTS))
    if len(parts) != 1 or min(parts) <= 0:
        raise _refused(name, m("the starts have to follow each other at equal distances"))
    part = parts.pop()
    if starts[-1] + part > 24 * 3600:
        raise _refused(name, m("the last line ends after midnight"))
    return part


def _refused(name: str, detail: Message) -> CapacityError:
    return CapacityError(m("{name}: {detail}", name=Latin(name), detail=detail))
