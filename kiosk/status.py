"""Describe what a screen shows beside the flow's state: where it stands, what works, what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from election.definition import Election, Text
from words.message import Message, Value


class Mode(StrEnum):
    """Whether votes count. Anything but `REAL` is written across every screen."""

    REAL = "real"
    REHEARSAL = "rehearsal"
    """A rehearsal on real devices."""
    SIMULATION = "simulation"
    """Simulators are installed: a demonstration or a test."""
    TRAINING = "training"
    """Invented names on a terminal that is not open: no vote is even stored."""
    OWN_DOCUMENTS = "own-documents"
    """A rehearsal in which the station's own settings say whose documents are accepted."""


def mode_of(election: Election | None, *, simulated: bool, own_documents: bool = False) -> Mode:
    """Decide what a station's screens say about its votes; nothing else decides it.

    `simulated`: simulators are installed on this machine. No option and no setting asks. `own_documents`:
    its settings trust documents of their own, with which no real election is loaded.
    """
    if own_documents:
        return Mode.OWN_DOCUMENTS
    if simulated:
        return Mode.SIMULATION
    if election is not None and election.rehearsal:
        return Mode.REHEARSAL
    return Mode.REAL


class DeviceKind(StrEnum):
    """What a device is, as it is drawn."""

    READER = "reader"
    FINGER = "finger"
    PRINTER = "printer"
    SCANNER = "scanner"
    POWER = "power"
    BOARD = "board"
    SOUND = "sound"
    LINE = "line"


class DeviceNow(StrEnum):
    """What a device is doing."""

    REST = "rest"
    BUSY = "busy"
    """A card is in, a finger is asked for, a code was read, a switch is pressed, on battery."""
    LOW = "low"
    """Paper or battery nearly at its end."""
    EMPTY = "empty"
    """No paper."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What a device does just now; nothing of a person, and nothing that is kept."""

    kind: DeviceKind
    words: Message
    now: DeviceNow = DeviceNow.REST
    level: float | None = None
    """Charge of a battery, 0 to 1."""


STARTED_TWICE = "started-twice"
"""Key of the lamp that is there after a second start."""
SLOW, STALLED = "slow-memory", "stalled-memory"
"""Keys of the lamps while storage is waited for."""
ONE_MEMORY = "one-memory"
"""Key of the lamp while the device goes on without a second memory."""
NOTICES = {STARTED_TWICE: False, ONE_MEMORY: False, SLOW: True, STALLED: True}
"""Keys of what is said where no lamps are, and whether it is said to a voter, too."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """One device or line, and whether it works."""

    key: str
    """Stable and short, such as `card-reader`; the widget is called `lamp-<key>`."""
    name: Message
    ok: bool
    detail: Message | None = None
    """What is wrong and what to do next."""
    doing: Doing | None = None
    """As the self-test draws it."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of a self-test or of the package check."""

    name: Message
    passed: bool
    detail: Value | None = None
    """Evidence, or what to do; no personal data."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One of today's sums, never tied to a person."""

    key: str
    name: Message
    value: int


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """State of a device beside its flow; replaced whole."""

    device: str = ""
    """The device's id on the enrolment list."""
    election: Text | None = None
    """None until a package is loaded."""
    branch: Text | None = None
    clock: datetime | None = None
    """Wall clock with its zone, to be shown; never used to decide anything."""
    mode: Mode = Mode.REAL
    lamps: tuple[Lamp, ...] = ()
    counters: tuple[Counter, ...] = ()
    deadline_s: float | None = None
    """Seconds left of what is timed just now (a capture, the inactivity alert), if anything is."""
    document_check: bool = False
    """Documents without a chip are checked by eye here."""

    def notices(self, *, voter: bool) -> tuple[Lamp, ...]:
        """Return what is told on a screen without lamps; `voter`: one is being served there."""
        return tuple(x for x in self.lamps if x.key in NOTICES and NOTICES[x.key] >= voter)

    @property
    def trouble(self) -> tuple[Lamp, ...]:
        """The lamps that are not well."""
        return tuple(lamp for lamp in self.lamps if not lamp.ok)
