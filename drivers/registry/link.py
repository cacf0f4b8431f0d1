"""Judge the line to a registry: pure, from one answer or failure to the next.

    up ── two failures, one after the other ──▶ down ── three answers, one after the other ──▶ up

While the line is down no voter waits for it: it is probed every 5 s, give or take, so that a country's
stations do not come back together. While it is up it is probed as well, if nothing else was sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

DEADLINE_S: Final = 4.0
"""From the question to the moment when a station goes on without the answer."""
SHOWN_S: Final = 0.5
"""From here on people are told that the line is waited for."""
FAILURES: Final = 2
GOOD: Final = 3
PROBE_S: Final = 5.0
JITTER_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of a line. Times are monotonic seconds."""

    up: bool = True
    failures: int = 0
    """In a row, while it is up."""
    good: int = 0
    """Answers in a row, while it is down."""
    probe_at: float = 0.0
    """When it is probed next; at once after the start."""
    latency_s: float | None = None
    """Of the last answer."""
    answered_at: float | None = None

    def answered(self, now: float, latency_s: float, jitter: float = 0.0) -> Link:
        """Return the link after an answer; `jitter`: from −1 to 1."""
        good = 0 if self.up else self.good + 1
        up = self.up or good >= GOOD
        return Link(up, 0, 0 if up else good, _next(now, jitter), latency_s, now)

    def failed(self, now: float, jitter: float = 0.0) -> Link:
        """Return the link after a question without an answer; `jitter`: from −1 to 1."""
        failures = self.failures + 1 if self.up else 0
        up = self.up and failures < FAILURES
        return replace(
            self, up=up, failures=failures if up else 0, good=0, probe_at=_next(now, jitter)
        )

    def is_due(self, now: float) -> bool:
        """Tell whether the line is to be probed now."""
        return now >= self.probe_at


def _next(now: float, jitter: float) -> float:
    return now + PROBE_S + JITTER_S * max(-1.0, min(1.0, jitter))
