"""Start and end the station's program as the system and hasty hands do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from drivers.settings import (
    FingerprintLine,
    NutPower,
    PcscReaderSettings,
    PrinterLine,
    ScreenSettings,
    SerialLineSettings,
)
from election.definition import PERSIAN, DeviceId, Role
from kiosk.settings import IdentityReaders, TerminalReaders
from simulators.demo.hands import Hands, RobotView
from simulators.demo.office import STATION, TERMINAL
from simulators.demo.station_file import write_station
from tests.cases.branch.kit import Branch
from tests.kiosk.station.office import STATION as OFFICE_STATION
from tests.kiosk.station.office import TERMINAL as OFFICE_TERMINAL
from tests.kiosk.station.office import Office
from words.languages import installed
from words.message import m

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
DISPLAYS = {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}


TWICE = installed().speaker(PERSIAN)(m("Started twice: go on here."))
"""What the one that runs shows for a minute."""


def says(hands: Hands, text: str, _: RobotView) -> bool:
    """Tell whether a text is on the screen now."""
    texts = hands.robot.ask(do="texts")["texts"]
    return isinstance(texts, list) and text in texts


def run(
    made: Branch, device: DeviceId, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Start the program of a device once more, which has to end by itself."""
    path = made.places.device(device).configuration
    return subprocess.run(
        [sys.executable, "-m", "commands.main", "station", "--config", str(path)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_told_to_end(shared: Branch) -> None:
    """In any way: status 0, no traceback, and the polls are open at the next start."""
    log = shared.places.device(TERMINAL).log
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process = shared.stations[TERMINAL].process
        assert process is not None
        process.send_signal(number)
        assert process.wait(20) == 0, number
        assert "Traceback" not in log.read_text(encoding="utf-8"), number
        shared.start(TERMINAL)
        shared.terminal.until_flow("Idle")


def test_second_start_and_a_start_in_the_dark(shared: Branch) -> None:
    """A sentence each, and status 75 of a device that runs, 2 without a display; the votes are counted.

    The one that runs says on its screen and in its log that it was started again.
    """
    card = shared.blank()
    assert shared.check_in(0, card) is None
    shared.vote(card)
    for device in (STATION, TERMINAL):
        second = run(shared, device, {**os.environ, "QT_QPA_PLATFORM": "offscreen"})
        assert (second.returncode, second.stderr.count("\n")) == (75, 1), second.stderr
        assert "running already" in second.stderr
        hands = shared.hands[device]
        hands.until(partial(says, hands, TWICE), "what it says of a second start")
    card = shared.blank()
    assert shared.check_in(1, card) is None
    shared.vote(card)
    dark = run(
        shared,
        TERMINAL,
        {name: value for name, value in os.environ.items() if name not in DISPLAYS},
    )
    assert (dark.returncode, dark.stderr.count("\n")) == (2, 1), dark.stderr
    assert "no display" in dark.stderr
    shared.stations[TERMINAL].stop()
    shared.start(TERMINAL)
    shared.terminal.until_flow("Idle")
    for device in (STATION, TERMINAL):
        log = (shared.places.device(device).data / "audit.jsonl").read_text()
        assert log.count('"started-twice"') == 1
    for hands in shared.hands.values():
        hands.close_polls()
    found = shared.count()
    assert found.verification.ok
    assert found.imported.ballots == 2


def test_devices_that_are_missing_do_not_end_the_program(tmp_path: Path) -> None:
    """No reader, sensor, scanner, printer or power supply: it starts, says so, and ends when told."""
    office = Office.open(tmp_path / "office")
    reader = PcscReaderSettings("No such reader")
    for device in (OFFICE_STATION, OFFICE_TERMINAL):
        config = office.configuration(device, tmp_path / device)
        identity = config.role is Role.IDENTITY_STATION
        config = replace(
            config,
            readers=IdentityReaders(reader, reader) if identity else TerminalReaders(reader),
            fingerprint=FingerprintLine("/nowhere/finger", 115_200) if identity else None,
            scanner=SerialLineSettings("/nowhere/scanner", 9_600) if identity else None,
            printer=PrinterLine("/nowhere/printer", 9_600),
            power=NutPower(port=1),
            screen=ScreenSettings(fullscreen=False),
        )
        path = tmp_path / f"{device}.toml"
        write_station(config, path)
        command = [sys.executable, "-m", "commands.main", "station", "--config", str(path)]
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
        audit = config.data / "audit.jsonl"
        limit = time.monotonic() + 60
        while not (audit.exists() and audit.stat().st_size):
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < limit
            time.sleep(0.1)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        process.terminate()
        assert process.wait(20) == 0
        assert "Traceback" not in (tmp_path / "log").read_text()
