"""The second signature of a certificate, and what an attacker who broke one algorithm can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import alt_signature, certificates
from crypto.certificates import named_pair, read_subject, verify_chain
from crypto.errors import CertificateRefusedError, CryptoError, DecodeError
from crypto.hybrid import HybridKey

START = datetime(2026, 6, 1, tzinfo=UTC)
NOW, END = START + timedelta(days=13), START + timedelta(days=60)
ROOT_KEY, DEVICE_KEY, MALLORY = HybridKey.generate(), HybridKey.generate(), HybridKey.generate()
ROOT = certificates.create_root("ستاد", ROOT_KEY, START, END)
VECTOR = Path(__file__).parent.parent / "vectors" / "certificates" / "ecdsa-with-ml-dsa-44.pem"


def issue(root: bytes, root_key: HybridKey, key: HybridKey = DEVICE_KEY) -> bytes:
    return certificates.issue(
        root,
        root_key,
        "t1",
        key.public,
        role="ballot-terminal",
        branch="b1",
        not_before=START,
        not_after=END,
    )


DEVICE = issue(ROOT, ROOT_KEY)


def mixed(classical: HybridKey, post_quantum: HybridKey) -> HybridKey:
    """Who has one half of a pair only, and of the other one their own."""
    pem = classical.classical.to_pem() + post_quantum.to_pem().split(b"KEY-----\n", 2)[2]
    return HybridKey.from_pem(pem)


def signed_again(
    der: bytes,
    extensions: Sequence[x509.Extension[x509.ExtensionType]],
    signer: HybridKey = ROOT_KEY,
) -> bytes:
    """The same certificate with other extensions and a good Ed25519 signature of `signer`.

    What somebody can do who has computed the root's Ed25519 key from its public key.
    """
    old = x509.load_der_x509_certificate(der)
    builder = x509.CertificateBuilder(
        old.issuer,
        old.subject,
        old.public_key(),
        old.serial_number,
        old.not_valid_before_utc,
        old.not_valid_after_utc,
    )
    for extension in extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(signer.classical.private, None).public_bytes(Encoding.DER)


def extensions(der: bytes) -> list[x509.Extension[x509.ExtensionType]]:
    return list(x509.load_der_x509_certificate(der).extensions)


def raw(
    oid: x509.ObjectIdentifier, value: bytes, *, critical: bool = False
) -> x509.Extension[x509.ExtensionType]:
    return x509.Extension(oid, critical, x509.UnrecognizedExtension(oid, value))


def replaced(
    der: bytes, oid: x509.ObjectIdentifier, value: bytes, *, critical: bool = False
) -> bytes:
    new = raw(oid, value, critical=critical)
    return signed_again(
        der, [new if extension.oid == oid else extension for extension in extensions(der)]
    )


def value_of(der: bytes, oid: x509.ObjectIdentifier) -> bytes:
    found = x509.load_der_x509_certificate(der).extensions.get_extension_for_oid(oid).value
    assert isinstance(found, x509.UnrecognizedExtension)
    return found.value


def refused(device: bytes, root: bytes = ROOT) -> str:
    with pytest.raises(CertificateRefusedError) as refusal:
        verify_chain(device, root, NOW, {"ballot-terminal"}, "b1")
    return refusal.value.reason


# ---------------------------------------------------------------- others' certificates


def test_bouncy_castles_certificate_verifies() -> None:
    """Agreement on what is covered.

    ECDSA and ML-DSA-44, self-signed; from the certificates that implementers exchange at the IETF
    (IETF-Hackathon/pqc-certificates, providers/bc, release 5).
    """
    certificate = x509.load_pem_x509_certificate(VECTOR.read_bytes())
    certificate.verify_directly_issued_by(certificate)
    der = certificate.public_bytes(Encoding.DER)
    key = load_der_public_key(value_of(der, alt_signature.PUBLIC_KEY_OID))
    assert isinstance(key, MLDSA44PublicKey)
    signature = value_of(der, alt_signature.VALUE_OID)[5:]
    covered = alt_signature.covered(certificate.tbs_certificate_bytes)
    key.verify(signature, covered)
    with pytest.raises(InvalidSignature):
        key.verify(signature, certificate.tbs_certificate_bytes)
    with pytest.raises(DecodeError):
        alt_signature.public_key(certificate)


def test_everything_but_the_two_signatures_is_covered() -> None:
    certificate = x509.load_der_x509_certificate(DEVICE)
    covered = alt_signature.covered(certificate.tbs_certificate_bytes)
    unsigned = x509.load_der_x509_certificate(
        signed_again(DEVICE, [e for e in extensions(DEVICE) if e.oid != alt_signature.VALUE_OID])
    )
    assert covered == alt_signature.covered(unsigned.tbs_certificate_bytes)
    assert len(unsigned.tbs_certificate_bytes) - len(covered) == 7, "the signature field"
    for part in (b"ballot-terminal", b"t1", DEVICE_KEY.public.post_quantum):
        assert part in covered


def test_sizes() -> None:
    assert named_pair(ROOT) == ROOT_KEY.public
    assert read_subject(DEVICE).signing_key == DEVICE_KEY.public
    assert len(ROOT) < len(DEVICE) < 5800 < certificates.MAX_CERTIFICATE_SIZE


# ---------------------------------------------------------------- one algorithm is broken


def test_with_the_roots_ed25519_key_alone_nobody_issues_certificates() -> None:
    forger = mixed(ROOT_KEY, MALLORY)
    assert refused(issue(ROOT, forger, MALLORY)) == "signature"
    assert refused(issue(ROOT, forger)) == "signature"


def test_with_the_roots_mldsa_key_alone_nobody_issues_certificates() -> None:
    assert refused(issue(ROOT, mixed(MALLORY, ROOT_KEY), MALLORY)) == "signature"


def test_a_root_with_one_key_exchanged_is_another_root() -> None:
    for forger in (mixed(ROOT_KEY, MALLORY), mixed(MALLORY, ROOT_KEY)):
        other = certificates.create_root("ستاد", forger, START, END)
        assert refused(DEVICE, other) == "signature"
        assert refused(issue(other, forger), ROOT) == "signature"


@pytest.mark.parametrize("oid", alt_signature.OIDS)
def test_a_stripped_extension(oid: x509.ObjectIdentifier) -> None:
    stripped = signed_again(
        DEVICE, [extension for extension in extensions(DEVICE) if extension.oid != oid]
    )
    assert refused(stripped) == "signature"


def test_all_of_it_stripped() -> None:
    kept = [
        extension for extension in extensions(DEVICE) if extension.oid not in alt_signature.OIDS
    ]
    plain = signed_again(DEVICE, kept)
    assert refused(plain) == "signature"
    with pytest.raises(DecodeError):
        read_subject(plain)
    root = signed_again(ROOT, [e for e in extensions(ROOT) if e.oid not in alt_signature.OIDS])
    assert refused(DEVICE, root) == "issuer"


def test_an_exchanged_second_key() -> None:
    """The key of a device is exchanged by somebody who holds the root's Ed25519 key."""
    mallorys = alt_signature.key_extension(MALLORY.public.post_quantum).value
    assert refused(replaced(DEVICE, alt_signature.PUBLIC_KEY_OID, mallorys)) == "signature"
    root = replaced(ROOT, alt_signature.PUBLIC_KEY_OID, mallorys)
    assert refused(DEVICE, root) == "issuer"


def test_the_second_signature_of_another_certificate() -> None:
    other = value_of(issue(ROOT, ROOT_KEY, MALLORY), alt_signature.VALUE_OID)
    assert refused(replaced(DEVICE, alt_signature.VALUE_OID, other)) == "signature"


ALGORITHM = value_of(DEVICE, alt_signature.ALGORITHM_OID)
VALUE = value_of(DEVICE, alt_signature.VALUE_OID)


@pytest.mark.parametrize(
    ("oid", "value", "critical"),
    [
        (alt_signature.ALGORITHM_OID, ALGORITHM, True),
        (alt_signature.ALGORITHM_OID, ALGORITHM[:-1] + b"\x11", False),
        (alt_signature.ALGORITHM_OID, b"\x30\x0d" + ALGORITHM[2:] + b"\x05\x00", False),
        (alt_signature.ALGORITHM_OID, b"", False),
        (alt_signature.VALUE_OID, VALUE, True),
        (alt_signature.VALUE_OID, VALUE[:-1], False),
        (alt_signature.VALUE_OID, VALUE + b"\x00", False),
        (alt_signature.VALUE_OID, VALUE[:4] + b"\x01" + VALUE[5:], False),
        (alt_signature.VALUE_OID, VALUE[5:], False),
        (alt_signature.VALUE_OID, b"", False),
    ],
)
def test_other_spellings(oid: x509.ObjectIdentifier, value: bytes, critical: bool) -> None:
    assert refused(replaced(DEVICE, oid, value, critical=critical)) == "signature"


def test_what_the_forgery_test_signs_again_is_accepted() -> None:
    """Else the tests above would hold for another reason than they say."""
    assert signed_again(DEVICE, extensions(DEVICE)) == DEVICE
    verify_chain(DEVICE, ROOT, NOW, {"ballot-terminal"}, "b1")


# ---------------------------------------------------------------- operators' cards


def test_a_card_is_no_device_and_has_no_second_key() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    card = certificates.issue(
        ROOT,
        ROOT_KEY,
        "officer",
        key.public_key(),
        role="ballot-terminal",
        branch="b1",
        not_before=START,
        not_after=END,
    )
    holder = verify_chain(card, ROOT, NOW, {"ballot-terminal"})
    with pytest.raises(CertificateRefusedError):
        _ = holder.signing_key
    with pytest.raises(DecodeError):
        named_pair(card)
    for oid in alt_signature.OIDS:
        both = signed_again(card, [*extensions(card), raw(oid, value_of(DEVICE, oid))])
        with pytest.raises(DecodeError, match="one key"):
            verify_chain(both, ROOT, NOW, {"ballot-terminal"})


# ---------------------------------------------------------------- any bytes

TBS = x509.load_der_x509_certificate(DEVICE).tbs_certificate_bytes


@pytest.mark.fuzz
@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(TBS) - 1), st.integers(1, 255))
def test_any_bytes_raise_our_errors_only(noise: bytes, place: int, mask: int) -> None:
    changed = bytearray(TBS)
    changed[place] ^= mask
    nested = TBS[:4] + noise + TBS[4:]
    for data in (noise, bytes(changed), TBS[:place], TBS + noise + b"\x00", nested):
        try:
            alt_signature.covered(data)
        except DecodeError:
            continue


@pytest.mark.fuzz
@settings(max_examples=80, deadline=None)
@given(st.sampled_from(alt_signature.OIDS), st.binary(max_size=60), st.integers(0, 40))
def test_any_extension_is_refused(oid: x509.ObjectIdentifier, noise: bytes, at: int) -> None:
    """Well signed with Ed25519, and with something else in the place of an extension."""
    whole = value_of(DEVICE, oid)
    for value in (noise, whole[:at] + noise + whole[at + len(noise) :]):
        if value != whole:
            with pytest.raises(CryptoError):
                verify_chain(replaced(DEVICE, oid, value), ROOT, NOW, {"ballot-terminal"}, "b1")
