"""Visible state of a simulated printer, and the names of its troubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from simulators.printer.mechanism import Trouble

FAULTS: Final[Mapping[str, tuple[Trouble, bool]]] = MappingProxyType(
    {
        "paper out": (Trouble.PAPER_END, True),
        "paper near end": (Trouble.PAPER_NEAR_END, True),
        "paper ok": (Trouble.PAPER_END, False),
        "cover open": (Trouble.COVER_OPEN, True),
        "cover closed": (Trouble.COVER_OPEN, False),
        "jam": (Trouble.CUTTER_JAM, True),
        "jam cleared": (Trouble.CUTTER_JAM, False),
        "head hot": (Trouble.HEAD_HOT, True),
        "head cool": (Trouble.HEAD_HOT, False),
        "broken": (Trouble.MECHANICAL, True),
        "repaired": (Trouble.MECHANICAL, False),
        "off line": (Trouble.OFFLINE, True),
        "on line": (Trouble.OFFLINE, False),
        "power cut": (Trouble.POWER_CUT, True),
        "power on": (Trouble.POWER_CUT, False),
    }
)
"""By name: a trouble, and whether it begins or ends."""


class PrinterState(Enum):
    """State of a printer."""

    READY = "ready"
    PRINTING = "printing"
    STOPPED = "stopped"  # by one of its troubles
    OFF = "off"  # no power
    UNPLUGGED = "unplugged"


@dataclass(frozen=True, slots=True)
class StripView:
    """Printer at one moment.

    `rows` are the last rows of the strip that hangs out, as in `Raster`, the first of them being
    row `first_row` of that strip; lengths in millimetres.
    """

    state: PrinterState
    troubles: tuple[Trouble, ...]
    width_px: int
    rows: bytes
    first_row: int
    printed_mm: float
    paper_left_mm: float
    waiting_bytes: int
    strips: int
