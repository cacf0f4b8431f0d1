"""What the Debian package brings besides the program: units, rules, and what it must not bring."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import cast

import pytest

from tests.needs import missing

ROOT = Path(__file__).parents[2]
DEVICE = ROOT / "packaging" / "device"
UNITS = ("amin.service", "amin-failed.service")
HIGHEST = 3.0
"""Of `systemd-analyze security`; the design's."""


def analyze(*words: str) -> str:
    if shutil.which("systemd-analyze") is None:
        missing("systemd is not installed")
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_hardened(unit: str) -> None:
    told = analyze("security", "--offline=true", "--threshold=100", str(DEVICE / unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert found
    assert float(found[1]) < HIGHEST


def test_a_station_that_was_started_twice_is_not_started_again() -> None:
    text = (DEVICE / "amin.service").read_text()
    assert "StartLimitIntervalSec=0" in text
    assert "RestartPreventExitStatus=75" in text
    assert "TimeoutAbortSec=180" in text
    assert "OnFailure=amin-failed.service" in text


def test_every_file_of_the_device_has_its_place() -> None:
    places = cast(
        dict[str, tuple[str, int]], runpy.run_path(str(ROOT / "scripts" / "deb"))["PLACES"]
    )
    assert {path.name for path in DEVICE.iterdir()} == {*places, "control", "postinst"}
    assert len({place for place, _ in places.values()}) == len(places)


@pytest.mark.parametrize("script", ["failed", "station", "postinst"])
def test_scripts_are_plain_shell(script: str) -> None:
    subprocess.run(["sh", "-n", str(DEVICE / script)], check=True)


def test_the_voters_screen_has_a_window_of_its_own() -> None:
    settings = (DEVICE / "weston.ini").read_text()
    program = (ROOT / "commands" / "station.py").read_text()
    names = re.findall(r"^app-ids=(\S+)$", settings, re.MULTILINE)
    assert names == ["amin", "amin-voter"]
    for name in names:
        assert f'setDesktopFileName("{name}")' in program
