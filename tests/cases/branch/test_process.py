"""Start and end the station's program as the system and hasty hands do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from election.definition import DeviceId
from simulators.demo.office import STATION, TERMINAL
from tests.cases.branch.kit import Branch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
DISPLAYS = {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end(opened: Branch, number: signal.Signals) -> None:
    """Status 0, no traceback, and the polls are open at the next start."""
    process = opened.stations[TERMINAL].process
    assert process is not None
    process.send_signal(number)
    assert process.wait(20) == 0
    log = opened.places.device(TERMINAL).log
    assert "Traceback" not in log.read_text(encoding="utf-8")
    opened.start(TERMINAL)
    opened.terminal.until_flow("Idle")


def test_second_start_and_a_start_in_the_dark(opened: Branch) -> None:
    """Of a device that runs, and without a display: a sentence each, and status 2; the votes are counted."""
    card = opened.blank()
    assert opened.check_in(0, card) is None
    opened.vote(card)
    for device in (STATION, TERMINAL):
        second = run(opened, device, {**os.environ, "QT_QPA_PLATFORM": "offscreen"})
        assert (second.returncode, second.stderr.count("\n")) == (2, 1), second.stderr
        assert "running already" in second.stderr
    card = opened.blank()
    assert opened.check_in(1, card) is None
    opened.vote(card)
    dark = run(
        opened,
        TERMINAL,
        {name: value for name, value in os.environ.items() if name not in DISPLAYS},
    )
    assert (dark.returncode, dark.stderr.count("\n")) == (2, 1), dark.stderr
    assert "no display" in dark.stderr
    opened.stations[TERMINAL].stop()
    opened.start(TERMINAL)
    opened.terminal.until_flow("Idle")
    for hands in opened.hands.values():
        hands.close_polls()
    found = opened.count()
    assert found.verification.ok
    assert found.imported.ballots == 2
