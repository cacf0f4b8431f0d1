"""The identity station at work: persons, fingers, cards, faults."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from drivers.errors import CaptureError
from drivers.fingerprint.seam import (
    Capture,
    MatchOutcome,
    NoCapture,
    ReaderState,
    ReaderStatus,
    SensorFeedback,
    Template,
    TemplateFormat,
)
from drivers.media.errors import MediumFullError, MediumLostError
from drivers.smartcard.authorization import NOTE_OBJECT, encode_token
from election import token
from election.audit_events import AuditEvent
from election.authorization import AuthorizationRefusal
from election.bundle import GrantedCount, ReasonCount, read_bundle
from election.definition import DeviceId, Role
from election.incidents import Incident
from election.records import spent_hash
from election.signing_in import EnterPin, NeedCard, PinEntered, Rejected, Rejection
from election.voucher import Receipt, encode_note, intent_of
from kiosk.flows.common import ClosedReason, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import OverrideReason, VoterRefusal, WriteProblem
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.export import BUNDLE_SUFFIX
from kiosk.station.fingers import FingerprintService
from kiosk.storage.audit import AuditLog
from kiosk.storage.counters import CounterKind
from kiosk.storage.pollbook import Pollbook
from simulators.cards.chip import ChipKeys
from simulators.cards.piv import PivCard
from simulators.fingerprint.fingers import Placement
from simulators.local_reader import VirtualCard
from simulators.people import Person, make_person
from tests.kiosk.station.bench import IdentityBench, TerminalBench
from tests.kiosk.station.office import (
    BOTH,
    BRANCH,
    COUNCIL,
    DAY,
    EXPERTS,
    NOON,
    PIN,
    STATION,
    TERMINAL,
    Office,
    people,
    token_on,
)

VOTER, OTHER, THIRD = people(3)
CHILD = make_person(random.Random("child"), DAY, ages=(12, 16, 15))


def finger(bench: IdentityBench, person: Person, how: Placement = Placement.CLEAN) -> None:
    """A finger is put on as soon as the module waits for one."""
    bench.see(at.Fingerprint)
    bench.until(lambda: bench.sensor.wait_for_scan(0.005), "the sensor")
    bench.sensor.place(person.finger(), how)


def check_in(bench: IdentityBench, person: Person, *, card: PivCard | None = None) -> PivCard:
    """A whole visit; the written card."""
    written = card or bench.office.blank()
    bench.cards.insert(written)
    bench.reader.insert(bench.office.identity_card(person))
    finger(bench, person)
    bench.see(at.Done)
    bench.put_away()
    return written


def overriding(bench: IdentityBench) -> at.Overriding:
    state = bench.see(at.Overriding)
    assert isinstance(state, at.Overriding)
    return state


def override(bench: IdentityBench, reason: OverrideReason | None = OverrideReason.WORN) -> None:
    """Two roles sign; `reason` None: the station knows it."""
    if reason is not None:
        bench.identity.loop.post(on.ReasonChosen(reason))
    bench.sign_override(Role.OFFICER)
    bench.sign_override(Role.SUPERVISOR)


def issued(bench: IdentityBench) -> list[tuple[int, int]]:
    """(claimed, issued) of every set of contests, read on the store's thread."""
    found: list[list[tuple[int, int]]] = []

    def read() -> None:
        counts = bench.identity.loaded.pollbook.counts()
        found.append([(count.claimed, count.issued) for count in counts])

    bench.identity.context.store.submit(read)
    bench.until(lambda: bool(found), "the counts")
    return found[0]


def numbers(bench: IdentityBench, kind: CounterKind) -> dict[str, int]:
    bench.settle()
    found: list[dict[str, int]] = []
    read = bench.identity.loaded.counters.read
    bench.identity.context.store.submit(lambda: found.append(dict(read(kind))))
    bench.until(lambda: bool(found), "the numbers")
    return found[0]


# ---------------------------------------------------------------- the usual


def test_a_voter_gets_an_authorization(station: IdentityBench, office: Office) -> None:
    card = check_in(station, VOTER)
    data = token_on(card)
    assert data is not None
    authorization = token.check(data, office.election, BRANCH, NOON)
    assert authorization.style == BOTH
    assert authorization.contests == (COUNCIL, EXPERTS)
    assert authorization.issuer == STATION
    assert issued(station) == [(0, 1)]
    assert station.identity.today[on.CountKind.CHECKED_IN] == 1
    done = next(state for state in station.shown if isinstance(state, at.Done))
    assert (done.holder.name, done.holder.national_number) == (
        VOTER.name.fa,
        VOTER.national_number,
    )


def test_nothing_of_the_person_is_in_the_files(station: IdentityBench) -> None:
    check_in(station, VOTER)
    station.identity.stop()
    secrets = (VOTER.national_number, VOTER.family.fa, VOTER.family.latin.upper())
    for path in station.config.data.rglob("*"):
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in secrets), path
    station.boot()


def test_both_devices_agree(
    station: IdentityBench, terminal: TerminalBench, office: Office
) -> None:
    card = check_in(station, VOTER)
    terminal.vote(card)
    assert token_on(card) is None
    check_in(station, OTHER, card=card)
    terminal.vote(card)
    assert terminal.cast() == 2


# ---------------------------------------------------------------- refusals


REFUSALS: dict[str, tuple[Callable[[Office], VirtualCard], VoterRefusal]] = {
    "under age": (lambda o: o.identity_card(CHILD), VoterRefusal.UNDER_AGE),
    "other issuer": (
        lambda o: o.identity_card(VOTER, issuer=o.other_issuer),
        VoterRefusal.OTHER_ISSUER,
    ),
    "a copied chip": (
        lambda o: o.identity_card(VOTER, keys=ChipKeys.create()).copied(),
        VoterRefusal.COPIED,
    ),
    "authorization card": (Office.voting_card, VoterRefusal.UNKNOWN_CARD),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_who_is_refused(station: IdentityBench, office: Office, name: str) -> None:
    make, reason = REFUSALS[name]
    station.reader.insert(make(office))
    assert station.refused() is reason
    station.put_away()
    assert issued(station) == []
    assert numbers(station, CounterKind.REFUSAL) == {reason.value: 1}
    assert station.logged("refused") == [""]
    assert station.summed("refused") == {reason.value: 1}
    check_in(station, VOTER)


def test_a_mute_card_is_said_to_have_a_dead_chip(station: IdentityBench) -> None:
    class Mute:
        atr = b""

        def process(self, apdu: bytes) -> bytes:
            raise AssertionError(apdu)

        def reset(self) -> None: ...

    station.reader.insert(Mute())
    assert station.refused() is VoterRefusal.CHIP_DEAD
    station.put_away()


def test_who_has_voted_gets_nothing(station: IdentityBench, office: Office) -> None:
    check_in(station, VOTER)
    card = office.blank()
    station.cards.insert(card)
    station.reader.insert(office.identity_card(VOTER))
    finger(station, VOTER)
    assert station.refused() is VoterRefusal.ALREADY_VOTED
    station.put_away()
    assert token_on(card) is None
    station.restart()
    station.reader.insert(office.identity_card(VOTER))
    finger(station, VOTER)
    assert station.refused() is VoterRefusal.ALREADY_VOTED


@pytest.mark.parametrize("command", [1, 3, 6, 12, 25])
def test_pulled_while_it_is_read(station: IdentityBench, office: Office, command: int) -> None:
    station.reader.insert_and_pull(office.identity_card(VOTER), command)
    station.until(lambda: station.reader.card is None, "the pulled card")
    station.settle()
    assert isinstance(station.state, at.Idle | at.Refused)
    assert issued(station) == []
    check_in(station, VOTER)


# ---------------------------------------------------------------- fingers


def test_another_persons_finger_is_denied(station: IdentityBench, office: Office) -> None:
    station.reader.insert(office.identity_card(VOTER))
    for _ in range(2):
        finger(station, OTHER)
        station.see(at.FingerFailed, at.Overriding)
        station.sensor.lift()
        station.identity.loop.post(on.TryAgain())
    overriding(station)
    station.identity.loop.post(on.OverrideDenied())
    assert station.refused() is VoterRefusal.FINGERPRINT
    station.put_away()
    assert issued(station) == []
    assert station.summed("finger-not-matched") == {"try 1": 1, "try 2": 1}


def test_a_worn_finger_is_overridden_by_two(station: IdentityBench, office: Office) -> None:
    card = office.blank()
    station.reader.insert(office.identity_card(VOTER))
    for _ in range(2):
        finger(station, VOTER, Placement.WET)
        station.see(at.FingerFailed, at.Overriding)
        station.sensor.lift()
        station.identity.loop.post(on.TryAgain())
    overriding(station)
    override(station)
    station.see(at.WritingAuthorization)
    station.cards.insert(card)
    station.see(at.Done)
    station.put_away()
    assert token_on(card) is not None
    assert numbers(station, CounterKind.OVERRIDE) == {"worn-finger": 1}
    (signed,) = station.summed("override")
    reason, first, second = signed.split()
    assert reason == "worn-finger"
    assert first != second


def test_the_same_role_twice_lets_nobody_pass(station: IdentityBench, office: Office) -> None:
    station.reader.insert(office.identity_card(VOTER, fingers=False))
    assert overriding(station).reason is OverrideReason.NO_TEMPLATE
    station.sign_override(Role.OFFICER)
    station.until(lambda: isinstance(station.override_signin(), NeedCard), "the second card")
    station.cards.insert(office.operator(Role.OFFICER))
    station.until(lambda: isinstance(station.override_signin(), EnterPin), "the PIN")
    station.identity.loop.post(PinEntered(PIN))
    station.until(lambda: isinstance(station.override_signin(), Rejected), "the rejection")
    assert station.override_signin() == Rejected(Rejection.SAME_ROLE)
    station.cards.remove()
    station.sign_override(Role.SUPERVISOR)
    station.see(at.WritingAuthorization)


def test_a_card_without_fingers(station: IdentityBench, office: Office) -> None:
    station.reader.insert(office.identity_card(VOTER, fingers=False))
    assert overriding(station).reason is OverrideReason.NO_TEMPLATE
    override(station, None)
    station.see(at.WritingAuthorization)
    station.cards.insert(office.blank())
    station.see(at.Done)
    assert numbers(station, CounterKind.OVERRIDE) == {"no-template": 1}


def test_the_module_is_unplugged(station: IdentityBench, office: Office) -> None:
    station.sensor.unplug()
    station.reader.insert(office.identity_card(VOTER))
    assert overriding(station).reason is OverrideReason.DEVICE
    override(station, None)
    station.see(at.WritingAuthorization)
    station.cards.insert(office.blank())
    station.see(at.Done)
    station.put_away()
    assert numbers(station, CounterKind.OVERRIDE) == {"device-fault": 1}
    assert not station.do(ConsoleAct.SELF_TEST).ok
    station.sensor.replug()
    check_in(station, OTHER)


def test_the_module_is_unplugged_while_it_waits(station: IdentityBench, office: Office) -> None:
    station.reader.insert(office.identity_card(VOTER))
    station.see(at.Fingerprint)
    station.until(lambda: station.sensor.wait_for_scan(0.005), "the sensor")
    station.sensor.unplug()
    assert overriding(station).reason is OverrideReason.DEVICE


def test_a_person_who_leaves_speaks_for_nobody_else(station: IdentityBench, office: Office) -> None:
    """The finger of the one who left is still on the sensor when the next card is read."""
    station.reader.insert(office.identity_card(VOTER))
    station.see(at.Fingerprint)
    station.until(lambda: station.sensor.wait_for_scan(0.005), "the sensor")
    station.reader.remove()
    station.see(at.Idle)
    station.sensor.place(VOTER.finger(), Placement.CLEAN)
    station.reader.insert(office.identity_card(OTHER))
    failed = station.see(at.FingerFailed, at.ClaimingBallot, at.WritingAuthorization)
    assert isinstance(failed, at.FingerFailed)
    assert failed.holder.national_number == OTHER.national_number


def test_a_capture_that_is_out_of_date_says_nothing(station: IdentityBench, office: Office) -> None:
    """Cancelled before it had begun: its finger must not be taken for the next person's."""
    events: list[on.IdentityEvent] = []
    reader = SlowReader()
    desk = FingerprintService(reader, events.append, lambda _: None, lambda *_: None)
    effect = on.MatchFinger((VOTER.finger().template(),), 2.0)
    desk.match(effect)
    assert reader.begun.wait(30)
    desk.match(effect)
    desk.cancel()
    reader.go_on.set()
    desk.stop()
    assert reader.captures == 1, "the second was cancelled before it began"
    assert events == []


class SlowReader:
    """A module that answers "match" when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.captures = 0
        self.formats = frozenset({TemplateFormat.ISO_19794_2})

    def capture(
        self, timeout_s: float, on_feedback: Callable[[SensorFeedback], None]
    ) -> Capture | NoCapture:
        raise AssertionError("a station does not keep fingers")

    def verify(
        self,
        templates: Sequence[Template],
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> MatchOutcome:
        self.captures += 1
        self.begun.set()
        assert self.go_on.wait(30)
        return MatchOutcome.MATCH

    def cancel(self) -> None: ...

    def status(self) -> ReaderStatus:
        return ReaderStatus(ReaderState.READY)

    def close(self) -> None: ...


def test_a_suspected_fake_finger_is_a_failed_try_not_a_broken_sensor(
    station: IdentityBench, office: Office
) -> None:
    events: list[on.IdentityEvent] = []
    notes: list[WriteAudit] = []
    reader = FakeFingerSeen()
    desk = FingerprintService(reader, events.append, notes.append, lambda *_: None)
    desk.match(on.MatchFinger((VOTER.finger().template(),), 2.0))
    desk._worker.submit(reader.go_on.set)
    assert reader.go_on.wait(30)
    desk.stop()
    assert events == [on.FingerNotMatched(at.SensorFeedback.TRY_AGAIN)]
    assert notes == [WriteAudit(AuditEvent.FINGER_SUSPECT)]


class FakeFingerSeen(SlowReader):
    def verify(
        self,
        templates: Sequence[Template],
        timeout_s: float,
        on_feedback: Callable[[SensorFeedback], None],
    ) -> MatchOutcome:
        raise CaptureError("suspected fake finger")


# ---------------------------------------------------------------- authorization cards


def at_writing(bench: IdentityBench, person: Person = VOTER) -> None:
    bench.reader.insert(bench.office.identity_card(person))
    finger(bench, person)
    bench.see(at.WritingAuthorization)


def problem(bench: IdentityBench, wanted: WriteProblem) -> None:
    def is_it() -> bool:
        state = bench.state
        return isinstance(state, at.WritingAuthorization) and state.problem is wanted

    bench.until(is_it, wanted.value)


def test_no_card_yet(station: IdentityBench, office: Office) -> None:
    at_writing(station)
    problem(station, WriteProblem.NO_CARD)
    card = office.blank()
    station.cards.insert(card)
    station.see(at.Done)
    assert token_on(card) is not None


def test_a_wrong_card_then_the_right_one(station: IdentityBench, office: Office) -> None:
    station.cards.insert(office.operator(Role.OFFICER))
    station.until_signin(EnterPin)
    at_writing(station)
    problem(station, WriteProblem.WRONG_CARD)
    station.cards.remove()
    station.cards.insert(office.blank())
    station.see(at.Done)


def test_a_card_with_somebodys_good_authorization_is_asked_about(
    station: IdentityBench, office: Office
) -> None:
    card = office.voting_card()
    before = token_on(card)
    station.cards.insert(card)
    at_writing(station)
    problem(station, WriteProblem.OCCUPIED)
    assert token_on(card) == before
    station.identity.loop.post(on.TryAgain())
    station.see(at.Done)
    assert token_on(card) != before


def test_pulled_while_it_is_written_then_written_again(
    station: IdentityBench, office: Office
) -> None:
    """The same authorization: two cards that carry it are worth one ballot."""
    first, second = office.blank(), office.blank()
    at_writing(station)
    problem(station, WriteProblem.NO_CARD)
    station.cards.insert_and_pull(first, 10)
    station.until(lambda: station.cards.card is None, "the pulled card")
    station.settle()
    assert issued(station) == [(1, 0)]
    station.cards.insert(second)
    station.see(at.Done)
    assert token_on(first) in {None, token_on(second)}
    assert issued(station) == [(0, 1)]


def test_the_pollbook_is_full_when_the_card_is_written(
    station: IdentityBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MediumFullError("no room")

    card = office.blank()
    station.cards.insert(card)
    with monkeypatch.context() as patch:
        patch.setattr(Pollbook, "confirm_issued", full)
        at_writing(station)
        problem(station, WriteProblem.NOT_WRITTEN)
        written = token_on(card)
    assert written is not None
    station.identity.loop.post(on.TryAgain())
    station.see(at.Done)
    assert token_on(card) == written
    assert issued(station) == [(0, 1)]


def test_the_pollbook_is_full_at_the_claim(
    station: IdentityBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MediumFullError("no room")

    monkeypatch.setattr(Pollbook, "claim", full)
    station.reader.insert(office.identity_card(VOTER))
    finger(station, VOTER)
    assert station.refused() is VoterRefusal.STORE


def test_claimed_but_not_issued_is_reissued_by_two(station: IdentityBench, office: Office) -> None:
    at_writing(station)
    problem(station, WriteProblem.NO_CARD)
    station.sensor.lift()
    station.restart()
    assert issued(station) == [(1, 0)]
    station.reader.insert(office.identity_card(VOTER))
    finger(station, VOTER)
    state = overriding(station)
    assert (state.reissue, state.reason) == (True, OverrideReason.REISSUE)
    override(station, None)
    card = office.blank()
    station.see(at.WritingAuthorization)
    station.cards.insert(card)
    station.see(at.Done)
    station.put_away()
    assert token_on(card) is not None
    assert issued(station) == [(0, 1)]
    assert numbers(station, CounterKind.OVERRIDE) == {"reissue": 1}
    station.reader.insert(office.identity_card(VOTER))
    finger(station, VOTER)
    assert station.refused() is VoterRefusal.ALREADY_VOTED


def ledger(bench: IdentityBench) -> tuple[set[bytes], list[Receipt], set[bytes]]:
    """Issued authorizations, receipts, and authorizations that came back."""
    bench.settle()
    found: list[tuple[set[bytes], list[Receipt], set[bytes]]] = []
    book = bench.identity.loaded.pollbook
    bench.identity.context.store.submit(
        lambda: found.append((set(book.issued()), list(book.receipts()), set(book.returned())))
    )
    bench.until(lambda: bool(found), "the lists")
    return found[0]


def refused_for_voted(bench: IdentityBench, office: Office) -> None:
    bench.reader.insert(office.identity_card(VOTER))
    finger(bench, VOTER)
    assert bench.refused() is VoterRefusal.ALREADY_VOTED


def test_an_expired_card_is_renewed_by_two(station: IdentityBench, office: Office) -> None:
    """The same nonce with a new end; no registry is asked, and another card is not written."""
    card = check_in(station, VOTER)
    first = token.read(token_on(card) or b"", office.election, BRANCH)
    refused_for_voted(station, office)
    station.cards.insert(card)
    station.settle()
    assert isinstance(station.state, at.Refused), "the card is still good elsewhere"
    station.cards.remove()
    station.clock.later(timedelta(minutes=31).total_seconds())
    station.cards.insert(card)
    state = overriding(station)
    assert (state.reissue, state.reason) == (True, OverrideReason.RENEWAL)
    station.cards.remove()
    override(station, None)
    station.see(at.WritingAuthorization)
    # The first try, at whatever card is in, ends before the next one comes.
    station.until(lambda: getattr(station.state, "problem", None) is not None, "the first try")
    station.cards.remove()
    station.cards.insert(office.blank())
    problem(station, WriteProblem.NOT_RENEWABLE)
    station.cards.remove()
    station.cards.insert(card)
    station.see(at.Done)
    station.put_away()
    again = token.check(token_on(card) or b"", office.election, BRANCH, station.clock.now())
    assert (again.nonce, again.issuer) == (first.nonce, STATION)
    assert again.expires > first.expires
    assert ledger(station)[0] == {spent_hash(first.nonce)}
    assert issued(station) == [(0, 1)]


def test_a_card_that_another_terminal_began_with_is_renewed(
    station: IdentityBench, terminal: TerminalBench, office: Office
) -> None:
    card = check_in(station, VOTER)
    data = token_on(card)
    assert data is not None
    intent = encode_note(intent_of(DeviceId("another"), data))
    card.piv.store_object(NOTE_OBJECT, encode_token(intent))
    assert terminal.refused(card) is AuthorizationRefusal.ELSEWHERE
    refused_for_voted(station, office)
    station.cards.insert(card)
    overriding(station)
    station.cards.remove()
    override(station, None)
    station.see(at.WritingAuthorization)
    station.cards.insert(card)
    station.see(at.Done)
    station.put_away()
    terminal.vote(card)


def test_a_card_brings_back_its_receipt(
    station: IdentityBench, terminal: TerminalBench, office: Office
) -> None:
    """Once, however often it comes; the next token counts it."""
    card = check_in(station, VOTER)
    data = token_on(card)
    assert data is not None
    spent = spent_hash(token.read(data, office.election, BRANCH).nonce)
    terminal.vote(card)
    for _ in range(2):
        station.cards.insert(card)
        station.settle()
        station.cards.remove()
        station.settle()
    made, receipts, returned = ledger(station)
    assert (made, returned) == ({spent}, set())
    assert [(receipt.spent, receipt.terminal) for receipt in receipts] == [(spent, TERMINAL)]
    check_in(station, OTHER, card=card)
    told = token.read(token_on(card) or b"", office.election, BRANCH)
    assert told.receipts == (1,)
    station.cards.insert(card)
    station.settle()
    assert ledger(station)[2] == {spent_hash(told.nonce)}, "it came back unused"


def test_a_cut_between_card_and_pollbook_gives_no_second_ballot(
    station: IdentityBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first card is written, its claim never confirmed: the second card carries the same nonce."""

    def cut(*_: object) -> None:
        raise MediumLostError("gone")

    first, second = office.blank(), office.blank()
    with monkeypatch.context() as patch:
        patch.setattr(Pollbook, "confirm_issued", cut)
        station.cards.insert(first)
        at_writing(station)
        problem(station, WriteProblem.NOT_WRITTEN)
    station.sensor.lift()
    station.cards.remove()
    station.restart()
    station.reader.insert(office.identity_card(VOTER))
    finger(station, VOTER)
    overriding(station)
    override(station, None)
    station.see(at.WritingAuthorization)
    station.cards.insert(second)
    station.see(at.Done)
    nonces = set()
    for written in (first, second):
        data = token_on(written)
        assert data is not None
        found = token.check(data, office.election, BRANCH, station.clock.now())
        nonces.add(found.nonce)
    assert len(nonces) == 1


def test_a_document_given_back_early(station: IdentityBench, office: Office) -> None:
    at_writing(station)
    problem(station, WriteProblem.NO_CARD)
    station.reader.remove()
    station.settle()
    station.cards.insert(office.blank())
    assert station.see(at.Done)
    station.cards.remove()
    station.see(at.Idle)


# ---------------------------------------------------------------- readers, media, polls


@pytest.mark.parametrize(
    ("which", "incident"),
    [("reader", Incident.IDENTITY_READER), ("cards", Incident.AUTHORIZATION_READER)],
)
def test_a_reader_is_gone_and_comes_back(station: IdentityBench, which: str, incident: str) -> None:
    reader = station.reader if which == "reader" else station.cards
    reader.unplug()
    assert station.see(at.OutOfService) == at.OutOfService(incident)
    reader.plug()
    station.see(at.Idle)
    check_in(station, VOTER)


def test_the_identity_reader_goes_while_a_person_is_served(
    station: IdentityBench, office: Office
) -> None:
    station.reader.insert(office.identity_card(VOTER))
    station.see(at.Fingerprint)
    station.reader.unplug()
    station.see(at.OutOfService)
    station.reader.plug()
    station.see(at.Idle)
    check_in(station, VOTER)


def test_both_readers_have_to_be_back(station: IdentityBench) -> None:
    station.reader.unplug()
    station.cards.unplug()
    station.see(at.OutOfService)
    station.reader.plug()
    station.settle()
    assert isinstance(station.state, at.OutOfService)
    station.cards.plug()
    station.see(at.Idle)


def test_the_log_has_no_room(
    station: IdentityBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MediumFullError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", full)
        station.reader.insert(office.identity_card(CHILD))
        assert station.see(at.OutOfService) == at.OutOfService(Incident.MEDIUM)
        assert not station.do(ConsoleAct.SELF_TEST).ok
        assert isinstance(station.state, at.OutOfService)
    station.reader.remove()
    assert station.do(ConsoleAct.SELF_TEST).ok
    station.see(at.Idle)
    check_in(station, VOTER)


def test_a_defect_at_the_claim_is_told_and_stops_the_station(
    station: IdentityBench, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Pollbook, "claim", broken)
    station.reader.insert(office.identity_card(VOTER))
    finger(station, VOTER)
    out = station.see(at.OutOfService)
    assert isinstance(out, at.OutOfService)
    assert out.incident.startswith("DEFECT RuntimeError-")
    assert at.Refused(VoterRefusal.STORE) in [
        at.Refused(state.reason) for state in station.shown if isinstance(state, at.Refused)
    ]


def test_a_damaged_pollbook_at_start(station: IdentityBench) -> None:
    check_in(station, VOTER)
    station.identity.stop()
    for path in (station.files.pollbook, station.files.pollbook_mirror):
        path.write_bytes(b"SQLite format 3\0" + bytes(4096))
    station.boot()
    assert station.see(at.OutOfService) == at.OutOfService("POLLBOOK-LOST")


def test_a_pollbook_of_another_version(station: IdentityBench) -> None:
    station.identity.stop()
    connection = sqlite3.connect(station.files.pollbook)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    station.boot()
    out = station.see(at.OutOfService)
    assert isinstance(out, at.OutOfService)
    assert out.incident.startswith("OTHER-VERSION MigrationError-")


def test_nobody_new_is_served_after_the_close(station: IdentityBench, office: Office) -> None:
    check_in(station, VOTER)
    assert station.do(ConsoleAct.CLOSE).ok
    assert station.see(at.Closed) == at.Closed(ClosedReason.CLOSED)
    station.reader.insert(office.identity_card(OTHER))
    station.settle()
    assert isinstance(station.state, at.Closed)


def test_a_person_who_is_claimed_at_the_close_is_served(
    station: IdentityBench, office: Office
) -> None:
    at_writing(station)
    problem(station, WriteProblem.NO_CARD)
    assert station.do(ConsoleAct.CLOSE).ok
    assert isinstance(station.state, at.WritingAuthorization)
    station.cards.insert(office.blank())
    station.see(at.Done)
    station.sensor.lift()
    station.reader.remove()
    station.cards.remove()
    station.see(at.Closed)


def test_a_person_who_is_not_claimed_yet_at_the_close_is_put_off(
    station: IdentityBench, office: Office
) -> None:
    station.reader.insert(office.identity_card(VOTER))
    station.see(at.Fingerprint)
    assert station.do(ConsoleAct.CLOSE).ok
    assert station.see(at.Closed) == at.Closed(ClosedReason.CLOSED)
    station.sensor.place(VOTER.finger(), Placement.CLEAN)
    station.settle()
    assert isinstance(station.state, at.Closed)
    assert issued(station) == []


def test_a_person_who_came_during_a_pause_is_served_when_it_ends(
    station: IdentityBench, office: Office
) -> None:
    assert station.do(ConsoleAct.PAUSE).ok
    station.see(at.Closed)
    station.reader.insert(office.identity_card(VOTER))
    station.settle()
    assert isinstance(station.state, at.Closed)
    assert station.do(ConsoleAct.RESUME).ok
    station.see(at.Fingerprint)


def test_closing_exporting_and_reading_the_bundle(station: IdentityBench, office: Office) -> None:
    check_in(station, VOTER)
    check_in(station, OTHER)
    station.reader.insert(office.identity_card(CHILD))
    station.refused()
    station.put_away()
    at_writing(station, THIRD)
    problem(station, WriteProblem.NO_CARD)
    station.sensor.lift()
    station.restart()
    station.sign_in()
    assert station.act(ConsoleAct.CLOSE).ok
    outcome = station.act(ConsoleAct.EXPORT)
    assert outcome.ok, str(outcome.message)
    data = (station.config.usb / f"{STATION}{BUNDLE_SUFFIX}").read_bytes()
    bundle = read_bundle(data, office.election, office.authority.root, NOON)
    assert bundle.role is Role.IDENTITY_STATION
    check_ins = bundle.check_ins
    assert check_ins is not None
    assert check_ins.by_contests == (GrantedCount((COUNCIL, EXPERTS), 2),)
    assert check_ins.claimed_not_issued == 1
    assert check_ins.refusals == (ReasonCount("under-age", 1),)
