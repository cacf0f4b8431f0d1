"""PIV sessions, authorization cards and the recognition of cards."""

from __future__ import annotations

import contextlib
import random
import secrets
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
    CardError,
    DriverError,
    PinBlockedError,
    ProtocolError,
    WrongPinError,
)
from drivers.smartcard import tlv
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import (
    MAX_TOKEN,
    TOKEN_OBJECT,
    AuthorizationCard,
    decode_token,
    encode_token,
)
from drivers.smartcard.piv import PivSlot
from drivers.smartcard.recognise import CardKind, recognise
from simulators.cards.eid import EidCard
from simulators.cards.piv import PivCard, authorization_card, operator_card
from simulators.cards.piv_keys import PivPrivateKey
from simulators.cards.piv_objects import KEY_CARD, KEY_SIGNATURE
from simulators.local_reader import LocalReader, VirtualCard
from tests.piv_issuer import IssuerSession, certificate_object, signature_is_valid

PIN = "482915"


def certificate_for(key: PivPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test operator")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(params=["p256", "rsa"])
def key(request: pytest.FixtureRequest, rsa_key: rsa.RSAPrivateKey) -> PivPrivateKey:
    return rsa_key if request.param == "rsa" else ec.generate_private_key(ec.SECP256R1())


def open_session(card: VirtualCard) -> IssuerSession:
    session = IssuerSession(channel_to(card))
    session.select()
    return session


def channel_to(card: VirtualCard) -> ApduChannel:
    reader = LocalReader("slot")
    reader.insert(card)
    return ApduChannel(reader.open())


def test_an_operator_proves_the_key(key: PivPrivateKey, now: datetime) -> None:
    certificate = certificate_for(key, now)
    session = open_session(operator_card(PIN, key, certificate))
    challenge = secrets.token_bytes(32)
    assert session.certificate(PivSlot.AUTHENTICATION) == certificate
    assert session.certificate(PivSlot.SIGNATURE) is None
    with pytest.raises(ApduError) as refused:
        session.prove_possession(PivSlot.AUTHENTICATION, challenge)
    assert refused.value.sw == 0x6982
    session.verify_pin(PIN)
    assert session.prove_possession(PivSlot.AUTHENTICATION, challenge) == certificate
    signature = session.sign(PivSlot.AUTHENTICATION, certificate, b"message")
    assert signature_is_valid(certificate, signature, b"message")
    assert not signature_is_valid(certificate, signature, b"another")


def test_a_copied_certificate_proves_nothing(now: datetime) -> None:
    right, wrong = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    card = operator_card(PIN, wrong, certificate_for(wrong, now))
    genuine = operator_card(PIN, right, certificate_for(right, now))
    card.piv.store_object(0x5FC105, genuine.piv.objects[0x5FC105])
    session = open_session(card)
    session.verify_pin(PIN)
    with pytest.raises(AuthenticityError) as error:
        session.prove_possession(PivSlot.AUTHENTICATION, b"challenge")
    assert error.value.check == "possession"


def test_a_card_key_needs_no_pin_a_signature_key_one_each_time(now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_for(key, now)
    card = operator_card(PIN, key, certificate)
    card.piv.store_key(KEY_CARD, key, certificate)
    card.piv.store_key(KEY_SIGNATURE, key, certificate)
    session = open_session(card)
    assert session.prove_possession(PivSlot.CARD_AUTHENTICATION, b"c") == certificate
    for _ in range(2):
        session.verify_pin(PIN)
        session.sign(PivSlot.SIGNATURE, certificate, b"once")
        with pytest.raises(ApduError):
            session.sign(PivSlot.SIGNATURE, certificate, b"twice")


def test_wrong_pins_count_and_block(now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    session = open_session(operator_card(PIN, key, certificate_for(key, now)))
    assert session.tries_left() == 3
    for left in (2, 1):
        with pytest.raises(WrongPinError) as wrong:
            session.verify_pin("000000")
        assert wrong.value.tries_left == left == session.tries_left()
    session.verify_pin(PIN)
    assert session.tries_left() is None
    for _ in range(2):
        with pytest.raises(WrongPinError):
            session.verify_pin("000000")
    for pin in ("000000", PIN):
        with pytest.raises(PinBlockedError):
            session.verify_pin(pin)
    assert session.tries_left() == 0


@pytest.mark.parametrize("pin", ["12345", "123456789", "12a456", "۱۲۳۴۵۶", ""])
def test_a_pin_of_another_form_costs_no_try(pin: str) -> None:
    session = open_session(PivCard(PIN, "12345678", bytes(32)))
    with pytest.raises(ValueError, match="digits"):
        session.verify_pin(pin)
    assert session.tries_left() == 3


@pytest.mark.parametrize("size", [16, 24, 32])
def test_only_the_administrator_writes(size: int) -> None:
    admin = secrets.token_bytes(size)
    session = open_session(PivCard(PIN, "12345678", admin))
    with pytest.raises(ApduError) as refused:
        session.put_data(TOKEN_OBJECT, b"value")
    assert refused.value.sw == 0x6982
    with pytest.raises(AuthenticityError) as error:
        session.authenticate_admin(secrets.token_bytes(size))
    assert error.value.check == "administrator"
    session.authenticate_admin(admin)
    assert session.get_data(TOKEN_OBJECT) is None
    for length in (1, 127, 128, 255, 256, 2000):
        value = secrets.token_bytes(length)
        session.put_data(TOKEN_OBJECT, value)
        assert session.get_data(TOKEN_OBJECT) == value
    session.put_data(TOKEN_OBJECT, b"")
    assert session.get_data(TOKEN_OBJECT) is None
    with pytest.raises(ValueError, match="bytes"):
        session.authenticate_admin(bytes(8))


def test_a_card_that_does_not_know_the_key_is_found_out() -> None:
    class Pretender(PivCard):
        def process(self, apdu: bytes) -> bytes:
            if apdu[1] == 0x87 and len(apdu) > 30:
                return tlv.encode(0x7C, tlv.encode(0x82, bytes(16))) + b"\x90\x00"
            return super().process(apdu)

    session = open_session(Pretender(PIN, "12345678", bytes(32)))
    with pytest.raises(AuthenticityError):
        session.authenticate_admin(secrets.token_bytes(32))


def test_a_token_is_written_read_and_erased() -> None:
    key = secrets.token_bytes(32)
    card = authorization_card(key)
    assert AuthorizationCard(open_session(card), key).read_token() is None
    for token in (b"x", secrets.token_bytes(300), secrets.token_bytes(MAX_TOKEN)):
        authorization = AuthorizationCard(open_session(card), key)
        authorization.write_token(token)
        assert authorization.read_token() == token
        assert AuthorizationCard(open_session(card), bytes(32)).read_token() == token
    authorization = AuthorizationCard(open_session(card), key)
    authorization.erase_token()
    assert authorization.read_token() is None
    for bad in (b"", bytes(MAX_TOKEN + 1)):
        with pytest.raises(ValueError, match="token"):
            authorization.write_token(bad)


def test_the_wrong_key_writes_no_token() -> None:
    card = authorization_card(secrets.token_bytes(32))
    with pytest.raises(AuthenticityError):
        AuthorizationCard(open_session(card), bytes(32)).write_token(b"token")
    assert AuthorizationCard(open_session(card), bytes(32)).read_token() is None


def test_a_card_that_forgets_is_told() -> None:
    class Forgetful(PivCard):
        def process(self, apdu: bytes) -> bytes:
            return b"\x90\x00" if apdu[1] == 0xDB else super().process(apdu)

    key = secrets.token_bytes(32)
    with pytest.raises(CardError, match="keep"):
        AuthorizationCard(open_session(Forgetful(PIN, "12345678", key)), key).write_token(b"t")


def test_the_form_of_a_token() -> None:
    assert encode_token(b"ab").hex() == "80010181026162"
    assert encode_token(None).hex() == "800101"
    assert decode_token(b"") is None
    for foreign in (b"\x80\x01\x02", b"\x81\x01a", b"\x80"):
        with pytest.raises(ProtocolError):
            decode_token(foreign)


def test_kinds_of_cards(eid: EidCard, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    operator = operator_card(PIN, key, certificate_for(key, now))
    authorization = authorization_card(bytes(32))
    both = operator_card(PIN, key, certificate_for(key, now))
    both.piv.store_object(TOKEN_OBJECT, encode_token(None))
    neither = PivCard(PIN, "12345678", bytes(32))
    for card, kind in (
        (eid, CardKind.IDENTITY),
        (operator, CardKind.OPERATOR),
        (authorization, CardKind.AUTHORIZATION),
        (both, CardKind.UNKNOWN),
        (neither, CardKind.UNKNOWN),
        (Refusing(), CardKind.UNKNOWN),
    ):
        assert recognise(channel_to(card)) is kind


def test_an_authorization_card_keeps_its_kind() -> None:
    key = secrets.token_bytes(32)
    card = authorization_card(key)
    AuthorizationCard(open_session(card), key).write_token(b"token")
    assert recognise(channel_to(card)) is CardKind.AUTHORIZATION
    AuthorizationCard(open_session(card), key).erase_token()
    assert recognise(channel_to(card)) is CardKind.AUTHORIZATION


class Refusing:
    """A card that knows nothing."""

    atr = b"\x3b\x00"

    def process(self, apdu: bytes) -> bytes:
        return b"\x6d\x00"

    def reset(self) -> None:
        """Nothing volatile."""


def test_a_compressed_or_broken_certificate_is_refused(now: datetime) -> None:
    card = PivCard(PIN, "12345678", bytes(32))
    session = open_session(card)
    for value in (
        tlv.encode(0x70, b"zip") + tlv.encode(0x71, b"\x01"),
        tlv.encode(0x70, b"no certificate"),
        tlv.encode(0x71, b"\x00"),
    ):
        card.piv.store_object(0x5FC105, value)
        with pytest.raises(ProtocolError):
            session.certificate(PivSlot.AUTHENTICATION)
    large = ec.generate_private_key(ec.SECP521R1())
    card = PivCard(PIN, "12345678", bytes(32))
    card.piv.store_object(0x5FC105, certificate_object(certificate_for(large, now)))
    with pytest.raises(ProtocolError):
        open_session(card).prove_possession(PivSlot.AUTHENTICATION, b"c")


@pytest.mark.fuzz
@given(seed=st.integers(0, 2**32))
def test_a_lying_card_raises_only_driver_errors(seed: int) -> None:
    class Liar(PivCard):
        def process(self, apdu: bytes) -> bytes:
            answer = bytearray(super().process(apdu))
            if lies.random() < 0.4:
                answer[lies.randrange(len(answer))] = lies.randrange(256)
            return bytes(answer)

    lies = random.Random(seed)
    key = bytes(32)
    card = Liar(PIN, "12345678", key)
    card.piv.store_object(TOKEN_OBJECT, encode_token(b"token" * 60))
    with contextlib.suppress(DriverError):
        recognise(channel_to(card))
    with contextlib.suppress(DriverError):
        session = open_session(card)
        session.certificate(PivSlot.AUTHENTICATION)
        session.verify_pin(PIN)
        AuthorizationCard(session, key).write_token(b"other")
