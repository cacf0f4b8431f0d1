"""What is written in a PIV card's objects, and its keys as a reader sees them."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError, ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.piv_keys import (
    AdminAlgorithm,
    algorithm_of,
    public_key_of,
)
from drivers.smartcard.piv_objects import MAX_CERTIFICATE, parse_certificate
from simulators.cards.piv_objects import certificate_object, fasc_n


def certificate_of(key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Holder")])
    start = datetime(2026, 6, 1, tzinfo=UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key)
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=9))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )


@pytest.fixture(scope="module")
def certificate() -> x509.Certificate:
    return certificate_of(ec.generate_private_key(ec.SECP256R1()).public_key())


def packed(content: bytes, info: bytes = b"\x01") -> bytes:
    return tlv.encode(0x70, content) + tlv.encode(0x71, info) + tlv.encode(0xFE)


def test_plain_and_packed_certificates(certificate: x509.Certificate) -> None:
    der = certificate.public_bytes(Encoding.DER)
    assert parse_certificate(certificate_object(der)) == certificate
    assert parse_certificate(tlv.encode(0x70, der)) == certificate
    for pack in (gzip.compress, zlib.compress):
        assert parse_certificate(packed(pack(der))) == certificate


def test_a_packed_certificate_is_bounded(certificate: x509.Certificate) -> None:
    der = certificate.public_bytes(Encoding.DER)
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 65_535
    with pytest.raises(ProtocolError, match="too long"):
        parse_certificate(packed(bomb))
    with pytest.raises(ProtocolError, match="too long"):
        parse_certificate(packed(gzip.compress(der + bytes(MAX_CERTIFICATE))))
    for broken in (b"", der, gzip.compress(der)[:-9], gzip.compress(der)[:20]):
        with pytest.raises(ProtocolError, match="packed"):
            parse_certificate(packed(broken))
    with pytest.raises(ProtocolError, match="unknown way"):
        parse_certificate(packed(der, b"\x02"))


def test_the_number_of_a_golden_card_is_encoded(vectors: dict[str, Any]) -> None:
    golden = next(o for o in vectors["piv"]["objects"] if o["tag"] == "5FC102")
    (number,) = (
        e.value for e in tlv.parse(bytes.fromhex(golden["value_inside_53"])) if e.tag == 0x30
    )
    made = fasc_n("4700", "0256", "001337", series="1", issue="1", person="1234567890")
    assert made == number
    with pytest.raises(ValueError, match="digits"):
        fasc_n("47", "0256", "001337")


def test_keys_piv_does_not_have_are_refused() -> None:
    for key in (
        ec.generate_private_key(ec.SECP521R1()).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
    ):
        with pytest.raises(ProtocolError, match="key is"):
            public_key_of(certificate_of(key))
    with pytest.raises(ProtocolError):
        algorithm_of(rsa.generate_private_key(65537, 1024).public_key())


def test_administrators_are_known_by_their_keys() -> None:
    assert AdminAlgorithm.aes(bytes(24)) is AdminAlgorithm.AES_192
    assert [AdminAlgorithm.aes(bytes(n)).value for n in (16, 24, 32)] == [0x08, 0x0A, 0x0C]
    for length in (0, 8, 23):
        with pytest.raises(ValueError, match="bytes"):
            AdminAlgorithm.aes(bytes(length))
    with pytest.raises(ValueError, match="24 bytes"):
        AdminAlgorithm.TDES.cipher(bytes(16))


GOOD = [packed(gzip.compress(b"certificate")), certificate_object(b"certificate")]
mutated = st.builds(
    lambda good, at, byte, cut: (good[: at % len(good)] + byte + good[at % len(good) + 1 :])[:cut],
    st.sampled_from(GOOD),
    st.integers(0, 400),
    st.binary(max_size=2),
    st.integers(1, 400),
)


@pytest.mark.fuzz
@given(st.binary(max_size=60) | mutated)
def test_any_object_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(DriverError):
        parse_certificate(data)
