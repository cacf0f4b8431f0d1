"""The operator console's transitions (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from kiosk.flows import signin
from kiosk.flows.common import Step
from kiosk.flows.operator.events import (
    ActChosen,
    ActEnded,
    Cancelled,
    ConfirmAnswered,
    ConsoleEffect,
    ConsoleEvent,
    Perform,
    Progress,
    ViewChanged,
)
from kiosk.flows.operator.states import (
    TWO_ROLES,
    Acting,
    Away,
    Console,
    ConsoleAct,
    ConsoleState,
    ConsoleView,
    SecondSignature,
    SigningIn,
    allowed,
)

FINAL = frozenset({ConsoleAct.OPEN, ConsoleAct.CLOSE, ConsoleAct.READY_FOR_DAY})
"""Acts that cannot be undone: asked before they are signed."""


ConsoleStep: TypeAlias = Step[ConsoleState, ConsoleEffect]


def step(state: ConsoleState, event: ConsoleEvent, view: ConsoleView) -> ConsoleStep:
    """The next state and what to do; `view` is what the console shows when a session begins."""
    match state:
        case Away():
            if isinstance(event, signin.OperatorCardSeen):
                return Step(SigningIn(signin.EnterPin()))
        case SigningIn():
            return _signing_in(state, event, view)
        case Console():
            return _console(state, event)
        case SecondSignature():
            return _second(state, event)
        case Acting():
            return _acting(state, event)
        case _:
            assert_never(state)
    return Step(state)


def _signing_in(state: SigningIn, event: ConsoleEvent, view: ConsoleView) -> ConsoleStep:
    if isinstance(event, signin.OperatorCardRemoved):
        return Step(Away())
    if not isinstance(event, signin.SignInEvent):
        return Step(state)
    inner, effects = signin.step(state.signin, event)
    if isinstance(inner, signin.SignedIn):
        return Step(Console(inner.operator, view))
    return Step(SigningIn(inner), effects)


def _console(state: Console, event: ConsoleEvent) -> ConsoleStep:
    match event:
        case signin.OperatorCardRemoved():
            return Step(replace(state, card_out=True)) if state.busy else Step(Away())
        case ViewChanged(view):
            return Step(replace(state, view=view))
        case Progress(fraction) if state.busy:
            return Step(replace(state, progress=fraction))
        case ActEnded(outcome, view):
            if state.card_out:
                return Step(Away())
            return Step(Console(state.operator, view, outcome=outcome))
        case ActChosen(act) if not state.busy and act in allowed(state.view):
            if act in FINAL:
                return Step(replace(state, confirming=act, outcome=None))
            return _begin(state, act)
        case ConfirmAnswered(yes) if state.confirming is not None:
            asked = replace(state, confirming=None)
            return _begin(asked, state.confirming) if yes else Step(asked)
        case Cancelled():
            return Step(replace(state, outcome=None, confirming=None))
        case _:
            return Step(state)


def _begin(state: Console, act: ConsoleAct) -> ConsoleStep:
    if act in TWO_ROLES:
        return Step(
            SecondSignature(state.operator, act, state.view, signin.SignedIn(state.operator))
        )
    return Step(
        replace(state, busy=act, progress=None, outcome=None, confirming=None),
        (Perform(act, state.operator),),
    )


def _second(state: SecondSignature, event: ConsoleEvent) -> ConsoleStep:
    match event:
        case ViewChanged(view):
            return Step(replace(state, view=view))
        case Cancelled():
            still_in = isinstance(state.signin, signin.SignedIn)
            return Step(Console(state.first, state.view) if still_in else Away())
        case _ if isinstance(event, signin.SignInEvent):
            inner, effects = signin.step(state.signin, event, not_role=state.first.role)
            if isinstance(inner, signin.SignedIn) and inner is not state.signin:
                return Step(
                    Acting(state.first, inner.operator, state.act, state.view),
                    (Perform(state.act, state.first, inner.operator),),
                )
            return Step(replace(state, signin=inner), effects)
        case _:
            return Step(state)


def _acting(state: Acting, event: ConsoleEvent) -> ConsoleStep:
    match event:
        case signin.OperatorCardRemoved():
            return Step(replace(state, card_out=True))
        case Progress(fraction):
            return Step(replace(state, progress=fraction))
        case ActEnded(outcome, view):
            if state.card_out:
                return Step(Away())
            return Step(Console(state.second, view, outcome=outcome))
        case _:
            return Step(state)
