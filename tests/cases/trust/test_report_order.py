"""Keep from reports what would tell the order of casting."""

from __future__ import annotations

from kiosk.flows.operator.states import Console, ConsoleAct
from kiosk.reports import Report, ReportKind
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office


def shown(bench: TerminalBench) -> Report:
    """Return the report on the console."""
    bench.sign_in()
    console = bench.console
    bench.sign_out()
    assert isinstance(console, Console)
    assert console.view.report is not None
    return console.view.report


def root(report: Report) -> str:
    """Return the signed root on a report; empty if it has none."""
    return next((str(x.value) for x in report.lines if str(x.label) == "Signed root"), "")


def test_zero_and_closing_reports_keep_the_root(terminal: TerminalBench, office: Office) -> None:
    zero = shown(terminal)
    terminal.vote(office.voting_card())
    assert terminal.do(ConsoleAct.CLOSE).ok
    closing = shown(terminal)
    assert (zero.kind, closing.kind) == (ReportKind.ZERO, ReportKind.CLOSING)
    assert root(zero)
    assert root(closing)
    assert root(zero) != root(closing)
