"""Name the operator console's states."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from election import ways_out
from election.closing_order import BeforeClosing, Said
from election.definition import DeviceId, Text
from election.device_table import DeviceTable
from election.papers import Report
from election.polls import Operator, PollsState
from election.signing_in import NeedCard, SignIn
from kiosk.status import CheckLine
from words.message import Message


class ConsoleAct(StrEnum):
    """What the console can do."""

    LOAD_PACKAGE = "load-package"
    SELF_TEST = "self-test"
    OPEN = "open"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    PRINT_REPORT = "print-report"
    EXPORT = "export"
    READY_FOR_DAY = "ready-for-the-day"
    CONFIRM = "confirm"
    TRAIN = "train"
    """Begin a training, or end it."""
    ADD_LISTS = "add-lists"
    """Trust newer revocation lists of identity documents beside those of the package."""
    MORE_DOCUMENTS = "more-documents"
    """Check more documents by eye in this hour, by a code of headquarters."""
    BLOCK_CARD = "block-card"
    """Block an operator card that was lost, by its number."""
    RESCUE = "rescue"
    """Hand in what a dead terminal recorded: its memory is in the USB port."""
    TAKE_OVER = "take-over"
    """Let a district's spare take over from another device of the branch: its drive is in the USB port."""
    ADMIT_SPARE = "admit-spare"
    """Take notice of who took over, from a drive; a dead device's memory gets its tombstone."""
    SET_CLOCK = "set-clock"
    """Type what time it is: nobody else knows."""
    KEEP_DEVICES = "keep-devices"
    """Let the chosen devices serve from the next start on."""


_A = ConsoleAct
BY_CARDS = frozenset({_A.LOAD_PACKAGE, _A.OPEN, _A.CLOSE, _A.RESCUE, _A.TAKE_OVER})
"""Acts that two cards sign; the others of two roles take two sign-ins."""

_BY_SIGN_IN = {_A.READY_FOR_DAY, _A.CONFIRM, _A.ADD_LISTS, _A.MORE_DOCUMENTS, _A.BLOCK_CARD}
TWO_ROLES = BY_CARDS | _BY_SIGN_IN | {_A.KEEP_DEVICES, _A.SET_CLOCK}

TYPED = frozenset({_A.MORE_DOCUMENTS, _A.BLOCK_CARD, _A.TAKE_OVER, _A.SET_CLOCK})
"""Acts that need digits first."""

_ALWAYS = frozenset({_A.SELF_TEST, _A.SET_CLOCK})
"""Until the polls are closed."""
ALLOWED: dict[PollsState, frozenset[ConsoleAct]] = {
    PollsState.UNCONFIGURED: _ALWAYS | {_A.LOAD_PACKAGE},
    PollsState.READY: _ALWAYS | {_A.LOAD_PACKAGE, _A.OPEN},
    PollsState.OPEN: _ALWAYS | {_A.PAUSE, _A.CLOSE, _A.PRINT_REPORT},
    PollsState.PAUSED: _ALWAYS | {_A.RESUME, _A.CLOSE, _A.PRINT_REPORT},
    PollsState.CLOSED: frozenset({_A.PRINT_REPORT, _A.EXPORT}),
}


@dataclass(frozen=True, slots=True)
class ConsoleView:
    """What the console shows; comes from the runtime."""

    polls: PollsState
    election: Text | None = None
    package: str = ""
    """First characters of the package's digest, in groups, for comparison by eye."""
    checks: tuple[CheckLine, ...] = ()
    """Of the last package load or self-test."""
    report: Report | None = None
    """The last one made: zero or closing."""
    to_confirm: bool = False
    """Something was found that two roles have to confirm; it stands first among the checks."""
    can_be_ready: bool = False
    """Ready for the day can be said: before the polls open, once, and where no rehearsal is loaded."""
    takes_lists: bool = False
    """The device reads identity documents, and its polls are not closed: it takes revocation lists."""
    takes_codes: bool = False
    """Documents are checked by eye here: a code of headquarters allows more of them."""
    number: str = ""
    """The election's number (`election.register`), all its digits in groups."""
    training: bool | None = None
    """Whether a training goes on; None where none can: at a station, and once the polls were open."""
    order: BeforeClosing | None = None
    """What is asked before CLOSE; None where nothing is: at a terminal."""
    devices: DeviceTable = DeviceTable()
    """Which device serves as what, since `ChoosingDevices` looked."""
    rescues: int = 0
    """Dead terminals that were rescued here: that can be exported at any time."""
    replaceable: tuple[DeviceId, ...] = ()
    """The devices from which a spare may take over, if this device can hand over to one."""


def allowed(view: ConsoleView, operator: Operator | None = None) -> frozenset[ConsoleAct]:
    """Return the acts that the console offers; without its package a device can be given it again."""
    acts = ALLOWED[view.polls]
    if operator is not None and operator.clock_only:
        return acts & {ConsoleAct.SET_CLOCK}
    if view.can_be_ready:
        acts |= {ConsoleAct.READY_FOR_DAY}
    if view.to_confirm:
        acts |= {ConsoleAct.CONFIRM}
    if view.training is not None:
        acts |= {ConsoleAct.TRAIN}
    if view.takes_lists:
        acts |= {ConsoleAct.ADD_LISTS}
    if view.takes_codes:
        acts |= {ConsoleAct.MORE_DOCUMENTS}
    if view.election is not None:
        acts |= {ConsoleAct.RESCUE, ConsoleAct.ADMIT_SPARE}
        if view.polls is not PollsState.CLOSED:
            acts |= {ConsoleAct.BLOCK_CARD}
    if view.replaceable and view.polls is not PollsState.CLOSED:
        acts |= {ConsoleAct.TAKE_OVER}
    if view.rescues:
        acts |= {ConsoleAct.EXPORT}
    return acts if view.election is not None else acts | {ConsoleAct.LOAD_PACKAGE}


@dataclass(frozen=True, slots=True)
class ActOutcome:
    """How the last act ended."""

    act: ConsoleAct
    ok: bool
    message: Message


@dataclass(frozen=True, slots=True)
class Away:
    """Nobody is signed in."""


@dataclass(frozen=True, slots=True)
class SigningIn:
    """An operator signs in."""

    signin: SignIn = NeedCard()


@dataclass(frozen=True, slots=True)
class Console:
    """An operator is signed in and chooses, or waits for an act to end."""

    operator: Operator
    view: ConsoleView
    busy: ConsoleAct | None = None
    progress: float | None = None
    """0…1, or None if unknown."""
    outcome: ActOutcome | None = None
    confirming: ConsoleAct | None = None
    """Something final was touched: the question is on the screen."""
    card_out: bool = False
    """Only while busy: the session ends when the act has ended."""
    said: tuple[Said, ...] = ()
    """Only while closing is confirmed: how the other devices stand."""
    code: str = field(default="", repr=False)
    """What was typed for the act that is begun."""


@dataclass(frozen=True, slots=True)
class Guided:
    """An operator is asked what is the matter, until it has a code."""

    operator: Operator
    view: ConsoleView
    path: ways_out.Path = ()


@dataclass(frozen=True, slots=True)
class ChoosingDevices:
    """An operator looks what is plugged in, and chooses which serves as what."""

    operator: Operator
    view: ConsoleView


@dataclass(frozen=True, slots=True)
class AskingDevices:
    """Before a station closes: it is asked how the other devices of the branch stand."""

    operator: Operator
    view: ConsoleView
    said: tuple[Said, ...] = ()
    counted: bool = False
    """The view has come since it was asked for: its numbers are those of now."""


@dataclass(frozen=True, slots=True)
class AskingCards:
    """Before the last station closes: cards are missing; those that come in are taken meanwhile."""

    operator: Operator
    view: ConsoleView
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class EnteringCode:
    """What an act needs is typed: a code of headquarters, or the number of a lost card."""

    operator: Operator
    view: ConsoleView
    act: ConsoleAct = ConsoleAct.MORE_DOCUMENTS


@dataclass(frozen=True, slots=True)
class SecondSignature:
    """An act of two roles waits for the second one to sign in."""

    first: Operator
    act: ConsoleAct
    view: ConsoleView
    signin: SignIn
    """Starts as SignedIn(first) until the first card is out."""
    code: str = field(default="", repr=False)
    """What was typed before."""


@dataclass(frozen=True, slots=True)
class Acting:
    """An act signed by two; it ends even if the card is pulled."""

    first: Operator
    second: Operator
    act: ConsoleAct
    view: ConsoleView
    progress: float | None = None
    card_out: bool = False


ConsoleState = (
    Away
    | SigningIn
    | Console
    | Guided
    | ChoosingDevices
    | AskingDevices
    | AskingCards
    | EnteringCode
    | SecondSignature
    | Acting
)
