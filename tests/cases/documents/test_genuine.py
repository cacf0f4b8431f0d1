"""Accept genuine documents in the forms of EF.SOD that countries issue."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from asn1crypto import cms
from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.smartcard import asn1, tlv
from drivers.smartcard.curves import base_multiple, curve_of
from drivers.smartcard.exempt import Exempt
from drivers.smartcard.policy import Exemptions
from drivers.smartcard.signed_data import HASHES
from drivers.smartcard.sod import parse_sod
from drivers.smartcard.trust import CscaStore
from tests.card_issuers import IRAN
from tests.cases.documents.kit import DER, Country, PrivateKey, failed, integer

RSA_KEY = rsa.generate_private_key(65537, 2048)
SAMPLE = Country()

SEED = bytes.fromhex("C49D360886E704936A6678E1139D26B7819F7E90")
"""Of P-256 (SEC 2); its last four bits are 0."""
BODY = (
    "version",
    "serial_number",
    "signature",
    "issuer",
    "validity",
    "subject",
    "subject_public_key_info",
    "issuer_unique_id",
    "subject_unique_id",
    "extensions",
)


def test_as_the_project_issues_it() -> None:
    country = Country()
    assert failed(country.sod(), CscaStore((country.ca,))) == []


@pytest.mark.parametrize("unused", [0, 4])
def test_curve_by_numbers(unused: int) -> None:
    """Signer and authority spell out P-256 in place of its name; `unused` bits of its seed."""
    country = Country()
    signer, ca = (
        spelt_out(certificate, country.ca_key, unused)
        for certificate in (country.signer, country.ca)
    )
    assert failed(country.sod(signer=signer), CscaStore((ca,))) == []


def spelt_out(
    made: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    unused: int,
    seed: bytes = SEED,
) -> x509.Certificate:
    """Return the certificate with its curve by numbers, signed anew."""
    body = ax.Certificate.load(made.public_bytes(DER))["tbs_certificate"]
    public = made.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    parts = {part: body[part].dump() for part in BODY}
    parts["subject_public_key_info"] = key_by_numbers(public, unused, seed)
    tbs = tlv.encode(0x30, *parts.values())
    signature = issuer_key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    der = tlv.encode(0x30, tbs, parts["signature"], tlv.encode(3, b"\0" + signature))
    return x509.load_der_x509_certificate(der)


def key_by_numbers(public: ec.EllipticCurvePublicKey, unused: int, seed: bytes = SEED) -> bytes:
    """Return SubjectPublicKeyInfo with SpecifiedECDomain (SEC 1, C.2)."""
    curve, numbers = curve_of(public.curve), public.public_numbers()
    assert curve is not None
    a, b, x, y = (
        number.to_bytes(curve.size, "big") for number in (curve.a, curve.b, numbers.x, numbers.y)
    )
    drawn = tlv.encode(3, bytes((unused,)) + seed)
    parameters = tlv.encode(
        0x30,
        integer(1),
        tlv.encode(0x30, bytes.fromhex("06072A8648CE3D0101"), integer(curve.p)),
        tlv.encode(0x30, tlv.encode(4, a), tlv.encode(4, b), drawn),
        tlv.encode(4, base_multiple(curve, 1).encode()),
        integer(curve.n),
        integer(1),
    )
    algorithm = tlv.encode(0x30, bytes.fromhex("06072A8648CE3D0201"), parameters)
    return tlv.encode(0x30, algorithm, tlv.encode(3, b"\0\x04" + x + y))


MASKS = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}


def pss(salt: int, mask: str, hashed: str = "sha256") -> list[str]:
    key = RSA_KEY
    country = Country(key=key)
    scheme = padding.PSS(padding.MGF1(MASKS[mask]), salt)
    parameters = {
        "hash_algorithm": {"algorithm": hashed},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mask}},
        "salt_length": salt,
    }
    ef_sod = country.sod(
        algorithm={"algorithm": "rsassa_pss", "parameters": parameters},
        sign=lambda data: key.sign(data, scheme, MASKS[hashed]),
    )
    return failed(ef_sod, CscaStore((country.ca,)))


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("salt", [0, 20, 32, 222])
def test_pss(salt: int, mask: str) -> None:
    """RSASSA-PSS with any salt, up to the longest, and MGF1 over any hash."""
    assert pss(salt, mask) == []


def test_pss_over_sha1() -> None:
    """The mask may be of SHA-1, the hash of what is signed may not; it is the default, too."""
    assert "algorithms: a hash is too weak" in pss(20, "sha1", "sha1")


def signed_by(country: Country, data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    assert isinstance(country.key, ec.EllipticCurvePrivateKey)
    return country.key.sign(data, ec.ECDSA(algorithm))


@pytest.mark.parametrize("signed_with", HASHES)
@pytest.mark.parametrize("digest", ["sha1", *HASHES])
def test_two_hashes(digest: str, signed_with: str) -> None:
    """The content is hashed with one, the attributes are signed with another; none may be SHA-1."""
    country = Country()
    ef_sod = country.sod(
        digest=digest,
        algorithm={"algorithm": f"{signed_with}_ecdsa"},
        sign=lambda data: signed_by(country, data, HASHES[signed_with]),
    )
    failures = failed(ef_sod, CscaStore((country.ca,)))
    assert (failures == []) == (digest != "sha1")


def test_sha1_signature_beside_a_sha256_digest() -> None:
    for country, kind in ((Country(), "ecdsa"), (Country(key=RSA_KEY), "rsa")):

        def sign(data: bytes, key: PrivateKey = country.key) -> bytes:
            if isinstance(key, ec.EllipticCurvePrivateKey):
                return key.sign(data, ec.ECDSA(hashes.SHA1()))
            return key.sign(data, padding.PKCS1v15(), hashes.SHA1())

        ef_sod = country.sod(algorithm={"algorithm": f"sha1_{kind}"}, sign=sign)
        failures = failed(ef_sod, CscaStore((country.ca,)))
        assert failures == ["algorithms: a hash is too weak", "signature: the hash is too weak"]


@pytest.mark.parametrize("oid", ["1.2.840.113549.1.7.1", "1.3.27.1.1.1"])
def test_content_type_of_old_documents(oid: str) -> None:
    """Authentic where a row says so, refused by its name where none does."""
    country = Country()
    ef_sod, store = country.sod(content_type=oid), CscaStore((country.ca,))
    row = Exemptions(frozenset({("IRN", Exempt.CONTENT_TYPE)}))
    assert failed(ef_sod, store, replace(IRAN, exemptions=row)) == []
    assert failed(ef_sod, store) == ["content-type: the signed content is of another type"]


# ------------------------------------------------------------ names


def test_issuer_names_in_another_order() -> None:
    """The signer is named with its issuer's names in another order than in the certificate."""
    country = Country()
    parsed = ax.Certificate.load(country.signer.public_bytes(DER))
    first, *rest = (attribute.copy() for attribute in parsed.issuer.chosen)
    issuer = ax.Name("", ax.RDNSequence([*rest, first]))
    by_serial = {"issuer": issuer, "serial_number": parsed.serial_number}
    sid = cms.SignerIdentifier("issuer_and_serial_number", by_serial)
    assert failed(country.sod(sid=sid), CscaStore((country.ca,))) == []


def padded(text: str) -> str:
    return text if len(text) == 2 else f" {text}  "


@pytest.mark.parametrize("change", [str.lower, str.upper, padded])
def test_issuer_written_otherwise(change: Callable[[str], str]) -> None:
    """The signer names its issuer in other letters than the authority names itself."""
    country = Country()
    attributes = [
        x509.NameAttribute(attribute.oid, change(str(attribute.value)), _validate=False)
        for attribute in country.name
    ]
    country.signer = country.certify_signer(x509.Name(attributes))
    assert failed(country.sod(), CscaStore((country.ca,))) == []
    assert failed(country.sod(), CscaStore((Country().ca,))) != []


def test_issuer_of_another_name() -> None:
    country = Country()
    attributes = [*country.name][:-1]
    country.signer = country.certify_signer(x509.Name(attributes))
    assert failed(country.sod(), CscaStore((country.ca,))) != []


def test_two_certificates_with_the_number_of_the_signer() -> None:
    """The signer's is the one whose key verifies, whichever comes first."""
    country, other = Country(), Country()
    ef_sod, store = country.sod(), CscaStore((country.ca,))
    twin = same_number(other.certify_signer(), country.signer.serial_number, other.ca_key)
    info = cms.ContentInfo.load(tlv.parse_one(ef_sod, 0x77).value)
    good = info["content"]["certificates"][0]
    for certificates in ([twin, good], [good, twin]):
        info["content"]["certificates"] = cms.CertificateSet(certificates)
        assert failed(tlv.encode(0x77, info.dump(force=True)), store) == []
    info["content"]["certificates"] = cms.CertificateSet([twin])
    assert failed(tlv.encode(0x77, info.dump(force=True)), store) != []


def same_number(
    made: x509.Certificate, number: int, key: ec.EllipticCurvePrivateKey
) -> cms.CertificateChoices:
    """Return the certificate with another serial number, signed anew."""
    body = ax.Certificate.load(made.public_bytes(DER))["tbs_certificate"]
    parts = {part: body[part].dump() for part in BODY}
    parts["serial_number"] = integer(number)
    tbs = tlv.encode(0x30, *parts.values())
    signature = tlv.encode(3, b"\0" + key.sign(tbs, ec.ECDSA(hashes.SHA256())))
    der = tlv.encode(0x30, tbs, parts["signature"], signature)
    return cms.CertificateChoices("certificate", ax.Certificate.load(der))


# ------------------------------------------------------------ BER (X.690, 8.1.3.6 and 8.7.3)


def test_ber_indefinite_lengths() -> None:
    """ContentInfo, its content and SignedData have indefinite lengths."""
    country = Country()
    info = tlv.parse_one(tlv.parse_one(country.sod(), 0x77).value, 0x30).value
    oid, rest = info[:11], info[11:]
    parts = tlv.parse(tlv.parse_one(tlv.parse_one(rest, 0xA0).value, 0x30).value)
    inside = b"".join(tlv.encode(part.tag, part.value) for part in parts)
    long = b"\x30\x80" + oid + b"\xa0\x80\x30\x80" + inside + b"\0" * 6
    assert failed(tlv.encode(0x77, long), CscaStore((country.ca,))) == []


def as_ber(element: tlv.Tlv, choose: random.Random) -> bytes:
    """Return the element with indefinite lengths and segments wherever `choose` says so."""
    tag, value = element.tag, element.value
    first = tag if tag < 0x100 else tag >> 8
    if tag == 4 and choose.random() < 0.5:
        at = choose.randrange(len(value) + 1)
        tag, first = 0x24, 0x24
        value = tlv.encode(4, value[:at]) + tlv.encode(4, value[at:])
    elif first & 0x20:
        value = b"".join(as_ber(element, choose) for element in tlv.parse(value))
    if not first & 0x20 or choose.random() < 0.5:
        return tlv.encode(tag, value)
    return bytes((tag,)) + b"\x80" + value + b"\0\0"


@pytest.mark.parametrize("seed", range(40))
def test_any_ber_form(seed: int) -> None:
    """It is read as the DER form, and a damaged one is never read as anything else."""
    der = SAMPLE.sod()
    choose, inner = random.Random(seed), tlv.parse_one(der, 0x77).value
    ber = as_ber(tlv.parse_one(inner, 0x30), choose)
    assert asn1.definite(ber) == inner
    assert failed(tlv.encode(0x77, ber), CscaStore((SAMPLE.ca,))) == []
    at = choose.randrange(len(ber))
    damaged = ber[:at] + bytes((choose.randrange(256),)) + ber[at + 1 :]
    ef_sod = tlv.encode(0x77, damaged)
    if not failed(ef_sod, CscaStore((SAMPLE.ca,))):
        assert parse_sod(ef_sod) == parse_sod(der)


def test_definite_is_bounded() -> None:
    deep = b"\x30\x80" * 5000 + b"\0\0" * 5000
    for broken in (
        deep,
        b"\x30\x81\x05" + bytes(5),
        b"\x04\x80\0\0",
        b"\x24\x80\x02\x01\x01\0\0",
        b"",
    ):
        with pytest.raises((ValueError, IndexError)):
            asn1.definite(broken)
