"""Rehearsal and day are kept apart: what a machine with simulators takes, and what a ready device takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.media.errors import MediumFullError
from drivers.media.parents import Apart
from election.audit_events import AuditEvent
from election.definition import PERSIAN, Role
from election.errors import ElectionError, PollsStateError
from election.polls import Operator, PollsState, check_two_roles
from kiosk.flows.ballot.states import OutOfService
from kiosk.flows.common import WriteAudit
from kiosk.flows.operator.states import ActOutcome, Console, ConsoleAct, allowed
from kiosk.station.base import DeviceContext, Workbench
from tests.kiosk.station.bench import ON_TWO_DISKS, Bench, IdentityBench, TerminalBench
from tests.kiosk.station.office import Office
from words.languages import installed
from words.message import m


def real(office: Office) -> bytes:
    """The office's election, in earnest."""
    return office.package(replace(office.election, rehearsal=False))


def load(bench: Bench, package: bytes) -> ActOutcome:
    outcome = bench.load(package)
    bench.sign_out()
    return outcome


def offers(bench: Bench) -> frozenset[ConsoleAct]:
    bench.sign_in()
    state = bench.console
    assert isinstance(state, Console)
    bench.sign_out()
    return allowed(state.view)


# ---------------------------------------------------------------- a machine with simulators


@pytest.fixture(params=["terminal", "station"])
def device(request: pytest.FixtureRequest) -> TerminalBench | IdentityBench:
    """Each of the two devices, without a package."""
    bench: TerminalBench | IdentityBench = request.getfixturevalue(f"new_{request.param}")
    return bench


def test_simulators_refuse_a_real_election(
    device: TerminalBench | IdentityBench, office: Office
) -> None:
    device.simulated = True
    device.restart()
    outcome = load(device, real(office))
    assert not outcome.ok
    assert "rehearsals only" in str(outcome.message)
    assert "شبیه‌ساز" in installed().speaker(PERSIAN)(outcome.message)
    assert device.package is None
    assert not device.files.package.exists()
    assert device.logged("act-failed") == ["load-package real-election"]
    assert load(device, office.package()).ok, "a rehearsal is what it is for"


def test_simulators_that_come_later_stop_the_device(
    new_terminal: TerminalBench, office: Office
) -> None:
    assert load(new_terminal, real(office)).ok
    new_terminal.simulated = True
    new_terminal.restart()
    new_terminal.see(OutOfService)
    assert new_terminal.package is None
    assert new_terminal.logged("start-failed")[0].startswith("real-election ")
    new_terminal.simulated = False
    new_terminal.restart()
    assert new_terminal.package is not None


def test_a_machine_with_simulators_is_never_ready(
    new_terminal: TerminalBench, office: Office
) -> None:
    new_terminal.simulated = True
    new_terminal.restart()
    assert ConsoleAct.READY_FOR_DAY not in offers(new_terminal)
    with pytest.raises(ElectionError, match="simulators are installed"):
        new_terminal.station.context.make_ready(WriteAudit(AuditEvent.READY_FOR_THE_DAY))
    assert new_terminal.logged(AuditEvent.READY_FOR_THE_DAY) == []


# ---------------------------------------------------------------- ready for the day


def test_ready_for_the_day_is_an_entry_of_two_roles(
    device: TerminalBench | IdentityBench, office: Office
) -> None:
    assert device.do(ConsoleAct.READY_FOR_DAY).ok
    (detail,) = device.logged(AuditEvent.READY_FOR_THE_DAY)
    officer, supervisor = detail.split(" ")
    assert officer != supervisor
    assert all(
        len(operator) == 16 and bytes.fromhex(operator) for operator in (officer, supervisor)
    )
    assert device.station.context.polls.acts() == (), "no act of the polls"
    assert ConsoleAct.READY_FOR_DAY not in offers(device), "once, for good"


def test_a_device_that_is_ready_takes_no_rehearsal(
    device: TerminalBench | IdentityBench, office: Office
) -> None:
    assert load(device, office.package()).ok, "before, it does"
    assert ConsoleAct.READY_FOR_DAY not in offers(device), "not with a rehearsal loaded"
    assert load(device, real(office)).ok
    assert device.do(ConsoleAct.READY_FOR_DAY).ok
    device.restart()
    outcome = load(device, office.package())
    assert not outcome.ok
    assert "The package is a rehearsal" in str(outcome.message)
    assert "تمرینی" in installed().speaker(PERSIAN)(outcome.message)
    assert device.logged("act-failed") == ["load-package rehearsal"]
    assert device.package is not None
    assert not device.package.election.rehearsal
    assert load(device, real(office)).ok


def test_a_rehearsal_that_is_loaded_has_to_go_first(
    new_terminal: TerminalBench, office: Office
) -> None:
    assert load(new_terminal, office.package()).ok
    with pytest.raises(ElectionError, match="load the election's package first"):
        new_terminal.station.context.make_ready(WriteAudit(AuditEvent.READY_FOR_THE_DAY))
    assert new_terminal.logged(AuditEvent.READY_FOR_THE_DAY) == []


def test_it_is_too_late_once_the_polls_are_open(
    new_terminal: TerminalBench, office: Office
) -> None:
    assert new_terminal.load(real(office)).ok
    assert new_terminal.act(ConsoleAct.OPEN).ok
    state = new_terminal.console
    assert isinstance(state, Console)
    assert state.view.report is not None
    assert not any("Rehearsal" in str(line.label) for line in state.view.report.lines)
    new_terminal.sign_out()
    assert new_terminal.station.context.polls.state is PollsState.OPEN
    assert ConsoleAct.READY_FOR_DAY not in offers(new_terminal)
    with pytest.raises(PollsStateError):
        new_terminal.station.context.make_ready(WriteAudit(AuditEvent.READY_FOR_THE_DAY))


def test_an_entry_that_cannot_be_written_makes_nothing_ready(
    new_terminal: TerminalBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = new_terminal.station.context

    def full(*_: object) -> None:
        raise MediumFullError("no room on the medium of audit.jsonl")

    new_terminal.sign_in()
    monkeypatch.setattr(base.audit, "_write", full)
    assert not new_terminal.act(ConsoleAct.READY_FOR_DAY).ok
    monkeypatch.undo()
    new_terminal.sign_out()
    assert not base.is_ready
    assert new_terminal.logged(AuditEvent.READY_FOR_THE_DAY) == []


@pytest.mark.parametrize("others", [[], [Role.OFFICER], [Role.SUPERVISOR, Role.SUPERVISOR]])
def test_it_takes_an_officer_and_a_supervisor(others: list[Role]) -> None:
    operators = [Operator(role, "x", bytes([n]) * 32) for n, role in enumerate(others)]
    with pytest.raises(PollsStateError, match="an officer and a supervisor"):
        check_two_roles(m("ready for the day"), operators)


def test_one_card_is_not_two() -> None:
    same = bytes(32)
    both = [Operator(role, "x", same) for role in (Role.OFFICER, Role.SUPERVISOR)]
    with pytest.raises(PollsStateError, match="each with a card"):
        check_two_roles(m("ready for the day"), both)


def test_a_medium_that_keeps_old_blocks_is_never_ready_for_the_day(
    new_terminal: TerminalBench,
) -> None:
    """Raw, they are a list of votes in the order of casting, whatever a program does."""
    context = new_terminal.terminal.context
    assert ConsoleAct.READY_FOR_DAY in offers(new_terminal)
    for folder in (context.config.data, context.config.mirror):
        keeps = {folder: "btrfs"}.get
        context.workbench = replace(ON_TWO_DISKS, keeps=keeps)
        assert str(folder) in str(context.why_not_ready())
        with pytest.raises(PollsStateError, match="ext4"):
            context.make_ready(WriteAudit(AuditEvent.READY_FOR_THE_DAY))
        assert not context.is_ready
        context.simulated = True
        assert "ext4" not in str(context.why_not_ready())
        context.simulated = False
    context.workbench = replace(ON_TWO_DISKS, keeps=lambda _: "")
    assert context.why_not_ready() is not None, "what cannot be found out is not trusted"
    context.workbench = ON_TWO_DISKS
    assert context.why_not_ready() is None


def test_one_disk_is_never_ready_for_the_day(new_terminal: TerminalBench) -> None:
    """Two partitions of one stick die together; the screen says so from the start."""
    context = new_terminal.terminal.context
    assert ConsoleAct.READY_FOR_DAY in offers(new_terminal)
    context.workbench = Workbench(apart=lambda *_: Apart.ONE)
    assert not new_terminal.do(ConsoleAct.SELF_TEST).ok
    assert ConsoleAct.READY_FOR_DAY not in offers(new_terminal)
    new_terminal.terminal.stop()
    context = DeviceContext(new_terminal.config, new_terminal.clock, lambda *_: None)
    assert context.is_one_disk(), "of the machine that the tests run on"
    context.simulated = True
    assert not context.is_one_disk()
    context.store.stop()
