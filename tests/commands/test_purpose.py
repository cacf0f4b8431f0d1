"""The doctor on what a device is for, and a station on a machine with simulators."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands import plugins
from commands.doctor import purpose
from commands.main import main
from crypto.hybrid import HybridKey
from election.audit_events import AuditEvent
from election.device_files import Files
from kiosk.settings import StationConfiguration
from kiosk.storage.audit import AuditLog
from simulators.demo.station_file import write_station
from simulators.robot import RobotClient, RobotError
from tests.kiosk.station.office import NOON, TERMINAL, Office
from words.message import in_english

START_S = 60.0


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(tmp_path_factory.mktemp("office"))


@pytest.fixture
def config(office: Office, tmp_path: Path) -> StationConfiguration:
    return office.configuration(TERMINAL, tmp_path / "terminal")


def provision(
    config: StationConfiguration, office: Office, package: str | None, *, ready: bool
) -> None:
    """Leave on the device's medium what loading and an act at the console leave there."""
    files = Files(config.data, config.mirror)
    if package is not None:
        election = replace(office.election, rehearsal=package == "rehearsal")
        files.package.write_bytes(office.package(election))
    log = AuditLog(files.audit, HybridKey.load(config.signing_key).classical)
    log.append(AuditEvent.STARTED, NOON)
    if ready:
        log.append(AuditEvent.READY_FOR_THE_DAY, NOON, "0011223344556677 8899aabbccddeeff")
    log.close()


@pytest.mark.parametrize(
    ("package", "ready", "simulated", "word", "detail"),
    [
        (None, False, False, "look", "not yet ready for the day"),
        (None, False, True, "look", "rehearsals only"),
        (None, True, False, "ok", "ready for the day"),
        (None, True, True, "MISSING", "ready for the day, and simulators are installed"),
        ("real", False, False, "look", "not yet ready for the day"),
        ("real", False, True, "MISSING", "a real election is loaded, and simulators are installed"),
        ("real", True, False, "ok", "ready for the day"),
        ("real", True, True, "MISSING", "ready for the day, and simulators are installed"),
        ("rehearsal", False, False, "look", "a rehearsal is loaded"),
        ("rehearsal", False, True, "look", "rehearsals only"),
        ("rehearsal", True, False, "MISSING", "ready for the day, but its package is a rehearsal"),
        ("rehearsal", True, True, "MISSING", "ready for the day, and simulators are installed"),
    ],
)
def test_simulators_and_a_real_branch_exclude_each_other(
    config: StationConfiguration,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    package: str | None,
    ready: bool,
    simulated: bool,
    word: str,
    detail: str,
) -> None:
    monkeypatch.setattr(plugins, "are_simulators_installed", lambda: simulated)
    provision(config, office, package, ready=ready)
    found = purpose.examine(config)
    assert (found.word, in_english(found.detail)) == (word, detail)
    assert bool(found.advice) == (word != "ok")


def test_a_new_device_has_no_files_yet(config: StationConfiguration) -> None:
    assert purpose.examine(config).ok


def test_a_log_that_was_altered_is_no_answer(config: StationConfiguration, office: Office) -> None:
    provision(config, office, None, ready=True)
    log = Files(config.data, config.mirror).audit
    log.write_bytes(log.read_bytes().replace(b"ready-for-the-day", b"steady-for-a-days"))
    found = purpose.examine(config)
    assert found.word == "MISSING"
    assert "line 2" in in_english(found.detail)


def test_the_doctor_fails_a_real_branch_with_simulators(
    config: StationConfiguration, office: Office, tmp_path: Path
) -> None:
    """Simulators are installed where the tests run."""
    provision(config, office, "real", ready=True)
    write_station(config, tmp_path / "station.toml")
    done = CliRunner().invoke(main, ["doctor", "--config", str(tmp_path / "station.toml")])
    assert done.exit_code == 1
    assert "set this device up anew, without amin-simulators" in done.output


# ---------------------------------------------------------------- a station, as a process

SHOWN = 3
"""Texts of the first screen: more than branch and hour, which stand at once."""


@pytest.fixture
def robot(config: StationConfiguration, tmp_path: Path) -> Iterator[RobotClient]:
    """Hands and eyes at a terminal whose card reader is a socket."""
    write_station(config, tmp_path / "station.toml")
    socket = tmp_path / "robot"
    command = ["--config", str(tmp_path / "station.toml"), "--robot", str(socket)]
    process = subprocess.Popen(
        [sys.executable, "-m", "commands.main", "station", *command],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
    )
    try:
        yield _connected(socket, process)
    finally:
        process.terminate()
        process.wait(20)


def _connected(socket: Path, process: subprocess.Popen[bytes]) -> RobotClient:
    limit = time.monotonic() + START_S
    while True:
        try:
            client = RobotClient(socket)
            client.ask(do="look")
        except (OSError, RobotError):
            assert process.poll() is None, "the station ended"
            assert time.monotonic() < limit, "the station does not start"
            time.sleep(0.1)
        else:
            return client


def test_a_station_with_simulators_says_so_unasked(robot: RobotClient) -> None:
    limit = time.monotonic() + START_S
    texts: object = []
    while isinstance(texts, list) and len(texts) < SHOWN and time.monotonic() < limit:
        texts = robot.ask(do="texts")[
            "texts"
        ]  # a robot may come before the first screen is laid out
        time.sleep(0.1)
    assert isinstance(texts, list)
    assert "شبیه‌سازی: هیچ رأیی شمرده نمی‌شود." in texts


LEAVES_A_STATION_BEHIND = """
import subprocess, sys, time
from pathlib import Path
*command, socket = sys.argv[1:]
process = subprocess.Popen([*command, socket], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
while not Path(socket).exists() and process.poll() is None:
    time.sleep(0.1)
print(process.pid)
"""


def test_a_station_ends_with_the_one_who_started_its_robot(
    config: StationConfiguration, tmp_path: Path
) -> None:
    """Left behind, it would hold the lines that the next simulators are given."""
    write_station(config, tmp_path / "station.toml")
    station = [sys.executable, "-m", "commands.main", "station"]
    station += ["--config", str(tmp_path / "station.toml"), "--robot", str(tmp_path / "robot")]
    driver = subprocess.run(
        [sys.executable, "-c", LEAVES_A_STATION_BEHIND, *station],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=START_S,
    )
    status = Path(f"/proc/{int(driver.stdout)}/stat")
    limit = time.monotonic() + START_S
    while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < limit, "the station is still there"
        time.sleep(0.1)
