"""Real devices named on the command line, for the contract suites.

pytest tests/contract --device "pcsc:ACS ACR39U*" --device sfm:/dev/ttyUSB0@115200
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

KINDS: Final = ("pcsc", "sfm", "zfm", "printer", "board")
HELP: Final = (
    "Run the contract suite against a real device as well (repeatable): pcsc:NAME (a reader's name or "
    "pattern; cards are put in when the terminal asks for them, nothing is written to them), "
    "sfm:PATH[@BAUD], zfm:PATH[@BAUD] (fingerprint modules), printer:PATH[@BAUD], board:PATH[@BAUD] "
    "(I/O board: lamp and buzzer are switched on and off)."
)


@dataclass(frozen=True, slots=True)
class Device:
    """One `--device`: `where` is a reader's name or pattern, or the path of a port."""

    kind: str
    where: str
    baud: int | None = None

    def __str__(self) -> str:
        return f"device-{self.kind}"


def parse_device(text: str) -> Device:
    """Raises ValueError for another form."""
    kind, colon, where = text.partition(":")
    if kind not in KINDS or not colon or not where:
        raise ValueError(
            f"--device {text}: expected KIND:WHERE with KIND one of {', '.join(KINDS)}"
        )
    if kind == "pcsc":
        return Device(kind, where)
    path, at, baud = where.rpartition("@")
    if not at:
        return Device(kind, where)
    if not path or not (baud.isascii() and baud.isdigit()):
        raise ValueError(f"--device {text}: expected PATH@BAUD with a number after @")
    return Device(kind, path, int(baud))


def devices(config: pytest.Config, kind: str) -> list[Device]:
    """The devices of a kind that were given, for parameters: none, no parameter."""
    found = [parse_device(text) for text in config.getoption("--device")]
    return [device for device in found if device.kind == kind]
