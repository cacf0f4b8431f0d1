"""The windowed day of a branch on paper: two identity stations on the bench, no terminal, to its count."""

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
from election.definition import ENGLISH, PERSIAN
from kiosk.flows.ballot.states import Presentation
from simulators.bench.devices import ReaderDrawing
from simulators.bench.monitors import Screen
from simulators.bench.protocol import Monitor
from simulators.demo import bench, electorate
from simulators.demo.office import devices_of

electorate.COUNCIL_CANDIDATES = 300
out = Path(sys.argv[2])
seen = {"steps": [], "said": [], "terminals": 0, "readers": [], "pairs": 0}
Window = bench.BenchWindow

class Played(Window):
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
            self._end(state)
            return
        following = next((s for s in state.steps if s.next and s.possible), None)
        if following is not None:
            self._picture(f"{len(seen['steps'])}-{following.key}")
            seen["steps"].append(following.key)
            seen["said"].append(str(state.message))
            self._bench.do_step(following.key)

    def _end(self, state):
        self._picture("end")
        seen["said"].append(str(state.message))
        QApplication.quit()

    def _picture(self, name):
        for language in (ENGLISH, PERSIAN):
            window = Window(bench.DPI, self._bench, Presentation(language))
            window.resize(1366, 768)
            window.show()
            for _ in range(6):  # the list of steps turns to the one that is next after it was laid out
                window.look_again()
                QApplication.processEvents()
            screen = window.findChild(Screen, f"monitor-{Monitor.TERMINAL.value}")
            seen["terminals"] += not screen.isHidden()
            shown = [x for x in window.findChildren(ReaderDrawing) if x.isVisible()]
            seen["readers"].append(len(shown))
            window.grab().save(str(out / f"{name}-{language}.png"))
            window.close()
            window.deleteLater()
        seen["pairs"] = len(self._bench.state().pairs)

bench.BenchWindow = Played
code = bench.run_bench(
    Path(sys.argv[1]), 5, "in-process", devices=devices_of(2, 0), voters=6
)
print(json.dumps(seen))
sys.exit(code)
"""


def test_the_whole_day_on_paper_from_the_bench(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    done = subprocess.run(
        [sys.executable, "-c", PLAY, str(tmp_path / "day"), str(pictures)],
        check=False,
        capture_output=True,
        env=environment,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["steps"] == ["open-station", "vote", "close-station", "count"], seen["said"]
    assert seen["said"][-1].startswith("Archive ✓ 1 person was checked in for ballot papers")
    assert not [said for said in seen["said"] if said.startswith("Not done")]
    assert seen["terminals"] == 0, "no terminal's screen is shown"
    assert set(seen["readers"]) == {2}
    assert seen["pairs"] == 2
