"""End the station's program as the system does."""

from __future__ import annotations

import signal

import pytest

from simulators.demo.office import TERMINAL
from tests.cases.branch.kit import Branch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_terminated(opened: Branch) -> None:
    """Status 0, no traceback, and the polls are open at the next start."""
    process = opened.stations[TERMINAL].process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    log = opened.places.device(TERMINAL).log
    assert "Traceback" not in log.read_text(encoding="utf-8")
    opened.start(TERMINAL)
    opened.terminal.until_flow("Idle")
