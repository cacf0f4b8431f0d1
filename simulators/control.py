"""Control commands of a simulated device: one command a line, never on the device's own wire.

Pure: a line of text and the kind of device give a `ControlCommand`, or a `ControlError` that says what to do
instead. The words and the names of faults are the same for `amin simulator`, the device bench and tests.

    insert | remove | swap                                   card
    finger NAME [clean|wet|dry|partial|turned|right] | lift  fingerprint
    paper out [after ROWS] | cover open | jam cleared | …    what happens to a device: `HAPPENINGS`
    scan TEXT                                                scanner
    charge PERCENT                                           ups
    press 1 | press 2 | headphones in | headphones out       io-board
    unplug | replug                                          everything with a cable
    fault KIND [to host|to device] [at N | rate R]           N-th from now; each with probability R
    fault none | state | help [fault]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from simulators.fingerprint.fingers import Placement
from simulators.io_board.modbus import FAULTS as IO_BOARD_FAULTS
from simulators.printer.escpos import FAULTS as PRINTER_TROUBLES
from simulators.scanner.serial_scanner import FAULTS as SCANNER_FAULTS
from simulators.serial_line import Direction, LineFault
from simulators.ups.battery import FAULTS as UPS_FAULTS

MAX_LINE: Final = 4096
"""Longest line in characters; a QR code holds fewer."""
MAX_COUNT: Final = 1_000_000
NO_FAULT: Final = "none"


class ControlError(Exception):
    """A line is no command of this device; the message says what to write."""


class SimulatedDevice(StrEnum):
    """Kind of simulated device."""

    CARD = "card"
    FINGERPRINT = "fingerprint"
    PRINTER = "printer"
    SCANNER = "scanner"
    UPS = "ups"
    IO_BOARD = "io-board"


class Deed(StrEnum):
    """Command of one word, and what it does."""

    INSERT = "insert"
    """Insert the card."""
    REMOVE = "remove"
    """Take the card out."""
    SWAP = "swap"
    """Exchange the card for the other one at once."""
    LIFT = "lift"
    """Lift the finger."""
    UNPLUG = "unplug"
    """Pull the cable."""
    REPLUG = "replug"
    """Plug the cable in again."""
    CLEAR_FAULTS = "fault none"
    """Forget all faults."""
    STATE = "state"
    """Tell the device's state."""


@dataclass(frozen=True, slots=True)
class PlaceFinger:
    """Place a finger; `how` None is the simulator's usual placement."""

    name: str
    how: Placement | None = None


@dataclass(frozen=True, slots=True)
class Happen:
    """Make something happen to the device: `what` is a name of `HAPPENINGS`.

    `after_rows`: only when a printer has printed so many further rows.
    """

    what: str
    after_rows: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """Show the scanner a code with this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Charge:
    """Bring a battery to a charge in percent."""

    percent: float


@dataclass(frozen=True, slots=True)
class Fault:
    """Damage the line or the answers.

    `kind` is a name of `FAULTS`. `at` counts from 1, the next; with `rate` it may strike each
    time.
    """

    kind: str
    direction: Direction = Direction.TO_HOST
    at: int = 1
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """Ask for the commands, or with a topic for the faults."""

    topic: str = ""


ControlCommand = Deed | PlaceFinger | Happen | Scan | Charge | Fault | Help

LINE_FAULTS: Final[Mapping[str, str]] = {
    LineFault.CORRUPT.value: "the next answer has a wrong check sum",
    LineFault.DROP.value: "one byte is lost",
    LineFault.LATE.value: "it comes after the other side has stopped waiting",
    LineFault.SPLIT.value: "it comes byte by byte, with pauses",
    LineFault.GARBAGE.value: "stray bytes come first",
    LineFault.DUPLICATE.value: "it comes twice",
    LineFault.SILENCE.value: "all of it is lost",
    LineFault.SHORT.value: "its end is lost",
    LineFault.CUT.value: "the plug is pulled in the middle of it",
}

CARD_FAULTS: Final[Mapping[str, str]] = {
    "pull": "the card is pulled in the middle of a command",
    "swap": "the card is exchanged for the other one in the middle of a command",
    "mute": "the card answers no command any more, until it is put in again",
    "slow": "the answer takes longer than readers like",
    "garbage": "the answer is random bytes",
    "reader gone": "the reader is unplugged (with a pcscd of its own)",
    "pcscd restart": "the smart card service ends and comes back (with a pcscd of its own)",
}

FAULTS: Final[Mapping[SimulatedDevice, Mapping[str, str]]] = {
    SimulatedDevice.CARD: CARD_FAULTS,
    SimulatedDevice.FINGERPRINT: LINE_FAULTS,
    SimulatedDevice.PRINTER: LINE_FAULTS,
    SimulatedDevice.SCANNER: LINE_FAULTS,
    SimulatedDevice.UPS: {},
    SimulatedDevice.IO_BOARD: LINE_FAULTS,
}
"""By device: the name of each fault, and what happens."""

HAPPENINGS: Final[Mapping[SimulatedDevice, Mapping[str, str]]] = {
    SimulatedDevice.CARD: {},
    SimulatedDevice.FINGERPRINT: {},
    SimulatedDevice.PRINTER: {
        name: f"{trouble.value}, {'from now on' if begins else 'no more'}"
        for name, (trouble, begins) in PRINTER_TROUBLES.items()
    },
    SimulatedDevice.SCANNER: SCANNER_FAULTS,
    SimulatedDevice.UPS: UPS_FAULTS,
    SimulatedDevice.IO_BOARD: IO_BOARD_FAULTS,
}
"""By device: what can happen to it, by the name that is the command. `fault NAME` does the same."""

_VERBS: Final[Mapping[SimulatedDevice, tuple[str, ...]]] = {
    SimulatedDevice.CARD: (Deed.INSERT, Deed.REMOVE, Deed.SWAP),
    SimulatedDevice.FINGERPRINT: ("finger NAME [HOW]", Deed.LIFT, Deed.UNPLUG, Deed.REPLUG),
    SimulatedDevice.PRINTER: (Deed.UNPLUG, Deed.REPLUG),
    SimulatedDevice.SCANNER: ("scan TEXT", Deed.UNPLUG, Deed.REPLUG),
    SimulatedDevice.UPS: ("charge PERCENT", Deed.UNPLUG, Deed.REPLUG),
    SimulatedDevice.IO_BOARD: (Deed.UNPLUG, Deed.REPLUG),
}

_DIRECTIONS: Final = {"host": Direction.TO_HOST, "device": Direction.TO_DEVICE}


def parse(line: str, device: SimulatedDevice) -> ControlCommand | None:
    """Return the command of a line, None for an empty one and a comment (`#`). Raises `ControlError`."""
    if len(line) > MAX_LINE:
        raise ControlError(f"write at most {MAX_LINE} characters a line")
    words = line.split()
    if not words or words[0].startswith("#"):
        return None
    verb = words[0].lower()
    if verb not in _known(device):
        raise ControlError(f"no such command of a {device}; write one of: {usage(device)}")
    match [verb, *words[1:]]:
        case [deed] if deed in set(Deed):
            return Deed(deed)
        case ["help", *topic] if len(topic) <= 1:
            return Help("".join(topic))
        case ["finger", *name]:
            return _finger(name)
        case ["scan", *_]:
            return _scan(line)
        case ["charge", percent]:
            return _charge(percent)
        case ["fault", *rest]:
            return _fault(rest, device)
        case [*phrase]:
            return _happen(phrase, device)


def usage(device: SimulatedDevice) -> str:
    """Return all commands of a device, in one line."""
    fault = ("fault KIND [at N | rate R]",) if FAULTS[device] else ()
    return " | ".join(
        (
            *_VERBS[device],
            *HAPPENINGS[device],
            *fault,
            Deed.CLEAR_FAULTS,
            Deed.STATE,
            "help [fault]",
        )
    )


def fault_usage(device: SimulatedDevice) -> str:
    """Return all faults of a device with their effects, in one line."""
    told = (f"{name}: {what}" for name, what in {**HAPPENINGS[device], **FAULTS[device]}.items())
    return "; ".join(told)


def _known(device: SimulatedDevice) -> frozenset[str]:
    verbs = {verb.split()[0] for verb in (*_VERBS[device], *HAPPENINGS[device])}
    return frozenset(verbs | {"fault", "state", "help"})


def _finger(words: list[str]) -> PlaceFinger:
    how = None
    if len(words) > 1 and words[-1].lower() in {placement.value for placement in Placement}:
        how = Placement(words.pop().lower())
    if not words:
        raise ControlError("name the finger: `finger NAME`, perhaps with wet, dry or partial")
    return PlaceFinger(" ".join(words), how)


def _scan(line: str) -> Scan:
    """Return the scan of everything behind the first blank, further blanks included."""
    parts = line.strip("\r\n").lstrip().split(maxsplit=1)
    if len(parts) < 2:
        raise ControlError("name what the code holds: `scan TEXT`")
    return Scan(parts[1])


def _charge(word: str) -> Charge:
    if not _is_number(word) or float(word) > 100:
        raise ControlError("`charge` takes a number from 0 to 100")
    return Charge(float(word))


def _happen(words: list[str], device: SimulatedDevice) -> Happen:
    """Return the happening with the longest name that fits, and when."""
    lower = [word.lower() for word in words]
    names = [name for name in HAPPENINGS[device] if lower[: len(name.split())] == name.split()]
    if not names:
        raise ControlError(f"write one of: {usage(device)}")
    name = max(names, key=len)
    match lower[len(name.split()) :]:
        case []:
            return Happen(name)
        case ["after", rows] if device is SimulatedDevice.PRINTER:
            return Happen(name, _count(rows, "after"))
    after = (
        ", perhaps with `after ROWS` behind it" if device is SimulatedDevice.PRINTER else " alone"
    )
    raise ControlError(f"write `{name}`{after}")


def _fault(words: list[str], device: SimulatedDevice) -> Fault | Deed | Happen:
    lower = [word.lower() for word in words]
    if lower == [NO_FAULT]:
        return Deed.CLEAR_FAULTS
    if any(lower[: len(name.split())] == name.split() for name in HAPPENINGS[device]):
        return _happen(words, device)
    kind, rest = _fault_kind(lower, device)
    direction, at, rate = Direction.TO_HOST, 1, None
    while rest:
        match rest:
            case ["to", ("host" | "device") as where, *rest]:
                direction = _DIRECTIONS[where]
            case ["at", number, *rest]:
                at = _count(number, "at")
            case ["rate", number, *rest]:
                rate = _rate(number)
            case [number] if number.isdigit():
                at, rest = _count(number, "at"), []
            case _:
                raise ControlError(
                    f"write `fault {kind}`, with `at N`, `rate R`, `to host` or `to device` behind it"
                )
    return Fault(kind, direction, at, rate)


def _fault_kind(words: list[str], device: SimulatedDevice) -> tuple[str, list[str]]:
    for size in (2, 1):
        name = " ".join(words[:size])
        if len(words) >= size and name in FAULTS[device]:
            return name, words[size:]
    names = (*FAULTS[device], *HAPPENINGS[device], NO_FAULT)
    raise ControlError(f"name the fault, one of: {', '.join(names)}")


def _count(word: str, name: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 7 and 1 <= int(word) <= MAX_COUNT):
        raise ControlError(f"`{name}` takes a whole number from 1 to {MAX_COUNT}")
    return int(word)


def _rate(word: str) -> float:
    if not _is_number(word) or not 0 < float(word) <= 1:
        raise ControlError("`rate` takes a number above 0, up to 1")
    return float(word)


def _is_number(word: str) -> bool:
    digits = word.replace(".", "", 1)
    return word.isascii() and digits.isdigit() and len(word) <= 9
