"""Stations of the branch as processes of their own, with their own keys and databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.settings import ScreenSettings
from election.definition import BranchId, DeviceId, Role
from kiosk.settings import IdentityReaders, StationConfiguration, TerminalReaders
from simulators.demo.desk import Lane
from simulators.demo.hardware import CardPlace, Hardware
from simulators.demo.office import STATION, TERMINAL
from simulators.demo.places import DayFolders
from simulators.demo.plan import BRANCH
from simulators.demo.station_file import write_station
from simulators.robot import RobotClient, RobotError

START_S = 240.0
"""Longest start of a station, which loads and checks the whole package, beside those of a whole branch."""
STOP_S = 10.0
FIRST_LANE: Final = Lane(STATION, TERMINAL)
"""Of a branch with one of each."""


class StationError(Exception):
    """A station's process ended or does not start; the message names its log."""


def write_configurations(
    places: DayFolders,
    hardware: Hardware,
    *,
    fullscreen: bool,
    lane: Lane = FIRST_LANE,
    branch: BranchId = BRANCH,
) -> None:
    """Write station.toml for the devices of a lane."""
    transport = hardware.transport
    root = places.office.keys / "root.der"
    for device, role, printer in (
        (lane.station, Role.IDENTITY_STATION, CardPlace.IDENTITY),
        (lane.terminal, Role.BALLOT_TERMINAL, CardPlace.TERMINAL),
    ):
        if device is None:
            continue
        own = places.device(device)
        identity = role is Role.IDENTITY_STATION
        write_station(
            StationConfiguration(
                device=device,
                role=role,
                branch=branch,
                data=own.data,
                mirror=own.mirror,
                usb=places.usb,
                root_certificate=root,
                signing_key=own.keys / "signing.pem",
                sealing_key=own.keys / "sealing.pem",
                readers=IdentityReaders(
                    transport.reader(CardPlace.IDENTITY), transport.reader(CardPlace.AUTHORIZATION)
                )
                if identity
                else TerminalReaders(transport.reader(CardPlace.TERMINAL)),
                fingerprint=hardware.finger_line if identity else None,
                printer=hardware.printer_line(printer),
                screen=ScreenSettings(fullscreen=fullscreen),
                scanner=hardware.scanner_line if identity else None,
                power=hardware.power,
                record_printer=None if identity else hardware.record_line,
            ),
            own.configuration,
        )


@dataclass(slots=True)
class StationProcess:
    """One station's process; `robot` once it is up."""

    device: DeviceId
    places: DayFolders
    environment: Mapping[str, str]
    headless: bool
    process: subprocess.Popen[bytes] | None = None
    robot: RobotClient | None = None
    program: tuple[str, ...] = ()
    """What runs a module of `amin`: Python of another installation; this one if it is empty."""

    @property
    def _socket(self) -> Path:
        return self.places.wires / f"{self.device}.robot"

    @property
    def has_ended(self) -> bool:
        """Whether the process was started, and is not there any more."""
        return self.process is not None and self.process.poll() is not None

    def start(self) -> None:
        """Start the process; returns at once."""
        own = self.places.device(self.device)
        self._socket.unlink(missing_ok=True)
        # As isolated as this process: an installed `amin` takes no module from anywhere else.
        isolated = ["-I"] if sys.flags.isolated else []
        python = self.program or (sys.executable, *isolated)
        command = [*python, "-m", "commands.main", "station"]
        command += ["--config", str(own.configuration), "--robot", str(self._socket)]
        environment = {**os.environ, **self.environment}
        if self.headless:
            environment["QT_QPA_PLATFORM"] = "offscreen"
        with own.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def connect(self) -> RobotClient:
        """Wait until the robot answers. Raises `StationError`."""
        limit = time.monotonic() + START_S
        while time.monotonic() < limit:
            if self.process is None or self.has_ended:
                raise StationError(self._message("ended"))
            try:
                self.robot = RobotClient(self._socket)
                self.robot.ask(do="look")
            except (OSError, RobotError):
                time.sleep(0.05)
                continue
            return self.robot
        raise StationError(self._message("does not start"))

    def kill(self) -> None:
        """Kill the process at once (SIGKILL), as a power cut does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self._drop_robot()

    def stop(self) -> None:
        """Terminate the process; kill it if it does not end in time."""
        self._drop_robot()
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _drop_robot(self) -> None:
        if self.robot is not None:
            self.robot.close()
            self.robot = None

    def _message(self, what: str) -> str:
        return f"{self.device} {what}; see {self.places.device(self.device).log}"
