"""What the device bench drives: the hardware of the day, as a person's hands see it.

`Bench` is implemented by whoever owns the simulators. Calls come from the screen's thread, return at
once and never raise for something a hand can try; what came of it is in the next `state()`, which
the window asks for a few times a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol

from election.definition import Text
from ui.raster import ReceiptRaster
from words.message import Message

BenchCardId = NewType("BenchCardId", str)
PersonKey = NewType("PersonKey", str)
StepKey = NewType("StepKey", str)


class ReaderSlot(StrEnum):
    """Where a card can be put in."""

    IDENTITY = "identity-reader"
    """Identity station, for identity documents."""
    AUTHORIZATION = "authorization-reader"
    """Identity station, where authorization cards are written; operator cards as well."""
    TERMINAL = "terminal-reader"
    """Ballot terminal, for authorization cards and operator cards."""


class Cable(StrEnum):
    """A device, by the cable that can be pulled out of it."""

    IDENTITY_READER = "identity-reader"
    AUTHORIZATION_READER = "authorization-reader"
    TERMINAL_READER = "terminal-reader"
    FINGERPRINT = "fingerprint"
    PRINTER = "printer"
    SCANNER = "scanner"
    UPS = "ups"


class BenchCardKind(StrEnum):
    PERSON = "person"
    """A person's identity card."""
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUTHORIZATION = "authorization"
    OTHER = "other"
    """Some card that has nothing to do with the election."""


class TouchStyle(StrEnum):
    """How a finger is put on the sensor."""

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
    """What became of the latest finger that the module wanted."""

    NONE = "none"
    TAKEN = "taken"
    BAD_IMAGE = "bad image"
    MATCH = "match"
    NO_MATCH = "no match"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


class Printing(StrEnum):
    READY = "ready"
    PRINTING = "printing"
    STOPPED = "stopped"
    """By one of its troubles."""
    OFF = "off"
    UNPLUGGED = "unplugged"


class SupplySetting(StrEnum):
    """What a UPS says, or that it says nothing."""

    LINE = "line"
    BATTERY = "battery"
    LOW = "low"
    STALE = "stale"
    """The service hears nothing of the device."""
    GONE = "gone"
    """There is no service."""


@dataclass(frozen=True, slots=True)
class Grey:
    """A picture, one byte a pixel, rows from the top, 255 white."""

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
    """What is special, such as "under age", or what an authorization card carries now."""
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
    slot: ReaderSlot
    card: BenchCardId | None = None
    plugged: bool = True


@dataclass(frozen=True, slots=True)
class BenchSensor:
    plugged: bool = True
    waiting: bool = False
    """The module was asked for a finger and its lamp is lit."""
    finger: PersonKey | None = None
    """Whose finger lies on it, where a hand of this table put it there."""
    how: TouchStyle = TouchStyle.NONE
    seen: Seen = Seen.NONE
    picture: Grey | None = None
    """What the sensor sees, as soon as it is drawn."""


@dataclass(frozen=True, slots=True)
class BenchPrinter:
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
    supply: SupplySetting = SupplySetting.LINE
    charge: float = 100.0
    """Percent."""
    runtime_s: float = 0.0


@dataclass(frozen=True, slots=True)
class BenchScanner:
    plugged: bool = True


@dataclass(frozen=True, slots=True)
class DayStep:
    key: StepKey
    title: Message
    hint: Message | None = None
    """How a person does it by hand, or what happens."""
    done: bool = False
    next: bool = False
    possible: bool = False
    """`do_step` can do it now."""


@dataclass(frozen=True, slots=True)
class BenchState:
    cards: tuple[BenchCard, ...] = ()
    slots: tuple[BenchSlot, ...] = ()
    sensor: BenchSensor = BenchSensor()
    printer: BenchPrinter = BenchPrinter()
    ups: BenchUps = BenchUps()
    scanner: BenchScanner = BenchScanner()
    faults: tuple[tuple[Cable, tuple[str, ...]], ...] = ()
    """By device: what can be made to happen to it, by the names the simulators use."""
    steps: tuple[DayStep, ...] = ()
    running: StepKey | None = None
    progress: float | None = None
    """0…1 of the running step, if known."""
    message: Message | None = None
    """The last thing worth saying; empty if nothing is."""
    message_bad: bool = False

    def faults_of(self, device: Cable) -> tuple[str, ...]:
        return next((names for its, names in self.faults if its is device), ())

    def card(self, key: BenchCardId | None) -> BenchCard | None:
        return next((card for card in self.cards if card.key == key), None)

    def slot(self, slot: ReaderSlot) -> BenchSlot | None:
        return next((one for one in self.slots if one.slot is slot), None)

    def where(self, key: BenchCardId) -> ReaderSlot | None:
        """The slot a card is in; None: it lies in the tray."""
        return next((one.slot for one in self.slots if one.card == key), None)


class Bench(Protocol):
    """The hands' side of the simulated devices."""

    def state(self) -> BenchState: ...

    def insert(self, slot: ReaderSlot, card: BenchCardId) -> None:
        """Put a card in. A card in another slot is taken out there first, one in this slot too."""

    def remove(self, slot: ReaderSlot) -> None: ...

    def pull_cable(self, cable: Cable) -> None: ...

    def plug(self, cable: Cable) -> None: ...

    def place_finger(self, person: PersonKey, how: TouchStyle) -> None:
        """Put a finger of `person` on the sensor and leave it there until `lift`."""

    def lift(self) -> None: ...

    def strike(self, device: Cable, fault: str) -> None:
        """Make one of `BenchState.faults` happen to a device."""

    def scan(self, text: str) -> None:
        """Hold a code with this text in front of the scanner."""

    def do_step(self, key: StepKey) -> None:
        """Begin a step of the day; it goes on by itself."""
