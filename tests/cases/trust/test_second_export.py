"""Hand over one closing, however often it is exported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from election.audit_log import AUDIT_SUFFIX
from election.bundle import Bundle, read_bundle
from election.definition import Role
from headquarters.authority import load_sealing_key
from headquarters.import_report import ImportReport
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.export import BUNDLE_SUFFIX
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.office import Office


def bundle_file(bench: Bench) -> Path:
    return bench.config.usb / f"{bench.config.device}{BUNDLE_SUFFIX}"


def exported(bench: Bench) -> bytes:
    """Export onto an empty drive; the bundle."""
    for old in bench.config.usb.iterdir():
        old.unlink()
    outcome = bench.do(ConsoleAct.EXPORT)
    assert outcome.ok, str(outcome.message)
    return bundle_file(bench).read_bytes()


def content(bench: Bench, data: bytes) -> Bundle:
    office = bench.office
    return read_bundle(data, office.election, office.authority.root, bench.clock.now())


def imported(bench: Bench, *copies: bytes) -> ImportReport:
    """What headquarters says to these files."""
    office, key = bench.office, load_sealing_key(bench.office.folder / "keys", unlock)
    package = content(bench, copies[0]).package_digest
    files = [BundleFile(f"{number}.bundle", data) for number, data in enumerate(copies)]
    root, now = office.authority.root, bench.clock.now()
    return import_bundles(office.election, package, root, key, files, now).report


def nothing(_: TerminalBench) -> None: ...


def restart(bench: TerminalBench) -> None:
    bench.restart()


def report(bench: TerminalBench) -> None:
    assert bench.do(ConsoleAct.PRINT_REPORT).ok


def supervisor_looks(bench: TerminalBench) -> None:
    bench.sign_in(Role.SUPERVISOR)
    bench.sign_out()


def clock_jumps(bench: TerminalBench) -> None:
    bench.clock.set(bench.clock.now() + timedelta(days=1))


BETWEEN: list[Callable[[TerminalBench], None]] = [
    nothing,
    restart,
    report,
    supervisor_looks,
    clock_jumps,
]


@pytest.mark.parametrize("between", BETWEEN)
def test_second_export_is_the_same_bundle(
    terminal: TerminalBench, office: Office, between: Callable[[TerminalBench], None]
) -> None:
    terminal.vote(office.voting_card())
    assert terminal.do(ConsoleAct.CLOSE).ok
    first = exported(terminal)
    between(terminal)
    second = exported(terminal)
    assert first == second
    found = imported(terminal, first, second)
    assert (found.ballots, found.rejected) == (1, ())


def test_bundle_is_that_of_the_closing(terminal: TerminalBench, office: Office) -> None:
    terminal.vote(office.voting_card())
    assert terminal.do(ConsoleAct.CLOSE).ok
    kept = terminal.files.bundle
    assert kept.stat().st_mode & 0o777 == 0o600
    assert exported(terminal) == kept.read_bytes()
    log = (terminal.config.usb / f"{terminal.config.device}{AUDIT_SUFFIX}").read_bytes()
    assert log == terminal.files.audit.read_bytes()


def test_export_onto_the_same_drive_adds_no_second_bundle(terminal: TerminalBench) -> None:
    assert terminal.do(ConsoleAct.CLOSE).ok
    exported(terminal)
    assert terminal.do(ConsoleAct.EXPORT).ok
    assert list(terminal.config.usb.glob(f"*{BUNDLE_SUFFIX}")) == [bundle_file(terminal)]


@pytest.mark.parametrize("damage", [b"", b"nothing", None], ids=["empty", "other", "gone"])
def test_kept_bundle_that_was_damaged_is_made_anew(
    terminal: TerminalBench, office: Office, damage: bytes | None
) -> None:
    terminal.vote(office.voting_card())
    assert terminal.do(ConsoleAct.CLOSE).ok
    before = content(terminal, terminal.files.bundle.read_bytes())
    terminal.files.bundle.unlink()
    if damage is not None:
        terminal.files.bundle.write_bytes(damage)
    again = content(terminal, exported(terminal))
    assert (again.box, again.acts) == (before.box, before.acts)
    assert exported(terminal) == exported(terminal)


def test_closing_holds_where_the_bundle_cannot_be_kept(terminal: TerminalBench) -> None:
    terminal.files.bundle.mkdir()
    assert terminal.do(ConsoleAct.CLOSE).ok
    terminal.files.bundle.rmdir()
    assert content(terminal, exported(terminal)).box is not None


def test_records_that_come_back_after_the_closing_are_not_left_out(
    terminal: TerminalBench, office: Office
) -> None:
    """A bundle of before is not handed out in the place of one with more votes."""
    terminal.vote(office.voting_card())
    older = (terminal.files.votes.read_bytes(), terminal.files.votes_mirror.read_bytes())
    terminal.vote(office.voting_card(office.authorization(2)))
    newer = (terminal.files.votes.read_bytes(), terminal.files.votes_mirror.read_bytes())

    def put(copies: tuple[bytes, bytes]) -> None:
        terminal.terminal.stop()
        for path, data in zip(
            (terminal.files.votes, terminal.files.votes_mirror), copies, strict=True
        ):
            path.write_bytes(data)
        terminal.boot()

    put(older)
    assert terminal.do(ConsoleAct.CLOSE).ok
    box = content(terminal, exported(terminal)).box
    assert box is not None
    assert box.root.cast == 1
    put(newer)
    box = content(terminal, exported(terminal)).box
    assert box is not None
    assert box.root.cast == 2


def test_station_hands_over_one_closing_too(station: IdentityBench) -> None:
    assert station.do(ConsoleAct.CLOSE).ok
    first = exported(station)
    station.restart()
    assert exported(station) == first
    assert imported(station, first, first).rejected == ()
