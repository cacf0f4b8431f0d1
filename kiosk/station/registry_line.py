"""Show how a station's line to its registry is, and that a check-in on paper was cut."""

from __future__ import annotations

import time

from drivers.registry.link import Link
from drivers.registry.link_words import describe
from election.roll_asking import EvaluatedRoll
from election.roll_words import OUTAGES
from kiosk.status import DeviceKind, DeviceNow, Doing, Lamp
from words.message import m

_FIRST = m(
    "Whoever got no ballot paper comes first: after the next check-in nobody can be given it."
)
PAPERS_LAMP = Lamp("papers-cut", m("The power failed in a check-in"), ok=False, detail=_FIRST)
"""Until somebody else is checked in."""


def roll_lamps(roll: EvaluatedRoll | None) -> tuple[Lamp, ...]:
    """Show why nobody is compared with the roll; nothing once somebody is, or where there is none."""
    words = None if roll is None else OUTAGES.get(roll.state)
    return () if words is None else (Lamp("roll", words[0], ok=False, detail=words[1]),)


def line_lamp(link: Link) -> Lamp:
    """Show a line: whether it is up, how long it takes, and when it last answered."""
    advice = m("Check the cable. New voters get provisional ballots until it answers again.")
    now = DeviceNow.REST if link.up else DeviceNow.EMPTY
    doing = Doing(DeviceKind.LINE, describe(link, time.monotonic()), now)
    return Lamp("registry", m("Line to the registry"), link.up, None if link.up else advice, doing)
