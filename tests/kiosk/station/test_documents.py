"""Documents without a chip at the identity station: whom they admit, what is kept of it, and what is not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from drivers.printer.seam import (
    PaperState,
    Piece,
    PrinterStatus,
    PrintOutcome,
    PrintResult,
    Raster,
)
from drivers.smartcard.chip import NOT_OFFERED, ChipEvidence
from drivers.smartcard.emrtd import build_identity
from drivers.smartcard.evidence import DocumentCheck as ChipCheck
from drivers.smartcard.evidence import Evidence, judged
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.profile import Access, load_profile
from drivers.threads.worker import OnCrash
from election import token
from election.acts import Closing, read_statement
from election.audit_events import AuditEvent, EventForm
from election.bundle import Bundle
from election.chip_evidence import chip_evidence
from election.day_sums import DaySum
from election.definition import DocumentCheck, Role, StyleId
from election.document_codes import code_of
from election.evidence import BallotClass, Dimension, DocumentKind, HolderCode, RollCode, total
from election.papers import DocumentForm, Printed, Report, ReportKind, ReportLine
from election.persons import Roll
from election.provisional import Proof, open_entry
from election.schema import to_cbor
from headquarters.evidence_check import branch_evidence, evidence_findings, no_answer
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import EntryProblem, VoterRefusal
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.paper import ReportPrinter
from simulators.cards.chip import ChipKeys
from simulators.cards.piv import PivCard
from simulators.demo.by_document import DeadCard
from simulators.fingerprint.fingers import Placement
from simulators.fingerprint.module import INSTANT
from simulators.fingerprint.sfm import SfmSimulator
from simulators.people import Person, make_person
from simulators.roll import ListedRoll
from tests.kiosk.station.asking import RECONCILIATION
from tests.kiosk.station.bench import IdentityBench
from tests.kiosk.station.documents import document
from tests.kiosk.station.office import BOTH, BRANCH, DAY, NOON, STATION, Office, people, token_on
from tests.kiosk.station.test_identity_station import check_in
from tests.kiosk.station.test_provisional import defined
from words.conventions import Calendar
from words.dates import jalali_parts
from words.message import in_english

pytestmark = pytest.mark.slow


@dataclass
class Printer:
    """A printer whose strips come out, unless it is told otherwise."""

    strips: list[Printed] = field(default_factory=list)
    jams: bool = False

    def status(self) -> PrinterStatus:
        return PrinterStatus(online=True, paper=PaperState.OK)

    def print_raster(
        self,
        bitmap: Raster,
        progress: Callable[[int], None] | None = None,
        *,
        piece: Piece = Piece.WHOLE,
    ) -> PrintResult:
        del bitmap, progress, piece
        return PrintResult(PrintOutcome.UNKNOWN if self.jams else PrintOutcome.PRINTED, 1)

    def part(self) -> bool:
        return True

    def cancel(self) -> None:
        pass

    def close(self) -> None:
        pass

    def maker(self, crashed: OnCrash) -> ReportPrinter:
        def draw(printed: Printed) -> Raster:
            self.strips.append(printed)
            return Raster(8, b"\x00")

        return ReportPrinter(self, draw, crashed)

    @property
    def forms(self) -> list[DocumentForm]:
        return [strip for strip in self.strips if isinstance(strip, DocumentForm)]


class Desk:
    """A station with a roll and a printer, and an officer who checks documents."""

    def __init__(
        self, office: Office, folder: Path, sensor: SfmSimulator, roll: Roll | None
    ) -> None:
        self.printer = Printer()
        self.bench = IdentityBench(office, folder, sensor, paper=self.printer.maker, roll=roll)
        assert self.bench.open_polls().ok

    def post(self, *events: on.IdentityEvent) -> None:
        for event in events:
            self.bench.identity.loop.post(event)
            self.bench.identity.drain()

    def typed(self, person: Person, kind: DocumentKind, *, born: str | None = None) -> None:
        """From the free station, or a card found dead, to number and date."""
        self.post(on.DocumentOffered(), on.DocumentChosen(kind), on.StyleChosen(BOTH))
        self.bench.see(at.EnteringPerson)
        self.type_in(person, born)

    def type_in(self, person: Person, born: str | None = None) -> None:
        year, month, day = jalali_parts(person.born)
        date = born or f"{year:04}{month:02}{day:02}"
        self.post(on.PersonEntered(person.national_number, date, Calendar.JALALI))
        self.bench.until(
            lambda: not isinstance(self.bench.state, at.CheckingPerson), "the person to be judged"
        )

    def confirmed(self) -> at.IdentityState:
        """Form and both signatures; the state after the claim."""
        bench = self.bench
        bench.until(lambda: getattr(bench.state, "printed", None) is True, "the form")
        self.post(on.FormSigned())
        bench.sign_override(Role.OFFICER)
        bench.sign_override(Role.SUPERVISOR)
        return bench.see(at.WritingAuthorization, at.Refused)

    def admit(self, person: Person, kind: DocumentKind) -> PivCard:
        self.typed(person, kind)
        self.confirmed()
        card = self.bench.office.blank()
        self.bench.cards.insert(card)
        self.bench.see(at.Done)
        self.bench.cards.remove()
        self.bench.see(at.Idle)
        return card

    def refused(self) -> VoterRefusal:
        reason = self.bench.refused()
        self.bench.see(at.Idle)
        return reason

    def closed(self) -> tuple[Bundle, Closing, tuple[ReportLine, ...]]:
        assert self.bench.do(ConsoleAct.CLOSE).ok
        found: list[tuple[Bundle, tuple[ReportLine, ...]]] = []
        loaded = self.bench.identity.loaded
        self.bench.identity.context.store.submit(
            lambda: found.append((loaded.bundle(), loaded.report_lines(ReportKind.CLOSING)))
        )
        self.bench.until(lambda: bool(found), "the bundle")
        bundle, lines = found[0]
        closing = read_statement(bundle.acts[-1]).closing
        assert closing is not None
        return bundle, closing, lines


def _unsigned(detail: str) -> str:
    """Return a detail without the operators' certificates, which these tests issue anew each time."""
    return re.sub("[0-9a-f]{16}", "", detail)


@pytest.fixture(scope="module")
def finger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfmSimulator]:
    folder = tmp_path_factory.mktemp("finger")
    with SfmSimulator(folder / "finger", seed=1, timing=INSTANT, paced=False) as simulator:
        yield simulator


def play(office: Office, folder: Path, sensor: SfmSimulator, who: str) -> tuple[object, ...]:
    """A day of attacks and of ordinary people; what it leaves that may leave the station."""
    voter, other, third = people(3, who)
    child = make_person(random.Random(f"child {who}"), DAY, ages=(12, 16, 15))
    roll = ListedRoll([voter, other, third, child])
    desk = Desk(office, folder, sensor, roll)
    bench = desk.bench
    try:
        given = token.check(
            token_on(desk.admit(voter, DocumentKind.BIRTH_CERTIFICATE)) or b"",
            office.election, BRANCH, NOON,
        )  # fmt: skip
        assert given.handle is not None
        # The same document again, and then the person with the chip.
        desk.typed(voter, DocumentKind.DRIVING_LICENCE)
        assert desk.refused() is VoterRefusal.ALREADY_VOTED
        by_chip = token.check(
            token_on(check_in(bench, voter)) or b"", office.election, BRANCH, NOON
        )
        assert by_chip.handle not in (None, given.handle)
        # The chip first: no document after it.
        assert (
            token.check(
                token_on(check_in(bench, other)) or b"", office.election, BRANCH, NOON
            ).handle
            is None
        )
        desk.typed(other, DocumentKind.SERVICE_CARD)
        assert desk.refused() is VoterRefusal.ALREADY_VOTED
        # Refused for age by the chip: no certificate, whatever birth date is typed.
        bench.reader.insert(office.identity_card(child))
        assert bench.refused() is VoterRefusal.UNDER_AGE
        bench.reader.remove()
        bench.see(at.Idle)
        desk.typed(child, DocumentKind.BIRTH_CERTIFICATE, born="13600101")
        assert desk.refused() is VoterRefusal.REFUSED_TODAY
        # A birth date that is guessed, twice.
        desk.typed(third, DocumentKind.BIRTH_CERTIFICATE, born="13600102")
        state = bench.state
        assert isinstance(state, at.EnteringPerson)
        assert state.problem is EntryProblem.DOES_NOT_FIT
        desk.type_in(third, "13600103")
        assert desk.refused() is VoterRefusal.NOT_ON_ROLL
        # A chip that does not answer, and a form that does not come out at once.
        desk.printer.jams = True
        bench.reader.insert(DeadCard())
        assert bench.refused() is VoterRefusal.CHIP_DEAD
        desk.typed(third, DocumentKind.NATIONAL_CARD)
        bench.reader.remove()
        bench.until(lambda: getattr(bench.state, "printed", None) is False, "the jam")
        desk.printer.jams = False
        desk.post(on.PrintAgain())
        desk.confirmed()
        bench.cards.insert(office.blank())
        bench.see(at.Done)
        bench.cards.remove()
        bench.see(at.Idle)
        assert [form.number for form in desk.printer.forms] == [1, 2, 3]
        bench.settle()
        assert bench.identity.today[on.CountKind.DOCUMENT] == 2
        assert bench.identity.today[on.CountKind.OVERRIDE] == 0
        assert bench.summed("roll-asked") == {"fits": 4, "does-not-fit": 2}
        hashed = bench.identity.loaded.pollbook.admissions._hash(child.national_number)
        bundle, closing, lines = desk.closed()
        for path in (*folder.rglob("*.db"), *folder.rglob("*.jsonl"), *folder.rglob("*.bundle")):
            content = path.read_bytes()
            for person in (voter, other, third, child):
                assert person.national_number.encode() not in content, path
            assert hashed not in content, path
        assert bundle.check_ins is not None
        sums, issued = bundle.check_ins.evidence, 4
        assert all(total(sums, dimension) == issued for dimension in Dimension)
        assert total(sums, Dimension.DOCUMENT, "birth-certificate") == 1
        assert total(sums, Dimension.CHIP, "chip-dead") == 1
        assert total(sums, Dimension.HOLDER, HolderCode.DOCUMENT_CHECK) == 2
        assert total(sums, Dimension.ROLL, RollCode.FITS) == 2
        assert total(sums, Dimension.GIVEN, BallotClass.AFTER_DOCUMENT) == 1
        assert not list(evidence_findings([bundle]))
        assert branch_evidence([bundle])[0].sums == sums
        assert no_answer([bundle]) == frozenset()
        # CLOSE becomes public: it says no more of these four voters than their number.
        missing = DaySum("cards-missing", "", issued)
        assert closing == Closing(None, None, 0, (missing,))
        entries = [
            open_entry(sealed, office.election.uuid, BRANCH, STATION, RECONCILIATION)
            for sealed in bundle.check_ins.provisional
        ]
        by_handle = {entry.handle: entry for entry in entries}
        assert by_handle[given.handle].proof is Proof.DOCUMENT
        assert by_chip.handle is not None
        assert by_handle[by_chip.handle].proof is Proof.CHIP
        # An operators' act has its second, and the device's own clock runs with real ones.
        log = [
            (e.what, _unsigned(e.detail), AuditEvent(e.what).form is EventForm.VOTER and e.time)
            for e in bench.log()
        ]
        told = tuple(replace(each, reason=_unsigned(each.reason)) for each in bundle.sums)
        counted = replace(
            bundle.check_ins, provisional=(), issued=(), cards_back=b"", signature=bytes(3373)
        )
        report = next(each for each in desk.printer.strips[::-1] if isinstance(each, Report))
        return (to_cbor(counted), told), lines, log, len(report.lines)
    finally:
        bench.identity.stop()


def test_two_days_with_other_persons_and_the_same_classes_leave_equal_bytes(
    office: Office, tmp_path: Path, finger: SfmSimulator
) -> None:
    provisional = defined(office, offline=False)
    first = play(provisional, tmp_path / "first", finger, "one day")
    assert play(provisional, tmp_path / "second", finger, "another day") == first


def test_an_hour_has_its_number_and_without_a_roll_nothing_is_compared(
    office: Office, tmp_path: Path, finger: SfmSimulator
) -> None:
    rules = replace(
        office.election.rules,
        document_check=DocumentCheck.ORDINARY,
        document_checks_per_hour=2,
    )
    ordinary = replace(office, election=replace(office.election, rules=rules))
    voter, other, _ = people(3, "hour")
    desk = Desk(ordinary, tmp_path / "station", finger, None)
    bench = desk.bench
    try:
        card = desk.admit(voter, DocumentKind.BIRTH_CERTIFICATE)
        given = token.check(token_on(card) or b"", ordinary.election, BRANCH, NOON)
        assert given.handle is None
        # An ordinary ballot uses up the right: the chip comes too late.
        bench.reader.insert(ordinary.identity_card(voter))
        bench.see(at.Fingerprint)
        bench.until(lambda: bench.sensor.wait_for_scan(0.005), "the sensor")
        bench.sensor.place(voter.finger(), Placement.CLEAN)
        assert bench.refused() is VoterRefusal.ALREADY_VOTED
        bench.put_away()
        desk.post(
            on.DocumentOffered(),
            on.DocumentChosen(DocumentKind.DRIVING_LICENCE),
            on.StyleChosen(StyleId(BOTH)),
            on.PersonEntered("1111111111", "13600101", Calendar.JALALI),
        )
        bench.until(lambda: isinstance(bench.state, at.EnteringPerson), "the number again")
        assert getattr(bench.state, "problem", None) is EntryProblem.NUMBER
        desk.type_in(other)
        bench.see(at.ConfirmingDocument)
        desk.post(on.DocumentGivenUp())
        bench.see(at.Idle)
        desk.typed(other, DocumentKind.DRIVING_LICENCE)
        assert desk.refused() is VoterRefusal.TOO_MANY_CHECKS
        bench.restart()
        bench.see(at.Idle)
        desk.typed(other, DocumentKind.DRIVING_LICENCE)
        assert desk.refused() is VoterRefusal.TOO_MANY_CHECKS
        key, uuid = ordinary.card_key, ordinary.election.uuid
        codes = [code_of(key, uuid, STATION, number) for number in (1, 2)]
        wrong = bench.do(ConsoleAct.MORE_DOCUMENTS, "123456789012")
        assert not wrong.ok
        assert bench.logged("documents-allowed") == []
        for code, ok in ((codes[1], True), (codes[1], False), (codes[0], False)):
            assert bench.do(ConsoleAct.MORE_DOCUMENTS, code).ok == ok
        (logged,) = bench.logged("documents-allowed")
        assert len(logged.split()) == 3
        assert logged.startswith("2 ")
        for _ in range(2):
            desk.typed(other, DocumentKind.DRIVING_LICENCE)
            bench.see(at.ConfirmingDocument)
            desk.post(on.DocumentGivenUp())
            bench.see(at.Idle)
        bench.restart()
        bench.see(at.Idle)
        desk.typed(other, DocumentKind.DRIVING_LICENCE)
        assert desk.refused() is VoterRefusal.TOO_MANY_CHECKS
        bench.clock.later(3600)
        bench.settle()
        desk.typed(other, DocumentKind.DRIVING_LICENCE)
        bench.see(at.ConfirmingDocument)
        assert bench.summed("document-given-up") == {"form": 3}
        assert bench.summed("roll-asked") == {"not-compared": 5}
        desk.post(on.DocumentGivenUp())
        bench.see(at.Idle)
        _, _, lines = desk.closed()
        assert [line.value for line in lines if "code" in in_english(line.label)] == [2]
    finally:
        bench.identity.stop()


def test_whom_two_roles_do_not_say_of_age_comes_with_no_other_document(
    office: Office, tmp_path: Path, finger: SfmSimulator
) -> None:
    """A refusal for age that no date on another document mends, on this day."""
    provisional = defined(office, offline=False)
    (voter,) = people(1, "of age")
    desk = Desk(provisional, tmp_path / "station", finger, ListedRoll([voter]))
    bench = desk.bench
    try:
        year = provisional.election.day.year - provisional.election.rules.min_age
        bench.reader.insert(document(provisional, voter, born_in=year))
        bench.see(at.Overriding)
        desk.post(on.OverrideDenied())
        assert bench.refused() is VoterRefusal.AGE_UNKNOWN
        bench.put_away()
        desk.typed(voter, DocumentKind.BIRTH_CERTIFICATE)
        assert desk.refused() is VoterRefusal.REFUSED_TODAY
    finally:
        bench.identity.stop()


def test_a_forged_card_bars_nobody(office: Office, tmp_path: Path, finger: SfmSimulator) -> None:
    """What nobody has signed is not parsed: it cannot name whom to refuse. A copy of a card does."""
    provisional = defined(office, offline=False)
    voter, copied = people(2, "forged")
    desk = Desk(provisional, tmp_path / "station", finger, ListedRoll([voter, copied]))
    bench = desk.bench
    try:
        bench.reader.insert(provisional.identity_card(voter, issuer=office.other_issuer))
        assert bench.refused() is VoterRefusal.OTHER_ISSUER
        bench.put_away()
        desk.typed(voter, DocumentKind.BIRTH_CERTIFICATE)
        bench.see(at.ConfirmingDocument)
        desk.post(on.DocumentGivenUp())
        bench.see(at.Idle)
        bench.reader.insert(provisional.identity_card(copied, keys=ChipKeys.create()).copied())
        assert bench.refused() is VoterRefusal.COPIED
        bench.put_away()
        desk.typed(copied, DocumentKind.BIRTH_CERTIFICATE)
        assert desk.refused() is VoterRefusal.REFUSED_TODAY
    finally:
        bench.identity.stop()


PLACES: dict[Exempt | None, Dimension | None] = {
    Exempt.CONTENT_TYPE: Dimension.SIGNATURE,
    Exempt.DENYING_AUTHORITY: Dimension.SIGNATURE,
    Exempt.EXPIRED_SIGNER: Dimension.SIGNATURE,
    Exempt.PURPOSE: Dimension.SIGNATURE,
    Exempt.EXPIRED_DOCUMENT: Dimension.STATE,
    Exempt.NO_REVOCATION_LIST: Dimension.REVOCATION,
    Exempt.CHIP_NOT_PROVEN: Dimension.CHIP,
    Exempt.SHORT_CHIP_KEY: Dimension.CHIP,
    None: None,
}


@pytest.mark.parametrize(("what", "dimension"), PLACES.items())
def test_every_exception_has_its_place_in_the_sums(
    office: Office, what: Exempt | None, dimension: Dimension | None
) -> None:
    groups = office.identity_card(people(1, "sums")[0]).groups
    identity = build_identity(b"", groups, load_profile(), DAY)
    passed = Evidence(tuple(judged(check, "") for check in ChipCheck), signer=b"s" * 32)
    proof = ChipEvidence(NOT_OFFERED, NOT_OFFERED)
    used = frozenset(() if what is None else (what,))
    shown = chip_evidence(identity, passed, proof, Access.NONE, used)
    assert shown.signer == passed.signer
    assert [found for found, code in shown.codes if code == "exempted"] == (
        [] if dimension is None else [dimension]
    )


def test_no_exception_is_left_out_of_the_sums() -> None:
    assert set(PLACES) == {*Exempt, None}
