"""Keep the voters of one election on an identity station: pollbook, counters, issuing of cards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

from drivers.media.errors import StorageError
from election.acts import Closing
from election.audit_events import AuditEvent
from election.board_client import BoardClient
from election.bundle import Bundle, CheckIns, GrantedCount, ReasonCount
from election.cards_back import CardsBack, seal_cards_back
from election.claim_book import ClaimBook
from election.closing_order import BeforeClosing, neighbours_of
from election.document_codes import use_code
from election.doubts import Doubt
from election.evidence import Dimension, HolderCode, total
from election.issuance import receipts_root
from election.pairing import Mirror
from election.papers import ReportKind, ReportLine
from election.persons import Roll
from election.polls import PollsState
from election.recovery import Pair, restore
from election.registry_client import RegistryClient
from election.report_lines import CLAIMED, document_lines, evidence_lines
from election.second_copy import VOTERS
from election.station_status import DayCounts
from election.visit_words import OVERRIDES, REFUSALS, named
from kiosk.flows.common import WriteAudit
from kiosk.flows.identity.events import Count, CountKind, IdentityEvent
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.documents import HOUR_S, DocumentChecks
from kiosk.station.issuing import Issuing
from kiosk.station.paper import ReportPrinter
from kiosk.storage.counters import CounterKind
from kiosk.storage.pollbook import Pollbook
from words.message import m

_STORED = {CountKind.REFUSED: CounterKind.REFUSAL, CountKind.OVERRIDE: CounterKind.OVERRIDE}


class LoadedIdentity:
    """`Loaded` of an identity station."""

    def __init__(
        self,
        context: DeviceContext,
        card_service: CardReaderService,
        post: Callable[[IdentityEvent], None],
        line: Callable[[ClaimBook], RegistryClient | None],
        board: Callable[[ClaimBook, Callable[[], DayCounts]], BoardClient | None],
        came_back: Callable[[], None],
        paper: ReportPrinter | None = None,
        roll: Roll | None = None,
    ) -> None:
        """Open pollbook and line to the registry. Raises `CryptoError` (card key), `StorageError`.

        `came_back` is told after a card has brought something.
        """
        self._context = context
        self._on_paper = context.election.is_on_paper(context.config.branch)
        self._twinned = False
        """The pollbook's copy is on the second medium and has all of it."""
        self._restore()
        self.pollbook = Pollbook(context.files.pollbook, context.pollbook_key())
        with suppress(StorageError):  # readiness looks again
            self._twin()
        self.line = line(self.pollbook.claims)
        """To the registry; None where the pollbook is the only authority."""
        self.counters = context.counters
        self.issuing = Issuing(
            context,
            card_service,
            self.pollbook,
            context.card_key(),
            post,
            self.line,
            came_back,
        )
        roll = roll or (None if self.line is None else self.line.roll)
        self.documents = DocumentChecks(context, self.pollbook, post, paper, roll)
        self.board = board(self.pollbook.claims, self._counts)
        """To the status board, if there is one."""
        if context.polls.state is PollsState.CLOSED:
            self.closed()
        self.today: Counter[CountKind] = Counter(
            {
                CountKind.CHECKED_IN: sum(count.issued for count in self.pollbook.counts()),
                CountKind.REFUSED: _sum(self.counters.read(CounterKind.REFUSAL)),
                CountKind.OVERRIDE: _sum(self.counters.read(CounterKind.OVERRIDE)),
                CountKind.DOCUMENT: self._checked(),
            }
        )
        """Sums for the status line; the store worker alone changes them."""

    def doubts(self) -> tuple[Doubt, ...]:
        """Tell of a lost pollbook, until two roles begin a new one."""
        lost = self._context.polls.state.is_running and self._context.audit.pollbook_lost
        return (Doubt.POLLBOOK,) if lost else ()

    def confirm(self, doubt: Doubt, /) -> None:
        """Copy the pollbook to a new medium when readiness looks; that a lost one begins, the log says."""
        if doubt is Doubt.MEMORY:
            self._twinned = False

    def order(self) -> BeforeClosing | None:
        """List the other devices of the branch, and count the cards that are out; None unless it is open."""
        if not self._context.polls.state.is_running:
            return None
        cards_out = 0
        with suppress(StorageError):  # whatever is the matter, the station closes
            cards_out = 0 if self._on_paper else self.pollbook.cards_out()
        config = self._context.config
        neighbours = neighbours_of(self._context.election, config.branch, config.device)
        return BeforeClosing(neighbours, cards_out)

    def media_ready(self) -> bool:
        """Look whether both media are there and can be written; the copy is brought up to date."""
        try:
            there = self._context.media_state() is Mirror.THERE
            if not there:
                self._twinned = False
                self.pollbook.keep_also(None)
                if not self._context.is_alone:
                    return False
            elif not self._twinned:
                self._twin()
            self._context.media.look(alone=not there)
            if there:
                self._context.is_whole()
        except StorageError as trouble:
            self._twinned = False
            self._context.log.note_fault(trouble)
            return False
        self._context.log.fault_is_over()
        return True

    def _restore(self) -> None:
        """Bring the pollbook back from its copy; a lost one is remembered until it is confirmed."""
        context = self._context
        there = context.mirror() is Mirror.THERE
        copy = context.files.pollbook_mirror if there else None
        found = restore(Pair(context.files.pollbook, copy), VOTERS)
        context.log.note_damaged(found.damaged)
        if found.lost and context.polls.state.is_running and not context.audit.pollbook_lost:
            # Before there is a new one, which after a cut would look like the old one.
            context.log.write(WriteAudit(AuditEvent.DOUBT_FOUND, Doubt.POLLBOOK.value))
        if found.copied:
            context.log.note(WriteAudit(AuditEvent.MEDIA_RECONCILED))

    def _twin(self) -> None:
        if self._context.mirror() is Mirror.THERE:
            self.pollbook.keep_also(self._context.files.pollbook_mirror)
            self._twinned = True
            if self._context.polls.state is PollsState.CLOSED:
                # A memory that comes back late brings what was wiped.
                self.closed()

    def close(self) -> None:
        """Close the pollbook, and the lines to registry and status board."""
        if self.board is not None:
            self.board.stop()
        if self.line is not None:
            self.line.stop()
        self.pollbook.close()

    def introduce(self) -> None:
        """Let the registry have what was opened or closed here."""
        if self.line is not None:
            self.line.introduce(self._context.polls.acts(), self._context.takeovers.own_act)

    def count(self, effect: Count) -> None:
        """Add one. Raises `StorageError`."""
        self.today[effect.kind] += 1
        if effect.reason is not None and effect.kind in _STORED:
            self.counters.add(_STORED[effect.kind], effect.reason.value)

    def opening(self) -> None:
        """Put the pollbook's copy on the second medium; it grows by some hundred bytes a voter."""
        self._context.pair()
        self._twin()

    def report_lines(self, kind: ReportKind, /) -> tuple[ReportLine, ...]:
        """List voters checked in and refused; in zero and closing reports also reasons and what was odd."""
        issued, refusals = self.cast(), self.counters.read(CounterKind.REFUSAL)
        if kind is ReportKind.STATUS:
            # Between two reports of an open device a reason, or an override, would be one person's.
            return (ReportLine(m("Checked in"), issued), ReportLine(m("Refused"), _sum(refusals)))
        waiting = sum(count.claimed for count in self.pollbook.counts())
        provisional = len(self.pollbook.provisional())
        overrides = self.counters.read(CounterKind.OVERRIDE)
        return (
            ReportLine(m("Checked in"), issued),
            ReportLine(CLAIMED[self._on_paper], waiting),
            *([ReportLine(m("Provisional check-ins"), provisional)] if provisional else []),
            ReportLine(m("Refused"), _sum(refusals)),
            *(ReportLine(named(REFUSALS, reason), n) for reason, n in refusals),
            ReportLine(m("Overrides"), _sum(overrides)),
            *(ReportLine(named(OVERRIDES, reason), n) for reason, n in overrides),
            *self._document_lines(kind),
        )

    def _document_lines(self, kind: ReportKind) -> Iterator[ReportLine]:
        election, kept = self._context.election, self.pollbook.admissions
        policy = election.document_check_at(self._context.config.branch)
        yield from document_lines(policy, kept.sums(), *kept.numbers())
        if kind is ReportKind.CLOSING:
            yield from evidence_lines(kept.sums(), kept.signers())

    def _checked(self) -> int:
        return total(self.pollbook.admissions.sums(), Dimension.HOLDER, HolderCode.DOCUMENT_CHECK)

    def more_documents(self, code: str) -> int:
        """Allow the hour's number of documents once more; return the code's number.

        Raises `PollsStateError` for what is no code of headquarters, `StorageError`.
        """
        context, admissions = self._context, self.pollbook.admissions
        election, device, key = context.election, context.config.device, context.card_key()
        number = use_code(code, key, election.uuid, device, admissions.numbers()[1])
        hour = int(context.clock.now().timestamp()) // HOUR_S
        admissions.allow(hour, election.document_checks(device), number)
        return number

    def _counts(self) -> DayCounts:
        issued, provisional = self.cast(), len(self.pollbook.provisional())
        back = issued if self._on_paper else len(self.pollbook.receipts())
        refused, overridden = self.today[CountKind.REFUSED], self.today[CountKind.OVERRIDE]
        return DayCounts(issued, back, refused, overridden, provisional)

    def cast(self) -> int:
        """Count the authorizations given. Raises `StorageError`."""
        return sum(count.issued for count in self.pollbook.counts())

    def closing(self) -> Closing:
        """Give no roots: a station has no records, and all it knows about voters stays in the bundle."""
        return Closing(None, None, 0, ())

    def closed(self) -> None:
        """Forget who was refused today, and who waited for papers. Raises `StorageError`."""
        self.pollbook.handed_out()
        self.pollbook.admissions.forget_day()

    def reported(self) -> tuple[tuple[int, int], tuple[bytes, ...]]:
        """Return authorizations issued, and claims whose card was not confirmed; a station has no roots."""
        return (self.cast(), sum(count.claimed for count in self.pollbook.counts())), ()

    def bundle(self) -> Bundle:
        """Collect check-ins, refusals and overrides by reason, evidence, what was issued and came back."""
        counts, election = self.pollbook.counts(), self._context.election
        admissions = self.pollbook.admissions
        back = CardsBack(self.pollbook.receipts(), self.pollbook.returned())
        config = self._context.config
        sealed = seal_cards_back(
            back, election.uuid, config.branch, config.device, election.seal_public_key
        )
        return self._context.bundle(
            check_ins=CheckIns(
                by_contests=tuple(GrantedCount(count.contests, count.issued) for count in counts),
                claimed_not_issued=sum(count.claimed for count in counts),
                refusals=self._reasons(CounterKind.REFUSAL),
                overrides=self._reasons(CounterKind.OVERRIDE),
                evidence=admissions.sums(),
                signers=admissions.signers(),
                provisional=self.pollbook.provisional(),
                claims=self.pollbook.claims.entries(),
                issued=self.pollbook.issued(confirmed=self._on_paper),
                receipts=len(back.receipts),
                returned=len(back.returned),
                receipts_root=receipts_root((each.spent, each.terminal) for each in back.receipts),
                cards_back=sealed,
            )
        )

    def _reasons(self, kind: CounterKind) -> tuple[ReasonCount, ...]:
        return tuple(ReasonCount(reason, number) for reason, number in self.counters.read(kind))


def _sum(numbers: tuple[tuple[str, int], ...]) -> int:
    return sum(number for _, number in numbers)
