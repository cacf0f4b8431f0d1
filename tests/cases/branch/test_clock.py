"""Start devices with a wrong clock while the polls are open, and set it while they run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from drivers.media.errors import MediumLostError
from election.acts import read_statement
from election.authorization import AuthorizationRefusal
from election.day_sums import DaySum
from election.package.portraits import PACKAGE_FILE
from election.polls import PollsState
from headquarters.acts_check import act_findings
from kiosk.flows.ballot.states import Idle as TerminalIdle
from kiosk.flows.ballot.states import OutOfService as TerminalOut
from kiosk.flows.identity.states import Idle, OutOfService
from kiosk.flows.operator.states import Console, ConsoleAct, allowed
from kiosk.station.device import LOOK_S
from tests.cases.branch.test_media import vote
from tests.cases.branch.test_one_memory import hand_in
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
    what, shown, before, *signers = told.split()
    assert (what, len(signers)) == ("clock-typed", 2)
    assert datetime.fromisoformat(shown).year == 2000, "what the machine's clock showed"
    assert before == shown, "the device kept no time of its own yet"
    assert bench.open_polls().ok
    vote(bench, 1)


def test_a_clock_in_doubt_is_typed_instead_of_confirmed(terminal: TerminalBench) -> None:
    vote(terminal, 1)
    right = terminal.clock.now()
    started(terminal, timedelta(days=-365))
    assert terminal.see(TerminalOut) == TerminalOut("CLOCK")
    late = right + timedelta(days=3)
    assert not terminal.do(ConsoleAct.SET_CLOCK, typed(late)).ok, "after this election"
    assert not terminal.do(ConsoleAct.SET_CLOCK, typed(right - timedelta(hours=7))).ok
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right + timedelta(minutes=20))).ok
    terminal.see(TerminalIdle)
    vote(terminal, 2)
    assert terminal.cast() == 2


def test_a_time_typed_wrongly_is_typed_again(terminal: TerminalBench) -> None:
    """No card is good twice by it; the log has every time that was said, CLOSE how often it went back."""
    own, office = terminal.terminal.context.clock, terminal.office
    vote(terminal, 1)
    right = terminal.clock.now()
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right + timedelta(hours=4))).ok
    unspent = office.voting_card(office.authorization(2))
    assert terminal.refused(unspent) is AuthorizationRefusal.EXPIRED
    for hours in (-8, 60):  # before the polls' hour, after the day
        wrong = typed(right + timedelta(hours=hours))
        assert not terminal.do(ConsoleAct.SET_CLOCK, wrong).ok
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right)).ok
    assert abs(own.now() - right) < timedelta(minutes=2)
    copy = office.voting_card(office.authorization(1))
    assert terminal.refused(copy) is AuthorizationRefusal.SPENT
    terminal.vote(unspent)
    ahead, back = (detail.split() for detail in terminal.logged("doubt-confirmed"))
    shown, before = map(datetime.fromisoformat, back[1:3])
    assert abs(shown - right) < timedelta(minutes=2), "what the machine's clock showed"
    assert abs(before - right - timedelta(hours=4)) < timedelta(minutes=2), "what was typed before"
    assert ahead[3:] == back[3:] != []
    terminal.restart()
    terminal.see(TerminalIdle)
    bundle = hand_in(terminal)
    closing = read_statement(bundle.acts[-1]).closing
    assert closing is not None
    assert DaySum("clock-back", "", 1) in closing.sums
    told = [str(each.message) for each in act_findings(office.election, [bundle])]
    assert any("set its clock back 1 time" in each for each in told)


def test_a_start_with_a_dead_battery_after_a_time_typed_ahead(terminal: TerminalBench) -> None:
    """The log's last lines are ahead, too; still the right hour can be typed, but none before what passed."""
    terminal.clock.later(3 * 3600)
    vote_at(terminal, 1)
    right = terminal.clock.now()
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right + timedelta(hours=2))).ok
    started(terminal, timedelta(days=-365))
    assert terminal.see(TerminalOut) == TerminalOut("CLOCK")
    # Their hour was six, and they have been open for three: it cannot be half past eight.
    assert not terminal.do(ConsoleAct.SET_CLOCK, typed(right.replace(hour=8, minute=30))).ok
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right)).ok
    terminal.see(TerminalIdle)
    vote_at(terminal, 2)


@pytest.mark.parametrize("hours", [1, -1], ids=["on", "back"])
def test_a_start_is_no_way_to_set_the_clock_back_untold(
    terminal: TerminalBench, hours: int
) -> None:
    """A start that doubts its clock keeps no time: what log and acts told of is what it goes back from."""
    terminal.clock.later(3 * 3600)
    vote_at(terminal, 1)
    right = terminal.clock.now()
    started(terminal, timedelta(days=-365))
    terminal.see(TerminalOut)
    at = right + timedelta(hours=hours)
    for minutes in (0, 5):  # told once, and not again by what is typed behind it
        said = typed(at + timedelta(minutes=minutes))
        assert terminal.do(ConsoleAct.SET_CLOCK, said).ok
        assert terminal.summed("clock-back") == ({"": 1} if hours < 0 else {})
    terminal.clock.set(right)
    closing = read_statement(hand_in(terminal).acts[-1]).closing
    assert closing is not None
    assert (DaySum("clock-back", "", 1) in closing.sums) is (hours < 0)


def test_an_hour_behind_the_log_is_told_where_it_is_confirmed(terminal: TerminalBench) -> None:
    vote(terminal, 1)
    started(terminal, WRONG["before-its-own-last-entry"])
    terminal.see(TerminalOut)
    confirmed(terminal)
    assert terminal.summed("clock-back") == {"": 1}


def test_without_a_package_the_clock_goes_back_to_no_hour_before_the_opening(
    terminal: TerminalBench,
) -> None:
    """Both copies are lost while the polls are open, and the battery is dead."""
    opened = max(each.at for each in terminal.terminal.context.polls.statements())
    terminal.clock.later(3 * 3600)
    vote_at(terminal, 1)
    right = terminal.clock.now()
    terminal.station.stop()
    for folder in (terminal.files.data, terminal.files.mirror):
        (folder / PACKAGE_FILE).write_bytes(b"other")
    set_clock(terminal, timedelta(days=-365))
    terminal.boot()
    terminal.see(TerminalOut)
    assert terminal.package is None
    early = typed(opened - timedelta(minutes=10))
    assert not terminal.do(ConsoleAct.SET_CLOCK, early).ok
    assert terminal.summed("clock-back") == {}
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right - timedelta(hours=2))).ok
    assert terminal.summed("clock-back") == {"": 1}
    assert terminal.do(ConsoleAct.SET_CLOCK, typed(right)).ok
    assert terminal.load(terminal.office.package()).ok
    terminal.sign_out()
    terminal.see(TerminalIdle)
    vote_at(terminal, 2)


def vote_at(bench: TerminalBench, number: int) -> None:
    """A voter whose card was given at the device's own hour."""
    made = bench.office.authorization(number)
    end = bench.terminal.context.clock.now() + timedelta(minutes=20)
    bench.vote(bench.office.voting_card(replace(made, expires=end.replace(microsecond=0))))


def test_polls_that_opened_by_a_clock_ahead_close_by_the_right_one(
    new_terminal: TerminalBench,
) -> None:
    """Typed three hours ahead, opened so, put right: nothing is lost, and both acts' hours are told."""
    bench, right = new_terminal, new_terminal.clock.now()
    bench.clock.set(datetime(2000, 1, 1, tzinfo=right.tzinfo))
    assert bench.do(ConsoleAct.SET_CLOCK, typed(right + timedelta(hours=3))).ok
    bench.restart()
    assert bench.do(ConsoleAct.SET_CLOCK, typed(right + timedelta(hours=3))).ok
    assert bench.open_polls().ok
    assert bench.do(ConsoleAct.SET_CLOCK, typed(right)).ok
    vote(bench, 1)
    bench.clock.set(right)
    bench.restart()
    bench.see(TerminalIdle)
    assert bench.cast() == 1
    bundle = hand_in(bench)
    assert bench.terminal.context.polls.state is PollsState.CLOSED
    assert bundle.box is not None
    assert len(bundle.box.records) == 1
    kinds = {each.kind.value for each in act_findings(bench.office.election, [bundle])}
    assert "odd-time" in kinds


def test_no_time_is_set_that_the_log_does_not_tell(
    terminal: TerminalBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, right = terminal.terminal.context.clock, terminal.clock.now()

    def full(*_: object) -> None:
        raise MediumLostError("the log's memory is gone")

    with monkeypatch.context() as broken:
        broken.setattr(terminal.terminal.context.log, "write", full)
        assert not terminal.do(ConsoleAct.SET_CLOCK, typed(right + timedelta(hours=2))).ok
    assert abs(own.now() - right) < timedelta(minutes=2)
    assert terminal.logged("doubt-confirmed") == []


def test_a_closed_device_takes_no_time(terminal: TerminalBench) -> None:
    assert terminal.do(ConsoleAct.CLOSE).ok
    terminal.sign_in()
    assert isinstance(terminal.console, Console)
    assert ConsoleAct.SET_CLOCK not in allowed(terminal.console.view)
