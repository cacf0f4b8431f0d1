"""Certificates of a card-issuing country (ICAO Doc 9303 part 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from drivers.smartcard.curves import base_multiple, curve_of

DOCUMENT_TYPES: Final = x509.ObjectIdentifier("2.23.136.1.1.6.2")
MASTER_LIST_SIGNER: Final = x509.ObjectIdentifier("2.23.136.1.1.3")
_IDENTITY_CARDS: Final = bytes.fromhex("3008 020100 3103 130149")
"""DocumentTypeList with the one type I."""

ValidityPeriod = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Usage:
    """Purpose of a certificate."""

    authority: bool = False
    signs_data: bool = False
    signs_lists: bool = False
    unknown: str = ""
    """Dotted identifier of a critical extension that nobody understands; empty for none."""


def name(common: str) -> x509.Name:
    """Return a distinguished name: country IR and a common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "IR"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def certificate(
    *,
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    valid: ValidityPeriod,
    usage: Usage,
) -> x509.Certificate:
    """Return a certificate signed with ECDSA and SHA-256."""
    authority = usage.authority
    key_usage = x509.KeyUsage(
        digital_signature=usage.signs_data,
        content_commitment=False,
        key_encipherment=not usage.signs_data and not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    key_id = x509.SubjectKeyIdentifier.from_public_key(key)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0].astimezone(UTC))
        .not_valid_after(valid[1].astimezone(UTC))
        .add_extension(
            x509.BasicConstraints(ca=authority, path_length=0 if authority else None), True
        )
        .add_extension(key_usage, True)
        .add_extension(key_id, False)
        .add_extension(issuer_id, False)
    )
    if usage.signs_lists:
        builder = builder.add_extension(x509.ExtendedKeyUsage([MASTER_LIST_SIGNER]), True)
    elif not authority:
        types = x509.UnrecognizedExtension(DOCUMENT_TYPES, _IDENTITY_CARDS)
        builder = builder.add_extension(types, False)
    if usage.unknown:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(usage.unknown), b"\x05\x00")
        builder = builder.add_extension(unknown, True)
    return builder.sign(issuer_key, hashes.SHA256())


def spell_out(
    made: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey, *, flaw: str = ""
) -> x509.Certificate:
    """Return the certificate with its curve's parameters in full (part 12, 4.1.6.3), signed anew.

    `flaw` is the name of a parameter that is made wrong: "base", "order" or "b".
    """
    parsed = asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))
    key = made.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("only keys on curves have parameters to spell out")
    curve = curve_of(key.curve)
    if curve is None:
        raise ValueError("a curve that is not known")
    base = base_multiple(curve, 2 if flaw == "base" else 1).encode()
    b = curve.b + (flaw == "b")
    parameters = asn1_keys.SpecifiedECDomain(
        {
            "version": "ecdpVer1",
            "field_id": {"field_type": "prime_field", "parameters": curve.p},
            "curve": {
                "a": curve.a.to_bytes(curve.size, "big"),
                "b": b.to_bytes(curve.size, "big"),
            },
            "base": asn1_keys.ECPoint(base),
            "order": curve.n - (2 if flaw == "order" else 0),
            "cofactor": 1,
        }
    )
    body = parsed["tbs_certificate"]
    body["subject_public_key_info"]["algorithm"]["parameters"] = asn1_keys.ECDomainParameters(
        "specified", parameters
    )
    parsed["signature_value"] = issuer_key.sign(body.dump(force=True), ec.ECDSA(hashes.SHA256()))
    return x509.load_der_x509_certificate(parsed.dump(force=True))
