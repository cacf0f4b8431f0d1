"""Samples and the figures made of them."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

StatusCallback: TypeAlias = Callable[[str], None]
"""Called with what is being measured now."""
LEAST: Final = 3
"""Rounds that are made however long they take."""


class Limit(StrEnum):
    """Comparison of a figure with its target."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a benchmark. `value` and `target` are in `unit`; p99 is the worst of few samples."""

    name: str
    value: float
    unit: str
    p99: float | None = None
    samples: int = 1
    target: float | None = None
    limit: Limit = Limit.AT_MOST
    note: str = ""
    by_p99: bool = False
    """The target is one of the slowest, and not of the middle."""

    @property
    def kept(self) -> bool | None:
        """True if the target is kept, None if there is none."""
        if self.target is None:
            return None
        value = self.p99 if self.by_p99 and self.p99 is not None else self.value
        return value <= self.target if self.limit is Limit.AT_MOST else value >= self.target


def sampled(
    name: str,
    samples: Sequence[float],
    unit: str,
    *,
    target: float | None = None,
    limit: Limit = Limit.AT_MOST,
    note: str = "",
    by_p99: bool = False,
) -> Figure:
    """Return the median of samples as a figure, with its 99th percentile."""
    ordered = sorted(samples)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    middle = statistics.median(ordered)
    return Figure(name, middle, unit, p99, len(ordered), target, limit, note, by_p99)


@dataclass(slots=True)
class Took:
    """Milliseconds of one act, done several times: by the clock, and of a processor's work.

    Other programs make the first longer and hardly the second.
    """

    clock: list[float] = field(default_factory=list)
    core: list[float] = field(default_factory=list)

    def by(self, work: Callable[[], object]) -> None:
        """Do it once and note how long it took."""
        start, spent = time.perf_counter(), time.process_time()
        work()
        self.core.append((time.process_time() - spent) * 1000)
        self.clock.append((time.perf_counter() - start) * 1000)

    def figure(self, name: str, target: float, *, by_p99: bool = False) -> Figure:
        """Return the figure by the clock; the note says what it cost a core."""
        worst = sampled(name, self.core, "ms")
        note = f"of a core {worst.value:.1f}, p99 {worst.p99:.1f}"
        return sampled(name, self.clock, "ms", target=target, note=note, by_p99=by_p99)


def rounds(most: int, seconds: float, tell: StatusCallback, what: str) -> Iterator[int]:
    """Yield 0, 1, … below `most`, but none once `seconds` are over and `LEAST` were; tell which it is."""
    end = time.perf_counter() + seconds
    for turn in range(most):
        if turn >= LEAST and time.perf_counter() > end:
            return
        tell(f"{what}: {turn + 1} of {most}")
        yield turn


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def core_seconds(work: Callable[[], object]) -> float:
    """Return the seconds of processors that `work` takes here and in programs that it waits for."""
    before = _spent()
    work()
    return _spent() - before


def _spent() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mib() -> float:
    """Return the most memory that this process has had at once, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
