"""Show how a station's line to its registry is."""

from __future__ import annotations

import time

from drivers.registry.link import Link
from drivers.registry.link_words import describe
from kiosk.status import DeviceKind, DeviceNow, Doing, Lamp
from words.message import m


def line_lamp(link: Link) -> Lamp:
    """Show a line: whether it is up, how long it takes, and when it last answered."""
    advice = m("Check the cable. New voters get provisional ballots until it answers again.")
    now = DeviceNow.REST if link.up else DeviceNow.EMPTY
    doing = Doing(DeviceKind.LINE, describe(link, time.monotonic()), now)
    return Lamp("registry", m("Line to the registry"), link.up, None if link.up else advice, doing)
