"""Mark a station that simulators can reach: a robot in its windows, or card readers that are sockets."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.settings import PcscReaderSettings
from kiosk.settings import StationConfiguration, TerminalReaders
from simulators.demo.station_file import write_station
from simulators.robot import RobotClient, RobotError
from tests.kiosk.station.office import TERMINAL, Office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

MARKS = ("simulation", "شبیه")
"""Any of them on the screen says that nothing counts here."""
START_S = 40.0
BETWEEN_LOOKS_S = 0.3
"""Longer than one screen takes to give way to the next."""


@contextmanager
def started(config: StationConfiguration, folder: Path) -> Iterator[RobotClient]:
    """Start the program with a robot, and yield what talks to it."""
    path, robot = folder / "station.toml", folder / "robot"
    write_station(config, path)
    command = [sys.executable, "-m", "commands.main", "station", "--config", str(path)]
    station = subprocess.Popen(
        [*command, "--robot", str(robot)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
    )
    try:
        yield connected(station, robot)
    finally:
        station.terminate()
        station.wait(20)


def connected(station: subprocess.Popen[bytes], robot: Path) -> RobotClient:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit:
        assert station.poll() is None, "the station has ended"
        try:
            client = RobotClient(robot)
            client.ask(do="look")
        except (OSError, RobotError):
            time.sleep(0.2)
            continue
        return client
    raise AssertionError("the station does not start")


def is_marked(config: StationConfiguration, folder: Path) -> bool:
    """Tell whether the first screen that stays says that this is a simulation."""
    with started(config, folder) as robot:
        before, texts = None, robot.ask(do="texts")["texts"]
        while texts != before:
            time.sleep(BETWEEN_LOOKS_S)
            before, texts = texts, robot.ask(do="texts")["texts"]
        robot.close()
    assert isinstance(texts, list)
    shown = " ".join(map(str, texts)).lower()
    return any(mark in shown for mark in MARKS)


def test_robot(office: Office, tmp_path: Path) -> None:
    """Its readers are real ones, or none."""
    config = office.configuration(TERMINAL, tmp_path / "terminal")
    assert is_marked(replace(config, readers=TerminalReaders(PcscReaderSettings("none"))), tmp_path)


def test_reader_that_is_a_socket(office: Office, tmp_path: Path) -> None:
    """`station.toml` alone decides that."""
    assert is_marked(office.configuration(TERMINAL, tmp_path / "terminal"), tmp_path)
