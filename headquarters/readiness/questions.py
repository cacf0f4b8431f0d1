"""List what is asked about the place of a branch, what an answer weighs, and what is to be mended.

The width of doors is that of the 2010 ADA Standards, 404.2.3 (815 mm), which ISO 21542 rounds to 800 mm; the
other questions on access follow the ADA Checklist for Polling Places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from words.message import Message, m


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is answered with yes, partly or no."""

    column: str
    """Its name in the table."""
    asked: Message
    mend: Message
    """What to do where the answer is not yes."""
    weight: int
    """From 1 to 3."""
    needed: bool = False
    """Without it no polls can be held there."""


QUESTIONS: Final = (
    Question(
        "power",
        m("Is there a grounded socket for every device?"),
        m("put in grounded sockets"),
        weight=3,
        needed=True,
    ),
    Question(
        "backup_power",
        m("Does power last through a cut of two hours?"),
        m("bring a generator or a larger UPS"),
        weight=2,
    ),
    Question(
        "line",
        m("Does the line to the registry work?"),
        m("bring a line, or a modem with another network"),
        weight=3,
        needed=True,
    ),
    Question(
        "telephone",
        m("Can headquarters be called from there?"),
        m("find a telephone that reaches headquarters"),
        weight=2,
        needed=True,
    ),
    Question(
        "step_free",
        m("Is there a way in without steps?"),
        m("lay a ramp, or open another entrance"),
        weight=3,
    ),
    Question(
        "wide_doors",
        m("Are all doors on the way at least 80 cm wide?"),
        m("take doors off their hinges, or choose another room"),
        weight=2,
    ),
    Question(
        "way_shown",
        m("Is the way in marked and lit?"),
        m("put up signs and lamps"),
        weight=1,
    ),
    Question(
        "unseen",
        m("Can terminals stand where nobody sees their screens?"),
        m("turn the terminals, or bring screens of cloth"),
        weight=3,
        needed=True,
    ),
    Question(
        "room",
        m("Is there room for those who wait, apart from those who vote?"),
        m("clear the room, or choose a larger one"),
        weight=2,
    ),
    Question(
        "light",
        m("Is it light enough to read, also after dark?"),
        m("bring lamps"),
        weight=1,
    ),
    Question(
        "locked",
        m("Is the room locked before and after the day?"),
        m("change the lock, or find a room that locks"),
        weight=3,
        needed=True,
    ),
    Question(
        "fire_exit",
        m("Are there a second exit and a fire extinguisher?"),
        m("open a second exit, bring an extinguisher"),
        weight=2,
    ),
    Question(
        "key_holder",
        m("Is somebody with a key reached all day?"),
        m("name somebody with a key, and write the number down"),
        weight=2,
    ),
)
LINE: Final = "line"
"""Asked only where a branch asks the country's registry."""
BY_COLUMN: Final[Mapping[str, Question]] = {each.column: each for each in QUESTIONS}
