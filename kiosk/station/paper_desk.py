"""Carry out what the flow wants of paper records, and count them: sums, without a time.

    printed - void = votes cast      or the closing report says by how many not

A paper is counted before its first dot, and void when it is known to be.

What a power cut left is counted void when the terminal is started again: papers without a vote.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.media.errors import StorageError
from drivers.printer.seam import PrintOutcome
from election.audit_events import AuditEvent
from election.marks import Marks
from election.paper_record import PaperRecordError, read_record
from election.papers import PaperMark, PaperRecord
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot.states import PaperProblem
from kiosk.station.base import DeviceContext
from kiosk.station.record_printer import RecordPrinter

NOT_BEGUN = "not-begun"
"""The reason of a paper that the printer could not begin: nothing of it is on paper."""

VOTER = "voter"
"""The reason of every paper that an act of its voter made void: CLOSE is published and tells no more."""
BY_VOTER = frozenset(
    {PaperProblem.REFUSED, PaperProblem.CHANGED, PaperProblem.CHALLENGED, PaperProblem.LEFT}
)


class PaperDesk:
    """Joins printer and scanner of paper records to the flow. `post` takes events from any thread."""

    def __init__(
        self,
        printer: RecordPrinter | None,
        context: DeviceContext,
        post: Callable[[on.BallotEvent], None],
    ) -> None:
        self._printer = printer
        self._context = context
        self._post = post

    @property
    def ready(self) -> bool:
        """Whether a paper could be printed when the printer was last looked at."""
        return self._printer is not None and self._printer.ready

    def look(self) -> None:
        """Look at the printer; a change is told by its `on_change`."""
        if self._printer is not None:
            self._printer.look()

    # ------------------------------------------------------------ store worker

    def print(self, marks: tuple[Marks, ...]) -> None:
        """Count a paper and print it → PaperPrinted | PaperNotPrinted."""
        if self._printer is None or not self._count(AuditEvent.PAPER_PRINTED):
            self._post(on.PaperNotPrinted())
            return
        self._printer.begin(PaperRecord.of(self._context.election, marks), self._begun)

    def keep(self) -> None:
        """Mark the paper as recorded."""
        self._end(PaperMark.RECORDED)

    def void(self, problem: PaperProblem) -> None:
        """Mark the paper as void, if one hangs out → PaperUnmarked, or nothing."""

        def done(marked: bool) -> None:
            self._later(AuditEvent.PAPER_VOID, VOTER if problem in BY_VOTER else problem.value)
            self._marked(PaperMark.VOID, marked)

        if self._printer is not None:
            self._printer.end(PaperMark.VOID, done)

    def leave(self) -> None:
        """Cut the paper off: whether its vote is recorded shows when the memories are read again."""
        self._end(None)

    def scanned(self, text: str | None) -> None:
        """From the scanner's thread: a text that was read whole, or None for a scan that is unusable."""
        package = self._context.package
        if text is None or package is None:
            self._post(on.PaperUnread())
            return
        try:
            read = read_record(package.election, text)
        except PaperRecordError:
            self._post(on.PaperRead(None))
            return
        self._post(on.PaperRead(read))

    def _end(self, word: PaperMark | None) -> None:
        if self._printer is not None:
            self._printer.end(word, lambda marked: self._marked(word, marked))

    # ------------------------------------------------------------ printer's thread

    def _begun(self, outcome: PrintOutcome) -> None:
        if outcome is PrintOutcome.PRINTED:
            self._post(on.PaperPrinted())
            return
        not_begun = outcome is PrintOutcome.NOT_STARTED
        self._later(AuditEvent.PAPER_VOID, NOT_BEGUN if not_begun else PaperProblem.PRINTER.value)
        self._post(on.PaperNotPrinted())

    def _marked(self, word: PaperMark | None, marked: bool) -> None:
        if not marked:
            self._later(AuditEvent.PAPER_UNMARKED, "in-doubt" if word is None else word.value)
            self._post(on.PaperUnmarked())

    def _later(self, event: AuditEvent, detail: str) -> None:
        def job() -> None:
            self._count(event, detail)

        self._context.store.submit(job)

    def _count(self, event: AuditEvent, detail: str = "") -> bool:
        """Count on the store worker; False if it cannot be written."""
        try:
            self._context.counters.add_event(event, detail)
        except StorageError as trouble:
            self._context.log.note_fault(trouble)
            return False
        return True
