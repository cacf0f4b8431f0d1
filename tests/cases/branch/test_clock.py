"""Start devices with a wrong clock while the polls are open, and set it while they run."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kiosk.flows.ballot.states import Idle as TerminalIdle
from kiosk.flows.ballot.states import OutOfService as TerminalOut
from kiosk.flows.identity.states import Idle, OutOfService
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.device import LOOK_S
from tests.cases.branch.test_media import vote
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.test_identity_station import VOTER, check_in

WRONG = {
    "a-year-ahead": timedelta(days=365),
    "a-year-behind": timedelta(days=-365),
    "after-the-closing-hour": timedelta(hours=13),
    "before-the-opening-hour": timedelta(hours=-8),
    "before-its-own-last-entry": timedelta(hours=-2),
}


def started(bench: TerminalBench | IdentityBench, ahead: timedelta) -> None:
    bench.station.stop()
    set_clock(bench, ahead)
    bench.boot()


def set_clock(bench: Bench, ahead: timedelta) -> datetime:
    right = bench.clock.now()
    bench.clock.set(right + ahead)
    return right


def confirmed(bench: Bench) -> None:
    """Both roles sign in in spite of the clock, and the log has their names."""
    assert bench.do(ConsoleAct.CONFIRM).ok
    (told,) = bench.logged("doubt-confirmed")
    assert [told.split()[0], len(told.split())] == ["clock", 3]


@pytest.mark.parametrize("ahead", WRONG.values(), ids=WRONG)
def test_terminal_waits_for_two_roles(terminal: TerminalBench, ahead: timedelta) -> None:
    vote(terminal, 1)
    started(terminal, ahead)
    assert terminal.see(TerminalOut, TerminalIdle) == TerminalOut("CLOCK")
    assert terminal.logged("doubt-found") == ["clock"]
    confirmed(terminal)
    terminal.see(TerminalIdle)
    assert terminal.cast() == 1
    terminal.restart()
    if ahead == WRONG["before-its-own-last-entry"]:
        terminal.see(TerminalIdle)  # what was confirmed is the time now


@pytest.mark.parametrize("ahead", WRONG.values(), ids=WRONG)
def test_clock_that_is_set_right_needs_nobody(terminal: TerminalBench, ahead: timedelta) -> None:
    vote(terminal, 1)
    started(terminal, ahead)
    terminal.see(TerminalOut)
    set_clock(terminal, -ahead)
    terminal.clock.later(LOOK_S)
    if ahead < timedelta():
        terminal.see(TerminalIdle)
    else:
        # The entry of this start is ahead; the next start would doubt the right clock.
        terminal.see(TerminalIdle)
        terminal.restart()
        assert terminal.see(TerminalOut, TerminalIdle) == TerminalOut("CLOCK")
        confirmed(terminal)
        terminal.see(TerminalIdle)
        terminal.restart()
        terminal.see(TerminalIdle)


def test_wrong_clock_never_keeps_the_votes(terminal: TerminalBench) -> None:
    vote(terminal, 1)
    started(terminal, timedelta(days=-365))
    assert terminal.do(ConsoleAct.CLOSE).ok
    assert terminal.do(ConsoleAct.EXPORT).ok


@pytest.mark.parametrize("ahead", [timedelta(hours=-2), timedelta(hours=1)], ids=["back", "ahead"])
def test_a_machines_clock_that_is_set_moves_nothing(
    terminal: TerminalBench, ahead: timedelta
) -> None:
    """The device goes on with its own; two roles may take the machine's, and see it before."""
    vote(terminal, 1)
    own = terminal.terminal.context.clock
    right = set_clock(terminal, ahead)
    assert abs(own.now() - right) < timedelta(minutes=1)
    terminal.clock.later(LOOK_S)
    terminal.until(lambda: bool(terminal.logged("doubt-found")), "what was found")
    assert terminal.logged("doubt-found") == ["clock-set"]
    assert isinstance(terminal.state, TerminalIdle)
    vote(terminal, 2)
    entries = terminal.log()
    assert entries[-1].time - entries[0].time < timedelta(hours=1)
    assert terminal.do(ConsoleAct.CONFIRM).ok
    (told,) = terminal.logged("doubt-confirmed")
    assert told.startswith("clock-set ")
    assert abs(own.now() - terminal.clock.now()) < timedelta(minutes=1)
    assert abs(terminal.log()[-1].time - terminal.clock.now()) < timedelta(hours=1)
    terminal.restart()
    terminal.see(TerminalIdle)


def test_a_machines_clock_that_is_set_to_nonsense_is_not_offered(terminal: TerminalBench) -> None:
    vote(terminal, 1)
    right = set_clock(terminal, timedelta(days=365))
    terminal.clock.later(LOOK_S)
    terminal.settle()
    assert terminal.logged("doubt-found") == []
    assert abs(terminal.terminal.context.clock.now() - right) < timedelta(minutes=2)
    vote(terminal, 2)


@pytest.mark.parametrize("days", [-365, 365])
def test_a_dead_battery_goes_on_with_the_latest_time_that_is_known(
    terminal: TerminalBench, days: int
) -> None:
    """Of an hour that is none of the election: the last entry of the log; the voters' cards are good."""
    vote(terminal, 1)
    last = terminal.log()[-1].time
    started(terminal, timedelta(days=days))
    assert terminal.see(TerminalOut) == TerminalOut("CLOCK")
    confirmed(terminal)
    terminal.see(TerminalIdle)
    assert abs(terminal.terminal.context.clock.now() - last) < timedelta(minutes=16)
    vote(terminal, 2)
    entries = terminal.log()
    assert abs(entries[-1].time - last) < timedelta(minutes=31)
    assert terminal.cast() == 2


def test_the_acts_tell_the_time_where_the_log_is_new(terminal: TerminalBench) -> None:
    """The floor is the latest of both, but an act from before a confirmed clock says nothing."""
    context = terminal.terminal.context
    opened = max(statement.at for statement in context.polls.statements())
    assert context.anchoring.floor == opened
    assert context.floor is not None
    assert context.floor >= opened
    set_clock(terminal, timedelta(hours=-1))
    terminal.clock.later(LOOK_S)
    terminal.until(lambda: bool(terminal.logged("doubt-found")), "what was found")
    assert terminal.do(ConsoleAct.CONFIRM).ok
    terminal.restart()
    assert terminal.terminal.context.anchoring.floor is None


def test_queue_is_served_past_the_closing_hour(terminal: TerminalBench) -> None:
    """The hours go by; no clock was set."""
    vote(terminal, 1)
    for _ in range(7):
        terminal.clock.later(3600)
        terminal.settle()
    assert terminal.clock.now() > terminal.office.election.closes
    terminal.see(TerminalIdle)
    assert terminal.logged("doubt-found") == []


def test_station_a_year_behind_says_that_it_is_the_clock(station: IdentityBench) -> None:
    """Genuine cards are never called forged because the station's clock is wrong."""
    check_in(station, VOTER)
    station.reader.remove()
    station.cards.remove()
    station.sensor.lift()
    started(station, timedelta(days=-365))
    assert station.see(OutOfService, Idle) == OutOfService("CLOCK")
    confirmed(station)
    station.see(Idle)


def typed(at: datetime) -> str:
    return at.astimezone().strftime("%Y%m%d%H%M")


def test_a_new_device_in_the_year_2000_is_set_by_two_roles(new_terminal: TerminalBench) -> None:
    """Dead battery, no network, no package: the cards are judged by their chain, and the time is typed."""
    bench, right = new_terminal, new_terminal.clock.now()
    bench.clock.set(datetime(2000, 1, 1, tzinfo=right.tzinfo))
    assert not bench.do(ConsoleAct.SET_CLOCK, "199912312359").ok, "before headquarters' root"
    assert not bench.do(ConsoleAct.SET_CLOCK, "140513321200").ok, "no day of any calendar"
    assert bench.do(ConsoleAct.SET_CLOCK, typed(right)).ok
    assert abs(bench.terminal.context.clock.now() - right) < timedelta(minutes=2)
    (told,) = bench.logged("doubt-confirmed")
    what, shown, *signers = told.split()
    assert (what, len(signers)) == ("clock-typed", 2)
    assert datetime.fromisoformat(shown).year == 2000, "what the machine's clock showed"
    assert bench.open_polls().ok
    vote(bench, 1)


def test_a_clock_in_doubt_is_typed_instead_of_confirmed(terminal: TerminalBench) -> None:
    vote(terminal, 1)
    right = terminal.clock.now()
    started(terminal, timedelta(days=-365))
    assert terminal.see(TerminalOut) == TerminalOut("CLOCK")
    late = right + timedelta(days=3)
    assert not terminal.do(ConsoleAct.SET_CLOCK, typed(late)).ok, "after this election"
    assert not terminal.do(ConsoleAct.SET_CLOCK, typed(right - timedelta(hours=2))).ok
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right + timedelta(minutes=20))).ok
    terminal.see(TerminalIdle)
    vote(terminal, 2)
    assert terminal.cast() == 2
