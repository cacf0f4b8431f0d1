"""Judge the system's clock at the start, and keep the device's own from then on (`kiosk.clock.OwnClock`).

At a start it is doubted if it shows an hour before the latest one that log and acts tell of, or one outside
the hours of the polls; two roles confirm, and see before with which time the device goes on. Once a time is
kept it may go on past the closing hour, because a queue is served to its end. A system's clock that is set
afterwards moves nothing by itself: two roles may take it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from election.definition import Election
from kiosk.clock import OwnClock

TOLERANCE: Final = timedelta(minutes=2)
"""How far the system's clock may be from what is known."""
AFTER_CLOSING: Final = timedelta(days=1)
"""How long after the closing hour a clock is believed."""


class ClockWatch:
    """The clock of one device, judged on the store worker."""

    def __init__(self, clock: OwnClock) -> None:
        self._clock = clock

    def is_doubtful(self, election: Election, floor: datetime | None) -> bool:
        """Look at the system's clock while the polls are open, and keep the time once it is right.

        `floor`: the latest time that is known from before this start; None if there is none.
        """
        if self._clock.is_kept:
            return False
        now = self._clock.system.now()
        behind = floor is not None and now < floor - TOLERANCE
        if behind or not election.opens <= now <= election.closes:
            return True
        self._clock.keep(now)
        return False

    def was_set(self, election: Election) -> bool:
        """Tell whether the system's clock was set to another possible time since the device keeps its own."""
        own, system = self._clock.now(), self._clock.system.now()
        differs = self._clock.is_kept and abs(system - own) > TOLERANCE
        return differs and _is_possible(election, system)

    def proposed(self, election: Election, floor: datetime | None) -> datetime:
        """Return the time with which the device goes on once it is confirmed.

        The system's, unless that is no hour of this election: then the latest that is known.
        """
        likely = (self._clock.system.now(), *([] if floor is None else [floor]))
        return next((x for x in likely if _is_possible(election, x)), election.opens)


def _is_possible(election: Election, time: datetime) -> bool:
    return election.opens <= time <= election.closes + AFTER_CLOSING
