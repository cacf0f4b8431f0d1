"""A card-issuing country: signing CA, document signer, EF.SOD (ICAO Doc 9303 parts 10 and 12)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from drivers.smartcard import tlv
from simulators.cards.eid import EidCard, PersonData, build_groups

LDS_SECURITY_OBJECT: Final = "2.23.136.1.1.1"
CA_YEARS: Final = 15
SIGNER_YEARS: Final = 11
_PSS_SALT: Final = 32


class Scheme(Enum):
    """How the document signer signs."""

    ECDSA_P256 = "ecdsa-p256"
    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"


PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class _GroupHash(core.Sequence):  # type: ignore[misc]
    _fields = [("number", core.Integer), ("hash", core.OctetString)]  # noqa: RUF012


class _GroupHashes(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _GroupHash


class _LdsSecurityObject(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("algorithm", algos.DigestAlgorithm),
        ("hashes", _GroupHashes),
    ]


@dataclass(frozen=True, slots=True)
class Issuer:
    """One country with one document signer. `create` makes it, `issue` makes cards."""

    authority: x509.Certificate
    authority_key: ec.EllipticCurvePrivateKey = field(repr=False)
    signer: x509.Certificate
    signer_key: PrivateKey = field(repr=False)
    scheme: Scheme

    @classmethod
    def create(
        cls,
        name: str,
        now: datetime,
        *,
        scheme: Scheme = Scheme.ECDSA_P256,
        signer_valid: timedelta = timedelta(days=365 * SIGNER_YEARS),
        signer_may_sign: bool = True,
    ) -> Issuer:
        """A fresh CA and signer, both valid from the day before `now` (with time zone).

        A short `signer_valid` and `signer_may_sign=False` make the faults that readers must see.
        """
        start = now - timedelta(days=1)
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority_name = _name(f"{name} country signing CA")
        authority = _certificate(
            subject=authority_name,
            key=authority_key.public_key(),
            issuer=authority_name,
            issuer_key=authority_key,
            valid=(start, start + timedelta(days=365 * CA_YEARS)),
            authority=True,
            may_sign=False,
        )
        signer_key: PrivateKey
        if scheme is Scheme.ECDSA_P256:
            signer_key = ec.generate_private_key(ec.SECP256R1())
        else:
            signer_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        signer = _certificate(
            subject=_name(f"{name} document signer"),
            key=signer_key.public_key(),
            issuer=authority_name,
            issuer_key=authority_key,
            valid=(start, start + signer_valid),
            authority=False,
            may_sign=signer_may_sign,
        )
        return cls(authority, authority_key, signer, signer_key, scheme)

    @property
    def authority_der(self) -> bytes:
        """The country signing certificate, for the store of a branch."""
        return self.authority.public_bytes(serialization.Encoding.DER)

    def issue(self, person: PersonData, *, fingers_readable: bool = False) -> EidCard:
        """A personalised card. Raises ValueError for fields that do not fit."""
        groups = build_groups(person)
        return EidCard(groups, self.sign_groups(groups), fingers_readable=fingers_readable)

    def sign_groups(self, groups: Mapping[int, bytes]) -> bytes:
        """EF.SOD over group files."""
        listed = _LdsSecurityObject(
            {
                "version": 0,
                "algorithm": {"algorithm": "sha256"},
                "hashes": [
                    {"number": number, "hash": hashlib.sha256(data).digest()}
                    for number, data in sorted(groups.items())
                ],
            }
        )
        content = listed.dump()
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": [LDS_SECURITY_OBJECT]},
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
            ]
        )
        certificate = asn1_x509.Certificate.load(
            self.signer.public_bytes(serialization.Encoding.DER)
        )
        signer_info = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    "issuer_and_serial_number",
                    {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
                ),
                "digest_algorithm": {"algorithm": "sha256"},
                "signed_attrs": attributes,
                "signature_algorithm": self._algorithm(),
                "signature": self._sign(attributes.dump()),
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {"content_type": LDS_SECURITY_OBJECT, "content": content},
                "certificates": [certificate],
                "signer_infos": [signer_info],
            }
        )
        info = cms.ContentInfo({"content_type": "signed_data", "content": signed})
        return tlv.encode(0x77, info.dump())

    def revocation_list(self, now: datetime, revoked: Sequence[int], days: int = 30) -> bytes:
        """A list (DER) of revoked signer serial numbers, current for `days` from `now`."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.authority.subject)
            .last_update(now)
            .next_update(now + timedelta(days=days))
        )
        for serial in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            builder = builder.add_revoked_certificate(entry.build())
        crl = builder.sign(self.authority_key, hashes.SHA256())
        return crl.public_bytes(serialization.Encoding.DER)

    def _algorithm(self) -> algos.SignedDigestAlgorithm:
        match self.scheme:
            case Scheme.ECDSA_P256:
                return algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
            case Scheme.RSA_PKCS1:
                return algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
            case Scheme.RSA_PSS:
                sha256 = {"algorithm": "sha256"}
                return algos.SignedDigestAlgorithm(
                    {
                        "algorithm": "rsassa_pss",
                        "parameters": {
                            "hash_algorithm": sha256,
                            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
                            "salt_length": _PSS_SALT,
                        },
                    }
                )

    def _sign(self, data: bytes) -> bytes:
        key = self.signer_key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        if self.scheme is Scheme.RSA_PSS:
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), _PSS_SALT)
            return key.sign(data, pss, hashes.SHA256())
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "IR"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    *,
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    valid: tuple[datetime, datetime],
    authority: bool,
    may_sign: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=may_sign,
        content_commitment=False,
        key_encipherment=not may_sign and not authority,
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
        .add_extension(usage, True)
        .add_extension(key_id, False)
        .add_extension(issuer_id, False)
    )
    return builder.sign(issuer_key, hashes.SHA256())
