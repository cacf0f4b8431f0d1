"""A terminal with a printer of paper records and a scanner that reads them: real drivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import zxingcpp
from PIL import Image

from commands.station import _draw
from drivers.printer.escpos import EscposPrinter
from drivers.printer.strip import PrinterLimits
from drivers.scanner.seam import Scanner
from drivers.scanner.serial_scanner import SerialScanner
from drivers.serial_line import SerialLine
from drivers.threads.worker import OnCrash
from election.definition import Election
from election.papers import PaperMark
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.record_printer import RecordPrinter
from simulators.local_reader import VirtualCard
from simulators.printer.escpos import EscposSimulator, Receipt
from simulators.scanner.serial_scanner import BAUD, ScannerSimulator
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office

LIMITS = PrinterLimits(status_s=0.3, confirm_s=1.0, settle_s=0.02, watch_s=0.1)


class PaperBench(TerminalBench):
    """`reads`: a scanner is there."""

    def __init__(
        self, office: Office, folder: Path, device: EscposSimulator, eye: ScannerSimulator | None
    ) -> None:
        self.device, self.eye = device, eye
        super().__init__(office, folder)

    def record(self, crashed: OnCrash) -> RecordPrinter | None:
        path = self.device.path
        printer = EscposPrinter(lambda: SerialLine.open(path, 115_200), 115_200, limits=LIMITS)
        return RecordPrinter(printer, _draw, crashed)

    def scanner(self) -> Scanner | None:
        if self.eye is None:
            return None
        path = self.eye.path
        return SerialScanner(lambda: SerialLine.open(path, BAUD))

    @property
    def election(self) -> Election:
        return with_paper(self.office)

    def open_with_paper(self) -> None:
        assert self.load(self.office.package(self.election)).ok
        assert self.act(ConsoleAct.OPEN).ok
        self.sign_out()
        self.see(at.Idle)

    def to_the_paper(self, card: VirtualCard, *way: voter.BallotEvent) -> at.BallotState:
        """Card in, marks, review; the paper hangs out. `way`: what a voter does to see or hear better."""
        self.reader.insert(card)
        self.see(at.Preferences)
        self.touch(*way)
        self.mark_anew(*way)
        return self.see(at.Comparing, at.PaperVoid)

    def mark_anew(self, *way: voter.BallotEvent) -> None:
        state = self.state
        assert isinstance(state, at.Preferences)
        council, experts = state.session.contests
        self.touch(
            voter.Begin(),
            *way,
            voter.Toggled(council.candidates[7].code),
            voter.Toggled(council.candidates[0].code),
            voter.Next(),
            voter.Toggled(experts.candidates[1].code),
            voter.Next(),
            *way,
            voter.ReviewAccepted(),
        )

    def cast_paper(self) -> None:
        """Confirm the paper, cast, take the card; the paper is in the box."""
        before = len(self.device.receipts())
        self.touch(voter.PaperConfirmed(), voter.CastChosen())
        self.see(at.Recorded)
        self.reader.remove()
        self.until(lambda: len(self.device.receipts()) > before, "the paper in the box")
        self.see(at.Idle)

    def sums(self) -> Counter[str]:
        """Papers by what became of them."""
        self.settle()
        found: Counter[str] = Counter()
        for word in ("paper-printed", "paper-void", "paper-unmarked"):
            for detail, number in self.summed(word).items():
                found[f"{word} {detail}".strip()] = number
        return found


def with_paper(office: Office) -> Election:
    return replace(office.election, rules=replace(office.election.rules, paper_record=True))


def papers(device: EscposSimulator) -> list[tuple[str, str]]:
    """What an auditor reads from the box: the word at the end of each piece, and its code; "" for none."""
    return [(word_of(each), code_of(each)) for each in device.receipts() if any(each.rows)]


def word_of(receipt: Receipt) -> str:
    """The word at the end, dot for dot, as far as the driver does not nudge single dots."""
    width = receipt.width_px // 8
    for mark in PaperMark:
        wanted = _draw(mark).rows
        for end in range(len(receipt.rows), 0, -width):
            if any(receipt.rows[end - width : end]):
                break
        for spare in range(0, 60 * width, width):
            start = end + spare - len(wanted)
            found = receipt.rows[start : end + spare].ljust(len(wanted), b"\0")
            differ = sum(a != b for a, b in zip(found, wanted, strict=True))
            if start >= 0 and differ < len(wanted) / 200:
                return mark.value
    return ""


def code_of(receipt: Receipt) -> str:
    return scan(receipt.width_px, receipt.rows)


def hanging_code(device: EscposSimulator) -> str:
    """What a scanner behind the window reads."""
    view = device.view(10_000)
    return scan(view.width_px, view.rows)


def scan(width: int, rows: bytes) -> str:
    if not rows:
        return ""
    page = Image.frombytes("1", (width, len(rows) * 8 // width), bytes(255 ^ x for x in rows))
    found = zxingcpp.read_barcodes(page.convert("L"))
    return found[0].text if found else ""


@contextmanager
def paper_bench(office: Office, folder: Path, *, reads: bool = False) -> Iterator[PaperBench]:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        EscposSimulator(folder / "record", paced=False, boot_s=0.0) as device,
        ScannerSimulator(folder / "eye", paced=False) as eye,
    ):
        bench = PaperBench(office, folder / "terminal", device, eye if reads else None)
        try:
            bench.open_with_paper()
            yield bench
        finally:
            bench.terminal.stop()
