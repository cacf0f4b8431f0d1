"""Reading an identity card: content, progress, refusals, large files, noise."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.errors import ApduError, CardError, DriverError, ProfileError, ProtocolError
from drivers.smartcard.access import AccessMethod
from drivers.smartcard.apdu import ApduChannel, Command, Response
from drivers.smartcard.emrtd import IdentityCard, ReadProgress, build_identity
from drivers.smartcard.profile import load_profile
from drivers.smartcard.trust import CscaStore
from simulators.cards.eid import EidCard, PersonData
from simulators.cards.issuer import Issuer
from simulators.cards.piv import authorization_card
from simulators.local_reader import LocalReader, VirtualCard
from tests.pictures import jpeg
from tests.reading import read_identity

PROFILE = load_profile()


def session(card: VirtualCard) -> IdentityCard:
    return IdentityCard(channel_to(card), PROFILE)


def channel_to(card: VirtualCard) -> ApduChannel:
    reader = LocalReader("slot")
    reader.insert(card)
    return ApduChannel(reader.open())


def test_what_was_issued_is_read(
    eid: EidCard, issuer: Issuer, person: PersonData, now: datetime
) -> None:
    card = session(eid)
    steps: list[ReadProgress] = []
    identity = read_identity(card, now.date(), steps.append)
    assert identity.national_number == person.national_number
    assert identity.name == "مریم نمونه زاده"
    assert identity.latin_name == "MARYAM NEMUNEH ZADEH"
    assert (identity.birth_date.earliest, identity.expiry) == (person.birth_date, person.expiry)
    assert (identity.sex, identity.document_number) == ("F", "K00000001")
    assert identity.photo == person.photo
    assert [(f.subtype, f.record) for f in identity.fingers] == [
        (f.subtype, f.record) for f in person.fingers
    ]
    assert identity.sod == eid.sod
    assert identity.groups == {number: eid.groups[number] for number in (1, 2, 11, 13)}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (
        steps[-1].done == steps[-1].total == len(eid.sod) + sum(map(len, identity.groups.values()))
    )
    assert card.verify_authenticity(CscaStore((issuer.authority,)), now).authentic


def test_no_personal_data_in_repr(eid: EidCard, now: datetime) -> None:
    text = repr(read_identity(session(eid), now.date()))
    assert "1234567891" not in text
    assert "NEMUNEH" not in text
    assert "نمونه" not in text


def test_a_card_without_fingers(issuer: Issuer, person: PersonData, now: datetime) -> None:
    card = issuer.issue(replace(person, fingers=()))
    assert read_identity(session(card), now.date()).fingers == ()


def test_a_photo_over_32_kib_needs_odd_read_binary(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    photo = jpeg(240, 320, noise=20)
    assert 32_768 < len(photo) < 60_000
    card = issuer.issue(replace(person, photo=photo))
    assert read_identity(session(card), now.date()).photo == photo


@pytest.mark.parametrize("chunk", [16, 223, 256])
def test_any_piece_size_reads_the_same(eid: EidCard, now: datetime, chunk: int) -> None:
    card = IdentityCard(channel_to(eid), replace(PROFILE, chunk=chunk))
    assert read_identity(card, now.date()).sod == eid.sod


def test_another_card_is_refused(now: datetime) -> None:
    with pytest.raises(ApduError) as refused:
        read_identity(session(authorization_card(bytes(32))), now.date())
    assert refused.value.sw == 0x6A82


def test_protected_fingers_stay_unread(eid: EidCard, now: datetime) -> None:
    card = IdentityCard(channel_to(eid), replace(PROFILE, groups=(1, 2, 3, 11, 13)))
    with pytest.raises(ApduError) as refused:
        read_identity(card, now.date())
    assert refused.value.sw == 0x6982


def test_a_card_that_demands_access_is_refused(eid: EidCard, now: datetime) -> None:
    with pytest.raises(ApduError) as refused:
        read_identity(session(Locked(eid)), now.date())
    assert refused.value.sw == 0x6982


def test_an_access_method_acts_before_and_after_selection(eid: EidCard, now: datetime) -> None:
    class Unlocking(AccessMethod):
        """A method as PACE or BAC will be: it talks to the card and sets secure messaging."""

        def before_select(self, channel: ApduChannel) -> None:
            locked.open = True
            channel.set_secure_messaging(Plain())

        def after_select(self, channel: ApduChannel) -> None:
            steps.append("selected")

    class Plain:
        def protect(self, command: Command) -> Command:
            steps.append("protected")
            return command

        def unprotect(self, response: Response) -> Response:
            return response

        def room(self, answer: int) -> int:
            return answer

    steps: list[str] = []
    locked = Locked(eid)
    card = IdentityCard(channel_to(locked), PROFILE, access=Unlocking())
    assert read_identity(card, now.date()).sod == eid.sod
    assert steps[:3] == ["protected", "selected", "protected"]


class Locked:
    """A card that answers 6982 until it is opened."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self.open = False

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def process(self, apdu: bytes) -> bytes:
        return self._card.process(apdu) if self.open else b"\x69\x82"

    def reset(self) -> None:
        self._card.reset()


@pytest.mark.parametrize("number", ["123456789", "12345678901", "۱۲۳۴۵۶۷۸۹", "12345a7891"])
def test_a_national_number_has_ten_digits(eid: EidCard, now: datetime, number: str) -> None:
    groups = dict(eid.groups)
    text = number.encode()
    groups[11] = b"\x6b" + bytes((3 + len(text),)) + b"\x5f\x10" + bytes((len(text),)) + text
    with pytest.raises(ProtocolError):
        build_identity(eid.sod, groups, PROFILE, now.date())


def test_a_missing_group_is_told(eid: EidCard, now: datetime) -> None:
    for number in (1, 2, 11):
        groups = {n: data for n, data in eid.groups.items() if n != number}
        with pytest.raises(ProtocolError):
            build_identity(eid.sod, groups, PROFILE, now.date())


@pytest.mark.fuzz
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), rate=st.sampled_from([0.02, 0.2, 1.0]))
def test_a_lying_card_raises_only_driver_errors(
    eid: EidCard, now: datetime, seed: int, rate: float
) -> None:
    class Liar(Locked):
        def process(self, apdu: bytes) -> bytes:
            answer = bytearray(self._card.process(apdu))
            if lies.random() < rate:
                answer[lies.randrange(len(answer))] = lies.randrange(256)
            if lies.random() < rate / 4:
                del answer[lies.randrange(len(answer)) :]
            return bytes(answer)

    lies = random.Random(seed)
    card = session(Liar(eid))
    with contextlib.suppress(DriverError):
        read_identity(card, now.date())
        assert not card.verify_authenticity(CscaStore(), now).authentic


def test_errors_form_one_tree() -> None:
    assert issubclass(ProfileError, DriverError)
    assert issubclass(ApduError, CardError)
