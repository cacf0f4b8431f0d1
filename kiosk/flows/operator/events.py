"""Name the operator console's events and the effects it has carried out."""

from __future__ import annotations

from dataclasses import dataclass, field

from election.closing_order import Said
from election.device_table import DeviceChange, Look
from election.polls import Operator
from election.signing_in import SignInEffect, SignInEvent
from kiosk.flows.operator.states import ActOutcome, ConsoleAct, ConsoleView


@dataclass(frozen=True, slots=True)
class ViewChanged:
    """What the console shows has changed."""

    view: ConsoleView


@dataclass(frozen=True, slots=True)
class ActChosen:
    """The operator touched an act."""

    act: ConsoleAct


@dataclass(frozen=True, slots=True)
class ConfirmAnswered:
    """Answer to whether a final act is meant."""

    yes: bool


@dataclass(frozen=True, slots=True)
class StandingSaid:
    """The operator said how another device of the branch stands."""

    said: Said


@dataclass(frozen=True, slots=True)
class WentOn:
    """The operator goes on with closing: all devices are told of, or without the cards that are missing."""


@dataclass(frozen=True, slots=True)
class CodeEntered:
    """A code of headquarters, or the number of a lost card, was typed."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GuideWanted:
    """Something is the matter: the operator wants to be asked what."""


@dataclass(frozen=True, slots=True)
class GuideAnswered:
    """The operator gave an answer of the guided tree."""

    number: int


@dataclass(frozen=True, slots=True)
class DevicesWanted:
    """The operator wants to see the plugged devices, or to change which serves as what."""

    change: DeviceChange = Look()


@dataclass(frozen=True, slots=True)
class Progress:
    """Part of the act that is done, 0…1; None if unknown."""

    fraction: float | None


@dataclass(frozen=True, slots=True)
class ActEnded:
    """Outcome of `Perform`; the new view comes with it."""

    outcome: ActOutcome
    view: ConsoleView


@dataclass(frozen=True, slots=True)
class FirstSigned:
    """Outcome of `SignFirst`: the act is frozen, and the first card has signed it."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Give up the second signature, or leave a message."""


ConsoleEvent = (
    SignInEvent
    | ViewChanged
    | ActChosen
    | ConfirmAnswered
    | StandingSaid
    | WentOn
    | CodeEntered
    | GuideWanted
    | GuideAnswered
    | DevicesWanted
    | Progress
    | FirstSigned
    | ActEnded
    | Cancelled
)


@dataclass(frozen=True, slots=True)
class Perform:
    """Do the act → ActEnded. `second` is set for acts of two roles."""

    act: ConsoleAct
    first: Operator
    second: Operator | None = None
    code: str = field(default="", repr=False)
    """Of the acts that are `TYPED`."""


@dataclass(frozen=True, slots=True)
class SignFirst:
    """Freeze the act and have the card that is in sign it → FirstSigned | ActEnded."""

    act: ConsoleAct
    first: Operator
    said: tuple[Said, ...] = ()
    """Of CLOSE at a station: how the other devices stand."""
    code: str = ""
    """Of a take-over: the number that was typed."""


@dataclass(frozen=True, slots=True)
class LookAnew:
    """Make the view anew: the numbers of the day have gone on → ViewChanged."""


@dataclass(frozen=True, slots=True)
class ChangeDevices:
    """Change the table of devices, or look anew → ViewChanged."""

    change: DeviceChange


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Drop the frozen act: nothing has happened."""


ConsoleEffect = Perform | SignFirst | GiveUp | LookAnew | ChangeDevices | SignInEffect
