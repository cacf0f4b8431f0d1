"""Samples and the figures made of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

StatusCallback: TypeAlias = Callable[[str], None]
"""Called with what is being measured now."""


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

    @property
    def kept(self) -> bool | None:
        """True if the target is kept, None if there is none."""
        if self.target is None:
            return None
        return (
            self.value <= self.target if self.limit is Limit.AT_MOST else self.value >= self.target
        )


def sampled(
    name: str,
    samples: Sequence[float],
    unit: str,
    *,
    target: float | None = None,
    limit: Limit = Limit.AT_MOST,
    note: str = "",
) -> Figure:
    """Return the median of samples as a figure, with its 99th percentile."""
    ordered = sorted(samples)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return Figure(name, statistics.median(ordered), unit, p99, len(ordered), target, limit, note)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
