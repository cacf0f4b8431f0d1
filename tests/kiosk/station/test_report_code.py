"""A closing report carries a code that the register's key verifies; no other report does."""

from __future__ import annotations

from election.definition import Role
from election.papers import Report, ReportKind
from election.report_code import read_report_code
from kiosk.flows.operator.states import Console, ConsoleAct
from tests.kiosk.station.bench import Bench, IdentityBench, TerminalBench
from tests.kiosk.station.office import Office


def shown(bench: Bench) -> Report:
    """Return the report on the console."""
    bench.sign_in()
    console = bench.console
    bench.sign_out()
    assert isinstance(console, Console)
    assert console.view.report is not None
    return console.view.report


def test_terminal(new_terminal: TerminalBench, office: Office) -> None:
    terminal = new_terminal
    assert terminal.open_polls().ok
    assert shown(terminal).kind is ReportKind.ZERO
    assert shown(terminal).code == ""
    terminal.vote(office.voting_card())
    terminal.sign_in(Role.OFFICER)
    assert terminal.act(ConsoleAct.PRINT_REPORT).ok
    terminal.sign_out()
    assert shown(terminal).code == "", "roots leave an open device never"
    assert terminal.do(ConsoleAct.CLOSE).ok
    code = read_report_code(shown(terminal).code)
    context = terminal.terminal.context
    code.verify(context.signing.public.classical.raw)
    assert context.register is not None
    assert code.said.number.hex() == context.register.number
    root = terminal.terminal.loaded.votes.signed_root()
    assert (code.said.numbers, code.said.roots) == ((1, 0), (root.records, root.spent))


def test_station(station: IdentityBench) -> None:
    assert station.do(ConsoleAct.CLOSE).ok
    code = read_report_code(shown(station).code)
    assert (code.said.device, code.said.numbers, code.said.roots) == (
        station.config.device,
        (0, 0),
        (),
    )
