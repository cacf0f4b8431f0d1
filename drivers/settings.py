"""How devices are attached: their lines, their protocols, and how long they may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, TypeAlias

from annotated_types import Interval, Len, MultipleOf


@dataclass(frozen=True, slots=True)
class PcscReaderSettings:
    """A card reader of the PC/SC service, by its exact name or a pattern."""

    name: str


@dataclass(frozen=True, slots=True)
class SocketReaderSettings:
    """A simulated card reader, behind a socket."""

    path: Path


ReaderSettings: TypeAlias = PcscReaderSettings | SocketReaderSettings


@dataclass(frozen=True, slots=True)
class SerialLineSettings:
    """A serial line."""

    path: Annotated[str, Len(1, 200)]
    """Device path or pyserial URL."""
    baud: Annotated[int, Interval(ge=300, le=4_000_000)]


class FingerprintProtocol(StrEnum):
    """Protocol of a fingerprint module."""

    SFM = "sfm"
    ZFM = "zfm"


SECURITY_LEVELS: Final[Mapping[FingerprintProtocol, range]] = {
    FingerprintProtocol.SFM: range(0x30, 0x51),
    FingerprintProtocol.ZFM: range(1, 6),
}


@dataclass(frozen=True, slots=True)
class FingerprintLine(SerialLineSettings):
    """A fingerprint module and its line."""

    protocol: FingerprintProtocol = FingerprintProtocol.SFM
    password: Annotated[int, Interval(ge=0, le=0xFFFFFFFF)] = field(default=0, repr=False)
    """ZFM: 32 bits; 0 is the makers' own."""
    security: Annotated[int, Interval(ge=1, le=255)] | None = None
    """As the module counts it; None leaves it as it is."""


@dataclass(frozen=True, slots=True)
class PrinterLine(SerialLineSettings):
    """A receipt printer and its line."""

    width: Annotated[int, Interval(ge=8, le=1024), MultipleOf(8)] = 576
    """Dots in a row."""


@dataclass(frozen=True, slots=True)
class IoBoardLine(SerialLineSettings):
    """An I/O board (lamp, buzzer, two switches, the headphones' socket) and its line."""

    address: Annotated[int, Interval(ge=1, le=247)] = 1
    """Of Modbus."""


@dataclass(frozen=True, slots=True)
class NutPower:
    """A power supply that a NUT server watches; `name` empty for its only one."""

    host: str = "127.0.0.1"
    port: int = 3493
    name: str = ""


@dataclass(frozen=True, slots=True)
class BatteryPower:
    """The machine's own battery."""


Power: TypeAlias = NutPower | BatteryPower


@dataclass(frozen=True, slots=True)
class DeviceLimits:
    """Seconds; the drivers' own limits where nothing is set."""

    card_answer_s: float = 30.0
    finger_answer_s: float = 0.5
    finger_match_s: float = 5.0
    printer_answer_s: float = 1.0
    printer_confirm_s: float = 10.0
    line_write_s: float = 10.0


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """What a voter hears. Names are those of the sound system; empty: its usual device."""

    headphones: str = ""
    speaker: str = ""
    """Without one tones come out of the same device as speech."""
    jack: bool = True
    """The I/O board tells whether headphones are in; false: a handset is always there."""
    clips: str = ""
    """Folder of recordings, beside `station.toml`; the package says which list it has to hold."""


@dataclass(frozen=True, slots=True)
class SignSettings:
    """Films in sign language."""

    films: str
    """Folder, beside `station.toml`; the package says which list it has to hold."""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """The screen: its density, and whether the window fills it."""

    dpi: Annotated[int, Interval(ge=40, le=1000)] = 96
    fullscreen: bool = True
