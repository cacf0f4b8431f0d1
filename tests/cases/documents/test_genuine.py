"""Accept genuine documents in the forms of EF.SOD that countries issue."""

from __future__ import annotations

from asn1crypto import x509 as ax
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.smartcard import tlv
from drivers.smartcard.curves import base_multiple, curve_of
from drivers.smartcard.trust import CscaStore
from tests.cases.documents.kit import DER, Country, failed, integer

SEED = bytes.fromhex("C49D360886E704936A6678E1139D26B7819F7E90")
"""Of P-256 (SEC 2)."""
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


def test_curve_by_numbers() -> None:
    """Signer and authority spell out P-256 in place of its name."""
    country = Country()
    signer, ca = (spelt_out(each, country.ca_key) for each in (country.signer, country.ca))
    assert failed(country.sod(signer=signer), CscaStore((ca,))) == []


def spelt_out(made: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return the certificate with its curve by numbers, signed anew."""
    body = ax.Certificate.load(made.public_bytes(DER))["tbs_certificate"]
    public = made.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    parts = {part: body[part].dump() for part in BODY}
    parts["subject_public_key_info"] = key_by_numbers(public)
    tbs = tlv.encode(0x30, *parts.values())
    signature = issuer_key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    der = tlv.encode(0x30, tbs, parts["signature"], tlv.encode(3, b"\0" + signature))
    return x509.load_der_x509_certificate(der)


def key_by_numbers(public: ec.EllipticCurvePublicKey) -> bytes:
    """Return SubjectPublicKeyInfo with SpecifiedECDomain (SEC 1, C.2)."""
    curve, numbers = curve_of(public.curve), public.public_numbers()
    assert curve is not None
    a, b, x, y = (
        each.to_bytes(curve.size, "big") for each in (curve.a, curve.b, numbers.x, numbers.y)
    )
    parameters = tlv.encode(
        0x30,
        integer(1),
        tlv.encode(0x30, bytes.fromhex("06072A8648CE3D0101"), integer(curve.p)),
        tlv.encode(0x30, tlv.encode(4, a), tlv.encode(4, b), tlv.encode(3, b"\0" + SEED)),
        tlv.encode(4, base_multiple(curve, 1).encode()),
        integer(curve.n),
        integer(1),
    )
    algorithm = tlv.encode(0x30, bytes.fromhex("06072A8648CE3D0201"), parameters)
    return tlv.encode(0x30, algorithm, tlv.encode(3, b"\0\x04" + x + y))


def test_pss_usual_salt() -> None:
    """RSASSA-PSS with a salt as long as the hash."""
    key = rsa.generate_private_key(65537, 2048)
    country = Country(key=key)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    sha256 = {"algorithm": "sha256"}
    parameters = {
        "hash_algorithm": sha256,
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
        "salt_length": 32,
    }
    ef_sod = country.sod(
        algorithm={"algorithm": "rsassa_pss", "parameters": parameters},
        sign=lambda data: key.sign(data, scheme, hashes.SHA256()),
    )
    assert failed(ef_sod, CscaStore((country.ca,))) == []
