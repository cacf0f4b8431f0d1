"""Countries that issue identity cards, with what tests need besides: renewal, lists, explicit curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from asn1crypto import algos
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.smartcard.curves import base_multiple, curve_of
from drivers.smartcard.documents import MASTER_LIST, MasterList
from drivers.smartcard.policy import DocumentKind, PassivePolicy
from simulators.cards import issuer_certificates as certs
from simulators.cards.issuer import Issuer, Scheme, signed_data
from simulators.cards.issuer_certificates import Usage

CITIZENS = DocumentKind((("IRN", "IR"),), ("IRN",), ("I",))
"""Documents that `Issuer` issues."""
IRAN = PassivePolicy((CITIZENS,))
"""They are accepted, and nothing else is demanded."""


@dataclass(frozen=True, slots=True)
class CountryIssuer(Issuer):
    """`link` is the new authority's certificate under the old key, if there was one."""

    link: x509.Certificate | None = None

    @classmethod
    def create_spelt_out(cls, name: str, now: datetime, scheme: Scheme = Scheme.ECDSA_P256) -> Self:
        """Both certificates give their curve by its numbers, as many countries' do."""
        made = cls.create(name, now, scheme=scheme)
        return replace(
            made,
            authority=spell_out(made.authority, made.authority_key),
            signer=spell_out(made.signer, made.authority_key),
        )

    def renewed(self, name: str, now: datetime) -> Self:
        """Return the country with a new CA key, a new signer, and a link certificate."""
        fresh = type(self).create(name, now, scheme=self.scheme)
        link = certs.certificate(
            subject=fresh.authority.subject,
            key=fresh.authority_key.public_key(),
            issuer=self.authority.subject,
            issuer_key=self.authority_key,
            valid=(fresh.authority.not_valid_before_utc, self.authority.not_valid_after_utc),
            usage=Usage(authority=True),
        )
        return replace(fresh, link=link)

    def master_list(
        self,
        certificates: Sequence[x509.Certificate | bytes],
        now: datetime,
        *,
        signer_may_sign: bool = True,
    ) -> bytes:
        """Return a CSCA master list (DER) of certificates, or of DER, by a signer that the CA certifies."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer = certs.certificate(
            subject=certs.name("master list signer"),
            key=key.public_key(),
            issuer=self.authority.subject,
            issuer_key=self.authority_key,
            valid=(now - timedelta(days=1), now + timedelta(days=90)),
            usage=Usage(signs_data=signer_may_sign, signs_lists=True),
        )
        encoded = [
            member if isinstance(member, bytes) else member.public_bytes(serialization.Encoding.DER)
            for member in certificates
        ]
        content = MasterList(
            {
                "version": 0,
                "certificates": [asn1_x509.Certificate.load(image) for image in encoded],
            }
        )
        return signed_data(
            content.dump(),
            MASTER_LIST,
            signer,
            algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())),
            now,
        )


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
