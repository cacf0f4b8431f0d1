"""The operator console's flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.plugged import Plugged
from election.closing_order import BeforeClosing, Neighbour, Said, Standing, told
from election.definition import DeviceId, Role, Text
from election.device_table import Choose, DeviceRow, DeviceTable, Place, TryOut
from election.polls import Operator, PollsState
from election.signing_in import (
    CheckingPin,
    EnterPin,
    NeedCard,
    OperatorCardRemoved,
    OperatorCardSeen,
    OperatorProven,
    OperatorRejected,
    OtherCardSeen,
    PinEntered,
    PinWrong,
    ProveOperator,
    Rejected,
    Rejection,
    SignedIn,
)
from kiosk.flows.operator.events import (
    ActChosen,
    ActEnded,
    Cancelled,
    ChangeDevices,
    CodeEntered,
    ConfirmAnswered,
    ConsoleEffect,
    ConsoleEvent,
    DevicesWanted,
    FirstSigned,
    GiveUp,
    GuideAnswered,
    GuideWanted,
    LookAnew,
    Perform,
    Progress,
    SignFirst,
    StandingSaid,
    ViewChanged,
    WentOn,
)
from kiosk.flows.operator.flow import FINAL, ConsoleStep, step
from kiosk.flows.operator.states import (
    BY_CARDS,
    TWO_ROLES,
    TYPED,
    Acting,
    ActOutcome,
    AskingCards,
    AskingDevices,
    Away,
    ChoosingDevices,
    Console,
    ConsoleAct,
    ConsoleState,
    ConsoleView,
    EnteringCode,
    Guided,
    SecondSignature,
    SigningIn,
    allowed,
)
from tests.kiosk.flows.samples import (
    OFFICER,
    PIN,
    SECOND_OFFICER,
    SUPERVISOR,
    WALKS,
    pick,
    reaches,
)
from words.message import m

CODE = "402318876513"
VIEWS = {state: ConsoleView(state) for state in PollsState}
READY = VIEWS[PollsState.READY]
COME_FROM = (Acting, AskingDevices, AskingCards, Guided, ChoosingDevices, EnteringCode)
"""States that lead back to the console of who is signed in."""
DONE = ActOutcome(ConsoleAct.SELF_TEST, True, m("done"))
SIGN_IN = (OperatorCardSeen(), PinEntered(PIN))


def play(state: ConsoleState, *events: ConsoleEvent, view: ConsoleView = READY) -> ConsoleState:
    for event in events:
        state = step(state, event, view).state
    return state


def effects(
    state: ConsoleState, *events: ConsoleEvent, view: ConsoleView = READY
) -> list[ConsoleEffect]:
    found: list[ConsoleEffect] = []
    for event in events:
        done = step(state, event, view)
        state = done.state
        found += done.effects
    return found


def console(polls: PollsState = PollsState.READY) -> Console:
    state = play(Away(), *SIGN_IN, OperatorProven(OFFICER), view=VIEWS[polls])
    assert isinstance(state, Console)
    return state


def second(act: ConsoleAct = ConsoleAct.OPEN, polls: PollsState = PollsState.READY) -> ConsoleState:
    state = play(console(polls), ActChosen(act))
    state = play(state, ConfirmAnswered(True)) if act in FINAL else state
    return play(state, FirstSigned())


def test_signing_in() -> None:
    assert play(Away(), OperatorCardSeen()) == SigningIn(EnterPin())
    assert effects(Away(), *SIGN_IN) == [ProveOperator(PIN)]
    assert console() == Console(OFFICER, READY)
    wrong = play(Away(), *SIGN_IN, PinWrong(2))
    assert wrong == SigningIn(EnterPin(2))
    assert play(wrong, PinEntered(PIN), OperatorProven(OFFICER)) == console()
    rejected = play(Away(), *SIGN_IN, OperatorRejected(Rejection.PIN_BLOCKED))
    assert rejected == SigningIn(Rejected(Rejection.PIN_BLOCKED))
    assert play(rejected, *SIGN_IN, OperatorProven(OFFICER)) == rejected
    assert play(rejected, OperatorCardRemoved()) == Away()


@pytest.mark.parametrize("polls", PollsState)
@pytest.mark.parametrize("act", ConsoleAct)
def test_only_what_the_state_of_the_polls_allows(act: ConsoleAct, polls: PollsState) -> None:
    before = console(polls)
    after = play(before, ActChosen(act))
    if act not in allowed(ConsoleView(polls)):
        assert after == before
    elif act in TYPED:
        assert after == EnteringCode(OFFICER, before.view, act)
    elif act in FINAL:
        assert after == replace(before, confirming=act)
        assert play(after, ConfirmAnswered(False)) == before
    elif act in TWO_ROLES:
        assert effects(before, ActChosen(act)) == [SignFirst(act, OFFICER)]
        assert after == replace(before, busy=act)
        signed = play(after, FirstSigned())
        assert signed == SecondSignature(OFFICER, act, before.view, SignedIn(OFFICER))
    else:
        assert effects(before, ActChosen(act)) == [Perform(act, OFFICER)]
        assert after == replace(before, busy=act)


def test_ready_for_the_day_is_offered_where_it_can_be_said() -> None:
    for polls in PollsState:
        assert ConsoleAct.READY_FOR_DAY not in allowed(ConsoleView(polls))
        assert ConsoleAct.READY_FOR_DAY in allowed(ConsoleView(polls, can_be_ready=True))
    before = Console(OFFICER, ConsoleView(PollsState.READY, can_be_ready=True))
    signing = play(before, ActChosen(ConsoleAct.READY_FOR_DAY), ConfirmAnswered(True))
    assert isinstance(signing, SecondSignature), "final, of two roles, and nothing to sign"


def test_what_is_final_is_asked_and_takes_two_roles() -> None:
    asked = play(console(), ActChosen(ConsoleAct.OPEN))
    assert effects(console(), ActChosen(ConsoleAct.OPEN)) == []
    assert effects(asked, ConfirmAnswered(True)) == [SignFirst(ConsoleAct.OPEN, OFFICER)]
    signing = play(asked, ConfirmAnswered(True), FirstSigned())
    assert signing == SecondSignature(OFFICER, ConsoleAct.OPEN, READY, SignedIn(OFFICER))
    proven = (OperatorCardRemoved(), *SIGN_IN, OperatorProven(SUPERVISOR))
    assert play(signing, *proven) == Acting(OFFICER, SUPERVISOR, ConsoleAct.OPEN, READY)
    assert effects(signing, *proven) == [
        ProveOperator(PIN),
        Perform(ConsoleAct.OPEN, OFFICER, SUPERVISOR),
    ]


def test_the_supervisor_may_come_first() -> None:
    first = play(Away(), *SIGN_IN, OperatorProven(SUPERVISOR))
    state = play(
        first,
        ActChosen(ConsoleAct.LOAD_PACKAGE),
        FirstSigned(),
        OperatorCardRemoved(),
        *SIGN_IN,
        OperatorProven(OFFICER),
    )
    assert state == Acting(SUPERVISOR, OFFICER, ConsoleAct.LOAD_PACKAGE, READY)


@pytest.mark.parametrize("again", [OFFICER, SECOND_OFFICER])
def test_the_same_role_twice_is_not_enough(again: Operator) -> None:
    events = (OperatorCardRemoved(), *SIGN_IN, OperatorProven(again))
    state = play(second(), *events)
    assert isinstance(state, SecondSignature)
    assert state.signin == Rejected(Rejection.SAME_ROLE)
    assert effects(second(), *events) == [ProveOperator(PIN)]


def test_the_first_card_has_to_come_out_before_the_second() -> None:
    state = second()
    assert play(state, *SIGN_IN, OperatorProven(SUPERVISOR)) == state


def test_a_card_that_leaves_after_it_signed_is_out_already() -> None:
    loading = play(console(), ActChosen(ConsoleAct.LOAD_PACKAGE), OperatorCardRemoved())
    second_asked = play(loading, FirstSigned())
    assert second_asked == SecondSignature(OFFICER, ConsoleAct.LOAD_PACKAGE, READY, NeedCard())


def test_a_card_that_did_not_sign_ends_the_act() -> None:
    loading = play(console(), ActChosen(ConsoleAct.LOAD_PACKAGE))
    assert play(loading, ActEnded(DONE, READY)) == replace(console(), outcome=DONE)


def test_giving_up_the_second_signature() -> None:
    assert effects(second(), Cancelled()) == [GiveUp()]
    assert play(second(), Cancelled()) == console()
    assert play(second(), OperatorCardRemoved(), Cancelled()) == Away()


def test_an_act_ends_even_if_the_card_is_pulled() -> None:
    busy = play(console(), ActChosen(ConsoleAct.SELF_TEST))
    pulled = play(busy, Progress(0.5), OperatorCardRemoved())
    assert pulled == replace(console(), busy=ConsoleAct.SELF_TEST, progress=0.5, card_out=True)
    assert play(pulled, ActEnded(DONE, READY)) == Away()
    assert play(busy, ActEnded(DONE, READY)) == replace(console(), outcome=DONE)
    acting = Acting(OFFICER, SUPERVISOR, ConsoleAct.OPEN, READY)
    assert play(acting, ActEnded(DONE, READY)) == Console(SUPERVISOR, READY, outcome=DONE)
    assert play(acting, OperatorCardRemoved(), ActEnded(DONE, READY)) == Away()


def test_taking_the_card_out_ends_the_session() -> None:
    for state in (console(), play(console(), ActChosen(ConsoleAct.OPEN))):
        assert play(state, OperatorCardRemoved()) == Away()


def test_messages_and_views() -> None:
    told = replace(console(), outcome=DONE)
    assert play(told, Cancelled()) == console()
    open_view = VIEWS[PollsState.OPEN]
    assert play(console(), ViewChanged(open_view)) == Console(OFFICER, open_view)
    state = play(second(), ViewChanged(open_view))
    assert isinstance(state, SecondSignature)
    assert state.view == open_view


_ONE = Neighbour(DeviceId("b1-t1"), Role.BALLOT_TERMINAL)
ORDERS = tuple(
    replace(VIEWS[PollsState.OPEN], order=BeforeClosing((_ONE,), cards)) for cards in (0, 2)
)
ANY: tuple[ConsoleEvent, ...] = (
    *(ViewChanged(view) for view in ORDERS),
    StandingSaid(Said(_ONE.device, Standing.CLOSED)),
    StandingSaid(Said(_ONE.device, Standing.OPEN)),
    StandingSaid(Said(DeviceId("b2-t1"), Standing.CLOSED)),
    WentOn(),
    OperatorCardSeen(),
    OtherCardSeen(),
    OperatorCardRemoved(),
    PinEntered(PIN),
    PinWrong(1),
    OperatorRejected(Rejection.EXPIRED),
    OperatorProven(OFFICER),
    OperatorProven(SUPERVISOR),
    OperatorProven(SECOND_OFFICER),
    *(ViewChanged(view) for view in VIEWS.values()),
    *(ActChosen(act) for act in ConsoleAct),
    ConfirmAnswered(True),
    ConfirmAnswered(False),
    Progress(None),
    Progress(0.3),
    FirstSigned(),
    ActEnded(DONE, READY),
    ActEnded(DONE, VIEWS[PollsState.OPEN]),
    Cancelled(),
)


def fitting(state: ConsoleState) -> Iterator[ConsoleEvent]:
    match state:
        case Away():
            yield OperatorCardSeen()
        case SigningIn(signin) | SecondSignature(signin=signin):
            match signin:
                case EnterPin():
                    yield PinEntered(PIN)
                case CheckingPin():
                    yield OperatorProven(OFFICER)
                    yield OperatorProven(SUPERVISOR)
                case NeedCard():
                    yield OperatorCardSeen()
                case _:
                    yield OperatorCardRemoved()
        case AskingDevices():
            yield StandingSaid(Said(_ONE.device, Standing.CLOSED))
            yield ViewChanged(ORDERS[1])
            yield WentOn()
        case AskingCards():
            yield WentOn()
        case EnteringCode():
            yield CodeEntered(CODE)
        case ChoosingDevices(view=view):
            changed = replace(view, devices=TABLE.after(Choose(Place.PRINTER, "new")))
            keep = ActChosen(ConsoleAct.KEEP_DEVICES)
            yield from (keep, ViewChanged(changed), DevicesWanted(TryOut()), Cancelled())
        case Guided():
            yield from (GuideAnswered(0), Cancelled(), ViewChanged(ORDERS[1]))
        case Console(confirming=None, busy=None, view=view) if view.polls is PollsState.OPEN:
            yield ActChosen(ConsoleAct.CLOSE)
            yield ViewChanged(ORDERS[1])
        case Console(confirming=None, busy=None):
            yield from (ActChosen(act) for act in ConsoleAct)
            yield from (GuideWanted(), DevicesWanted())
        case Console(busy=None):
            yield ConfirmAnswered(True)
        case Console(busy=busy) if busy in BY_CARDS:
            yield FirstSigned()
            yield ActEnded(DONE, READY)
        case Console() | Acting():
            yield ActEnded(DONE, READY)


TABLE = DeviceTable((DeviceRow(Place.PRINTER, "old", "old"),), Plugged((), ("old", "new")))


def check(before: ConsoleState, event: ConsoleEvent, done: ConsoleStep) -> None:
    after = done.state
    assert PIN not in repr(after)
    assert PIN not in repr(done.effects)
    assert CODE not in repr(after) + repr(done.effects)
    for effect in done.effects:
        match effect:
            case Perform(act, first, None):
                assert act not in TWO_ROLES
                assert isinstance(before, Console)
                assert before.busy is None
                assert act in allowed(before.view)
                assert first == before.operator
            case Perform(act, first, signer):
                assert isinstance(before, SecondSignature)
                assert signer is not None
                assert event == OperatorProven(signer)
                assert (act, first) == (before.act, before.first)
                assert first.role is not signer.role
            case ProveOperator():
                assert event == PinEntered(PIN)
            case LookAnew():
                assert event == ActChosen(ConsoleAct.CLOSE)
            case SignFirst(act, first, said):
                assert act in BY_CARDS
                order = before.view.order if isinstance(before, Console) else None
                if act is ConsoleAct.CLOSE and order is not None:
                    assert order.is_answered(said), "nothing is signed before all is asked"
                assert isinstance(before, Console)
                assert before.busy is None
                assert act in {before.confirming, *allowed(before.view)}
                assert first == before.operator
            case ChangeDevices(change):
                assert isinstance(before, Console | ChoosingDevices)
                assert event == DevicesWanted(change)
            case GiveUp():
                assert isinstance(before, SecondSignature)
                assert event == Cancelled()
    if isinstance(before, EnteringCode) and isinstance(after, SecondSignature):
        assert event == CodeEntered(after.code)
        assert after.act is before.act
        assert after.act in TYPED
    elif isinstance(after, SecondSignature) and not isinstance(before, SecondSignature):
        if isinstance(before, ChoosingDevices):
            assert before.view.devices.changed
            assert after.act is ConsoleAct.KEEP_DEVICES
            return
        assert isinstance(before, Console)
        asked = (before.confirming == after.act) and event == ConfirmAnswered(True)
        signed = before.busy == after.act and event == FirstSigned()
        assert signed or (asked and after.act not in BY_CARDS)
    if isinstance(event, OperatorCardRemoved):
        gone = not isinstance(after, Console) or (after.busy is not None and after.card_out)
        assert gone, "nobody stays signed in without a card"
    if isinstance(after, Console) and not isinstance(before, Console):
        came = (
            isinstance(event, OperatorProven)
            or (isinstance(before, SecondSignature) and before.signin == SignedIn(before.first))
            or isinstance(before, COME_FROM)
        )
        assert came


@settings(max_examples=400, deadline=None)
@given(WALKS)
def test_whatever_happens(walk: list[int]) -> None:
    state: ConsoleState = Away()
    running = 0
    for number in walk:
        event = pick(number, fitting(state), ANY)
        done = step(state, event, READY)
        check(state, event, done)
        if isinstance(event, ActEnded | FirstSigned):
            running = 0
        running += sum(isinstance(effect, Perform | SignFirst) for effect in done.effects)
        assert running <= 1, "one act at a time"
        state = done.state


def test_every_event_in_every_state() -> None:
    seen: set[str] = set()
    edge: list[ConsoleState] = [Away()]
    forward: tuple[ConsoleEvent, ...] = (Cancelled(), OperatorCardRemoved(), ActEnded(DONE, READY))
    while edge and len(seen) < 1500:
        state = edge.pop(0)
        assert reaches(
            state,
            lambda s, e: step(s, e, READY).state,
            forward,
            lambda s: isinstance(s, Away),
            3,
        )
        for event in ANY:
            done = step(state, event, READY)
            check(state, event, done)
            if repr(done.state) not in seen:
                seen.add(repr(done.state))
                edge.append(done.state)


# ---------------------------------------------------------------- the order of closing

TERMINALS = tuple(Neighbour(DeviceId(name), Role.BALLOT_TERMINAL) for name in ("b1-t1", "b1-t2"))
OTHER = Neighbour(DeviceId("b1-i2"), Role.IDENTITY_STATION)
CLOSED, OPEN, DEAD = Standing.CLOSED, Standing.OPEN, Standing.DEAD


def asked(*neighbours: Neighbour, cards: int = 0) -> ConsoleView:
    return replace(VIEWS[PollsState.OPEN], order=BeforeClosing(neighbours, cards))


def closing(view: ConsoleView) -> AskingDevices:
    """Return the console of a station after CLOSE was touched and the view has come."""
    state = play(Console(OFFICER, view), ActChosen(ConsoleAct.CLOSE), ViewChanged(view))
    assert isinstance(state, AskingDevices)
    return state


def say(device: Neighbour, standing: Standing) -> StandingSaid:
    return StandingSaid(Said(device.device, standing))


def test_a_station_asks_for_devices_then_cards_then_whether_it_is_meant() -> None:
    view = asked(*TERMINALS, OTHER, cards=3)
    first, second_terminal = TERMINALS
    before = Console(OFFICER, view)
    assert effects(before, ActChosen(ConsoleAct.CLOSE)) == [LookAnew()]
    devices = closing(view)
    said = play(devices, say(first, OPEN), say(second_terminal, CLOSED), say(first, DEAD))
    assert play(said, WentOn()) == said, "the other station is missing"
    cards = play(said, say(OTHER, CLOSED), WentOn())
    assert isinstance(cards, AskingCards)
    fewer = asked(*TERMINALS, OTHER, cards=1)
    confirm = play(cards, ViewChanged(fewer), WentOn())
    answers = (
        Said(second_terminal.device, CLOSED),
        Said(first.device, DEAD),
        Said(OTHER.device, CLOSED),
    )
    assert confirm == Console(OFFICER, fewer, confirming=ConsoleAct.CLOSE, said=answers)
    assert effects(confirm, ConfirmAnswered(True)) == [
        SignFirst(ConsoleAct.CLOSE, OFFICER, answers)
    ]
    assert play(confirm, ConfirmAnswered(False)) == Console(OFFICER, fewer)


def test_only_the_last_station_asks_for_cards() -> None:
    view = asked(OTHER, cards=3)
    assert isinstance(play(closing(view), say(OTHER, CLOSED), WentOn()), AskingCards)
    assert isinstance(play(closing(view), say(OTHER, DEAD), WentOn()), AskingCards)
    waits = play(closing(view), say(OTHER, OPEN), WentOn())
    assert waits == Console(
        OFFICER, view, confirming=ConsoleAct.CLOSE, said=(Said(OTHER.device, OPEN),)
    )


def test_numbers_of_the_morning_do_not_close_a_station() -> None:
    """The view of the sign-in may be hours old: nothing goes on before a new one has come."""
    old = asked(TERMINALS[0], cards=0)
    state = play(Console(OFFICER, old), ActChosen(ConsoleAct.CLOSE), say(TERMINALS[0], CLOSED))
    assert play(state, WentOn()) == state
    now = play(state, ViewChanged(asked(TERMINALS[0], cards=2)), WentOn())
    assert isinstance(now, AskingCards)


def test_the_questions_can_be_left() -> None:
    view = asked(*TERMINALS, cards=1)
    devices = closing(view)
    assert play(devices, Cancelled()) == Console(OFFICER, view)
    assert play(devices, OperatorCardRemoved()) == Away()
    cards = play(devices, *(say(each, CLOSED) for each in TERMINALS), WentOn())
    assert isinstance(cards, AskingCards)
    back = play(cards, Cancelled())
    assert isinstance(back, AskingDevices)
    assert back.said == cards.said
    assert play(cards, OperatorCardRemoved()) == Away()
    gone = VIEWS[PollsState.CLOSED]
    assert play(cards, ViewChanged(gone)) == Console(OFFICER, gone)


def test_a_terminal_and_a_package_are_asked_nothing() -> None:
    state = play(console(PollsState.OPEN), ActChosen(ConsoleAct.CLOSE))
    assert state == replace(console(PollsState.OPEN), confirming=ConsoleAct.CLOSE)


@given(
    st.lists(st.sampled_from(list(Standing)), min_size=3, max_size=3),
    st.integers(0, 500),
)
def test_what_closing_tells_is_what_is_not_closed(standings: list[Standing], cards: int) -> None:
    """A station that is open is waited for; all else that is not closed is told."""
    neighbours = (*TERMINALS, OTHER)
    order = BeforeClosing(neighbours, cards)
    said = [Said(n.device, s) for n, s in zip(neighbours, standings, strict=True)]
    lines = {(each.event, each.reason): each.number for each in told(order, said)}
    without = {reason for event, reason in lines if event == "closed-without"}
    expected = {
        f"{n.device} {s.value}"
        for n, s in zip(neighbours, standings, strict=True)
        if s in {DEAD, Standing.TAKEN_OVER} or (s is OPEN and n is not OTHER)
    }
    assert without == expected
    waits = standings[2] is OPEN
    assert lines.get(("cards-missing", ""), 0) == (0 if waits else cards)
    assert list(told(order, said)) == sorted(
        told(order, said), key=lambda each: (each.event, each.reason)
    )


@pytest.mark.parametrize("state", sorted(PollsState))
def test_whose_card_is_judged_by_its_chain_alone_sets_the_clock_alone(state: PollsState) -> None:
    """Whatever the console shows; and once the polls are closed nothing at all."""
    known = replace(VIEWS[state], election=Text("انتخابات"), to_confirm=True, takes_codes=True)
    view = replace(known, can_be_ready=True, takes_lists=True, rescues=1, training=False)
    console = Console(replace(OFFICER, clock_only=True), view)
    begun = [act for act in ConsoleAct if play(console, ActChosen(act)) != console]
    assert begun == ([] if state is PollsState.CLOSED else [ConsoleAct.SET_CLOCK])
    assert play(console, DevicesWanted()) == console
    assert isinstance(play(console, GuideWanted()), Guided), "who to call is never refused"


# ------------------------------------------------------------ a code of headquarters


@pytest.mark.parametrize("act", sorted(TYPED))
def test_digits_are_typed_before_two_roles_sign_and_go_with_them(act: ConsoleAct) -> None:
    view = replace(
        VIEWS[PollsState.OPEN],
        takes_codes=True,
        election=Text("انتخابات"),
        replaceable=(DeviceId("b1-t1"),),
    )
    assert act in allowed(view)
    assert ConsoleAct.MORE_DOCUMENTS not in allowed(VIEWS[PollsState.OPEN])
    assert not {*TYPED} & allowed(replace(view, polls=PollsState.CLOSED, takes_codes=False))
    clock_only = {*TYPED} & allowed(ConsoleView(PollsState.UNCONFIGURED))
    assert clock_only == {ConsoleAct.SET_CLOCK}, "nobody is registered yet"
    entering = play(Console(OFFICER, view), ActChosen(act))
    assert entering == EnteringCode(OFFICER, view, act)
    assert play(entering, Cancelled()) == Console(OFFICER, view)
    assert play(entering, OperatorCardRemoved()) == Away()
    if act in BY_CARDS:
        begun = step(entering, CodeEntered(CODE), view)
        assert begun.state == Console(OFFICER, view, busy=act, code=CODE)
        assert begun.effects == (SignFirst(act, OFFICER, code=CODE),)
        assert CODE not in repr(begun.state)
        second = play(begun.state, FirstSigned())
        assert isinstance(second, SecondSignature)
        assert second.code == CODE, "who signs second sees what was typed"
        return
    signing = play(entering, ViewChanged(view), CodeEntered(CODE), OperatorCardRemoved())
    assert isinstance(signing, SecondSignature)
    assert signing.code == CODE
    done = step(replace(signing, signin=CheckingPin()), OperatorProven(SUPERVISOR), view)
    assert done.effects == (Perform(act, OFFICER, SUPERVISOR, CODE),)
    assert CODE not in repr(signing) + repr(done)


# ---------------------------------------------------------------- what to do


def test_the_guide_goes_down_and_back() -> None:
    console = play(Away(), *SIGN_IN, OperatorProven(OFFICER))
    assert isinstance(console, Console)
    asked = play(console, GuideWanted())
    assert asked == Guided(OFFICER, console.view)
    down = play(asked, GuideAnswered(0), GuideAnswered(1))
    assert down == Guided(OFFICER, console.view, (0, 1))
    assert play(down, GuideAnswered(0)) == down, "an end has no answers"
    assert play(down, Cancelled(), Cancelled()) == asked
    assert play(asked, Cancelled()) == Console(OFFICER, console.view)
    assert play(down, OperatorCardRemoved()) == Away()


def test_the_guide_waits_for_an_act_that_goes_on() -> None:
    busy = Console(OFFICER, READY, busy=ConsoleAct.SELF_TEST)
    assert play(busy, GuideWanted()) == busy
