"""Interface between the device bench and the simulated hardware, as a person's hands see it.

`Bench` is implemented by the owner of the simulators. Calls come from the screen's thread,
return at once and never raise for something a hand can try; the outcome is in the next
`state()`, which the window asks for a few times a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol

from election.definition import Text
from ui.strip import ReceiptRaster
from words.message import Message

BenchCardId = NewType("BenchCardId", str)
PersonKey = NewType("PersonKey", str)
StepKey = NewType("StepKey", str)


class ReaderSlot(StrEnum):
    """Place where a card can be put in."""

    IDENTITY = "identity-reader"
    """Identity station, for identity documents."""
    AUTHORIZATION = "authorization-reader"
    """Identity station, where authorization cards are written; operator cards as well."""
    TERMINAL = "terminal-reader"
    """Ballot terminal, for authorization cards and operator cards."""


class Cable(StrEnum):
    """Device, by the cable that can be pulled out of it; a reader's is called as its slot."""

    IDENTITY_READER = "identity-reader"
    AUTHORIZATION_READER = "authorization-reader"
    TERMINAL_READER = "terminal-reader"
    FINGERPRINT = "fingerprint"
    PRINTER = "printer"
    SCANNER = "scanner"
    UPS = "ups"


class Monitor(StrEnum):
    """Device whose screen is shown on the branch's window."""

    STATION = "station"
    TERMINAL = "terminal"


class BenchCardKind(StrEnum):
    """Kind of a card on the table."""

    PERSON = "person"
    """A person's identity card."""
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUTHORIZATION = "authorization"
    OTHER = "other"
    """Some card that has nothing to do with the election."""


class TouchStyle(StrEnum):
    """Way a finger is put on the sensor."""

    RIGHT = "right"
    WRONG = "wrong"
    """A finger that is not on the card."""
    WET = "wet"
    DRY = "dry"
    PARTIAL = "partial"
    TURNED = "turned"
    MOVED = "moved"
    WORN = "worn"
    NONE = "none"
    """Nobody touches the sensor; only in a state, the window calls `lift`."""


class Seen(StrEnum):
    """Outcome of the latest finger that the module asked for."""

    NONE = "none"
    TAKEN = "taken"
    BAD_IMAGE = "bad image"
    MATCH = "match"
    NO_MATCH = "no match"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


class Printing(StrEnum):
    """State of the printer."""

    READY = "ready"
    PRINTING = "printing"
    STOPPED = "stopped"
    """By one of its troubles."""
    OFF = "off"
    UNPLUGGED = "unplugged"


class SupplySetting(StrEnum):
    """Power supply as the UPS reports it, or its silence."""

    LINE = "line"
    BATTERY = "battery"
    LOW = "low"
    STALE = "stale"
    """The service hears nothing of the device."""
    GONE = "gone"
    """There is no service."""


@dataclass(frozen=True, slots=True)
class Grey:
    """Grey picture, one byte a pixel, rows from the top, 255 white."""

    width: int
    height: int
    pixels: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BenchCard:
    """One card of the tray."""

    key: BenchCardId
    kind: BenchCardKind
    name: Text | Message
    note: Message | None = None
    """A special trait such as "under age", or the content of an authorization card."""
    photo: bytes = b""
    """JPEG; people only."""
    person: PersonKey | None = None
    """Whose card it is, if a finger belongs to it."""
    pin: str = ""
    """Of operator cards: shown, because the bench is the operator's memory."""
    used: bool = False
    """A person who has voted, a card that carries an authorization."""


@dataclass(frozen=True, slots=True)
class BenchSlot:
    """A reader's slot and the card in it."""

    slot: ReaderSlot
    card: BenchCardId | None = None
    plugged: bool = True


@dataclass(frozen=True, slots=True)
class BenchSensor:
    """State of the fingerprint module."""

    plugged: bool = True
    waiting: bool = False
    """The module was asked for a finger and its lamp is lit."""
    finger: PersonKey | None = None
    """Whose finger lies on it, where a hand of this table put it there."""
    how: TouchStyle = TouchStyle.NONE
    seen: Seen = Seen.NONE
    picture: Grey | None = None
    """The sensor's picture, as soon as it is drawn."""


@dataclass(frozen=True, slots=True)
class BenchPrinter:
    """State of the receipt printer and its paper."""

    state: Printing = Printing.READY
    troubles: tuple[str, ...] = ()
    """Names as in `faults`."""
    strip: ReceiptRaster | None = None
    """The end of the strip that hangs out; while nothing does, the last one that was cut off."""
    hanging: bool = False
    """The strip is not cut off yet."""
    paper_left_mm: float = 0.0
    number: int = 0
    """Counts the strips that were cut off."""


@dataclass(frozen=True, slots=True)
class BenchUps:
    """State of the UPS."""

    supply: SupplySetting = SupplySetting.LINE
    charge: float = 100.0
    """Percent."""
    runtime_s: float = 0.0


@dataclass(frozen=True, slots=True)
class BenchScanner:
    """State of the code scanner."""

    plugged: bool = True


@dataclass(frozen=True, slots=True)
class DayStep:
    """One step of the polling day."""

    key: StepKey
    title: Message
    hint: Message | None = None
    """Instructions for doing it by hand, or a description."""
    done: bool = False
    next: bool = False
    possible: bool = False
    """`do_step` can do it now."""


@dataclass(frozen=True, slots=True)
class BenchPair:
    """Devices that stand side by side, one of them at least, and what they show, as PNG."""

    names: tuple[tuple[Monitor, str], ...]
    screens: tuple[tuple[Monitor, bytes], ...] = ()

    def has(self, monitor: Monitor) -> bool:
        """Return whether a device of this kind is one of them."""
        return monitor in dict(self.names)


@dataclass(frozen=True, slots=True)
class BenchState:
    """Everything on the table at one moment."""

    cards: tuple[BenchCard, ...] = ()
    slots: tuple[BenchSlot, ...] = ()
    sensor: BenchSensor = BenchSensor()
    printer: BenchPrinter = BenchPrinter()
    ups: BenchUps = BenchUps()
    scanner: BenchScanner = BenchScanner()
    faults: tuple[tuple[Cable, tuple[str, ...]], ...] = ()
    """By device: names of the faults that can be caused, as in the simulators."""
    steps: tuple[DayStep, ...] = ()
    running: StepKey | None = None
    progress: float | None = None
    """0…1 of the running step, if known."""
    message: Message | None = None
    """The latest message, empty if there is none."""
    message_bad: bool = False
    screens: tuple[tuple[Monitor, bytes], ...] = ()
    """What the devices on the table show now, as PNG; a device that is not on is missing."""
    pairs: tuple[BenchPair, ...] = ()
    """All devices of the branch, two by two; none where there are just the two on the table."""
    pair: int = 0
    """The pair that is on the table."""

    def stands_here(self, monitor: Monitor) -> bool:
        """Return whether a device of this kind is on the table."""
        return not self.pairs or self.pairs[self.pair].has(monitor)

    @property
    def on_paper(self) -> bool:
        """Whether the branch has no terminal: it votes on paper, without authorization cards."""
        return bool(self.pairs) and not any(pair.has(Monitor.TERMINAL) for pair in self.pairs)

    def faults_of(self, device: Cable) -> tuple[str, ...]:
        """Return the names of the faults that a device can be made to have."""
        return next((names for its, names in self.faults if its is device), ())

    def card(self, key: BenchCardId | None) -> BenchCard | None:
        """Return the card with this key, None if there is none."""
        return next((card for card in self.cards if card.key == key), None)

    def slot(self, slot: ReaderSlot) -> BenchSlot | None:
        """Return the state of a slot, None if the bench does not have it."""
        return next((one for one in self.slots if one.slot is slot), None)

    def where(self, key: BenchCardId) -> ReaderSlot | None:
        """Return the slot a card is in, None if it lies in the tray."""
        return next((one.slot for one in self.slots if one.card == key), None)


class BenchHands(Protocol):
    """Whatever hands do with the simulated devices."""

    def insert(self, slot: ReaderSlot, card: BenchCardId) -> None:
        """Put a card in. A card in another slot is taken out there first, one in this slot too."""

    def remove(self, slot: ReaderSlot) -> None:
        """Take the card out of a slot; nothing happens if it is empty."""

    def place_finger(self, person: PersonKey, how: TouchStyle) -> None:
        """Put a finger of `person` on the sensor and leave it there until `lift`."""

    def lift(self) -> None:
        """Lift the finger from the sensor."""

    def strike(self, device: Cable, fault: str) -> None:
        """Make one of `BenchState.faults` happen to a device."""

    def scan(self, text: str) -> None:
        """Hold a code with this text in front of the scanner."""


class Bench(Protocol):
    """Table with the simulated devices, and the day that is played on it."""

    @property
    def hands(self) -> BenchHands:
        """Hands of this table."""

    def state(self) -> BenchState:
        """Return the present state of all devices."""

    def connect(self, cable: Cable, *, plugged: bool) -> None:
        """Plug a device's cable in, or pull it."""

    def do_step(self, key: StepKey) -> None:
        """Begin a step of the day; it goes on by itself."""

    def cancel_step(self) -> None:
        """Stop the step that runs, wherever it is; nothing happens if none does."""

    def enlarge(self, monitor: Monitor) -> None:
        """Show a device's own screen in full; it leads back by itself."""

    def turn_to(self, pair: int) -> None:
        """Put another pair of devices on the table; cards stay in the readers that they are in."""
