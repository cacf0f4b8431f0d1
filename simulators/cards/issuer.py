"""Card-issuing country: signing CA, document signer, EF.SOD (ICAO Doc 9303 parts 10 and 12)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, Self

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.smartcard import tlv
from drivers.smartcard.documents import (
    LDS_SECURITY_OBJECT,
    LdsSecurityObject,
)
from simulators.cards import issuer_certificates as certs
from simulators.cards.access import OPEN, CardAccess
from simulators.cards.chip import NO_KEYS, ChipKeys, chip_groups
from simulators.cards.eid import EidCard, PersonData, build_groups
from simulators.cards.finger_matching import OnCardFingers
from simulators.cards.habits import PLAIN, CardHabit
from simulators.cards.issuer_certificates import Usage

CA_YEARS: Final = 15
SIGNER_YEARS: Final = 11
_PSS_SALT: Final = 32


class Scheme(Enum):
    """Signature scheme of the document signer."""

    ECDSA_P256 = "ecdsa-p256"
    ECDSA_BRAINPOOL_P384 = "ecdsa-brainpool-p384"
    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"


CardPrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Issuer:
    """Country with one document signer; `create` makes it, `issue` makes cards."""

    authority: x509.Certificate
    authority_key: ec.EllipticCurvePrivateKey = field(repr=False)
    signer: x509.Certificate
    signer_key: CardPrivateKey = field(repr=False)
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
        signer_unknown: str = "",
    ) -> Self:
        """Return a country with fresh keys, valid from the day before `now`.

        A short `signer_valid`, `signer_may_sign=False` and `signer_unknown` (a critical extension
        with this dotted identifier) make the faults that readers must see.
        """
        start = now - timedelta(days=1)
        curve: ec.EllipticCurve = ec.SECP256R1()
        if scheme is Scheme.ECDSA_BRAINPOOL_P384:
            curve = ec.BrainpoolP384R1()
        authority_key = ec.generate_private_key(curve)
        authority_name = certs.name(f"{name} country signing CA")
        authority = certs.certificate(
            subject=authority_name,
            key=authority_key.public_key(),
            issuer=authority_name,
            issuer_key=authority_key,
            valid=(start, start + timedelta(days=365 * CA_YEARS)),
            usage=Usage(authority=True),
        )
        signer_key: CardPrivateKey
        if scheme in (Scheme.RSA_PKCS1, Scheme.RSA_PSS):
            signer_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        else:
            signer_key = ec.generate_private_key(curve)
        signer = certs.certificate(
            subject=certs.name(f"{name} document signer"),
            key=signer_key.public_key(),
            issuer=authority_name,
            issuer_key=authority_key,
            valid=(start, start + signer_valid),
            usage=Usage(signs_data=signer_may_sign, unknown=signer_unknown),
        )
        return cls(authority, authority_key, signer, signer_key, scheme)

    @property
    def authority_der(self) -> bytes:
        """Country signing certificate (DER), for the store of a branch."""
        return self.authority.public_bytes(serialization.Encoding.DER)

    def revocation_list(self, now: datetime, revoked: Sequence[int] = (), days: int = 30) -> bytes:
        """Return a list (DER) of revoked signer serial numbers, current for `days` from `now`."""
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

    def issue(
        self,
        person: PersonData,
        *,
        fingers_readable: bool = False,
        access: CardAccess = OPEN,
        keys: ChipKeys = NO_KEYS,
        on_card: OnCardFingers | None = None,
        habit: CardHabit = PLAIN,
    ) -> EidCard:
        """Return a personalised card.

        With `on_card` the card compares fingers itself, and no group holds a template.
        """
        written = person if on_card is None else replace(person, fingers=())
        groups = build_groups(written) | chip_groups(keys, access)
        return EidCard(
            groups,
            self.sign_groups(groups),
            fingers_readable=fingers_readable,
            access=access,
            keys=keys,
            on_card=on_card,
            habit=habit,
        )

    def sign_groups(
        self,
        groups: Mapping[int, bytes],
        *,
        signed_at: datetime | None = None,
        content_type: str = LDS_SECURITY_OBJECT,
        by_key_id: bool = False,
    ) -> bytes:
        """Return EF.SOD over group files; with `signed_at`, the time is a signed attribute.

        The signer is named by issuer and number, or `by_key_id`.
        """
        listed = LdsSecurityObject(
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
        info = self.sign(content, content_type, signed_at, by_key_id=by_key_id)
        return tlv.encode(0x77, info)

    def sign(
        self,
        content: bytes,
        content_type: str,
        signed_at: datetime | None = None,
        *,
        by_key_id: bool = False,
    ) -> bytes:
        """Return a CMS SignedData (DER) of `content` by the document signer."""
        return signed_data(
            content,
            content_type,
            self.signer,
            self._algorithm(),
            self._sign,
            signed_at,
            by_key_id=by_key_id,
        )

    def _algorithm(self) -> algos.SignedDigestAlgorithm:
        match self.scheme:
            case Scheme.ECDSA_P256 | Scheme.ECDSA_BRAINPOOL_P384:
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


def signed_data(
    content: bytes,
    content_type: str,
    signer: x509.Certificate,
    algorithm: algos.SignedDigestAlgorithm,
    sign: Callable[[bytes], bytes],
    signed_at: datetime | None = None,
    *,
    by_key_id: bool = False,
) -> bytes:
    """Return a CMS SignedData (DER) of `content` with SHA-256 and signed attributes."""
    attributes = [
        {"type": "content_type", "values": [content_type]},
        {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
    ]
    if signed_at is not None:
        moment = cms.Time("utc_time", core.UTCTime(signed_at.astimezone(UTC)))
        attributes.append({"type": "signing_time", "values": [moment]})
    signed_attributes = cms.CMSAttributes(attributes)
    certificate = asn1_x509.Certificate.load(signer.public_bytes(serialization.Encoding.DER))
    named = cms.SignerIdentifier(
        "issuer_and_serial_number",
        {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
    )
    if by_key_id:
        named = cms.SignerIdentifier("subject_key_identifier", certificate.key_identifier)
    signer_info = cms.SignerInfo(
        {
            "version": "v3" if by_key_id else "v1",
            "sid": named,
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": signed_attributes,
            "signature_algorithm": algorithm,
            "signature": sign(signed_attributes.dump()),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": content_type, "content": content},
            "certificates": [certificate],
            "signer_infos": [signer_info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())
