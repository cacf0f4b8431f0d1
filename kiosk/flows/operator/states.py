"""The operator console's states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from election.definition import Text
from election.polls import Operator, PollsState
from kiosk.flows.signin import NeedCard, SignIn
from kiosk.reports import Check, Report
from words.message import Message


class Act(StrEnum):
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


TWO_ROLES = frozenset({Act.LOAD_PACKAGE, Act.OPEN, Act.CLOSE, Act.READY_FOR_DAY})

ALLOWED: dict[PollsState, frozenset[Act]] = {
    PollsState.UNCONFIGURED: frozenset({Act.LOAD_PACKAGE, Act.SELF_TEST}),
    PollsState.READY: frozenset({Act.LOAD_PACKAGE, Act.SELF_TEST, Act.OPEN}),
    PollsState.OPEN: frozenset({Act.SELF_TEST, Act.PAUSE, Act.CLOSE, Act.PRINT_REPORT}),
    PollsState.PAUSED: frozenset({Act.SELF_TEST, Act.RESUME, Act.CLOSE, Act.PRINT_REPORT}),
    PollsState.CLOSED: frozenset({Act.PRINT_REPORT, Act.EXPORT}),
}


@dataclass(frozen=True, slots=True)
class View:
    """What the console shows; comes from the runtime."""

    polls: PollsState
    election: Text | None = None
    package: str = ""
    """First characters of the package's digest, in groups, for comparison by eye."""
    checks: tuple[Check, ...] = ()
    """Of the last package load or self-test."""
    report: Report | None = None
    """The last one made: zero or closing."""
    can_be_ready: bool = False
    """Ready for the day can be said: before the polls open, once, and where no rehearsal is loaded."""


def allowed(view: View) -> frozenset[Act]:
    """What the console offers. Without its package (a damaged file) a device can be given it again."""
    acts = ALLOWED[view.polls]
    if view.can_be_ready:
        acts |= {Act.READY_FOR_DAY}
    return acts if view.election is not None else acts | {Act.LOAD_PACKAGE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last act ended."""

    act: Act
    ok: bool
    message: Message


@dataclass(frozen=True, slots=True)
class Away:
    pass


@dataclass(frozen=True, slots=True)
class SigningIn:
    signin: SignIn = NeedCard()


@dataclass(frozen=True, slots=True)
class Console:
    operator: Operator
    view: View
    busy: Act | None = None
    progress: float | None = None
    """0…1, or None if unknown."""
    outcome: Outcome | None = None
    confirming: Act | None = None
    """Something final was touched: the question is on the screen."""
    card_out: bool = False
    """Only while busy: the session ends when the act has ended."""


@dataclass(frozen=True, slots=True)
class SecondSignature:
    first: Operator
    act: Act
    view: View
    signin: SignIn
    """Starts as SignedIn(first) until the first card is out."""


@dataclass(frozen=True, slots=True)
class Acting:
    """An act signed by two; it ends even if the card is pulled."""

    first: Operator
    second: Operator
    act: Act
    view: View
    progress: float | None = None
    card_out: bool = False


State = Away | SigningIn | Console | SecondSignature | Acting
