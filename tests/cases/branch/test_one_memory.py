"""The second memory is dead and there is no other: two roles let the device go on until a spare one comes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from election.acts import read_statement
from election.audit_events import AuditEvent
from election.bundle import Bundle, read_bundle
from election.incidents import Incident
from election.pairing import MARKER, Mirror
from headquarters.acts_check import act_findings
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as ballot
from kiosk.flows.common import OutOfService
from kiosk.flows.identity import states as identity
from kiosk.flows.operator.states import Console, ConsoleAct, allowed
from kiosk.station.device import LOOK_S
from kiosk.status import ONE_MEMORY
from tests.cases.branch.test_stalls import Bench, lamps
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office, people
from tests.kiosk.station.test_identity_station import check_in

SERVES = ballot.Idle | identity.Idle


@pytest.fixture(params=["terminal", "station"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found


def serve(bench: Bench, number: int) -> None:
    if isinstance(bench, TerminalBench):
        bench.vote(bench.office.voting_card(bench.office.authorization(number)))
    else:
        check_in(bench, people(5)[number - 1])


def served(bench: Bench) -> int:
    if isinstance(bench, TerminalBench):
        return bench.cast()
    return sum(count.issued for count in bench.identity.loaded.pollbook.counts())


def away(bench: Bench) -> Path:
    return bench.config.mirror.with_name("away")


def die(bench: Bench) -> None:
    """The second memory is pulled, and the device looks."""
    bench.config.mirror.rename(away(bench))
    bench.clock.later(LOOK_S)
    bench.until(lambda: bench.state == OutOfService(Incident.MEDIA), "out of service")


def come_back(bench: Bench) -> None:
    away(bench).rename(bench.config.mirror)
    bench.clock.later(LOOK_S)


def serves(bench: Bench) -> None:
    bench.until(lambda: isinstance(bench.state, SERVES), "service")
    bench.settle()


def offers(bench: Bench) -> list[str]:
    """What the console says that two roles can confirm."""
    bench.sign_in()
    bench.settle()
    assert isinstance(bench.console, Console)
    view = bench.console.view
    found = [str(line.detail) for line in view.checks if str(line.name) == "To confirm"]
    assert (ConsoleAct.CONFIRM in allowed(view)) is bool(found)
    bench.sign_out()
    return found


def hand_in(bench: Bench) -> Bundle:
    assert bench.do(ConsoleAct.CLOSE).ok
    assert bench.do(ConsoleAct.EXPORT).ok
    data = (bench.config.usb / f"{bench.config.device}.bundle").read_bytes()
    office = bench.office
    return read_bundle(data, office.election, office.authority.root, bench.clock.now())


def test_the_day_goes_on_and_is_told(bench: Bench) -> None:
    serve(bench, 1)
    die(bench)
    (offered,) = offers(bench)
    assert "one memory" in offered
    assert bench.do(ConsoleAct.CONFIRM).ok
    serves(bench)
    assert ONE_MEMORY in lamps(bench)
    serve(bench, 2)
    bench.restart()
    serves(bench)
    assert ONE_MEMORY in lamps(bench)
    serve(bench, 3)
    bench.clock.later(3600)
    serves(bench)
    bench.until(lambda: len(bench.logged("one-memory")) == 3, "the hour's line")
    assert not bench.config.mirror.exists()
    assert served(bench) == 3
    assert [each.split()[0] for each in bench.logged("doubt-confirmed")] == ["one-memory"]
    bundle = hand_in(bench)
    closing = read_statement(bundle.acts[-1]).closing
    assert closing is not None
    sums = {each.event: each.number for each in closing.sums}
    assert sums[AuditEvent.ONE_MEMORY_HOURS] == 3
    found = act_findings(bench.office.election, [bundle])
    assert any("one memory for up to 3 hours" in str(each.message) for each in found)


def test_one_pulled_out_between_two_looks_is_offered_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doubts are looked for first, the memories after them: both have to tell of the same."""
    serve(bench, 1)
    bench.settle()
    context, look = bench.station.context, bench.station.context.media_state

    def pulled() -> Mirror:
        if bench.config.mirror.exists():
            bench.config.mirror.rename(away(bench))
        return look()

    monkeypatch.setattr(context, "media_state", pulled)
    bench.clock.later(LOOK_S)
    bench.until(lambda: bench.state == OutOfService(Incident.MEDIA), "out of service")
    assert len(offers(bench)) == 1


def test_each_doubt_is_logged_once_when_it_is_found(bench: Bench) -> None:
    """The clock is set right first; the memory was missing before that, and is not found anew."""
    serve(bench, 1)
    bench.station.stop()
    bench.config.mirror.rename(away(bench))
    right = bench.clock.now()
    bench.clock.set(right + timedelta(days=365))
    bench.boot()
    assert len(offers(bench)) == 2
    bench.clock.set(right)
    bench.clock.later(LOOK_S)
    bench.until(lambda: len(offers(bench)) == 1, "a clock that is right")
    assert bench.logged("doubt-found") == ["clock", "one-memory"]
    come_back(bench)
    serves(bench)
    die(bench)
    assert bench.logged("doubt-found") == ["clock", "one-memory", "one-memory"]


def test_nothing_is_missing_when_the_old_one_is_back(bench: Bench) -> None:
    serve(bench, 1)
    die(bench)
    assert bench.do(ConsoleAct.CONFIRM).ok
    serves(bench)
    serve(bench, 2)
    come_back(bench)
    bench.until(lambda: ONE_MEMORY not in lamps(bench), "two memories")
    serves(bench)
    assert len(bench.logged("one-memory-ended")) == 1
    serve(bench, 3)
    assert served(bench) == 3
    # Each memory has all of it: without the first one nothing is lost.
    bench.station.stop()
    for name in ("votes.db", "pollbook.db"):
        (bench.config.data / name).unlink(missing_ok=True)
    bench.boot()
    serves(bench)
    assert served(bench) == 3
    # What two roles allowed is over: it is asked again.
    die(bench)
    assert offers(bench)


def test_a_spare_one_takes_everything(bench: Bench) -> None:
    serve(bench, 1)
    die(bench)
    assert bench.do(ConsoleAct.CONFIRM).ok
    serves(bench)
    serve(bench, 2)
    bench.config.mirror.mkdir()
    bench.clock.later(LOOK_S)
    bench.until(lambda: bench.state == OutOfService(Incident.NEW_MEMORY), "what is new")
    assert not list(bench.config.mirror.iterdir())
    assert bench.do(ConsoleAct.CONFIRM).ok
    serves(bench)
    assert ONE_MEMORY not in lamps(bench)
    assert len(bench.logged("one-memory-ended")) == 1
    serve(bench, 3)
    assert served(bench) == 3
    own = "votes.db" if isinstance(bench, TerminalBench) else "pollbook.db"
    assert {own, MARKER} <= {path.name for path in bench.config.mirror.iterdir()}


def test_it_is_offered_where_there_is_none_only(bench: Bench) -> None:
    """A memory of another device is in: that one has to go first."""
    serve(bench, 1)
    assert not offers(bench)
    marker = bench.config.mirror / MARKER
    marker.write_bytes(marker.read_bytes().replace(b"b1-", b"b2-"))
    bench.clock.later(LOOK_S)
    bench.until(lambda: bench.state == OutOfService(Incident.MEDIA), "out of service")
    assert not offers(bench)


def test_a_first_memory_that_fails_alone_records_nothing(
    terminal: TerminalBench, office: Office
) -> None:
    """With one medium a vote is recorded on it, or not at all."""
    die(terminal)
    assert terminal.do(ConsoleAct.CONFIRM).ok
    serves(terminal)
    terminal.to_the_cast_question(office.voting_card(office.authorization(1)))
    terminal.files.votes.rename(terminal.files.votes.with_name("gone"))
    terminal.touch(voter.CastChosen())
    state = terminal.see(ballot.NotRecorded)
    assert isinstance(state, ballot.NotRecorded)
    assert state.reason is ballot.RecordingProblem.MEDIUM_LOST
    terminal.files.votes.with_name("gone").rename(terminal.files.votes)
    terminal.take_card()
    serves(terminal)
    serve(terminal, 1)
    assert terminal.cast() == 1
