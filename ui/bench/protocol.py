"""What the device bench drives: the hardware of the day, as a person's hands see it.

`Bench` is implemented by whoever owns the simulators. Calls come from the screen's thread, return at
once and never raise for something a hand can try; what came of it is in the next `state()`, which
the window asks for a few times a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

from kiosk.definition import Text
from ui.raster import Raster

CardKey = NewType("CardKey", str)
PersonKey = NewType("PersonKey", str)
StepKey = NewType("StepKey", str)


class Slot(StrEnum):
    """Where a card can be put in."""

    IDENTITY = "identity-reader"
    """Identity station, for identity documents."""
    AUTHORIZATION = "authorization-reader"
    """Identity station, where authorization cards are written; operator cards as well."""
    TERMINAL = "terminal-reader"
    """Ballot terminal, for authorization cards and operator cards."""


class Cable(StrEnum):
    IDENTITY_READER = "identity-reader"
    AUTHORIZATION_READER = "authorization-reader"
    TERMINAL_READER = "terminal-reader"
    FINGERPRINT = "fingerprint"
    PRINTER = "printer"


class CardKind(StrEnum):
    PERSON = "person"
    """A person's identity card."""
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUTHORIZATION = "authorization"
    OTHER = "other"
    """Some card that has nothing to do with the election."""


class Touch(StrEnum):
    """How a finger is put on the sensor."""

    RIGHT = "right"
    WRONG = "wrong"
    """A finger that is not on the card."""
    WET = "wet"
    NONE = "none"
    """Nobody touches the sensor; only in a state, the window calls `lift`."""


class PrinterFault(StrEnum):
    NONE = "none"
    PAPER_OUT = "paper-out"
    JAM = "jam"
    COVER = "cover"


@dataclass(frozen=True, slots=True)
class BenchCard:
    """One card of the tray."""

    key: CardKey
    kind: CardKind
    name: Text
    note: Text = Text("")
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
    slot: Slot
    card: CardKey | None = None
    plugged: bool = True


@dataclass(frozen=True, slots=True)
class BenchSensor:
    plugged: bool = True
    waiting: bool = False
    """The module was asked for a finger and its lamp is lit."""
    finger: PersonKey | None = None
    how: Touch = Touch.NONE


@dataclass(frozen=True, slots=True)
class BenchPrinter:
    plugged: bool = True
    fault: PrinterFault = PrinterFault.NONE
    printing: bool = False
    number: int = 0
    """Counts the strips; the window draws a strip again only when it changes."""
    strip: Raster | None = None
    """The latest printed strip."""


@dataclass(frozen=True, slots=True)
class DayStep:
    key: StepKey
    title: Text
    hint: Text = Text("")
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
    steps: tuple[DayStep, ...] = ()
    running: StepKey | None = None
    progress: float | None = None
    """0…1 of the running step, if known."""
    message: Text = Text("")
    """The last thing worth saying; empty if nothing is."""
    message_bad: bool = False

    def card(self, key: CardKey | None) -> BenchCard | None:
        return next((card for card in self.cards if card.key == key), None)

    def slot(self, slot: Slot) -> BenchSlot | None:
        return next((one for one in self.slots if one.slot is slot), None)

    def where(self, key: CardKey) -> Slot | None:
        """The slot a card is in; None: it lies in the tray."""
        return next((one.slot for one in self.slots if one.card == key), None)


class Bench(Protocol):
    """The hands' side of the simulated devices."""

    def state(self) -> BenchState: ...

    def insert(self, slot: Slot, card: CardKey) -> None:
        """Put a card in. A card in another slot is taken out there first, one in this slot too."""

    def remove(self, slot: Slot) -> None: ...

    def pull_cable(self, cable: Cable) -> None: ...

    def plug(self, cable: Cable) -> None: ...

    def place_finger(self, person: PersonKey, how: Touch) -> None:
        """Put a finger of `person` on the sensor and leave it there until `lift`."""

    def lift(self) -> None: ...

    def paper_out(self) -> None: ...

    def jam(self) -> None: ...

    def cover(self) -> None:
        """Open the printer's cover."""

    def paper_ok(self) -> None:
        """New paper, cover shut, nothing jammed."""

    def do_step(self, key: StepKey) -> None:
        """Begin a step of the day; it goes on by itself."""
