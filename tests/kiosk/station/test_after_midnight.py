"""The polls go on after midnight in Tehran, while it is still the day before in UTC."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from election.evidence import DocumentKind
from election.papers import ReportKind
from kiosk.flows.identity import states as at
from kiosk.flows.operator.states import ConsoleAct
from simulators.fingerprint.sfm import SfmSimulator
from simulators.roll import ListedRoll
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office, people
from tests.kiosk.station.test_documents import Desk
from tests.kiosk.station.test_provisional import defined

MIDNIGHT = datetime(2026, 6, 12, 21, tzinfo=UTC)
NEXT_DAY = date(2026, 6, 13)


@pytest.fixture(autouse=True)
def tehran() -> Iterator[None]:
    """A device's clock on the wall; by offset, because a machine may know no names of zones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "IRST-3:30")
        time.tzset()
        yield
    time.tzset()


def test_a_report_bears_day_and_hour_of_the_clock_on_the_wall(new_terminal: TerminalBench) -> None:
    assert new_terminal.open_polls().ok
    new_terminal.clock.reach(MIDNIGHT)
    assert new_terminal.do(ConsoleAct.PRINT_REPORT).ok
    report = new_terminal.station.console._acts.report
    assert report is not None
    assert report.kind is ReportKind.STATUS
    made, shown = report.made, new_terminal.terminal.status().clock
    assert shown is not None
    assert (made.date(), made.hour, made.minute) == (NEXT_DAY, 0, 30)
    assert (made.date(), made.hour) == (shown.date(), shown.hour)


@pytest.mark.slow
def test_a_form_is_dated_when_it_is_signed(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    (voter,) = people(1, "after midnight")
    desk = Desk(defined(office, offline=False), tmp_path / "station", sensor, ListedRoll([voter]))
    try:
        desk.bench.clock.reach(MIDNIGHT)
        desk.typed(voter, DocumentKind.BIRTH_CERTIFICATE)
        desk.bench.until(lambda: getattr(desk.bench.state, "printed", None) is True, "the form")
        assert isinstance(desk.bench.state, at.ConfirmingDocument)
        assert [form.day for form in desk.printer.forms] == [NEXT_DAY]
    finally:
        desk.bench.identity.stop()
