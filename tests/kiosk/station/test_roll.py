"""The roll at the station: brought with the package, asked of a real evaluator, and nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from crypto.hybrid import HybridKey
from crypto.oprf import EvaluatorKey
from drivers.errors import DeviceLostError
from drivers.registry.line import Credentials, Exchange, Post, Reply
from election import roll
from election.definition import Authority, Role
from election.evidence import DocumentKind, RollCode
from election.package import encode_package
from election.persons import RollAnswer
from election.recorded import RecordedList
from election.register import RegisteredEvaluator, open_published_register
from election.roll import LIST_FILE, ROLL, TABLE_FILE, RollTable, find_roll
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.station import base
from registry.door import Door, Pace
from registry.evaluator import Evaluator, make_app
from simulators.fingerprint.sfm import SfmSimulator
from simulators.people import Person
from simulators.registry.in_process import AppInProcess, CutLine
from tests.election.test_roll import written
from tests.kiosk.station.asking import RECONCILIATION
from tests.kiosk.station.bench import PATIENCE_S, IdentityBench
from tests.kiosk.station.office import BRANCH, VALIDITY, Office, people
from tests.kiosk.station.test_documents import Desk, Printer
from tests.kiosk.station.test_provisional import defined
from tests.registry.test_roll import entry_of
from words.conventions import Calendar
from words.dates import jalali_parts
from words.message import in_english

pytestmark = pytest.mark.slow

PSEUDONYMS = EvaluatorKey.generate()
VOTER, OTHER, STRANGER = people(3, "on the roll")
REGISTRY, EVALUATOR = "127.0.0.1:8443", "127.0.0.1:8444"


class Nobody:
    """A line that nobody answers."""

    def exchange(self, post: Post, seconds: float) -> Reply:
        raise DeviceLostError("nobody")

    def close(self) -> None:
        pass


@dataclass
class Centre:
    """The office of a branch at a centre, its evaluator, and the roll beside its package."""

    office: Office
    app: AppInProcess
    listed: tuple[RecordedList, ...]
    lines: list[CutLine] = field(default_factory=list)

    def connect(self, address: str, credentials: Credentials) -> Exchange:
        if address == REGISTRY:
            return Nobody()
        assert address == EVALUATOR
        self.lines.append(CutLine(self.app, credentials.certificate))
        return self.lines[-1]


@contextmanager
def centre(office: Office, folder: Path) -> Iterator[Centre]:
    registry, evaluator = HybridKey.generate(), HybridKey.generate()
    of_registry = office.certify("registry", Role.REGISTRY, "", VALIDITY, registry.public)
    of_evaluator = office.certify("evaluator", Role.EVALUATOR, "", VALIDITY, evaluator.public)
    here = next(branch for branch in office.election.branches if branch.id == BRANCH)
    asks = replace(here, authority=Authority.CENTRE, registry=REGISTRY, evaluator=EVALUATOR)
    election = replace(
        office.election,
        branches=(asks,),
        devices=tuple(each for each in office.election.devices if each.branch == BRANCH),
        reconciliation_public_key=RECONCILIATION.public_bytes,
    )
    key = PSEUDONYMS.apart(ROLL)
    entries = [
        entry_of(key, election.uuid, person.national_number, person.born)
        for person in (VOTER, OTHER)
    ]
    listed = written(folder, entries, key.public)
    changed = replace(office, election=election)
    package = encode_package(
        election,
        office.portraits,
        office.authority.signer_key,
        office.authority.signer,
        listed,
    )
    changed.once[b""] = package
    named = (RegisteredEvaluator(of_evaluator, PSEUDONYMS.public),)
    changed.once[package] = changed.register(
        package, lambda register: replace(register, registry=(of_registry,), evaluator=named)
    )
    published = open_published_register(changed.once[package], office.authority.root)
    pace = Pace(lambda: 0.0, burst=1_000_000)
    app = make_app(Evaluator(Door(published), PSEUDONYMS, pace, pace))
    with AppInProcess(app).running() as running:
        yield Centre(changed, running, listed)


class AtCentre(Desk):
    """A station that asks an evaluator; the roll lies on the drive beside the package, if `brought`."""

    def __init__(
        self, made: Centre, folder: Path, sensor: SfmSimulator, *, brought: bool = True
    ) -> None:
        self.printer = Printer()
        self.bench = IdentityBench(
            made.office, folder / "station", sensor, made.connect, self.printer.maker
        )
        self.usb = self.bench.config.usb
        for name in (LIST_FILE, TABLE_FILE) if brought else ():
            (self.usb / name).write_bytes((folder / name).read_bytes())
        assert self.bench.open_polls().ok

    @property
    def lamp(self) -> str:
        """What is said of the roll; empty while it is there."""
        lamps = self.bench.identity.status().lamps
        return next((in_english(lamp.name) for lamp in lamps if lamp.key == "roll"), "")


def test_who_is_on_the_roll_is_admitted_and_nobody_else(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    with centre(office, tmp_path) as made:
        desk = AtCentre(made, tmp_path, sensor)
        bench = desk.bench
        try:
            desk.bench.until(lambda: not desk.lamp, "the roll")
            assert (bench.config.data / TABLE_FILE).read_bytes() == (
                desk.usb / TABLE_FILE
            ).read_bytes()
            desk.admit(VOTER, DocumentKind.BIRTH_CERTIFICATE)
            desk.typed(STRANGER, DocumentKind.DRIVING_LICENCE)
            state = bench.see(at.EnteringPerson)
            assert isinstance(state, at.EnteringPerson)
            assert state.problem is at.EntryProblem.DOES_NOT_FIT
            # The right number with another date.
            year, month, day = jalali_parts(OTHER.born + timedelta(days=1))
            desk.type_in(OTHER, f"{year:04}{month:02}{day:02}")
            assert desk.refused() is at.VoterRefusal.NOT_ON_ROLL
            for line in made.lines:
                line.up = False
            desk.typed(OTHER, DocumentKind.BIRTH_CERTIFICATE)
            bench.see(at.ConfirmingDocument)
            assert bench.summed("roll-asked") == {"fits": 1, "does-not-fit": 2, "silent": 1}
            asked = [post for line in made.lines for post in line.asked if post.path == "/roll"]
            assert [len(post.body) for post in asked] == [32] * 3
        finally:
            bench.identity.stop()


def test_a_station_without_the_roll_says_so_and_goes_on(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    with centre(office, tmp_path) as made:
        desk = AtCentre(made, tmp_path, sensor, brought=False)
        try:
            desk.bench.until(lambda: desk.lamp == "The roll is not here", "the lamp")
            desk.typed(STRANGER, DocumentKind.BIRTH_CERTIFICATE)
            desk.bench.see(at.ConfirmingDocument)
            assert desk.bench.summed("roll-asked") == {"silent": 1}
        finally:
            desk.bench.identity.stop()


def test_while_it_is_opened_nobody_waits_and_both_are_told(
    office: Office, tmp_path: Path, sensor: SfmSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A country's takes seconds: who comes meanwhile is not compared, and counted so, not as silence."""
    free = threading.Event()

    def slow(*of: Any) -> RollTable:
        assert free.wait(PATIENCE_S)
        return find_roll(*of)

    with centre(office, tmp_path) as made, monkeypatch.context() as patch:
        patch.setattr(roll, "find_roll", slow)
        patch.setattr(base, "bring_roll", lambda *_: None)
        desk = AtCentre(made, tmp_path, sensor, brought=False)
        bench = desk.bench
        for name in (LIST_FILE, TABLE_FILE):
            (bench.config.data / name).write_bytes((tmp_path / name).read_bytes())
        try:
            assert desk.lamp == "The roll is being opened"
            desk.typed(STRANGER, DocumentKind.BIRTH_CERTIFICATE)
            state = bench.see(at.ConfirmingDocument)
            assert isinstance(state, at.ConfirmingDocument)
            assert state.holder.evidence is not None
            assert state.holder.evidence.roll is RollCode.NOT_COMPARED
            assert bench.summed("roll-asked") == {"not-compared": 1}
            free.set()
            bench.until(lambda: not desk.lamp, "the roll")
            desk.post(on.DocumentGivenUp())
            desk.typed(STRANGER, DocumentKind.BIRTH_CERTIFICATE)
            state = bench.see(at.EnteringPerson)
            assert isinstance(state, at.EnteringPerson)
            assert state.problem is at.EntryProblem.DOES_NOT_FIT
        finally:
            free.set()
            bench.identity.stop()


class Slow:
    """A roll that answers when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[RollAnswer], None]] = []

    def compare(self, national_number: str, born: date, done: Callable[[RollAnswer], None]) -> None:
        self.waiting.append(done)


def ask(desk: Desk, person: Person) -> None:
    """From a free station to what was typed of a person."""
    desk.post(
        on.DocumentOffered(),
        on.DocumentChosen(DocumentKind.BIRTH_CERTIFICATE),
        on.StyleChosen(desk.bench.office.election.styles[0].id),
    )
    year, month, day = jalali_parts(person.born)
    typed = f"{year:04}{month:02}{day:02}"
    desk.post(on.PersonEntered(person.national_number, typed, Calendar.JALALI))


def test_an_answer_that_waits_for_the_store_is_nobodys_either(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    """It was there in time, a slow medium held it up, and its person left: the next one is not that one."""
    slow, free = Slow(), threading.Event()
    desk = Desk(defined(office, offline=False), tmp_path / "station", sensor, slow)
    bench = desk.bench

    def busy() -> None:
        free.wait(PATIENCE_S)

    try:
        ask(desk, VOTER)
        bench.until(lambda: len(slow.waiting) == 1, "the first question")
        bench.identity.context.store.submit(busy)
        slow.waiting[0](RollAnswer.FITS)
        desk.post(on.DocumentGivenUp())
        ask(desk, OTHER)
        free.set()
        bench.until(lambda: len(slow.waiting) == 2, "the second question")
        bench.settle()
        assert isinstance(bench.state, at.CheckingPerson)
        slow.waiting[1](RollAnswer.FITS)
        state = bench.see(at.ConfirmingDocument)
        assert isinstance(state, at.ConfirmingDocument)
        assert state.holder.national_number == OTHER.national_number
    finally:
        free.set()
        bench.identity.stop()


def test_nobody_waits_for_the_roll_and_a_late_answer_is_nobodys(
    office: Office, tmp_path: Path, sensor: SfmSimulator
) -> None:
    """The officer gives a person up while the line is slow: the answer must not be the next one's."""
    slow = Slow()
    desk = Desk(defined(office, offline=False), tmp_path / "station", sensor, slow)
    bench = desk.bench

    def asks(person: Person, count: int) -> None:
        ask(desk, person)
        bench.until(lambda: len(slow.waiting) == count, "the question")
        bench.settle()  # the store's thread is free: it does what else it is given
        assert isinstance(bench.state, at.CheckingPerson)

    try:
        asks(VOTER, 1)
        desk.post(on.DocumentGivenUp())
        bench.see(at.Idle)
        bench.settle()
        asks(OTHER, 2)
        slow.waiting[0](RollAnswer.FITS)
        bench.settle()
        assert isinstance(bench.state, at.CheckingPerson)
        slow.waiting[1](RollAnswer.FITS)
        state = bench.see(at.ConfirmingDocument)
        assert isinstance(state, at.ConfirmingDocument)
        assert state.holder.national_number == OTHER.national_number
        assert bench.summed("roll-asked") == {"fits": 2}, "what was asked is counted, whoever left"
    finally:
        bench.identity.stop()
