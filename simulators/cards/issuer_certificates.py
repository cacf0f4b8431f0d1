"""Certificates of a card-issuing country (ICAO Doc 9303 part 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

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
