"""Cards that open only with what is printed on them, chips that are copies, cards that compare fingers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from election.document_trust import OwnDocuments
from election.papers import ReportKind
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.states import AccessProblem, FingerName, OverrideReason, VoterRefusal
from kiosk.storage.counters import CounterKind
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import NO_KEYS, ChipKeys
from simulators.cards.eid import EidCard, EnrolledFinger, PersonData, zone_of
from simulators.cards.finger_matching import OnCardFingers, enrol
from simulators.fingerprint.fingers import Placement
from simulators.fingerprint.sfm import SfmSimulator
from simulators.people import Person
from tests.kiosk.station.bench import IdentityBench
from tests.kiosk.station.office import Office, people, photo
from tests.kiosk.station.test_identity_station import finger, numbers, overriding
from words.message import Value

VOTER, OTHER = people(2, "closed cards")
CAN, WRONG = "518329", "518320"
RIGHT_INDEX = 0x09


class ProfileBench(IdentityBench):
    """A station that is set to another family of cards."""

    def __init__(self, office: Office, folder: Path, sensor: SfmSimulator, profile: str) -> None:
        self._cards = OwnDocuments(profile)
        super().__init__(office, folder, sensor)

    def boot(self) -> None:
        self.config = replace(self.config, identity=self._cards)
        super().boot()


MakeBench = Callable[[str], ProfileBench]


@pytest.fixture
def bench_of(office: Office, tmp_path: Path, sensor: SfmSimulator) -> Iterator[MakeBench]:
    made: list[ProfileBench] = []

    def make(profile: str) -> ProfileBench:
        bench = ProfileBench(office, tmp_path / profile, sensor, profile)
        made.append(bench)
        assert bench.open_polls().ok
        return bench

    yield make
    for bench in made:
        bench.identity.stop()


def card_of(
    office: Office,
    person: Person,
    *,
    mode: AccessMode = AccessMode.PACE,
    keys: ChipKeys | None = None,
    tries: int | None = None,
) -> EidCard:
    """A card that opens with `CAN`; with `tries` it compares the right index itself."""
    on_card = None
    if tries is not None:
        record = person.finger().template()
        on_card = OnCardFingers(
            [replace(enrol(1, RIGHT_INDEX, record), tries=tries)], pause=lambda _: None
        )
    return office.issuer.issue(
        PersonData(
            national_number=person.national_number,
            surname=person.family.fa,
            given_names=person.given.fa,
            latin_surname=person.family.latin.upper(),
            latin_given_names=person.given.latin.upper(),
            birth_date=person.born,
            sex="F",
            document_number=f"A{person.national_number[1:9]}",
            expiry=date(2030, 1, 1),
            photo=photo(),
            photo_size=(180, 240),
            fingers=(EnrolledFinger(RIGHT_INDEX, person.finger().template()),),
            address=("تهران",),
        ),
        access=CardAccess(mode, can=CAN if mode is not AccessMode.BAC else ""),
        keys=keys or ChipKeys.create(),
        on_card=on_card,
    )


def asked(bench: IdentityBench) -> at.AwaitingAccess:
    state = bench.see(at.AwaitingAccess)
    assert isinstance(state, at.AwaitingAccess)
    return state


def enter(bench: IdentityBench, text: str) -> None:
    asked(bench)
    bench.identity.loop.post(on.AccessEntered(text))


def _until_failures(bench: IdentityBench, wanted: int) -> None:
    bench.until(lambda: asked(bench).failures == wanted, "the next question")


def finger_failed(bench: IdentityBench) -> at.FingerFailed:
    state = bench.see(at.FingerFailed)
    assert isinstance(state, at.FingerFailed)
    return state


# ---------------------------------------------------------------- opening


def test_the_digits_open_the_card_and_the_card_compares(
    bench_of: MakeBench, office: Office
) -> None:
    bench = bench_of("moc")
    bench.cards.insert(office.blank())
    bench.reader.insert(card_of(office, VOTER, tries=5))
    enter(bench, CAN)
    state = bench.see(at.Fingerprint)
    assert isinstance(state, at.Fingerprint)
    assert state.holder.on_card == (FingerName.RIGHT_INDEX,)
    assert state.holder.templates == ()
    assert state.holder.name == VOTER.name.fa
    finger(bench, VOTER)
    bench.see(at.Done)
    bench.put_away()
    assert bench.identity.reading._opened is None
    assert bench.summed("finger-matched") == {"try 1": 1}
    assert not any(CAN in entry.detail for entry in bench.log())


def test_wrong_digits_are_said_and_the_right_ones_open_it(
    bench_of: MakeBench, office: Office
) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=5))
    for failures in (1, 2):
        enter(bench, WRONG)
        _until_failures(bench, failures)
        assert asked(bench).problem is AccessProblem.WRONG
    enter(bench, "51832")
    bench.until(lambda: asked(bench).problem is AccessProblem.UNUSABLE, "the question once more")
    enter(bench, CAN)
    bench.see(at.Fingerprint)
    bench.put_away()
    assert bench.summed("card-not-opened") == {"try 1": 1, "try 2": 1, "try 3": 1}
    assert numbers(bench, CounterKind.REFUSAL) == {}


def test_right_digits_that_are_not_what_opens_the_card_are_said_to_be_so(
    bench_of: MakeBench, office: Office
) -> None:
    """An older passport opens with its zone alone: to compare its digits again would go on for ever."""
    bench = bench_of("icao")
    bench.reader.insert(card_of(office, VOTER, mode=AccessMode.BAC))
    enter(bench, CAN)
    _until_failures(bench, 1)
    assert asked(bench).problem is AccessProblem.UNUSABLE
    bench.reader.remove()
    bench.see(at.Idle)


def test_a_card_pulled_while_it_is_asked_for(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=5))
    enter(bench, WRONG)
    bench.until(lambda: asked(bench).failures == 1, "the next question")
    bench.reader.remove()
    bench.see(at.Idle)
    bench.reader.insert(card_of(office, OTHER, tries=5))
    assert asked(bench) == at.AwaitingAccess(bench.identity.reading.ways), "nothing is left"
    bench.reader.remove()
    bench.see(at.Idle)


def test_a_card_pulled_while_it_is_being_opened(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=5))
    asked(bench)
    bench.reader.pull_after(4)
    enter(bench, CAN)
    assert bench.refused() is VoterRefusal.PULLED
    bench.see(at.Refused)
    bench.reader.insert(card_of(office, VOTER, tries=5))
    bench.see(at.AwaitingAccess)


def test_digits_that_cannot_be_read(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=5))
    asked(bench)
    bench.identity.loop.post(on.AccessGivenUp())
    assert bench.refused() is VoterRefusal.NOT_OPENED
    bench.put_away()
    assert numbers(bench, CounterKind.REFUSAL) == {"not-opened": 1}


def test_another_kind_of_card_is_not_asked_for_digits(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.reader.insert(office.voting_card())
    assert bench.refused() is VoterRefusal.UNKNOWN_CARD


@pytest.mark.parametrize("mode", [AccessMode.BAC, AccessMode.PACE_AND_BAC])
def test_a_zone_opens_what_it_opens(bench_of: MakeBench, office: Office, mode: AccessMode) -> None:
    """Documents that keep their fingers back: the voter takes the supervised way."""
    bench = bench_of("icao")
    card = card_of(office, VOTER, mode=mode)
    bench.reader.insert(card)
    enter(bench, zone_text(card))
    assert overriding(bench).reason is OverrideReason.NO_TEMPLATE
    assert overriding(bench).holder.national_number == VOTER.national_number


def zone_text(card: EidCard) -> str:
    return zone_of(card.groups[1]).information


# ---------------------------------------------------------------- copies


def test_a_copy_is_refused_before_anything_of_the_holder_is_shown(
    bench_of: MakeBench, office: Office
) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=5).copied())
    enter(bench, CAN)
    assert bench.refused() is VoterRefusal.COPIED
    bench.put_away()
    assert numbers(bench, CounterKind.REFUSAL) == {"copied-chip": 1}
    assert bench.summed("chip-not-genuine") == {"active failed, chip failed": 1}
    assert not any(getattr(state, "holder", None) for state in bench.shown)
    found: list[dict[str, Value]] = []

    def read() -> None:
        lines = bench.identity.loaded.report_lines(ReportKind.CLOSING)
        found.append({str(line.label): line.value for line in lines})

    bench.identity.context.store.submit(read)
    bench.until(lambda: bool(found), "the report")
    assert found[0]["chip copied or damaged"] == 1


SHORT_RSA = rsa.generate_private_key(65537, 1536)
UNPROVEN = {
    "only a key that is too short": ("icao", ChipKeys(active=SHORT_RSA), VoterRefusal.NOT_PROVEN),
    "no key where one is demanded": ("moc", NO_KEYS, VoterRefusal.NO_PROOF),
    "signs, and cannot open the session to compare in": (
        "moc",
        ChipKeys.create(agreement=False),
        VoterRefusal.NOT_PROVEN,
    ),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_chip_that_is_not_proven_is_no_copy(bench_of: MakeBench, office: Office, name: str) -> None:
    """It is refused by its own name, counted under it, and nothing of the holder is shown."""
    profile, keys, refusal = UNPROVEN[name]
    bench = bench_of(profile)
    tries = 5 if profile == "moc" else None
    bench.reader.insert(card_of(office, VOTER, keys=keys, tries=tries))
    enter(bench, CAN)
    assert bench.refused() is refusal
    bench.put_away()
    assert numbers(bench, CounterKind.REFUSAL) == {refusal.value: 1}
    assert sum(bench.summed("chip-not-proven").values()) == 1
    assert bench.summed("chip-not-genuine") == {}
    assert not any(getattr(state, "holder", None) for state in bench.shown)


# ---------------------------------------------------------------- comparing on the card


def test_tries_left_are_shown_and_the_spare_one_is_never_used(
    bench_of: MakeBench, office: Office
) -> None:
    bench = bench_of("moc")
    card = card_of(office, VOTER, tries=2)
    bench.reader.insert(card)
    enter(bench, CAN)
    finger(bench, OTHER)
    # One of the card's two tries is kept: with this one, the finger is used up.
    overriding(bench)
    bench.put_away()
    assert numbers(bench, CounterKind.REFUSAL) == {}


def test_a_second_try_matches(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.cards.insert(office.blank())
    bench.reader.insert(card_of(office, VOTER, tries=5))
    enter(bench, CAN)
    finger(bench, OTHER)
    assert finger_failed(bench).tries_left == 3
    bench.sensor.lift()
    bench.identity.loop.post(on.TryAgain())
    finger(bench, VOTER)
    bench.see(at.Done)
    bench.put_away()
    assert bench.summed("finger-matched") == {"try 2": 1}


def test_a_blocked_card_leads_to_the_supervised_way(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=0))
    enter(bench, CAN)
    finger(bench, VOTER)
    assert overriding(bench).reason is OverrideReason.CARD_BLOCKED
    bench.put_away()
    assert bench.summed("finger-blocked") == {"": 1}


def test_too_little_of_a_finger_costs_no_try(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=5))
    enter(bench, CAN)
    finger(bench, VOTER, Placement.WET)
    failed = finger_failed(bench)
    assert failed.tries_left is None
    assert failed.feedback is not at.SensorFeedback.NO_MATCH
    bench.put_away()


def test_a_card_pulled_while_it_compares(bench_of: MakeBench, office: Office) -> None:
    bench = bench_of("moc")
    bench.reader.insert(card_of(office, VOTER, tries=5))
    enter(bench, CAN)
    bench.see(at.Fingerprint)
    bench.reader.pull_after(1)
    finger(bench, VOTER)
    bench.see(at.Idle)
    assert bench.identity.reading._opened is None
