"""Judge the clock: at the start and all day, by what the device knows of time.

A clock is doubted that shows an hour before the last entry of the log, or outside the hours of the
polls. Once it is trusted it may go on past the closing hour, because a queue is served to its end: only
what jumps is judged anew. Two roles can confirm any time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from election.definition import Election
from kiosk.clock import Clock

TOLERANCE: Final = timedelta(minutes=2)
"""How far a clock may be set, in one step, without being judged anew."""


class ClockWatch:
    """The clock of one device, judged on the store worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trusted: tuple[datetime, float] | None = None
        """Wall clock and monotonic clock when they were last trusted."""

    def is_doubtful(self, election: Election, floor: datetime | None) -> bool:
        """Look at the clock while the polls are open.

        `floor`: of the last entry in the log before this start; None if there is none.
        """
        now, since = self._clock.now(), self._clock.monotonic()
        if self._trusted is not None:
            expected = self._trusted[0] + timedelta(seconds=since - self._trusted[1])
            if abs(now - expected) <= TOLERANCE:
                self._trusted = now, since
                return False
            floor = expected
        behind = floor is not None and now < floor - TOLERANCE
        if behind or not election.opens <= now <= election.closes:
            return True
        self._trusted = now, since
        return False

    def trust(self) -> None:
        """Take the clock as it is: two roles have confirmed it."""
        self._trusted = self._clock.now(), self._clock.monotonic()
