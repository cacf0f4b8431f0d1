"""Say how the paper stands, in words for whoever is to see to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.printer.seam import PaperState
from words.message import Message, m

PAPER: Final[Mapping[PaperState, Message]] = {
    PaperState.OK: m("There is paper."),
    PaperState.NEAR_END: m("The paper is nearly at its end."),
    PaperState.END: m("There is no paper: put a new roll in."),
}
