"""What happens at the operator console (events) and what it has done (effects)."""

from __future__ import annotations

from dataclasses import dataclass

from election.polls import Operator
from kiosk.flows.operator.states import ActOutcome, ConsoleAct, ConsoleView
from kiosk.flows.signin import ProveOperator, SignInEvent


@dataclass(frozen=True, slots=True)
class ViewChanged:
    view: ConsoleView


@dataclass(frozen=True, slots=True)
class ActChosen:
    act: ConsoleAct


@dataclass(frozen=True, slots=True)
class ConfirmAnswered:
    yes: bool


@dataclass(frozen=True, slots=True)
class Progress:
    fraction: float | None


@dataclass(frozen=True, slots=True)
class ActEnded:
    """Outcome of `Perform`; the new view comes with it."""

    outcome: ActOutcome
    view: ConsoleView


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Give up the second signature, or leave a message."""


ConsoleEvent = (
    SignInEvent | ViewChanged | ActChosen | ConfirmAnswered | Progress | ActEnded | Cancelled
)


@dataclass(frozen=True, slots=True)
class Perform:
    """Do the act → ActEnded. `second` is set for acts of two roles."""

    act: ConsoleAct
    first: Operator
    second: Operator | None = None


ConsoleEffect = Perform | ProveOperator
