"""Storage that does not answer: the screen lives, says what to do, and nothing is lost or ended for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from drivers.media.lock import FolderLock
from election.incidents import Incident
from election.pairing import Pairing
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as ballot
from kiosk.flows.common import OutOfService
from kiosk.flows.identity import states as identity
from kiosk.station.base import ACT_S
from kiosk.station.device import SLOW_S, STALLED_S, TICK_S
from kiosk.status import SLOW, STALLED
from kiosk.storage.medium import Medium
from kiosk.storage.pollbook import Pollbook
from tests.cases.branch.faulty import faulty, is_possible
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import TERMINAL, Office, people, token_on
from tests.kiosk.station.test_identity_station import check_in, finger
from tests.needs import missing

Bench: TypeAlias = TerminalBench | IdentityBench


def lamps(bench: Bench) -> dict[str, str]:
    device = bench.terminal if isinstance(bench, TerminalBench) else bench.identity
    return {lamp.key: str(lamp.name) for lamp in device.status().lamps if not lamp.ok}


def ticks(bench: Bench) -> None:
    """Let the watch look often enough, and the flow take what it says."""
    limit = time.monotonic() + 8 * TICK_S
    while time.monotonic() < limit:
        bench.station.drain()
        time.sleep(0.02)


@contextmanager
def hanging(bench: Bench, may_take_s: float = 0.0) -> Iterator[None]:
    """A job that waits for storage, until it answers."""
    began, goes_on = threading.Event(), threading.Event()

    def job() -> None:
        began.set()
        goes_on.wait(60)

    bench.station.context.store.submit(job, may_take_s)
    assert began.wait(30)
    try:
        yield
    finally:
        goes_on.set()


def is_out(bench: Bench) -> bool:
    return bench.state == OutOfService(Incident.STALLED)


@pytest.mark.parametrize("role", ["terminal", "station"])
def test_the_screen_asks_for_patience_and_then_goes_out_of_service(
    request: pytest.FixtureRequest, role: str
) -> None:
    bench: Bench = request.getfixturevalue(role)
    bench.until(lambda: isinstance(bench.state, ballot.Idle | identity.Idle), "service")
    with hanging(bench):
        bench.clock.later(SLOW_S)
        assert SLOW in lamps(bench)
        ticks(bench)
        assert not is_out(bench)
        bench.clock.later(STALLED_S - SLOW_S)
        bench.until(lambda: is_out(bench), "out of service")
        assert STALLED in lamps(bench)
        assert SLOW not in lamps(bench)
    bench.until(lambda: not is_out(bench), "service")
    assert not {SLOW, STALLED} & lamps(bench).keys()
    bench.settle()
    assert bench.logged("out-of-service") == [Incident.STALLED]
    assert bench.logged("mended") == [Incident.STALLED]


def test_an_act_of_operators_may_take_longer(terminal: TerminalBench) -> None:
    """An opening writes ten thousand places; the console shows that it goes on."""
    terminal.see(ballot.Idle)
    with hanging(terminal, ACT_S):
        terminal.clock.later(ACT_S)
        assert not {SLOW, STALLED} & lamps(terminal).keys()
        terminal.clock.later(STALLED_S + 1)
        terminal.until(lambda: is_out(terminal), "out of service")
    terminal.see(ballot.Idle)


def test_a_voter_whose_vote_hangs_stays_and_is_told(
    terminal: TerminalBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of service would hide what became of the vote."""
    began, goes_on = threading.Event(), threading.Event()
    commit = Medium.commit

    def hangs(self: Medium) -> None:
        if self.path == terminal.files.votes_mirror:
            began.set()
            goes_on.wait(60)
        commit(self)

    terminal.to_the_cast_question(office.voting_card(office.authorization(1)))
    monkeypatch.setattr(Medium, "commit", hangs)
    terminal.touch(voter.CastChosen())
    assert began.wait(30)
    try:
        terminal.clock.later(STALLED_S)
        terminal.until(lambda: STALLED in lamps(terminal), "what is told")
        ticks(terminal)
        assert isinstance(terminal.state, ballot.Recording)
        assert "not known yet" in lamps(terminal)[STALLED]
        assert terminal.lamp[-1]
    finally:
        goes_on.set()
    terminal.see(ballot.Recorded)
    terminal.take_card()
    terminal.see(ballot.Idle)
    assert terminal.cast() == 1


def test_a_person_whose_card_hangs_stays(
    station: IdentityBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, goes_on = threading.Event(), threading.Event()
    claim = Pollbook.claim

    def hangs(self: Pollbook, *given: object, **named: object) -> object:
        began.set()
        goes_on.wait(60)
        return claim(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Pollbook, "claim", hangs)
    (person,) = people(1)
    station.cards.insert(office.blank())
    station.reader.insert(office.identity_card(person))
    finger(station, person)
    station.until(began.is_set, "the claim")
    try:
        station.clock.later(STALLED_S)
        station.until(lambda: STALLED in lamps(station), "what is told")
        ticks(station)
        assert isinstance(station.state, identity.ClaimingBallot)
    finally:
        goes_on.set()
    station.see(identity.WritingAuthorization, identity.Done)


def test_no_card_is_taken_on_an_old_look_at_the_media(
    terminal: TerminalBench, office: Office
) -> None:
    """A minute without a look, and the mirror is gone meanwhile: the authorization stays good."""
    terminal.see(ballot.Idle)
    terminal.terminal._ticker.stop()
    terminal.clock.later(61)
    assert not terminal.terminal.context.media.is_fresh
    away = terminal.config.mirror.rename(terminal.config.mirror.with_name("away"))
    card = office.voting_card(office.authorization(1))
    terminal.reader.insert(card)
    assert terminal.see(ballot.OutOfService) == ballot.OutOfService(Incident.MEDIA)
    assert token_on(card) is not None
    away.rename(terminal.config.mirror)


def test_no_person_is_claimed_on_an_old_look_at_the_media(
    station: IdentityBench, office: Office
) -> None:
    station.see(identity.Idle)
    station.identity._ticker.stop()
    station.clock.later(61)
    away = station.config.mirror.rename(station.config.mirror.with_name("away"))
    (person,) = people(1)
    station.reader.insert(office.identity_card(person))
    finger(station, person)
    refused = station.see(identity.Refused)
    assert isinstance(refused, identity.Refused)
    assert refused.reason is identity.VoterRefusal.STORE
    away.rename(station.config.mirror)
    # By the store, in its turn: a look of before would otherwise be heard after this one.
    station.identity.context.store.submit(station.identity.tell_readiness)
    station.settle()
    station.put_away()
    check_in(station, person)


@pytest.mark.slow
def test_a_stick_whose_sync_hangs_is_named(terminal: TerminalBench, office: Office) -> None:
    """The kernel says where the thread stands; nothing is killed, and the vote is recorded in the end."""
    if not is_possible():
        missing("FUSE")
    terminal.terminal.stop()
    flag = terminal.config.data.with_name("hangs")
    with faulty(terminal.config.mirror, "stalled", str(flag)):
        terminal.boot()
        terminal.to_the_cast_question(office.voting_card(office.authorization(1)))
        flag.touch()
        try:
            terminal.touch(voter.CastChosen())
            terminal.until(lambda: terminal.terminal.context.store.late_s > 0, "a sync")
            terminal.clock.later(STALLED_S)
            terminal.until(lambda: "pull it out" in lamps(terminal).get(STALLED, ""), "its name")
            assert isinstance(terminal.state, ballot.Recording)
        finally:
            flag.unlink()
        terminal.see(ballot.Recorded)
        terminal.take_card()
        assert terminal.cast() == 1
        terminal.terminal.stop()


def test_what_is_hung_is_let_go_of(tmp_path: Path) -> None:
    """Of a memory that is missing or another one nothing stays open: it could not be taken off."""
    data, mirror = tmp_path / "data", tmp_path / "mirror"
    for folder in (data, mirror):
        folder.mkdir()
    lock, other = FolderLock(mirror), FolderLock(mirror)
    pairing = Pairing(data, mirror, tmp_path / "usb", TERMINAL, lock)
    pairing.make()
    assert pairing.look().name == "THERE"
    assert not other.take()
    (mirror / "amin-medium").rename(mirror / "elsewhere")
    assert pairing.look().name == "NEW"
    assert other.take()
    (mirror / "elsewhere").rename(mirror / "amin-medium")
    assert pairing.look().name == "FOREIGN"
    other.let_go()
    assert pairing.look().name == "THERE"
