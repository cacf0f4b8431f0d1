"""Keep the list of those who have got an authorization, on both memories."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from election.incidents import Incident
from kiosk.flows.identity.states import (
    Done,
    Idle,
    OutOfService,
    Refused,
    VoterRefusal,
)
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.device import LOOK_S
from tests.cases.branch.damage import OF_FILES, Damage, another_devices, older, unreadable
from tests.kiosk.station.bench import IdentityBench
from tests.kiosk.station.office import token_on
from tests.kiosk.station.test_identity_station import OTHER, VOTER, check_in, finger


def is_refused(station: IdentityBench) -> None:
    """The same person once more, with a blank card."""
    blank = station.office.blank()
    station.cards.insert(blank)
    station.reader.insert(station.office.identity_card(VOTER))
    finger(station, VOTER)
    state = station.see(Done, Refused)
    assert isinstance(state, Refused)
    assert state.reason is VoterRefusal.ALREADY_VOTED
    assert token_on(blank) is None


def start_after(station: IdentityBench, change: Callable[[], object]) -> None:
    station.put_away()
    station.identity.stop()
    change()
    station.boot()


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + bytes(4096) + path.read_bytes()[8192:])


def test_nobody_gets_two_authorizations(station: IdentityBench) -> None:
    check_in(station, VOTER)
    is_refused(station)


@pytest.mark.parametrize("damage", [Path.unlink, spoil, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", ["pollbook", "pollbook_mirror"])
def test_pollbook_that_is_lost_on_one_memory(
    station: IdentityBench, name: str, damage: Callable[[Path], object]
) -> None:
    """The station goes on from the other one, and both have everything again."""
    check_in(station, VOTER)
    start_after(station, lambda: damage(getattr(station.files, name)))
    station.see(Idle)
    is_refused(station)
    station.put_away()
    other = station.files.pollbook if name == "pollbook_mirror" else station.files.pollbook_mirror
    start_after(station, other.unlink)
    station.see(Idle)
    is_refused(station)


def test_pollbook_that_is_older_than_its_copy(station: IdentityBench) -> None:
    """What the further of two states says of a voter holds."""
    old = station.files.pollbook.read_bytes()
    check_in(station, VOTER)
    start_after(station, lambda: station.files.pollbook.write_bytes(old))
    station.see(Idle)
    is_refused(station)


def test_pollbook_that_is_lost_on_both_memories(station: IdentityBench) -> None:
    """Nobody is served until two roles begin a new one, also after another start; the log says so."""
    check_in(station, VOTER)

    def lose() -> None:
        station.files.pollbook.unlink()
        station.files.pollbook_mirror.unlink()

    start_after(station, lose)
    for _ in range(2):
        assert station.see(OutOfService, Idle) == OutOfService("POLLBOOK-LOST")
        station.restart()
    assert station.do(ConsoleAct.CONFIRM).ok
    station.see(Idle)
    assert station.logged("doubt-found").count("pollbook-lost") == 1, "told once, at both starts"
    assert [each.split()[0] for each in station.logged("doubt-confirmed")] == ["pollbook-lost"]
    check_in(station, OTHER)
    start_after(station, lambda: None)
    station.see(Idle)


def test_lost_pollbook_can_be_closed(station: IdentityBench) -> None:
    check_in(station, VOTER)

    def lose() -> None:
        shutil.rmtree(station.files.mirror)
        station.files.mirror.mkdir()
        spoil(station.files.pollbook)

    start_after(station, lose)
    station.see(OutOfService)
    assert station.do(ConsoleAct.CLOSE).ok
    assert station.do(ConsoleAct.EXPORT).ok


def test_memory_that_is_pulled_gives_nobody_a_card(station: IdentityBench) -> None:
    """The claim is not written twice, so the card is not touched; back in, the station goes on."""
    check_in(station, VOTER)
    station.put_away()
    mirror = station.config.mirror
    mirror.rename(mirror.with_name("pulled"))
    station.clock.later(LOOK_S)
    assert station.see(OutOfService) == OutOfService(Incident.MEDIA)
    mirror.with_name("pulled").rename(mirror)
    station.clock.later(LOOK_S)
    station.see(Idle)
    is_refused(station)


LOG_DAMAGES = [each for each in OF_FILES if each not in {older, another_devices, unreadable}]


@pytest.mark.parametrize("alone", [False, True], ids=["two memories", "one memory"])
@pytest.mark.parametrize("damage", LOG_DAMAGES, ids=lambda each: each.__name__)
def test_a_lost_pollbook_waits_for_two_roles_whatever_else_is_damaged(
    station: IdentityBench, damage: Damage, alone: bool
) -> None:
    """That it was lost lies in the log, whose damage is told: nobody is served unless two roles said so."""
    check_in(station, VOTER)

    def lose() -> None:
        station.files.pollbook.unlink()
        if alone:
            shutil.rmtree(station.config.mirror)
        else:
            station.files.pollbook_mirror.unlink()

    start_after(station, lose)
    assert station.see(OutOfService, Idle) != Idle()
    station.identity.stop()
    with damage(station.files.audit, station.files.audit):
        station.boot()
        assert isinstance(station.see(OutOfService, Idle), OutOfService)
        assert station.do(ConsoleAct.CLOSE).ok
        assert station.do(ConsoleAct.EXPORT).ok


def test_no_file_of_its_own_says_that_a_pollbook_is_lost(station: IdentityBench) -> None:
    """One that is lost, too, would let everybody come again: what came with the loss is taken away."""

    def lying() -> set[Path]:
        return {path for path in station.config.data.parent.rglob("*") if path.is_file()}

    check_in(station, VOTER)
    before = lying()

    def lose() -> None:
        station.files.pollbook.unlink()
        station.files.pollbook_mirror.unlink()

    start_after(station, lose)
    station.identity.stop()
    for path in lying() - before:
        path.unlink()
    station.boot()
    assert station.see(OutOfService, Idle) == OutOfService("POLLBOOK-LOST")
