"""Step the operator console from state to state (see the package's docstring for the picture)."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from election import signing_in as signin
from election import ways_out
from election.closing_order import NOTHING_TO_ASK, Said, after_saying
from election.device_table import Look
from kiosk.flows.common import Step
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at

_A: TypeAlias = at.ConsoleAct
FINAL = frozenset({_A.OPEN, _A.CLOSE, _A.READY_FOR_DAY, _A.CONFIRM, _A.RESCUE})
"""Acts that cannot be undone: asked before they are signed."""


ConsoleStep: TypeAlias = Step[at.ConsoleState, on.ConsoleEffect]


def step(state: at.ConsoleState, event: on.ConsoleEvent, view: at.ConsoleView) -> ConsoleStep:
    """Return the next state and what to do; `view` is what the console shows when a session begins."""
    if isinstance(
        state, at.Guided | at.ChoosingDevices | at.AskingDevices | at.AskingCards | at.EnteringCode
    ):
        if isinstance(event, signin.OperatorCardRemoved):
            return Step(at.Away())
        if isinstance(event, on.ViewChanged) and not isinstance(
            state, at.AskingDevices | at.AskingCards
        ):
            return Step(replace(state, view=event.view))
    match state:
        case at.Away():
            if isinstance(event, signin.OperatorCardSeen):
                return Step(at.SigningIn(signin.EnterPin()))
        case at.SigningIn():
            return _signing_in(state, event, view)
        case at.Console():
            return _console(state, event)
        case at.Guided():
            return _guided(state, event)
        case at.ChoosingDevices():
            return _choosing(state, event)
        case at.AskingDevices() | at.AskingCards():
            return _asking(state, event)
        case at.EnteringCode():
            return _entering(state, event)
        case at.SecondSignature():
            return _second(state, event)
        case at.Acting():
            return _acting(state, event)
        case _:
            assert_never(state)
    return Step(state)


def _signing_in(state: at.SigningIn, event: on.ConsoleEvent, view: at.ConsoleView) -> ConsoleStep:
    if isinstance(event, signin.OperatorCardRemoved):
        return Step(at.Away())
    if not isinstance(event, signin.SignInEvent):
        return Step(state)
    inner, effects = signin.step(state.signin, event)
    if isinstance(inner, signin.SignedIn):
        return Step(at.Console(inner.operator, view))
    return Step(at.SigningIn(inner), effects)


def _console(state: at.Console, event: on.ConsoleEvent) -> ConsoleStep:
    match event:
        case signin.OperatorCardRemoved():
            return Step(replace(state, card_out=True)) if state.busy else Step(at.Away())
        case on.ViewChanged(view):
            if state.confirming is at.ConsoleAct.CLOSE and not _is_answered(view, state.said):
                return Step(replace(state, view=view, confirming=None, said=()))
            return Step(replace(state, view=view))
        case on.Progress(fraction) if state.busy:
            return Step(replace(state, progress=fraction))
        case on.FirstSigned() if state.busy is not None:
            card = signin.NeedCard() if state.card_out else signin.SignedIn(state.operator)
            signing = (state.operator, state.busy, state.view, card, state.code)
            return Step(at.SecondSignature(*signing))
        case on.ActEnded(outcome, view):
            if state.card_out:
                return Step(at.Away())
            return Step(at.Console(state.operator, view, outcome=outcome))
        case on.ActChosen(act) if not state.busy and act in at.allowed(state.view, state.operator):
            if act is at.ConsoleAct.CLOSE and state.view.order is not None:
                return Step(at.AskingDevices(state.operator, state.view), (on.LookAnew(),))
            if act in at.TYPED:
                return Step(at.EnteringCode(state.operator, state.view, act))
            if act in FINAL:
                return Step(replace(state, confirming=act, outcome=None))
            return _begin(state, act)
        case on.GuideWanted() if not state.busy:
            return Step(at.Guided(state.operator, state.view))
        case on.DevicesWanted() if not state.busy and not state.operator.clock_only:
            look = on.ChangeDevices(Look())
            return Step(at.ChoosingDevices(state.operator, state.view), (look,))
        case on.ConfirmAnswered(yes) if state.confirming is not None:
            asked = replace(state, confirming=None)
            return _begin(asked, state.confirming) if yes else Step(replace(asked, said=()))
        case on.Cancelled():
            return Step(replace(state, outcome=None, confirming=None, said=()))
        case _:
            return Step(state)


def _guided(state: at.Guided, event: on.ConsoleEvent) -> ConsoleStep:
    match event:
        case on.GuideAnswered(number):
            return Step(replace(state, path=ways_out.answered(state.path, number)))
        case on.Cancelled() if state.path:
            return Step(replace(state, path=state.path[:-1]))
        case on.Cancelled():
            return Step(at.Console(state.operator, state.view))
        case _:
            return Step(state)


def _choosing(state: at.ChoosingDevices, event: on.ConsoleEvent) -> ConsoleStep:
    match event:
        case on.DevicesWanted(change):
            return Step(state, (on.ChangeDevices(change),))
        case on.ActChosen(at.ConsoleAct.KEEP_DEVICES) if state.view.devices.changed:
            return _begin(at.Console(state.operator, state.view), at.ConsoleAct.KEEP_DEVICES)
        case on.Cancelled():
            return Step(at.Console(state.operator, state.view))
        case _:
            return Step(state)


def _begin(state: at.Console, act: at.ConsoleAct, code: str = "") -> ConsoleStep:
    if act in at.TWO_ROLES - at.BY_CARDS:
        return Step(
            at.SecondSignature(state.operator, act, state.view, signin.SignedIn(state.operator))
        )
    begun: on.ConsoleEffect = on.Perform(act, state.operator)
    if act in at.BY_CARDS:
        begun = on.SignFirst(act, state.operator, state.said, code)
    busy = at.Console(state.operator, state.view, busy=act, code=code)
    return Step(busy, (begun,))


def _is_answered(view: at.ConsoleView, said: tuple[Said, ...]) -> bool:
    return (view.order or NOTHING_TO_ASK).is_answered(said)


def _ask_cards(state: at.AskingDevices) -> at.ConsoleState:
    """Ask for the missing cards if this is the last station; otherwise whether closing is meant."""
    order = state.view.order or NOTHING_TO_ASK
    if order.cards_out and order.is_last(state.said):
        return at.AskingCards(state.operator, state.view, state.said)
    return _confirm_close(state)


def _confirm_close(state: at.AskingDevices | at.AskingCards) -> at.ConsoleState:
    close = at.ConsoleAct.CLOSE
    return at.Console(state.operator, state.view, confirming=close, said=state.said)


def _asking(state: at.AskingDevices | at.AskingCards, event: on.ConsoleEvent) -> ConsoleStep:
    order = state.view.order or NOTHING_TO_ASK
    match event:
        case on.ViewChanged(view):
            if view.order is None or view.order.neighbours != order.neighbours:
                return Step(at.Console(state.operator, view))
            if isinstance(state, at.AskingDevices):
                return Step(replace(state, view=view, counted=True))
            return Step(replace(state, view=view))
        case on.StandingSaid(said) if isinstance(state, at.AskingDevices) and order.knows(said):
            return Step(replace(state, said=after_saying(state.said, said)))
        case on.WentOn() if isinstance(state, at.AskingCards):
            return Step(_confirm_close(state))
        case on.WentOn() if isinstance(state, at.AskingDevices) and state.counted:
            return Step(_ask_cards(state) if order.is_answered(state.said) else state)
        case on.Cancelled():
            if isinstance(state, at.AskingCards):
                return Step(at.AskingDevices(state.operator, state.view, state.said, counted=True))
            return Step(at.Console(state.operator, state.view))
        case _:
            return Step(state)


def _entering(state: at.EnteringCode, event: on.ConsoleEvent) -> ConsoleStep:
    match event:
        case on.Cancelled():
            return Step(at.Console(state.operator, state.view))
        case on.CodeEntered(code) if state.act in at.BY_CARDS:
            return _begin(at.Console(state.operator, state.view), state.act, code)
        case on.CodeEntered(code):
            first, signed = state.operator, signin.SignedIn(state.operator)
            return Step(at.SecondSignature(first, state.act, state.view, signed, code))
        case _:
            return Step(state)


def _second(state: at.SecondSignature, event: on.ConsoleEvent) -> ConsoleStep:
    match event:
        case on.ViewChanged(view):
            return Step(replace(state, view=view))
        case on.Cancelled():
            still_in = isinstance(state.signin, signin.SignedIn)
            after = at.Console(state.first, state.view) if still_in else at.Away()
            return Step(after, (on.GiveUp(),))
        case _ if isinstance(event, signin.SignInEvent):
            inner, effects = signin.step(state.signin, event, not_role=state.first.role)
            if isinstance(inner, signin.SignedIn) and inner is not state.signin:
                return Step(
                    at.Acting(state.first, inner.operator, state.act, state.view),
                    (on.Perform(state.act, state.first, inner.operator, state.code),),
                )
            return Step(replace(state, signin=inner), effects)
        case _:
            return Step(state)


def _acting(state: at.Acting, event: on.ConsoleEvent) -> ConsoleStep:
    match event:
        case signin.OperatorCardRemoved():
            return Step(replace(state, card_out=True))
        case on.Progress(fraction):
            return Step(replace(state, progress=fraction))
        case on.ActEnded(outcome, view):
            if state.card_out:
                return Step(at.Away())
            return Step(at.Console(state.second, view, outcome=outcome))
        case _:
            return Step(state)
