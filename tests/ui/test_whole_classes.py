"""No class of Qt is made once a device has started: in processes, because it is done once in each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COUNT = """
import sys
def classes():
    modules = [m for name, m in sys.modules.items() if name.startswith("PySide6.Qt")]
    return {(m.__name__, n) for m in modules for n, v in vars(m).items() if isinstance(v, type)}
"""
DRAWING = """
{begin}
import commands.station
{count}
from PySide6.QtWidgets import QApplication
before = classes()
app = QApplication(["amin"])
from threading import Thread
from election.definition import Text
from election.papers import TicketSlip, TrackingSlip
from ui.papers import render
name = Text("-", "-")
for printed in (TicketSlip(name, "-", "A" * 43), TrackingSlip(name, "A" * 43)):
    drawing = Thread(target=render, args=[printed])
    drawing.start()
    drawing.join()
print(len(classes() - before))
"""
AT_ONCE = "from ui.whole_classes import make_classes_at_once\nmake_classes_at_once()"


def run(code: str) -> str:
    environment = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_a_printers_thread_makes_no_class() -> None:
    assert run(DRAWING.format(begin=AT_ONCE, count=COUNT)) == "0"


@pytest.mark.slow
def test_without_it_a_printers_thread_makes_classes() -> None:
    """The count sees what it is to see."""
    assert int(run(DRAWING.format(begin="", count=COUNT))) > 0


@pytest.mark.slow
def test_amin_station_says_it_before_anything_of_qt_is_loaded(tmp_path: Path) -> None:
    config = tmp_path / "station.toml"
    config.write_text("", "utf-8")
    code = f"""
import os, sys, types
from pathlib import Path
import commands.station_command as command
from kiosk import configuration
configuration.read = lambda path: path
command.overwrite_freed_memory = command.keep_memory_off_the_disk = lambda: None
said = lambda *_: print(os.environ["PYSIDE6_OPTION_LAZY"], "PySide6.QtCore" in sys.modules) or 0
sys.modules["commands.station"] = types.SimpleNamespace(run_station=said)
try:
    command.station.callback(Path({str(config)!r}), None)
except BaseException as end:
    assert end.exit_code == 0, end
"""
    assert run(code) == "0 False"


def test_it_is_never_said_too_late(qapp: object) -> None:
    from ui.whole_classes import make_classes_at_once

    del qapp
    with pytest.raises(RuntimeError, match="is loaded"):
        make_classes_at_once()
