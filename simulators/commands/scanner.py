"""Simulated code scanner: the code it is shown goes over its line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.commands.host import ControlValue
from simulators.commands.options import SerialWire
from simulators.commands.serial import SerialDevice, link
from simulators.control import ControlCommand, ControlError, Happen, Scan, SimulatedDevice
from simulators.scanner.serial_scanner import BAUD, ScannerSimulator

ENDS: Final[Mapping[str, bytes]] = {"crlf": b"\r\n", "cr": b"\r", "lf": b"\n", "none": b""}


@dataclass(frozen=True, slots=True)
class ScanFrame:
    """Strings the scanner sends around a text; `end` is a name of `ENDS`."""

    prefix: str = ""
    suffix: str = ""
    aim: str = "]Q1"
    end: str = "crlf"


class ScannerDevice(SerialDevice):
    """Code scanner that obeys control commands."""

    device = SimulatedDevice.SCANNER

    def __init__(self, scanner: ScannerSimulator) -> None:
        super().__init__(scanner)
        self._scanner = scanner
        self._scans = 0

    def obey(self, command: ControlCommand) -> None:
        """Scan a text, cause a fault, or do what any serial device can. Raises `ControlError`."""
        match command:
            case Scan(text):
                if not self._scanner.plugged:
                    raise ControlError("it is unplugged; write `replug` first")
                self._scanner.scan(text)
                self._scans += 1
            case Happen(what):
                self._scanner.strike(what)
            case _:
                super().obey(command)

    def state(self) -> Mapping[str, ControlValue]:
        """Return whether it is plugged in and how many codes it has scanned."""
        return {**super().state(), "scans": self._scans}


@contextlib.contextmanager
def open_scanner(
    wire: SerialWire,
    frame: ScanFrame,
    *,
    seed: int,
) -> Iterator[ScannerDevice]:
    """Start a scanner on its line. Raises `OptionsError`."""
    with (
        link(wire.link, "scanner") as path,
        ScannerSimulator(
            path,
            baud=wire.baud or BAUD,
            prefix=frame.prefix.encode(),
            suffix=frame.suffix.encode(),
            aim=frame.aim.encode(),
            end=ENDS[frame.end],
            seed=seed,
            paced=wire.paced,
        ) as scanner,
        ScannerDevice(scanner).on_network(wire.tcp) as device,
    ):
        yield device
