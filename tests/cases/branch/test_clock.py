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


def test_clock_that_jumps_during_the_day(terminal: TerminalBench) -> None:
    vote(terminal, 1)
    set_clock(terminal, timedelta(hours=-2))
    terminal.clock.later(LOOK_S)
    assert terminal.see(TerminalOut) == TerminalOut("CLOCK")
    confirmed(terminal)
    terminal.see(TerminalIdle)


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
