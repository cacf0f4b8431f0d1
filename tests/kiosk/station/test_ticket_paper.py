"""A challenge is printed where a printer is; a printer that fails stops nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from commands.station import _draw
from drivers.printer.escpos import EscposPrinter
from drivers.printer.seam import WIDTH_80_MM
from drivers.printer.strip import PrinterLimits
from election.definition import PERSIAN
from election.papers import TicketSlip
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.station.paper import ReportPrinter
from simulators.printer.escpos import EscposSimulator
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office
from ui.raster import render_ticket
from words.languages import installed


@pytest.fixture
def device(tmp_path: Path) -> Iterator[EscposSimulator]:
    with EscposSimulator(tmp_path / "printer", paced=False, boot_s=0.0) as simulator:
        yield simulator


@pytest.fixture
def paper(
    device: EscposSimulator, terminal: TerminalBench, qtbot: QtBot
) -> Iterator[ReportPrinter]:
    limits = PrinterLimits(status_s=0.5, confirm_s=3.0)
    printer = EscposPrinter.open(device.path, 115_200, WIDTH_80_MM, limits=limits)
    paper = ReportPrinter(printer, _draw, terminal.terminal.crashed)
    terminal.terminal._paper = paper
    yield paper
    paper.stop()


def challenge(terminal: TerminalBench, office: Office) -> at.Challenged:
    terminal.to_the_cast_question(office.voting_card())
    terminal.touch(voter.ChallengeChosen())
    state = terminal.see(at.Challenged)
    assert isinstance(state, at.Challenged)
    return state


def test_the_ticket_comes_out(
    terminal: TerminalBench, office: Office, device: EscposSimulator, paper: ReportPrinter
) -> None:
    state = challenge(terminal, office)
    terminal.until(lambda: bool(device.receipts()), "the slip")
    slip = TicketSlip(office.election.name, state.opening, state.tracking)
    wanted = render_ticket(slip, installed().speaker(PERSIAN))
    (receipt,) = device.receipts()
    # The driver changes single dots that a printer would take for commands.
    differ = sum(a != b for a, b in zip(wanted.rows, receipt.rows, strict=False))
    assert differ < len(wanted.rows) / 1000
    assert terminal.logged("printed") == []


def test_without_a_printer_the_screen_is_enough(
    terminal: TerminalBench, office: Office, device: EscposSimulator, paper: ReportPrinter
) -> None:
    device.unplug()
    challenge(terminal, office)
    terminal.mark()
    terminal.touch(voter.CastChosen())
    terminal.see(at.Recorded)
    assert device.receipts() == ()
    assert (terminal.terminal.counts.cast, terminal.terminal.counts.spoiled) == (1, 1)
