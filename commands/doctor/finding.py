"""Hold one finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Area(StrEnum):
    """Part of the machine that a finding is about."""

    MACHINE = "machine"
    STATION = "station"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """`ok` with an `advice` is a warning: it works, and somebody should look at it."""

    name: str
    ok: bool
    detail: str
    """Evidence: a version, a name, what went wrong."""
    needed: bool = True
    """Missing means that something does not work, not only that it works in another way."""
    advice: str = ""
    """What to do."""
    area: Area = Area.MACHINE

    @property
    def word(self) -> str:
        """The finding in one word, which has to tell without any colour."""
        if self.ok:
            return "look" if self.advice else "ok"
        return "MISSING" if self.needed else "absent"
