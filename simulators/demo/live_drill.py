"""Strike a simulated device with an incident, and score how it is put right: time, and steps.

What is done is counted as it is done: every command at the desk is a step. The clock begins when the device
is out of service and ends when it serves again by itself, as the officer at a real one would wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from election.incidents import Incident

OUT: Final = "OutOfService"
"""The state of a device that shows a code."""
FEWEST: Final = 1
"""Each of these incidents is put right by one thing that is done."""
PAR_S: Final = 60.0
"""From the red screen to service; a device looks for its memory every half minute."""
STRIKES: Final[Mapping[Incident, str]] = {
    Incident.CARD_READER: "unplug",
    Incident.IDENTITY_READER: "unplug",
    Incident.MEDIA: "memory-out",
    Incident.POWER: "mains-off",
}
"""The command that does it."""
UNDONE: Final[Mapping[str, str]] = {
    "unplug": "replug",
    "memory-out": "memory-in",
    "mains-off": "mains-on",
}
"""The command that takes it back."""
AT_TERMINALS: Final = frozenset({Incident.CARD_READER})
AT_STATIONS: Final = frozenset({Incident.IDENTITY_READER})
_LOOK_S: Final = 0.2
_SHOWN_S: Final = 60.0


@dataclass(slots=True)
class LiveDrill:
    """One incident at one device, as long as it lasts."""

    incident: Incident
    look: Callable[[], str]
    """The state that the device shows."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    steps: int = 0
    _began: float | None = None

    def wait_until_shown(self) -> bool:
        """Wait for the red screen and begin the clock; False if the device does not notice."""
        limit = self.clock() + _SHOWN_S
        while self.clock() < limit:
            if self.look() == OUT:
                self._began = self.clock()
                return True
            self.sleep(_LOOK_S)
        return False

    def score(self) -> Mapping[str, object]:
        """Wait as long as an officer would for the device to serve again, and judge."""
        if self._began is None:
            return {"code": self.incident.row.code, "solved": False, "passed": False}
        limit = self.clock() + PAR_S
        while (serves := self.look()) == OUT and self.clock() < limit:
            self.sleep(_LOOK_S)
        seconds, solved = self.clock() - self._began, serves != OUT
        return {
            "code": self.incident.row.code,
            "solved": solved,
            "seconds": round(seconds, 1),
            "steps": self.steps,
            "fewest": FEWEST,
            "passed": solved and seconds <= 2 * PAR_S and self.steps <= 2 * FEWEST,
        }
