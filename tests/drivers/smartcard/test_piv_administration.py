"""What an issuer does with a PIV card: PINs, administrators, keys, certificates; and odd cards."""

from __future__ import annotations

import contextlib
import random
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import (
    ApduError,
    AuthenticityError,
    DriverError,
    PinBlockedError,
    WrongPinError,
)
from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW, ApduChannel, Command
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.piv import PIV_AID, PivSlot
from drivers.smartcard.piv_keys import AdminAlgorithm, Algorithm
from drivers.smartcard.recognise import CardKind, recognise
from simulators.cards.base import CommandRefusedError, File, IsoCard
from simulators.cards.eid import EidCard
from simulators.cards.piv import (
    PIV_ATR,
    Issue,
    PivApplication,
    PivCard,
    authorization_card,
    operator_card,
    piv_card,
)
from simulators.cards.piv_admin import TDES, AdminKey
from simulators.cards.piv_objects import CHUID_OBJECT, DISCOVERY_OBJECT
from simulators.local_reader import LocalReader, VirtualCard
from tests.piv_issuer import IssuerSession, signature_is_valid

PIN, PUK = "482915", "12345678"


def channel_to(card: VirtualCard) -> ApduChannel:
    reader = LocalReader("slot")
    reader.insert(card)
    return ApduChannel(reader.open())


def open_session(card: VirtualCard) -> IssuerSession:
    session = IssuerSession(channel_to(card))
    session.select()
    return session


def issuer(now: datetime) -> Issue:
    def issue(holder: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, holder)])
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key)
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=9))
            .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        )

    return issue


@pytest.fixture
def session() -> IssuerSession:
    return open_session(PivCard(PIN, PUK, bytes(32)))


def test_a_pin_is_changed(session: IssuerSession) -> None:
    with pytest.raises(WrongPinError) as wrong:
        session.change_pin("000000", "111111")
    assert wrong.value.tries_left == 2
    session.change_pin(PIN, "11111111")
    session.forget_pin()
    assert session.tries_left() == 3
    with pytest.raises(WrongPinError):
        session.verify_pin(PIN)
    session.verify_pin("11111111")
    session.forget_pin()
    assert session.tries_left() == 3
    for new in ("12345", "abcdef", ""):
        with pytest.raises(ApduError) as refused:
            session.change_pin("11111111", new)
        assert refused.value.sw == SW.WRONG_DATA
        with pytest.raises(ValueError, match="digits"):
            session.verify_pin(new)


def test_a_blocked_pin_is_unblocked_by_the_puk(session: IssuerSession) -> None:
    for _ in range(2):
        with pytest.raises(WrongPinError):
            session.change_pin("000000", "111111")
    with pytest.raises(PinBlockedError, match="unblock"):
        session.verify_pin("000000")
    with pytest.raises(WrongPinError) as wrong:
        session.unblock_pin("00000000", "111111")
    assert wrong.value.tries_left == 2
    session.unblock_pin(PUK, "222222")
    session.verify_pin("222222")
    session.change_puk(PUK, "abcdefgh")
    for _ in range(2):
        with pytest.raises(WrongPinError):
            session.unblock_pin(PUK, "333333")
    for puk in (PUK, "abcdefgh"):
        with pytest.raises(PinBlockedError):
            session.unblock_pin(puk, "333333")
    # The PIN still works.
    session.verify_pin("222222")
    with pytest.raises(ApduError) as refused:
        session.unblock_pin("1234567", "333333")
    assert refused.value.sw == SW.WRONG_DATA


@pytest.mark.parametrize("algorithm", list(AdminAlgorithm))
def test_administrators_of_every_cipher(algorithm: AdminAlgorithm) -> None:
    key = secrets.token_bytes(algorithm.key_size)
    session = open_session(PivCard(PIN, PUK, AdminKey(algorithm, key)))
    with pytest.raises(AuthenticityError):
        session.authenticate_admin(secrets.token_bytes(len(key)), algorithm)
    session.authenticate_admin(key, algorithm)
    session.put_data(0x5FFF11, b"value")
    assert session.get_data(0x5FFF11) == b"value"


def test_3des_is_never_used_unasked() -> None:
    key = secrets.token_bytes(24)
    session = open_session(PivCard(PIN, PUK, AdminKey(TDES, key)))
    with pytest.raises(ApduError):
        session.authenticate_admin(key)
    token = secrets.token_bytes(300)
    card = authorization_card(AdminKey(TDES, key))
    AuthorizationCard(open_session(card), key, AdminAlgorithm.TDES).write_token(token)
    assert AuthorizationCard(open_session(card), key).read_token() == token
    with pytest.raises(ApduError):
        AuthorizationCard(open_session(card), key).erase_token()


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_card_is_personalised_from_the_outside(algorithm: Algorithm, now: datetime) -> None:
    admin = bytes(32)
    session = open_session(PivCard(PIN, PUK, admin))
    with pytest.raises(ApduError):
        session.generate_key(PivSlot.AUTHENTICATION, algorithm)
    session.authenticate_admin(admin)
    key = session.generate_key(PivSlot.AUTHENTICATION, algorithm)
    certificate = issuer(now)("Holder", key)
    session.put_certificate(PivSlot.AUTHENTICATION, certificate)
    session.verify_pin(PIN)
    assert session.prove_possession(PivSlot.AUTHENTICATION, b"challenge") == certificate
    signature = session.sign(PivSlot.AUTHENTICATION, certificate, b"message")
    assert signature_is_valid(certificate, signature, b"message")
    assert not signature_is_valid(certificate, signature, b"another")


def test_a_made_card_has_what_readers_look_for(now: datetime) -> None:
    session = open_session(piv_card(PIN, issuer(now), puk=PUK))
    chuid = session.get_data(CHUID_OBJECT)
    assert chuid is not None
    assert len(tlv.find(tlv.parse(chuid), 0x34).value) == 16
    get_discovery = Command(0x00, 0xCB, 0x3F, 0xFF, bytes.fromhex("5C017E"), le=256)
    discovery = tlv.parse_one(session.channel.call(get_discovery, "discovery"), DISCOVERY_OBJECT)
    assert discovery.child(0x5F2F).value == b"\x40\x00"
    assert discovery.child(0x4F).value == PIV_AID
    # The card's own key answers without a PIN, the holder's does not.
    session.prove_possession(PivSlot.CARD_AUTHENTICATION, b"challenge")
    with pytest.raises(ApduError):
        session.prove_possession(PivSlot.AUTHENTICATION, b"challenge")
    assert open_session(Bare()).get_data(CHUID_OBJECT) is None


class Bare:
    """A PIV card of another version, without any object, that answers empty instead of 6A82."""

    atr = b"\x3b\x00"

    def process(self, apdu: bytes) -> bytes:
        if apdu[1] == 0xA4:
            return b"\x90\x00" if apdu[5:-1] == bytes.fromhex("A00000030800001000") else b"\x6a\x82"
        return b"\x90\x00"

    def reset(self) -> None:
        """Nothing volatile."""


class Other:
    """An application that is none of ours."""

    def __init__(self, aid: bytes) -> None:
        self.aids = (aid,)

    def select(self) -> bytes:
        return b"\x00\x01"

    def deselect(self) -> None:
        """Nothing."""

    def reset(self) -> None:
        """Nothing."""

    def process(self, command: Command) -> bytes:
        raise CommandRefusedError(0x6D00)


OTP, FIDO, OATH = (
    Other(bytes.fromhex(aid)) for aid in ("A0000005272001", "A0000006472F0001", "A0000005272101")
)


def test_kinds_of_multi_application_cards(eid: EidCard, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = issuer(now)("Holder", key.public_key())
    piv = PivApplication(PIN, PUK, bytes(32))
    token = IsoCard(PIV_ATR, (OTP, FIDO, piv, OATH), {})
    assert recognise(channel_to(token)) is CardKind.UNKNOWN
    piv.store_key(0x9A, key, certificate)
    assert recognise(channel_to(token)) is CardKind.OPERATOR
    piv.store_object(0x5FFF10, b"\x80\x01\x01")
    assert recognise(channel_to(token)) is CardKind.UNKNOWN
    assert recognise(channel_to(IsoCard(PIV_ATR, (OTP, FIDO, OATH), {}))) is CardKind.UNKNOWN
    hidden = {0x011C: File(b"\x31\x00")}
    assert recognise(channel_to(IsoCard(PIV_ATR, (OTP,), hidden))) is CardKind.IDENTITY
    foreign = {0x011C: File(b"\x30\x00")}
    assert recognise(channel_to(IsoCard(PIV_ATR, (), foreign))) is CardKind.UNKNOWN
    locked = {0x011C: File(b"\x31\x00", may_read=lambda: False)}
    assert recognise(channel_to(IsoCard(PIV_ATR, (), locked))) is CardKind.UNKNOWN
    assert recognise(channel_to(eid)) is CardKind.IDENTITY
    assert recognise(channel_to(Bare())) is CardKind.UNKNOWN


def test_a_card_that_refuses_to_show_an_object_has_none(now: datetime) -> None:
    class Reserved(PivCard):
        def process(self, apdu: bytes) -> bytes:
            hidden = apdu[1] == 0xCB and b"\x5f\xff\x10" in apdu
            return b"\x69\x82" if hidden else super().process(apdu)

    card = Reserved(PIN, PUK, bytes(32))
    key = ec.generate_private_key(ec.SECP256R1())
    card.piv.store_key(0x9A, key, issuer(now)("Holder", key.public_key()))
    assert recognise(channel_to(card)) is CardKind.OPERATOR


class Noise:
    """A card that answers anything, but ends long answers."""

    atr = PIV_ATR

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def process(self, apdu: bytes) -> bytes:
        draw = self._random
        ends = [b"\x90\x00", b"\x90\x00", b"\x63\xc2", b"\x6a\x82", b"\x69\x83", draw.randbytes(2)]
        if apdu[1] != 0xC0:
            ends.append(b"\x61\x08")
        heads = [b"", b"\x53\x03", b"\x7c\x0a\x82\x08", b"\x7f\x49", b"\x7e\x05", b"\x70\x04"]
        return draw.choice(heads) + draw.randbytes(draw.randrange(24)) + draw.choice(ends)

    def reset(self) -> None:
        """Nothing volatile."""


OPERATIONS: tuple[Callable[[IssuerSession], object], ...] = (
    lambda s: s.select(),
    lambda s: s.verify_pin(PIN),
    lambda s: s.tries_left(),
    lambda s: s.certificate(PivSlot.AUTHENTICATION),
    lambda s: s.prove_possession(PivSlot.CARD_AUTHENTICATION, b"challenge"),
    lambda s: s.authenticate_admin(bytes(32)),
    lambda s: s.authenticate_admin(bytes(24), AdminAlgorithm.TDES),
    lambda s: s.put_data(0x5FFF10, bytes(300)),
    lambda s: AuthorizationCard(s, bytes(16)).read_token(),
    lambda s: AuthorizationCard(s, bytes(16)).write_token(b"token"),
)


@pytest.mark.fuzz
@given(seed=st.integers(0, 2**32))
def test_noise_raises_only_driver_errors(seed: int) -> None:
    channel = channel_to(Noise(seed))
    session = IssuerSession(channel)
    for operation in OPERATIONS:
        with contextlib.suppress(DriverError):
            operation(session)
    with contextlib.suppress(DriverError):
        recognise(channel)


def test_an_operator_card_can_have_a_chosen_puk(now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    card = operator_card(PIN, key, issuer(now)("Holder", key.public_key()), puk="87654321")
    open_session(card).unblock_pin("87654321", "111111")
