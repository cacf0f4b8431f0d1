"""What every I/O board can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is pressed and plugged in just now."""

    first: bool = False
    """Switch 1; of one switch the only one."""
    second: bool = False
    headphones: bool = False


class Signal(Enum):
    """What can be switched on."""

    LAMP = 0
    BUZZER = 1


class IoBoard(Protocol):
    """One board. One thread at a time."""

    def read(self) -> Inputs:
        """Ask for the inputs. Raises DriverError."""

    def switch(self, signal: Signal, on: bool) -> None:
        """Switch lamp or buzzer. Raises DriverError."""

    def close(self) -> None:
        """Release the line. Never raises."""
