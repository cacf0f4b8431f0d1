"""Opening a card and reading it under secure messaging: every way in, wrong secrets, sessions that end."""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.errors import (
    ApduError,
    CardError,
    DriverError,
    OtherSecretError,
    ProtocolError,
    SecureMessagingError,
    SessionEndedError,
    WrongAccessSecretError,
)
from drivers.smartcard.access_secret import AccessSecret, Can, MrzKey
from drivers.smartcard.apdu import ApduChannel, Command, ExtendedLengths
from drivers.smartcard.curves import BRAINPOOL_P256, P256
from drivers.smartcard.emrtd import EMRTD_AID, IdentityCard
from drivers.smartcard.profile import Access, CardProfile, load_profile
from drivers.smartcard.recognise import CardKind, recognise
from drivers.smartcard.suites import Suite
from drivers.smartcard.trust import CscaStore
from simulators.cards.access import AccessMode, CardAccess
from simulators.cards.chip import ChipKeys, chip_groups
from simulators.cards.eid import EidCard, PersonData, build_groups, zone_of
from simulators.cards.issuer import Issuer
from simulators.local_reader import LocalReader, VirtualCard
from tests.pictures import jpeg
from tests.reading import read_identity

CAN = "271828"
STANDARD = load_profile()


def profile(access: Access) -> CardProfile:
    return replace(STANDARD, access=access)


class Counting:
    """A card that counts what it is asked."""

    def __init__(self, card: EidCard) -> None:
        self._card = card
        self.atr = card.atr
        self.asked: list[bytes] = []

    def process(self, apdu: bytes) -> bytes:
        self.asked.append(apdu)
        return self._card.process(apdu)

    def reset(self) -> None:
        self._card.reset()


def channel_to(card: VirtualCard) -> ApduChannel:
    reader = LocalReader("slot")
    reader.insert(card)
    return ApduChannel(reader.open())


def issue(issuer: Issuer, person: PersonData, mode: AccessMode) -> EidCard:
    return issuer.issue(person, access=CardAccess(mode, CAN))


WAYS = [
    (AccessMode.NONE, Access.NONE, None),
    (AccessMode.BAC, Access.BAC, "zone"),
    (AccessMode.PACE, Access.PACE, "can"),
    (AccessMode.PACE, Access.PACE, "zone"),
    (AccessMode.PACE, Access.PACE_OR_BAC, "can"),
    (AccessMode.BAC, Access.PACE_OR_BAC, "zone"),
    (AccessMode.PACE_AND_BAC, Access.BAC, "zone"),
    (AccessMode.PACE_AND_BAC, Access.PACE_OR_BAC, "can"),
]


def secret_for(card: EidCard, kind: str | None) -> AccessSecret | None:
    match kind:
        case "can":
            return Can(CAN)
        case "zone":
            return zone_of(card.groups[1])
    return None


@pytest.mark.parametrize(("mode", "access", "kind"), WAYS)
@pytest.mark.parametrize("recognised", [False, True])
def test_every_way_in_reads_the_same(
    issuer: Issuer,
    person: PersonData,
    now: datetime,
    mode: AccessMode,
    access: Access,
    kind: str | None,
    recognised: bool,
) -> None:
    card = issue(issuer, person, mode)
    counting = Counting(card)
    channel = channel_to(counting)
    if recognised:
        assert recognise(channel) is CardKind.IDENTITY
    session = IdentityCard(channel, profile(access), secret_for(card, kind))
    session.open()
    opened = len(counting.asked)
    identity = read_identity(session, now.date())
    assert identity.national_number == person.national_number
    assert identity.photo == person.photo
    assert session.verify_authenticity(CscaStore((issuer.authority,)), now).authentic
    protected = {bool(apdu[0] & 0x0C) for apdu in counting.asked[opened:]}
    assert protected == {mode is not AccessMode.NONE}


def test_files_are_closed_before(issuer: Issuer, person: PersonData, now: datetime) -> None:
    for mode in (AccessMode.BAC, AccessMode.PACE, AccessMode.PACE_AND_BAC):
        session = IdentityCard(channel_to(issue(issuer, person, mode)), STANDARD)
        with pytest.raises(ApduError) as refused:
            read_identity(session, now.date())
        assert refused.value.sw == 0x6982


def test_a_wrong_secret_can_be_corrected(issuer: Issuer, person: PersonData, now: datetime) -> None:
    card = issue(issuer, person, AccessMode.PACE_AND_BAC)
    channel = channel_to(card)
    wrong_zone = MrzKey("L898902C<369080619406236")
    for access, wrong in (
        (Access.PACE, Can("314159")),
        (Access.PACE, wrong_zone),
        (Access.BAC, wrong_zone),
    ):
        with pytest.raises(WrongAccessSecretError, match="check"):
            IdentityCard(channel, profile(access), wrong).open()
    session = IdentityCard(channel, profile(Access.PACE), Can(CAN))
    assert read_identity(session, now.date()).national_number == person.national_number


def test_digits_do_not_open_what_wants_the_zone(issuer: Issuer, person: PersonData) -> None:
    card = issue(issuer, person, AccessMode.BAC)
    for access in (Access.BAC, Access.PACE_OR_BAC):
        with pytest.raises(OtherSecretError, match="machine readable zone"):
            IdentityCard(channel_to(card), profile(access), Can(CAN)).open()


def test_without_pace_there_is_bac_only_where_the_profile_allows_it(
    issuer: Issuer, person: PersonData
) -> None:
    card = issue(issuer, person, AccessMode.BAC)
    with pytest.raises(ApduError) as refused:
        IdentityCard(channel_to(card), profile(Access.PACE), zone_of(card.groups[1])).open()
    assert refused.value.sw == 0x6A82


@pytest.mark.parametrize("answer", ["6F00", "6581", "6283"])
def test_only_an_absent_card_access_leads_to_bac(
    issuer: Issuer, person: PersonData, answer: str
) -> None:
    class Hiding(Counting):
        def process(self, apdu: bytes) -> bytes:
            if apdu.hex().upper() == "00A4020C02011C":
                return bytes.fromhex(answer)
            return super().process(apdu)

    card = issue(issuer, person, AccessMode.PACE_AND_BAC)
    hiding = Hiding(card)
    with pytest.raises(ApduError):
        IdentityCard(
            channel_to(hiding), profile(Access.PACE_OR_BAC), zone_of(card.groups[1])
        ).open()
    assert not any(apdu[1] == 0x84 for apdu in hiding.asked)


def test_a_malformed_card_access_does_not_lead_to_bac(issuer: Issuer, person: PersonData) -> None:
    class Garbling(Counting):
        def process(self, apdu: bytes) -> bytes:
            answer = super().process(apdu)
            return answer.replace(b"\x30\x12\x06\x0a", b"\x30\x12\x07\x0a")

    card = issue(issuer, person, AccessMode.PACE_AND_BAC)
    with pytest.raises(ProtocolError):
        IdentityCard(
            channel_to(Garbling(card)), profile(Access.PACE_OR_BAC), zone_of(card.groups[1])
        ).open()


def test_a_profile_with_access_needs_a_secret(issuer: Issuer, person: PersonData) -> None:
    card = issue(issuer, person, AccessMode.PACE)
    for access in (Access.BAC, Access.PACE, Access.PACE_OR_BAC):
        with pytest.raises(ValueError, match="printed"):
            IdentityCard(channel_to(card), profile(access))


@pytest.mark.parametrize(
    "extended", [None, ExtendedLengths(1024, 2048), ExtendedLengths(4096, 65_535)]
)
@pytest.mark.parametrize("kind", ["can", "zone", None])
def test_large_files_at_every_length(
    issuer: Issuer,
    person: PersonData,
    now: datetime,
    extended: ExtendedLengths | None,
    kind: str | None,
) -> None:
    """Over 32 KiB, so with odd READ BINARY, which has another cryptogram."""
    photo = jpeg(240, 320, noise=20)
    mode, access = {
        "can": (AccessMode.PACE, Access.PACE),
        "zone": (AccessMode.BAC, Access.BAC),
        None: (AccessMode.NONE, Access.NONE),
    }[kind]
    rules = CardAccess(mode, CAN)
    groups = build_groups(replace(person, photo=photo))
    card = EidCard(groups, issuer.sign_groups(groups), access=rules, extended=extended)
    counting = Counting(card)
    session = IdentityCard(channel_to(counting), profile(access), secret_for(card, kind))
    assert read_identity(session, now.date()).groups[2] == groups[2]
    if extended is None:
        assert max(len(apdu) for apdu in counting.asked) <= 261
        assert len(counting.asked) > 180
    else:
        assert len(counting.asked) < 90


def test_a_plain_command_ends_the_session(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    card = issue(issuer, person, AccessMode.PACE)
    channel = channel_to(card)
    session = IdentityCard(channel, profile(Access.PACE), Can(CAN))
    read_identity(session, now.date())
    assert card.process(bytes.fromhex("00B09E0004")) == b"\x69\x87"
    assert card.process(bytes.fromhex("00B09E0004")) == b"\x69\x82"
    with pytest.raises(SessionEndedError):
        channel.send(Command(0, 0xB0, 0x9E, 0, le=4))
    # The channel says so ever after; nothing goes out in plain.
    with pytest.raises(SecureMessagingError, match="over"):
        channel.send(Command(0, 0xB0, 0x9E, 0, le=4))
    with pytest.raises(SecureMessagingError, match="over"):
        read_identity(session, now.date())


def test_a_card_that_dropped_its_keys_is_opened_anew(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    card = issue(issuer, person, AccessMode.PACE)
    session = IdentityCard(channel_to(card), profile(Access.PACE), Can(CAN))
    first = read_identity(session, now.date())
    assert card.process(bytes.fromhex("00B09E0004")) == b"\x69\x87"
    assert read_identity(session, now.date()).groups == first.groups


def test_an_answer_changed_on_the_line_ends_the_session(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    class Turning(Counting):
        turn = False

        def process(self, apdu: bytes) -> bytes:
            answer = bytearray(super().process(apdu))
            if self.turn and len(answer) > 40:
                answer[20] ^= 1
            return bytes(answer)

    turning = Turning(issue(issuer, person, AccessMode.PACE))
    session = IdentityCard(channel_to(turning), profile(Access.PACE), Can(CAN))
    session.open()
    turning.turn = True
    with pytest.raises(SecureMessagingError):
        read_identity(session, now.date())


def test_a_card_can_be_opened_twice_on_one_channel(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    channel = channel_to(issue(issuer, person, AccessMode.PACE_AND_BAC))
    for access in (Access.PACE, Access.BAC, Access.PACE_OR_BAC):
        zone = zone_of(issue(issuer, person, AccessMode.NONE).groups[1])
        session = IdentityCard(channel, profile(access), zone)
        assert read_identity(session, now.date()).photo == person.photo


def test_a_strange_announcement_of_lengths_is_no_hindrance(
    issuer: Issuer, person: PersonData, now: datetime
) -> None:
    class Strange(Counting):
        def process(self, apdu: bytes) -> bytes:
            answer = super().process(apdu)
            return b"\x80\x00\x90\x00\x90\x00" if answer.startswith(b"\x47\x03") else answer

    strange = Strange(issue(issuer, person, AccessMode.PACE))
    session = IdentityCard(channel_to(strange), profile(Access.PACE), Can(CAN))
    assert read_identity(session, now.date()).photo == person.photo
    assert max(len(apdu) for apdu in strange.asked) <= 261


@pytest.mark.fuzz
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    way=st.sampled_from([way for way in WAYS if way[2]]),
    seed=st.integers(0, 2**32),
    rate=st.sampled_from([0.02, 0.1, 0.5]),
)
def test_a_lying_card_raises_only_driver_errors(
    issuer: Issuer,
    person: PersonData,
    now: datetime,
    way: tuple[AccessMode, Access, str],
    seed: int,
    rate: float,
) -> None:
    mode, access, kind = way
    lies = random.Random(seed)

    class Liar(Counting):
        def process(self, apdu: bytes) -> bytes:
            answer = bytearray(super().process(apdu))
            if lies.random() < rate:
                answer[lies.randrange(len(answer))] = lies.randrange(256)
            if lies.random() < rate / 4:
                del answer[lies.randrange(len(answer)) :]
            return bytes(answer)

    card = issuer.issue(person, access=CardAccess(mode, CAN), keys=ChipKeys.create())
    session = IdentityCard(channel_to(Liar(card)), profile(access), secret_for(card, kind))
    with contextlib.suppress(DriverError):
        assert read_identity(session, now.date()).photo == person.photo
        session.verify_authenticity(CscaStore((issuer.authority,)), now).require()
        session.verify_genuineness()


def test_after_a_reset_everything_starts_again(issuer: Issuer, person: PersonData) -> None:
    card = issue(issuer, person, AccessMode.PACE)
    reader = LocalReader("slot")
    reader.insert(card)
    channel = ApduChannel(reader.open())
    IdentityCard(channel, profile(Access.PACE), Can(CAN)).open()
    channel.close(reset=True)
    assert ApduChannel(reader.open()).send(Command(0, 0xA4, 4, 0x0C, EMRTD_AID)).sw == 0x9000
    assert card.process(bytes.fromhex("00A4020C02011D")) == b"\x69\x82"


def test_reading_with_pace_is_quick(issuer: Issuer, person: PersonData, now: datetime) -> None:
    """Both ends together, in process; far from the limit, so that a busy machine does not matter."""
    photo = jpeg(240, 320, noise=10)
    rules = CardAccess(AccessMode.PACE, CAN, ((Suite.AES_128, BRAINPOOL_P256),))
    groups = build_groups(replace(person, photo=photo, fingers=()))
    keys = ChipKeys.create(curve=P256)
    groups |= chip_groups(keys, rules)
    card = EidCard(groups, issuer.sign_groups(groups), access=rules, keys=keys)
    store = CscaStore((issuer.authority,))
    taken = []
    for _ in range(5):
        card.reset()
        session = IdentityCard(channel_to(card), profile(Access.PACE), Can(CAN))
        start = time.process_time()
        read_identity(session, now.date())
        assert session.verify_authenticity(store, now).authentic
        session.verify_genuineness().require(STANDARD.genuineness)
        taken.append(time.process_time() - start)
    assert statistics.median(taken) < 0.5


def test_errors_have_their_place() -> None:
    assert issubclass(WrongAccessSecretError, CardError)
    assert issubclass(SecureMessagingError, CardError)
