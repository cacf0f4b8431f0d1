"""Headless day: headquarters, opening, voters, closing and count, all played by robots.

The identity station and the ballot terminal are served at the same time, as in a branch: while one
voter is in the booth the next is identified. What the voters meant is known here alone.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from queue import Empty, Queue

from rich.console import Console as Terminal
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from drivers.smartcard.authorization import TOKEN_OBJECT
from election.definition import Contest, Rules
from election.evidence import DocumentKind
from headquarters.counting import ContestCount
from headquarters.import_report import FindingKind
from headquarters.index_document import INDEX_FILE
from kiosk.flows.identity.states import VoterRefusal
from simulators.cards.piv import PivCard, authorization_card
from simulators.demo.booth import Booth
from simulators.demo.by_document import DocumentDesk
from simulators.demo.checkin import CheckIn, CheckInDesk, visitor_card
from simulators.demo.electorate import (
    SPECIAL,
    WITHOUT_CHIP,
    VisitKind,
    Visitor,
    make_visitors,
)
from simulators.demo.hands import StuckError, station_hands
from simulators.demo.hardware import RECORD, CardPlace, Hardware, choose_transport
from simulators.demo.intents import Intent, Meant, contests_of, make_intent
from simulators.demo.office import (
    CountedElection,
    Prepared,
    count,
    count_papers,
    count_refused,
    count_stored,
    prepare,
    seats_by_list,
)
from simulators.demo.personas import Persona, mixture
from simulators.demo.places import DayFolders
from simulators.demo.report import DayReport
from simulators.local_reader import VirtualCard

CARDS = 4
"""Reusable authorization cards of the branch."""
PROCESSES = 2
FEW_CHOICES = 2
"""Persons whom somebody with switches chooses in one contest."""
SPARE_SLOTS = 8
"""Reserved beyond the expected number of ballots, for challenged ones."""


@dataclass(frozen=True, slots=True)
class VoterTurn:
    """Voter on the way from the identity station to the booth."""

    visit: Visit
    card: PivCard


class ProgressBars(Progress):
    """Progress on standard error: bars on a terminal, a line per step elsewhere."""

    def __init__(self) -> None:
        terminal = Terminal(stderr=True)
        super().__init__(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=terminal,
            disable=not terminal.is_terminal,
        )
        self._steps: dict[str, TaskID] = {}
        self._steps_lock = threading.Lock()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show that `done` of `total` units of a step are finished."""
        with self._steps_lock:
            if step not in self._steps:
                self._steps[step] = self.add_task(step, total=total)
                if not self.console.is_terminal:
                    self.console.print(f"{step} …")
            self.update(self._steps[step], completed=done, total=total)


@dataclass(frozen=True, slots=True)
class Visit:
    """One coming of a visitor."""

    visitor: Visitor
    document: DocumentKind | None = None
    """Checked by eye; None: the card is read."""
    counts: bool = True
    """False for a ballot that another one of the person replaces in the night."""
    persona: Persona | None = None
    """How they vote; None: by the mouse, in Persian."""

    def meant(self, intent: Intent) -> Intent:
        """Return what they mean to vote, with few choices where each takes long."""
        if self.persona is None or not self.persona.few_choices:
            return intent
        return Intent(
            tuple(replace(one, persons=one.persons[:FEW_CHOICES]) for one in intent.choices)
        )


def play_day(
    root: Path,
    *,
    voters: int,
    seed: int,
    transport: str | None,
    special: Sequence[VisitKind] = SPECIAL,
    paper_record: bool = False,
    personas: bool = False,
) -> DayReport:
    """Play a whole day; discrepancies are in the report's `disagreements`. `special`: who comes.

    `personas`: they vote in all languages and ways of input, not with a mouse in Persian.
    Raises `FileExistsError` if `root` is not empty, `StuckError` or `StationError` if a station does not
    do what it should (its log is in the folder then).
    """
    places = DayFolders.make(root)
    context = get_context("spawn")
    try:
        with ProgressBars() as said, ProcessPoolExecutor(PROCESSES, mp_context=context) as executor:
            chosen, notice = choose_transport(transport, places.wires)
            if notice:
                said(notice, 1, 1)
            report = DayReport(voters, seed, chosen.name, folder=str(root))
            rules = Rules(
                ballots_per_terminal=2 * voters + SPARE_SLOTS,
                inactivity_ms=600_000,
                paper_record=paper_record,
            )
            with Hardware.make(
                chosen, places.wires, seed, hurried=True, paper=paper_record
            ) as hardware:
                with _phase(report, "headquarters"):
                    prepared = prepare(places, seed, rules, executor, said)
                report.number = prepared.number
                branch = _Branch(places, hardware, prepared, report, said)
                try:
                    with _phase(report, "opening"):
                        branch.open()
                    with _phase(report, "voting"):
                        branch.vote(seed, special, personas=personas)
                    with _phase(report, "closing"):
                        branch.close()
                finally:
                    branch.stop()
                _keep_receipts(places, hardware)
                report.stored_records = count_stored(places, prepared)
                counted_refused = count_refused(places)
                if paper_record:
                    report.papers = count_papers(places)
                    report.papers["pieces in the box"] = _pieces(hardware)
            with _phase(report, "count"):
                counted = count(places, prepared, executor, said)
            report.index = str(root / INDEX_FILE)
            _compare(report, branch, counted, counted_refused)
    finally:
        places.clear_wires()
    return report


@contextmanager
def _phase(report: DayReport, name: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    report.phases_s[name] = time.monotonic() - started


class _Branch:
    def __init__(
        self,
        places: DayFolders,
        hardware: Hardware,
        prepared: Prepared,
        report: DayReport,
        said: ProgressBars,
    ) -> None:
        self._prepared = prepared
        self._report = report
        self._said = said
        self._hardware = hardware
        self.cast: list[Intent] = []
        """Intended votes of the cast ballots."""
        self._hands = station_hands(places, hardware, prepared.operators, headless=True)
        self._cards: Queue[PivCard | None] = Queue()
        """None: no card comes back any more."""
        for _ in range(CARDS):
            self._cards.put(authorization_card(prepared.card_key))

    def open(self) -> None:
        """Start both stations, then open one after the other: operators have one card each."""
        for hands in self._hands.values():
            hands.station.start()
        for place, hands in self._hands.items():
            hands.station.connect()
            hands.keep_pictures()
            self._said("polls opened", 0, 2)
            if place is CardPlace.TERMINAL:
                hands.train()
            hands.open_polls()
        self._said("polls opened", 2, 2)

    def close(self) -> None:
        """Close the terminal, then the station, which is given the cards that came back."""
        self._hands[CardPlace.TERMINAL].close_polls()
        self._hands[CardPlace.IDENTITY].close_polls(self._cards_back())
        self._said("polls closed", 2, 2)

    def _cards_back(self) -> list[PivCard]:
        cards = []
        with suppress(Empty):
            while (card := self._cards.get_nowait()) is not None:
                cards.append(card)
        return cards

    def stop(self) -> None:
        for hands in self._hands.values():
            hands.station.stop()

    def vote(self, seed: int, special: Sequence[VisitKind], *, personas: bool) -> None:
        rng = random.Random(f"voters {seed}")
        election = self._prepared.election
        visitors = list(make_visitors(rng, self._report.voters, election.day, special))
        # Who comes twice comes again at the end; with the card, whose ballot counts.
        twice = {VisitKind.DOUBLE, VisitKind.TWO_KINDS}
        visits = [
            Visit(v, WITHOUT_CHIP.get(v.kind), counts=v.kind is not VisitKind.TWO_KINDS)
            for v in visitors
        ] + [Visit(v) for v in visitors if v.kind in twice]
        if personas:
            people = mixture(len(visits))
            visits = [replace(v, persona=who) for v, who in zip(visits, people, strict=True)]
        intents = {
            visit: visit.meant(
                make_intent(rng, visit.visitor.kind, contests_of(visit.visitor, election))
            )
            for visit in visits
        }
        turns: Queue[VoterTurn | None] = Queue()
        with ThreadPoolExecutor(2) as both:
            identity = both.submit(self._identify, visits, turns)
            booth = both.submit(self._vote, intents, turns)
            # A booth that fails lets the identity station's thread go: its own failure is the cause.
            wait((identity, booth))
            failures = [e for each in (booth, identity) if (e := each.exception()) is not None]
        if failures:
            raise failures[0]

    def _identify(self, visits: list[Visit], turns: Queue[VoterTurn | None]) -> None:
        desk = CheckInDesk(self._hands[CardPlace.IDENTITY], self._hardware)
        report = self._report
        try:
            for number, visit in enumerate(visits, 1):
                visitor, authorization = visit.visitor, self._free_card()
                outcome = self._serve(desk, visit, authorization)
                report.identity_s.append(outcome.seconds)
                if visit.document is not None and visit.document.has_chip:
                    report.refused[VoterRefusal.CHIP_DEAD.value] += 1
                if visitor.kind is VisitKind.PULLS_CARD:
                    report.refused[VoterRefusal.PULLED.value] += 1
                if outcome.refused is not None:
                    report.refused[outcome.refused] += 1
                    self._cards.put(authorization)
                else:
                    report.checked_in += 1
                    report.overridden += outcome.overridden
                    turns.put(VoterTurn(visit, authorization))
                self._said("visits", number, len(visits))
        finally:
            turns.put(None)

    def _serve(self, desk: CheckInDesk, visit: Visit, authorization: PivCard) -> CheckIn:
        visitor = visit.visitor
        if visit.document is None:
            return desk.serve(visitor, visitor_card(visitor, self._prepared), authorization)
        style = self._prepared.election.style_for(visitor.residence)
        if style is None:
            raise StuckError("nobody may vote who lives there")
        started = time.monotonic()
        by_eye = DocumentDesk(self._hands[CardPlace.IDENTITY], self._hardware)
        refused = by_eye.serve(visitor, visit.document, style.id, authorization)
        return CheckIn(refused, overridden=False, seconds=time.monotonic() - started)

    def _free_card(self) -> PivCard:
        card = self._cards.get()
        if card is None:
            raise StuckError("the booth has stopped; no authorization card comes back")
        return card

    def _vote(self, intents: dict[Visit, Intent], turns: Queue[VoterTurn | None]) -> None:
        try:
            self._serve_booth(intents, turns)
        finally:
            self._cards.put(None)

    def _serve_booth(self, intents: dict[Visit, Intent], turns: Queue[VoterTurn | None]) -> None:
        booth = Booth(self._hands[CardPlace.TERMINAL])
        report = self._report
        copies: list[bytes] = []
        while (turn := turns.get()) is not None:
            visitor = turn.visit.visitor
            written = turn.card.piv.objects[TOKEN_OBJECT]
            intent = intents[turn.visit]
            contests = contests_of(visitor, self._prepared.election)
            took = booth.vote(turn.card, visitor.kind, intent, contests, turn.visit.persona)
            if took is None:
                report.abandoned += 1
            else:
                report.cast_s.append(took)
                report.ballots_cast += 1
                copies.append(written)
                report.ballots_spoiled += visitor.kind is VisitKind.CHALLENGES
                if turn.visit.counts:
                    self.cast.append(intent)
            self._cards.put(turn.card)
        self._put_odd_cards_in(booth, copies)

    def _put_odd_cards_in(self, booth: Booth, copies: list[bytes]) -> None:
        """Insert cards that open no ballot, among them a copy of a spent authorization."""
        odd: list[VirtualCard] = [
            authorization_card(self._prepared.card_key),
            PivCard("000000", "00000000", bytes(32)),
        ]
        if copies:
            copy = authorization_card(self._prepared.card_key)
            copy.piv.store_object(TOKEN_OBJECT, copies[0])
            odd.append(copy)
        for card in odd:
            self._report.terminal_refused[booth.is_refused(card)] += 1


def _keep_receipts(places: DayFolders, hardware: Hardware) -> None:
    for place, printer in hardware.printers.items():
        for receipt in printer.receipts():
            (places.receipts / f"{place}-{receipt.number}.png").write_bytes(receipt.png())


def _pieces(hardware: Hardware) -> int:
    """Count the pieces of paper in the box that have anything on them."""
    return sum(any(receipt.rows) for receipt in hardware.printers[RECORD].receipts())


def _compare(
    report: DayReport, branch: _Branch, counted: CountedElection, refused: dict[str, int]
) -> None:
    imported = counted.imported
    report.imported_ballots = imported.ballots + imported.provisional
    numbers = imported.branches[0] if imported.branches else None
    report.import_findings = [
        *(f"{each.name}: {each.reason}" for each in imported.rejected),
        *(f"{each.tracking}: {each.reason.value}" for each in imported.refused),
        # A demonstration closes hours before its time, which headquarters tells rightly.
        *(
            f"{finding.kind.value}: {finding.message}"
            for finding in imported.findings
            if finding.kind is not FindingKind.ODD_TIME
        ),
    ]
    meant = Meant.of(branch.cast)
    report.tally_matches_intent = all(
        _as_meant(each.count, each.contest, meant) for each in counted.result.contests
    )
    failures = counted.verification.failures
    problems = [f"{each.reason} {each.entry}: {each.message}" for each in failures]
    problems += [f"{each.reason} {each.entry}: {each.message}" for each in counted.unanchored]
    report.verify = "; ".join(problems[:3]) or "ok"
    report.receipts_cover = counted.verification.receipts.covered
    report.seats = seats_by_list(counted)
    stored, made = report.stored_records, report.ballots_cast + report.ballots_spoiled
    left = report.ballots_cast + report.abandoned
    issued = numbers.issued if numbers else 0
    report.disagreements = [
        *([] if report.verify == "ok" else [f"the archive is refused: {report.verify}"]),
        *(
            []
            if report.receipts_cover == report.ballots_cast
            else [f"receipts cover {report.receipts_cover} of {report.ballots_cast} votes"]
        ),
        *([] if report.tally_matches_intent else ["the tally is not what the voters meant"]),
        # Nothing agrees with nothing: a day that refuses everybody went wrong.
        *([] if report.ballots_cast or not report.voters else ["nobody could cast a ballot"]),
        *(
            f"{what} differ: {one} and {other}"
            for what, one, other in (
                (
                    "ballots cast and ballots imported",
                    report.ballots_cast,
                    report.imported_ballots,
                ),
                ("ballots spoiled and imported", report.ballots_spoiled, imported.spoiled),
                ("records stored and ballots made", stored, made),
                ("checked in and issued", report.checked_in, issued),
                ("checked in, and cast or left", report.checked_in, left),
            )
            if one != other
        ),
        *_paper_disagreements(report),
        *([] if refused == report.refused else [f"refusals differ: the station says {refused}"]),
        *report.import_findings,
    ]


def _paper_disagreements(report: DayReport) -> list[str]:
    if not report.papers:
        return []
    printed, void = report.papers["printed"], report.papers["void"]
    found = []
    if printed - void != report.ballots_cast:
        found.append(f"papers that count and ballots cast differ: {printed - void}")
    if report.papers["pieces in the box"] != printed:
        found.append(f"papers printed and pieces in the box differ: {printed}")
    return found


def _as_meant(one: ContestCount, contest: Contest, meant: Meant) -> bool:
    persons = {c.code: c.individual for c in one.candidates if c.individual}
    lists = {x.code: x.ballots for x in one.lists if x.ballots}
    return (
        persons == {code: n for (where, code), n in meant.persons.items() if where == contest.id}
        and lists == {code: n for (where, code), n in meant.lists.items() if where == contest.id}
        and one.blanks == meant.blanks[contest.id]
        and not one.invalid
    )
