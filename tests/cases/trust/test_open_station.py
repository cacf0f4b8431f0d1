"""What leaves an open station depends on how many were checked in and refused, and on nobody else."""

from __future__ import annotations

import random
import shutil
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from election.definition import Role
from election.papers import Report
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as ballot
from kiosk.flows.identity import states as at
from kiosk.flows.operator.states import Console, ConsoleAct
from kiosk.status import DeviceStatus
from simulators.cards.piv import PivCard
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from tests.cases.trust.test_open_device import opened, reported, vote
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.office import Office
from tests.kiosk.station.office import people as persons
from tests.kiosk.station.test_identity_station import check_in, finger
from ui.ballot.window import BallotWindow
from ui.identity.window import IdentityWindow

VISITS = 2
INSIDE = "sums, which stay inside until CLOSE"


@pytest.fixture(autouse=True)
def same_cards(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    """Operators have the same cards on every device: certificates are made once."""
    make = Office.operator

    @cache
    def card(role: Role) -> PivCard:
        return make(office, role)

    monkeypatch.setattr(Office, "operator", lambda _, role, **_pin: card(role))


def picture(window: QWidget) -> bytes:
    """Return the pixels of a window."""
    image = window.grab().toImage()
    return bytes(image.constBits())


def screens(qtbot: QtBot, window: IdentityWindow | BallotWindow, bench: Bench) -> list[bytes]:
    """Return what the screen shows while nobody is served, and what the console shows."""
    qtbot.addWidget(window)
    window.resize(1280, 800)
    device = bench.station
    assert isinstance(bench, IdentityBench | TerminalBench)
    # The clock on the screen is the hour, not a voter's.
    status = DeviceStatus(counters=device.status().counters) if hasattr(device, "status") else None
    assert status is not None
    if isinstance(window, IdentityWindow):
        window.show_state(at.Idle(), status)
    else:
        window.show_state(ballot.Idle(), status)
    idle = picture(window)
    bench.sign_in(Role.OFFICER)
    bench.settle()
    window.show_operator(bench.console)
    shown = picture(window)
    bench.sign_out()
    return [idle, shown]


def report_of(bench: IdentityBench) -> Report:
    bench.sign_in(Role.OFFICER)
    assert bench.act(ConsoleAct.PRINT_REPORT).ok
    assert isinstance(bench.console, Console)
    report = bench.console.view.report
    assert report is not None
    bench.sign_out()
    return report


def left(bench: Bench) -> dict[str, object]:
    """Return what files and acts of an open device say."""
    bench.settle()
    files, context = bench.files, bench.station.context
    return {
        INSIDE: context.counters.events(),
        "log": files.audit.read_bytes(),
        "anchors": [path.read_bytes() for path in files.anchors],
        "acts": [(s.cast, s.log) for s in context.polls.statements()],
        "names": sorted(p.name for p in (*files.data.iterdir(), *files.mirror.iterdir())),
        "drive": sorted((p.name, p.read_bytes()) for p in bench.config.usb.iterdir()),
    }


def station_told(
    qtbot: QtBot, office: Office, folder: Path, brought: Path, seed: str, *, restless: bool
) -> dict[str, object]:
    """All that an open station tells after two check-ins and a refusal."""
    with SfmSimulator(folder / "finger", seed=1, timing=INSTANT, paced=False) as sensor:
        bench = IdentityBench(office, folder, sensor)
        try:
            shutil.copytree(brought, bench.config.usb, dirs_exist_ok=True)
            bench.sign_in()
            assert bench.act(ConsoleAct.LOAD_PACKAGE).ok
            assert bench.act(ConsoleAct.OPEN).ok
            bench.sign_out()
            first, *others = persons(VISITS, seed)
            check_in(bench, first)
            for person in others:
                if restless:
                    # Somebody who leaves before the finger, and comes again.
                    bench.reader.insert(bench.office.identity_card(person))
                    bench.see(at.Fingerprint)
                    bench.put_away()
                check_in(bench, person)
            # Who has voted is refused.
            bench.cards.insert(bench.office.blank())
            bench.reader.insert(bench.office.identity_card(first))
            finger(bench, first)
            bench.see(at.Refused)
            bench.put_away()
            report = report_of(bench)
            shown = screens(qtbot, IdentityWindow(96), bench)
            sizes = bench.files.pollbook.stat().st_size
            return {"report": report, "screens": shown, "size": sizes, **left(bench)}
        finally:
            bench.identity.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("one_moment")
def test_two_sets_of_visits_of_one_size_tell_the_same(
    qtbot: QtBot, office: Office, tmp_path: Path
) -> None:
    brought = tmp_path / "brought"
    brought.mkdir()
    office.bring(office.package(), brought)
    found = []
    for name, restless in (("one", False), ("other", True)):
        folder = tmp_path / name
        folder.mkdir()
        found.append(station_told(qtbot, office, folder, brought, name, restless=restless))
    one, other = found
    assert {key for key in one if one[key] != other[key]} == {INSIDE}
    assert {"Checked in", "Refused"} <= {str(line.label) for line in one["report"].lines}  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.usefixtures("one_moment")
def test_voters_who_ask_leave_and_come_again_are_not_told(
    qtbot: QtBot, office: Office, tmp_path: Path
) -> None:
    """At a terminal: help, and a ballot that was left, change nothing that leaves the open device."""
    brought = tmp_path / "brought"
    brought.mkdir()
    office.bring(office.package(), brought)
    found = []
    for name, restless in (("one", False), ("other", True)):
        with opened(office, tmp_path / name, brought) as bench:
            for number in range(VISITS):
                if restless:
                    card = office.voting_card(office.authorization(50 + number))
                    bench.reader.insert(card)
                    bench.see(ballot.Preferences)
                    bench.touch(voter.HelpAsked(), voter.StillHere())
                    bench.reader.remove()
                    bench.see(ballot.Abandoned)
                vote(bench, 50 + number, random.Random(name))
            report = reported(bench)
            shown = screens(qtbot, BallotWindow(96, lambda _: b""), bench)
            found.append({"report": report, "screens": shown, **left(bench)})
    one, other = found
    assert {key for key in one if one[key] != other[key]} == {INSIDE}
