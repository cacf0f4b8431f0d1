"""The windowed day: the bench's window drives the table, and the robots take every step of the day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(660)]

PLAY = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from simulators.demo import bench, electorate
from simulators.bench.protocol import Cable, PersonKey, ReaderSlot, BenchCardId, TouchStyle

electorate.COUNCIL_CANDIDATES = 300
seen = {"steps": [], "messages": []}

class Played(bench.BenchWindow):
    def start(self):
        super().start()
        self._look_on = QTimer(self)
        self._look_on.timeout.connect(self._go_on)
        self._look_on.start(200)

    def _go_on(self):
        state = self._bench.state()
        if state.running is not None:
            return
        if state.steps and all(step.done for step in state.steps):
            seen["messages"].append(str(state.message))
            QApplication.quit()
            return
        following = next((s for s in state.steps if s.next and s.possible), None)
        if following is not None:
            if following.key == "open-station":
                self._handle_things()
            seen["steps"].append(following.key)
            seen["messages"].append(str(state.message))
            self._bench.do_step(following.key)

    def _handle_things(self):
        table, hands = self._bench, self._bench.hands
        person = next(c for c in table.state().cards if c.person)
        hands.insert(ReaderSlot.IDENTITY, person.key)
        seen["inserted"] = table.state().slot(ReaderSlot.IDENTITY).card == person.key
        hands.insert(ReaderSlot.TERMINAL, person.key)
        seen["moved"] = (
            table.state().slot(ReaderSlot.IDENTITY).card is None
            and table.state().slot(ReaderSlot.TERMINAL).card == person.key
        )
        hands.remove(ReaderSlot.TERMINAL)
        hands.place_finger(person.person, TouchStyle.RIGHT)
        seen["finger"] = table.state().sensor.finger == person.person
        hands.lift()
        table.connect(Cable.FINGERPRINT, plugged=False)
        seen["unplugged"] = not table.state().sensor.plugged
        table.connect(Cable.FINGERPRINT, plugged=True)
        hands.strike(Cable.PRINTER, "paper out")
        seen["fault"] = table.state().printer.troubles
        hands.strike(Cable.PRINTER, "paper ok")
        hands.strike(Cable.UPS, "battery")
        seen["power"] = table.state().ups.supply
        hands.strike(Cable.UPS, "line")
        table.connect(Cable.TERMINAL_READER, plugged=False)
        seen["no_cable"] = table.state().message_bad

bench.BenchWindow = Played
code = bench.run_bench(Path(sys.argv[1]), 5, "in-process")
print(json.dumps(seen))
sys.exit(code)
"""


def test_the_whole_day_from_the_bench(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    done = subprocess.run(
        [sys.executable, "-c", PLAY, str(tmp_path / "day")],
        check=False,
        capture_output=True,
        env=environment,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["steps"] == [
        "open-station",
        "train",
        "open-terminal",
        "vote",
        "close-terminal",
        "close-station",
        "count",
    ], (seen["messages"], done.stderr.decode())
    assert not [m for m in seen["messages"] if m.startswith("Not done")]
    assert seen["messages"][-1].startswith("Archive ✓")
    assert seen["inserted"]
    assert seen["moved"]
    assert seen["finger"]
    assert seen["unplugged"]
    assert seen["fault"] == ["paper end"]
    assert seen["power"] == "battery"
    assert seen["no_cable"], "without pcscd a reader's cable can't be pulled, and that is said"
    assert (tmp_path / "day" / "election.bel").exists()
