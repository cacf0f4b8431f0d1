"""The configured trust for identity cards: country signing certificates and revocation lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from drivers.errors import ProtocolError

STRONG_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
MIN_RSA_BITS: Final = 2048
MIN_EC_BITS: Final = 256
_EXTENSION_ERRORS: Final = (
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class CscaStore:
    """Country signing CAs a branch was told to trust; never one that was found on a card.

    An empty store trusts nobody: every card is then not authentic.
    """

    certificates: tuple[x509.Certificate, ...] = ()
    revocation_lists: tuple[x509.CertificateRevocationList, ...] = ()

    @classmethod
    def from_der(
        cls, certificates: Iterable[bytes], revocation_lists: Iterable[bytes] = ()
    ) -> CscaStore:
        """Load DER certificates and lists. Raises `ProtocolError` for one that is malformed."""
        authorities = tuple(load_certificate(der) for der in certificates)
        try:
            return cls(authorities, tuple(x509.load_der_x509_crl(der) for der in revocation_lists))
        except (ValueError, x509.InvalidVersion) as error:
            raise ProtocolError("a revocation list is malformed") from error

    def issuers_of(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """The CAs of the store with the right name, key id and signature (RFC 5280 6.1.3)."""
        return tuple(ca for ca in self.certificates if _issued(certificate, ca))

    def revocation_list_of(
        self, authority: x509.Certificate
    ) -> x509.CertificateRevocationList | None:
        """The newest list signed by `authority`."""
        key = authority.public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return None
        mine = [
            crl
            for crl in self.revocation_lists
            if crl.issuer == authority.subject and crl.is_signature_valid(key)
        ]
        return max(mine, key=lambda crl: crl.last_update_utc, default=None)


def load_certificate(der: bytes) -> x509.Certificate:
    """A certificate from DER. Raises `ProtocolError`."""
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion) as error:
        raise ProtocolError("a certificate is malformed") from error


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate may sign others: basicConstraints and keyUsage say so."""
    try:
        extensions = certificate.extensions
        basic = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except _EXTENSION_ERRORS:
        return False
    return basic.ca and usage.key_cert_sign


def may_sign_data(certificate: x509.Certificate) -> bool:
    """Whether the key usage has digitalSignature."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except _EXTENSION_ERRORS:
        return False
    return usage.digital_signature


def is_valid_at(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether `now` (with time zone) is inside the validity."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def weakness(certificate: x509.Certificate) -> str:
    """Why key or signature hash are outside the allow-list; empty if they are fine."""
    try:
        key = certificate.public_key()
        algorithm = certificate.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        return "unsupported key or hash"
    if algorithm is None or algorithm.name not in STRONG_HASHES:
        return "the certificate's hash is too weak"
    if isinstance(key, rsa.RSAPublicKey):
        return "" if key.key_size >= MIN_RSA_BITS else "the RSA key is too short"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "" if key.key_size >= MIN_EC_BITS else "the curve is too small"
    return "unsupported key"


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    wanted = _key_id(certificate, x509.AuthorityKeyIdentifier)
    offered = _key_id(authority, x509.SubjectKeyIdentifier)
    if wanted is not None and offered is not None and wanted != offered:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _key_id(
    certificate: x509.Certificate,
    kind: type[x509.AuthorityKeyIdentifier] | type[x509.SubjectKeyIdentifier],
) -> bytes | None:
    try:
        value = certificate.extensions.get_extension_for_class(kind).value
    except _EXTENSION_ERRORS:
        return None
    if isinstance(value, x509.AuthorityKeyIdentifier):
        return value.key_identifier
    return value.digest
