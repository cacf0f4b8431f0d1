"""Headquarters' certificates for devices, signers and operator cards."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from crypto import certificates
from crypto.certificates import verify_chain
from crypto.errors import CertificateRefusedError, CryptoError, DecodeError, SignatureError
from crypto.hybrid import HybridKey
from tests.long_runs import places, runs_of_certificate

START = datetime(2026, 6, 1, tzinfo=UTC)
NOW = START + timedelta(days=13)
END = START + timedelta(days=60)
ROOT_KEY = HybridKey.generate()
ROOT = certificates.create_root("ستاد انتخابات", ROOT_KEY, START, END)
DEVICE_KEY = HybridKey.generate()


def issue(
    role: str = "ballot-terminal",
    branch: str = "b1",
    key: certificates.OperatorCardKey | None = None,
) -> bytes:
    return certificates.issue(
        ROOT,
        ROOT_KEY,
        "t1",
        key or DEVICE_KEY.public,
        role=role,
        branch=branch,
        not_before=START,
        not_after=END,
    )


DEVICE = issue()


def test_holder() -> None:
    holder = verify_chain(DEVICE, ROOT, NOW, {"ballot-terminal"}, "b1")
    assert (holder.role, holder.branch, holder.name) == ("ballot-terminal", "b1", "t1")
    assert holder.fingerprint == certificates.fingerprint(DEVICE)
    assert holder.signing_key == DEVICE_KEY.public


@pytest.mark.parametrize(
    ("reason", "now", "role", "branch"),
    [
        ("expired", END + timedelta(seconds=1), "ballot-terminal", "b1"),
        ("not-yet-valid", START - timedelta(seconds=1), "ballot-terminal", "b1"),
        ("role", NOW, "officer", "b1"),
        ("branch", NOW, "ballot-terminal", "b2"),
    ],
)
def test_refusals(reason: str, now: datetime, role: str, branch: str) -> None:
    with pytest.raises(CertificateRefusedError) as refusal:
        verify_chain(DEVICE, ROOT, now, {role}, branch)
    assert refusal.value.reason == reason


def test_another_root_of_the_same_name() -> None:
    other = certificates.create_root("ستاد انتخابات", HybridKey.generate(), START, END)
    with pytest.raises(CertificateRefusedError) as refusal:
        verify_chain(DEVICE, other, NOW, {"ballot-terminal"})
    assert refusal.value.reason == "signature"


def test_another_issuer() -> None:
    other = certificates.create_root("somebody", ROOT_KEY, START, END)
    with pytest.raises(CertificateRefusedError) as refusal:
        verify_chain(DEVICE, other, NOW, {"ballot-terminal"})
    assert refusal.value.reason == "issuer"


def test_a_device_is_no_authority() -> None:
    below = certificates.issue(
        DEVICE,
        DEVICE_KEY,
        "t2",
        HybridKey.generate().public,
        role="supervisor",
        branch="b1",
        not_before=START,
        not_after=END,
    )
    with pytest.raises(CertificateRefusedError) as refusal:
        verify_chain(below, DEVICE, NOW, {"supervisor"})
    assert refusal.value.reason == "issuer"
    with pytest.raises(CertificateRefusedError):
        verify_chain(below, ROOT, NOW, {"supervisor"})


def test_an_authority_is_no_holder() -> None:
    with pytest.raises(CertificateRefusedError) as refusal:
        verify_chain(ROOT, ROOT, NOW, {"headquarters"})
    assert refusal.value.reason == "key-usage"


def test_a_certificate_without_role() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    plain = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(DEVICE_KEY.classical.private.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(END)
        .sign(DEVICE_KEY.classical.private, None)
    )
    with pytest.raises(DecodeError):
        certificates.read_subject(plain.public_bytes(Encoding.DER))


def test_operator_cards() -> None:
    message = b"challenge"
    rsa_key = rsa.generate_private_key(65537, 2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    signed = (
        (
            issue("officer", key=rsa_key.public_key()),
            rsa_key.sign(message, padding.PKCS1v15(), hashes.SHA256()),
        ),
        (
            issue("supervisor", key=ec_key.public_key()),
            ec_key.sign(message, ec.ECDSA(hashes.SHA256())),
        ),
    )
    for der, signature in signed:
        holder = verify_chain(der, ROOT, NOW, {"officer", "supervisor"}, "b1")
        certificates.verify_card_signature(holder.public_key, message, signature)
        with pytest.raises(SignatureError):
            certificates.verify_card_signature(holder.public_key, b"other", signature)
        with pytest.raises(CertificateRefusedError):
            _ = holder.signing_key
        assert len(der) < 1857  # what a PIV certificate object holds (SP 800-73-5)


def test_keys_that_are_too_small_are_refused() -> None:
    with pytest.raises(DecodeError):
        issue(key=rsa.generate_private_key(65537, 1024).public_key())


def test_openssl_reads_the_extension(tmp_path: Path) -> None:
    """The role is a well-formed SEQUENCE of two UTF8Strings for everybody."""
    (tmp_path / "device.der").write_bytes(DEVICE)
    (tmp_path / "root.der").write_bytes(ROOT)
    for name in ("device", "root"):
        subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-in", f"{name}.der", "-out", f"{name}.pem"],
            cwd=tmp_path,
            check=True,
        )
    subprocess.run(
        ["openssl", "verify", "-no_check_time", "-CAfile", "root.pem", "device.pem"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    shown = subprocess.run(
        ["openssl", "asn1parse", "-inform", "DER", "-in", "device.der"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "2.25.156836623045988774782717746435682868330" in shown


@pytest.mark.fuzz
@pytest.mark.filterwarnings("ignore:Parsed a serial number", "ignore:Attribute")
@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80, 0xFF])
def test_every_changed_byte(flip: int) -> None:
    for place in places(DEVICE, runs_of_certificate(DEVICE)):
        changed = bytearray(DEVICE)
        changed[place] ^= flip
        with pytest.raises(CryptoError):
            verify_chain(bytes(changed), ROOT, NOW, {"ballot-terminal"}, "b1")
    for place in places(ROOT, runs_of_certificate(ROOT)):
        changed = bytearray(ROOT)
        changed[place] ^= flip
        with pytest.raises(CryptoError):
            verify_chain(DEVICE, bytes(changed), NOW, {"ballot-terminal"}, "b1")


@pytest.mark.fuzz
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    with pytest.raises(DecodeError):
        verify_chain(data, ROOT, NOW, {"ballot-terminal"})
