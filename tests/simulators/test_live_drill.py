"""A drill at a device: the clock runs while the screen is red, and every step counts."""

from __future__ import annotations

from itertools import product

import pytest

from election.incidents import Incident
from simulators.demo.desk_commands import DeskNames, parse
from simulators.demo.live_drill import (
    AT_STATIONS,
    AT_TERMINALS,
    FEWEST,
    OUT,
    PAR_S,
    STRIKES,
    LiveDrill,
)


class Device:
    """Shows red from `red` seconds on until `well`; its clock is the test's."""

    def __init__(self, red: float, well: float) -> None:
        self.now, self._red, self._well = 0.0, red, well

    def look(self) -> str:
        return OUT if self._red <= self.now < self._well else "Idle"

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def drill(device: Device) -> LiveDrill:
    return LiveDrill(Incident.MEDIA, device.look, device.clock, device.sleep)


def test_time_is_that_of_the_red_screen() -> None:
    device = Device(red=3.0, well=23.0)
    at = drill(device)
    assert at.wait_until_shown()
    device.now, at.steps = 22.0, 1
    told = at.score()
    assert told["solved"]
    assert told["seconds"] == pytest.approx(20.0, abs=0.5)
    assert told["passed"]


def test_a_device_that_notices_nothing_is_no_drill() -> None:
    at = drill(Device(red=1e9, well=1e9))
    assert not at.wait_until_shown()
    assert at.score() == {"code": Incident.MEDIA.row.code, "solved": False, "passed": False}


def test_what_stays_red_is_not_passed_and_ends() -> None:
    device = Device(red=0.0, well=1e9)
    at = drill(device)
    assert at.wait_until_shown()
    told = at.score()
    assert not told["solved"]
    assert not told["passed"]
    assert device.now <= 2 * PAR_S


def test_more_steps_or_more_time_never_pass_where_fewer_do_not() -> None:
    passed = {}
    for steps, seconds in product(range(6), (1.0, PAR_S, 1.9 * PAR_S, 2.1 * PAR_S, 9 * PAR_S)):
        device = Device(red=0.0, well=seconds)
        at = drill(device)
        at.wait_until_shown()
        at.steps, device.now = steps, seconds
        passed[steps, seconds] = at.score()["passed"]
    assert passed[FEWEST, 1.0]
    assert not passed[2 * FEWEST + 1, 1.0]
    assert not passed[FEWEST, 2.1 * PAR_S]
    for (steps, seconds), good in passed.items():
        assert good is (steps <= 2 * FEWEST and seconds <= 2 * PAR_S)


@pytest.mark.parametrize("incident", STRIKES)
def test_what_strikes_is_a_command_of_the_desk(incident: Incident) -> None:
    there = DeskNames((), (), ("i",), ("t",), tuple(x.row.code for x in STRIKES))
    assert parse(f"{STRIKES[incident]} t", there) is not None
    command = parse(f"drill {incident.row.code} t", there)
    assert command is not None
    assert command.names == {"code": incident.row.code, "device": "t"}
    assert not (AT_TERMINALS & AT_STATIONS)
