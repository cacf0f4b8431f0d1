"""SECRECY. What is for demonstrations works in a station that was not started as a simulation: a
robot (a socket that reads and photographs every screen, and clicks in it) and card readers that are
sockets. Needs who may change the start command or station.toml; the screen says nothing of it.
"""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from kiosk import configuration
from kiosk.configuration import PcscReader, StationConfiguration, TerminalReaders
from tests.cases.runner import case, collect, expect, new_folder
from tests.cases.stations import Office
from tests.kiosk.station.office import TERMINAL

MARKS = ("simulation", "شبیه", "نمایش", "آزمایشی")
"""Any of them on the screen says that nothing counts here."""


def asked(robot: Path, **command: str) -> dict:
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(20)
        stream.connect(str(robot))
        lines = stream.makefile("rw")
        lines.write(json.dumps(command) + "\n")
        lines.flush()
        return json.loads(lines.readline())


def seen_by_a_robot(config: StationConfiguration) -> str | None:
    """All texts of the screen of a station in earnest; None: it refuses to start like that."""
    folder = new_folder()
    path, robot = folder / "station.toml", folder / "robot"
    configuration.write(config, path)
    station = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "commands.main",
            "station",
            "--config",
            str(path),
            "--robot",
            str(robot),
        ],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        limit = time.monotonic() + 40
        while time.monotonic() < limit and station.poll() is None:
            time.sleep(0.2)
            try:
                return " ".join(map(str, asked(robot, do="texts")["texts"]))
            except (OSError, ValueError):
                continue
        return None
    finally:
        station.terminate()
        station.wait(20)


def refused_or_marked(readers: TerminalReaders | None, what: str) -> None:
    folder = new_folder()
    config = Office.open(folder / "office").configuration(TERMINAL, folder / "terminal")
    if readers is not None:
        config = replace(config, readers=readers)
    shown = seen_by_a_robot(config)
    marked = shown is None or any(mark in shown.lower() for mark in MARKS)
    expect(marked, f"{what}, and no word of a simulation on the screen")


@case
def robot() -> None:
    refused_or_marked(TerminalReaders(PcscReader("none")), "a robot reads and clicks the screens")


@case
def reader_that_is_a_socket() -> None:
    refused_or_marked(None, "cards come through a socket, which station.toml alone decides")


test_case = collect()
