"""A branch that votes on paper: identity stations only, checked in without a card, counted and told.

Real stations, service and books. Whoever was told to get ballot papers is compared with what is counted.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from drivers.media.errors import MediumLostError
from drivers.smartcard.authorization import TOKEN_OBJECT, encode_token
from election import second_copy, token
from election.acts import read_statement
from election.audit_events import AuditEvent
from election.bundle import Bundle, read_bundle
from election.definition import ENGLISH, DeviceId, DocumentCheck, Role, Rules
from election.issuer import Issuer
from election.papers import ReportKind
from headquarters.authority import load_sealing_key
from headquarters.branch_numbers import branch_numbers, findings
from headquarters.import_report import FindingKind, ImportReport, report_lines
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import VoterRefusal
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.documents import style_choices
from kiosk.station.export import BUNDLE_SUFFIX
from kiosk.station.issuing import Issuing
from kiosk.station.loaded_identity import LoadedIdentity
from kiosk.station.registry_line import PAPERS_LAMP
from kiosk.storage.counters import CounterKind
from kiosk.storage.pollbook import Pollbook
from simulators.people import Person
from tests.headquarters.at_once import BundleFile, import_bundles
from tests.headquarters.unlocking import unlock
from tests.kiosk.station.asking import Authorities, branch_registry
from tests.kiosk.station.bench import Bench, IdentityBench
from tests.kiosk.station.office import BRANCH, NOON, Office, on_paper, people
from tests.kiosk.station.test_branch_day import opened
from tests.kiosk.station.test_identity_station import finger, numbers, override
from words.languages import installed
from words.message import in_english

T = TypeVar("T")
pytestmark = pytest.mark.slow
FIRST, SECOND = DeviceId("b1-p1"), DeviceId("b1-p2")
ROLES = dict.fromkeys((FIRST, SECOND), (Role.IDENTITY_STATION, BRANCH))
ANNA, BERTA, CARLA, DORA, ELSA, FARID, GITI = people(7)


@dataclass
class Branch:
    registry: Authorities
    first: IdentityBench
    second: IdentityBench
    given: list[tuple[str, Person]]
    """Who was told to get ballot papers."""

    def check_in(self, bench: IdentityBench, person: Person) -> at.Done | VoterRefusal:
        """Put the person's document and finger there; what the screen says then."""
        bench.reader.insert(bench.office.identity_card(person))
        finger(bench, person)
        state = bench.see(at.Done, at.Refused, at.Overriding)
        if isinstance(state, at.Overriding):
            override(bench, None)
            state = bench.see(at.Done, at.Refused)
        bench.put_away()
        if isinstance(state, at.Done):
            self.given.append((bench.config.device, person))
            bench.until(
                lambda: not asked(bench, lambda loaded: loaded.pollbook.claims.to_note()),
                "the registry's note of the check-in",
            )
            return state
        assert isinstance(state, at.Refused)
        return state.reason


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    (tmp_path / "office").mkdir()
    plain = on_paper(Office.open(tmp_path / "office", ROLES))
    with ExitStack() as stack:
        registry = stack.enter_context(branch_registry(plain, tmp_path, offline=False))
        first, second = opened(registry, ROLES, tmp_path, stack)
        yield Branch(registry, first, second, [])


def test_a_day_on_paper(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    """One day of two stations: they are opened once, and what is counted is all that happened."""
    assert_the_screen_names_the_papers_and_nobody_gets_them_twice(branch)
    assert_what_was_not_confirmed_is_finished_by_two_roles_and_nowhere_else(branch, monkeypatch)
    assert_a_copy_that_fails_takes_nobodys_paper_away(branch, monkeypatch)
    assert_what_the_power_cut_is_finished_for_the_very_person_alone(branch, monkeypatch)
    assert_without_the_registrys_answer_nobody_gets_a_paper(branch)
    assert_an_insiders_authorization_is_neither_kept_nor_renewed(branch)
    assert_no_document_is_checked_by_eye_where_that_is_provisional(branch)
    assert_the_day_is_counted_and_told(branch)
    assert_a_station_that_tells_of_cards_is_named(branch)


def assert_the_screen_names_the_papers_and_nobody_gets_them_twice(branch: Branch) -> None:
    done = branch.check_in(branch.first, ANNA)
    assert isinstance(done, at.Done)
    assert [title.in_(ENGLISH) for title in done.papers] == ["Council", "Experts"]
    assert branch.check_in(branch.first, ANNA) is VoterRefusal.ALREADY_VOTED
    assert branch.check_in(branch.second, ANNA) is VoterRefusal.ALREADY_VOTED
    assert branch.first.logged(AuditEvent.CHECKED_IN) == [""]
    assert not branch.first.logged(AuditEvent.AUTHORIZATION_ISSUED)


def assert_what_was_not_confirmed_is_finished_by_two_roles_and_nowhere_else(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise MediumLostError("cut")

    with monkeypatch.context() as cut:
        cut.setattr(Pollbook, "confirm_issued", fails)
        assert branch.check_in(branch.first, BERTA) is VoterRefusal.STORE, "and so no paper"
    assert branch.check_in(branch.second, BERTA) is VoterRefusal.NOT_ON_PAPER, (
        "the registry leaves to the night whoever was claimed and not checked in"
    )
    assert isinstance(branch.check_in(branch.first, BERTA), at.Done)


def assert_a_copy_that_fails_takes_nobodys_paper_away(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Confirmed in one memory is checked in: there is no second try that could name the papers."""
    bench, real = branch.first, second_copy.copy
    before, failed = 0, list[Path]()
    faults = len(bench.logged(AuditEvent.MEDIA_FAULT))

    def fails(connection: sqlite3.Connection, path: Path) -> None:
        query = "SELECT count(*) FROM voter WHERE state = 'issued'"
        if path == bench.identity.context.files.pollbook_mirror and not failed:
            (issued,) = connection.execute(query).fetchone()
            if issued == before + 1:
                failed.append(path)
                raise MediumLostError("the copy")
        real(connection, path)

    with monkeypatch.context() as cut:
        cut.setattr(second_copy, "copy", fails)
        before = asked(bench, lambda loaded: sum(each.issued for each in loaded.pollbook.counts()))
        done = branch.check_in(bench, DORA)
    assert failed, "after the check-in was confirmed"
    assert isinstance(done, at.Done), "she is counted, so she gets her papers"
    assert [title.in_(ENGLISH) for title in done.papers] == ["Council", "Experts"]
    assert len(bench.logged(AuditEvent.MEDIA_FAULT)) == faults + 1, "and the log tells"
    assert branch.check_in(bench, DORA) is VoterRefusal.ALREADY_VOTED


def assert_what_the_power_cut_is_finished_for_the_very_person_alone(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checked in, and the power fails before the screen names the papers."""
    bench, real = branch.first, Issuing._check_in

    def cut(issuing: Issuing, reference: bytes) -> on.VoterClaimed:
        real(issuing, reference)
        raise MediumLostError("nothing is told any more")

    def cut_off(person: Person) -> None:
        with monkeypatch.context() as power:
            power.setattr(Issuing, "_check_in", cut)
            assert branch.check_in(bench, person) is VoterRefusal.STORE, "no papers are named"
        bench.restart()
        bench.see(at.Idle)
        assert PAPERS_LAMP in bench.identity.status().lamps, "who was cut is asked to come first"

    cut_off(ELSA)
    counted = bench.identity.today[on.CountKind.CHECKED_IN]
    assert branch.check_in(bench, ANNA) is VoterRefusal.ALREADY_VOTED, "two roles finish it for her"
    assert branch.check_in(branch.second, ELSA) is VoterRefusal.ALREADY_VOTED, "nowhere else"
    lines = len(bench.logged(AuditEvent.CHECKED_IN))
    done = branch.check_in(bench, ELSA)
    assert isinstance(done, at.Done)
    assert [title.in_(ENGLISH) for title in done.papers] == ["Council", "Experts"]
    assert numbers(bench, CounterKind.OVERRIDE)["papers-cut"] == 1
    assert bench.identity.today[on.CountKind.CHECKED_IN] == counted, "she was counted before"
    assert len(bench.logged(AuditEvent.CHECKED_IN)) == lines
    assert PAPERS_LAMP not in bench.identity.status().lamps
    assert branch.check_in(bench, ELSA) is VoterRefusal.ALREADY_VOTED, "and nobody twice"
    cut_off(FARID)
    assert branch.check_in(bench, ELSA) is VoterRefusal.ALREADY_VOTED, "nor after another cut"
    assert isinstance(branch.check_in(bench, GITI), at.Done), "she did not wait for him"
    assert branch.check_in(bench, FARID) is VoterRefusal.ALREADY_VOTED, "now nobody can tell"
    branch.given.append((bench.config.device, FARID))  # counted, and without a paper


def assert_without_the_registrys_answer_nobody_gets_a_paper(branch: Branch) -> None:
    line = branch.registry.lines[SECOND]
    line.up = False
    assert branch.check_in(branch.second, CARLA) is VoterRefusal.REGISTRY_UNREACHABLE
    line.up = True
    assert isinstance(branch.check_in(branch.second, CARLA), at.Done)


def assert_an_insiders_authorization_is_neither_kept_nor_renewed(branch: Branch) -> None:
    """Somebody with this station's key writes a token for the branch, which has no terminal."""
    bench, office = branch.first, branch.first.office
    card = office.blank()
    thief = Issuer(office.election, BRANCH, FIRST, office.signing[FIRST].classical)
    (style,), hours = office.election.styles, timedelta(hours=2)
    made = thief.issue(style.id, style.contests, bytes(16), None, (), bench.clock.now() - hours)
    assert token.read(made, office.election, BRANCH).nonce == bytes(16)
    card.piv.store_object(TOKEN_OBJECT, encode_token(made))
    bench.cards.insert(card)
    assert bench.refused() is VoterRefusal.NO_CARDS
    bench.cards.remove()
    bench.reader.insert(office.identity_card(ANNA))
    finger(bench, ANNA)
    assert bench.refused() is VoterRefusal.ALREADY_VOTED
    bench.cards.insert(card)
    bench.settle()
    assert bench.refused() is VoterRefusal.ALREADY_VOTED, "no renewal is offered"
    bench.put_away()
    check_ins = asked(bench, lambda loaded: loaded.bundle().check_ins)
    assert check_ins is not None
    assert (check_ins.returned, check_ins.receipts) == (0, 0)


def asked(bench: IdentityBench, what: Callable[[LoadedIdentity], T]) -> T:
    """Ask on the store's own thread."""
    found: list[T] = []
    bench.identity.context.store.submit(lambda: found.append(what(bench.identity.loaded)))
    bench.until(lambda: bool(found), "the store's answer")
    return found[0]


def assert_no_document_is_checked_by_eye_where_that_is_provisional(branch: Branch) -> None:
    election = branch.registry.office.election
    assert election.document_check is DocumentCheck.PROVISIONAL
    assert style_choices(election, BRANCH) == ()
    ordinary = replace(election, rules=Rules(document_check=DocumentCheck.ORDINARY))
    assert style_choices(ordinary, BRANCH)


def assert_the_day_is_counted_and_told(branch: Branch) -> None:
    """Both close, headquarters imports, and check-ins are what was given."""
    bench = branch.first
    order = asked(bench, lambda loaded: loaded.order())
    assert order is not None
    assert order.cards_out == 0, "nobody looks for cards that there are none of"
    books = {each.config.device: handed_in(each) for each in (branch.second, bench)}
    for device, (_, book) in books.items():
        check_ins = book.check_ins
        assert check_ins is not None
        given = sum(each == device for each, _ in branch.given)
        assert [row.number for row in check_ins.by_contests] == ([given] if given else [])
        assert (len(check_ins.issued), check_ins.provisional) == (given, ())
        assert read_statement(book.acts[-1]).cast == given
    report = imported(branch, [data for data, _ in books.values()])
    (numbers,) = report.branches
    intent = {person.national_number for _, person in branch.given}
    assert len(branch.given) == len(intent) == 7, "nobody twice"
    assert (numbers.on_paper, numbers.issued, numbers.unused) == (len(intent), 0, 0)
    kinds = {each.kind for each in report.findings}
    assert kinds <= {FindingKind.ODD_TIME}, "at this bench it is noon all day"
    assert report.ballots == 0
    english = next(t for t in installed().speakers() if t.language == ENGLISH)
    told = [line for line in report_lines(report, english) if line.startswith("on-paper\t")]
    assert [line.split("\t")[1:2] for line in told] == [["b1"]]
    assert told[0].split("\t")[2].startswith("7 voters")
    printed = asked(bench, lambda loaded: loaded.report_lines(ReportKind.CLOSING))
    lines = {in_english(each.label): each.value for each in printed}
    assert lines["Claimed, no ballot paper given"] == 0
    assert "Claimed, no card written" not in lines
    assert lines["ballot papers handed out after a power cut"] == 1, "it is told how many"


def assert_a_station_that_tells_of_cards_is_named(branch: Branch) -> None:
    """Cards, provisional check-ins, or a list that is not what came: a hostile or wrong station."""
    _, book = handed_in(branch.first)
    assert book.check_ins is not None
    election = branch.registry.office.election
    for change in (
        {"receipts": 1},
        {"returned": 1},
        {"provisional": (bytes(8),)},
        {"issued": book.check_ins.issued[1:]},
        {"issued": (*book.check_ins.issued, bytes(32))},
    ):
        odd = replace(book, check_ins=replace(book.check_ins, **change))
        numbers = branch_numbers(election, [odd], {})
        kinds = {each.kind for each in findings(election, [odd], numbers)}
        assert FindingKind.NOT_ON_PAPER in kinds, change
    numbers = branch_numbers(election, [book], {})
    assert not list(findings(election, [book], numbers))


def handed_in(bench: Bench) -> tuple[bytes, Bundle]:
    """Close once, export, and read what headquarters gets."""
    path = bench.config.usb / f"{bench.config.device}{BUNDLE_SUFFIX}"
    if not path.exists():
        closed = bench.do(ConsoleAct.CLOSE)
        assert closed.ok, in_english(closed.message)
        assert bench.do(ConsoleAct.EXPORT).ok
    office = bench.office
    return path.read_bytes(), read_bundle(
        path.read_bytes(), office.election, office.authority.root, NOON
    )


def imported(branch: Branch, bundles: list[bytes]) -> ImportReport:
    office = branch.registry.office
    digest = hashlib.sha256(office.package()).digest()
    files = [BundleFile(f"{number}.bundle", data) for number, data in enumerate(bundles)]
    key = load_sealing_key(office.folder / "keys", unlock)
    root = office.authority.root
    return import_bundles(office.election, digest, root, key, files, NOON).report
