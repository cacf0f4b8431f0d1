"""Lend the devices of the station tests to the cases."""

from __future__ import annotations

from tests.kiosk.station.conftest import (
    new_station,
    new_terminal,
    office,
    opened_station,
    opened_terminal,
    sensor,
    station,
    terminal,
)

__all__ = [
    "new_station",
    "new_terminal",
    "office",
    "opened_station",
    "opened_terminal",
    "sensor",
    "station",
    "terminal",
]
