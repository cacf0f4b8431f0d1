"""Hands at a station that does not answer: patient while it runs, and no longer."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from election.definition import DeviceId
from simulators.demo.hands import Hands, StoppedError, StuckError
from simulators.demo.hardware import CardPlace
from simulators.demo.places import DayFolders
from simulators.demo.stations import StationProcess
from simulators.robot import RobotError


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[Hands]:
    """At a program that sleeps."""
    places = DayFolders.make(tmp_path / "day")
    station = StationProcess(DeviceId("terminal-1"), places, {}, headless=True)
    station.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield Hands(station, cast(Any, None), tmp_path, {}, CardPlace.TERMINAL)
    station.kill()
    places.clear_wires()


def answers(hands: Hands, *, after: int) -> list[int]:
    """Let the robot of the station fail so often."""
    asked: list[int] = []

    def ask(**_: object) -> dict[str, object]:
        asked.append(1)
        if len(asked) <= after:
            raise RobotError("nothing visible is called pin-0")
        return {"ok": True}

    hands.station.robot = cast(Any, SimpleNamespace(ask=ask, close=lambda: None))
    return asked


def test_a_program_that_runs_is_waited_for(hands: Hands) -> None:
    asked = answers(hands, after=3)
    hands.click("pin-0")
    assert len(asked) == 4


def test_a_program_that_has_ended_is_not(hands: Hands) -> None:
    """It took a minute to say so, where nobody starts it again meanwhile."""
    assert hands.station.process is not None
    hands.station.process.kill()
    hands.station.process.wait()
    asked, began = answers(hands, after=10**6), time.monotonic()
    with pytest.raises(StuckError, match="terminal-1"):
        hands.click("pin-0")
    assert len(asked) == 1
    assert time.monotonic() - began < 10.0


def test_whoever_cut_the_power_stops_the_step_first(hands: Hands) -> None:
    assert hands.station.process is not None
    hands.station.process.kill()
    hands.station.process.wait()
    answers(hands, after=10**6)
    ask = hands.robot.ask

    def cut(**command: object) -> object:
        hands.stopped.set()
        return ask(**command)

    hands.station.robot = cast(Any, SimpleNamespace(ask=cut, close=lambda: None))
    with pytest.raises(StoppedError):
        hands.click("pin-0")
