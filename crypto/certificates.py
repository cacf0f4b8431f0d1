"""Issue and verify X.509 certificates (RFC 5280) of headquarters, devices and operators.

One level: headquarters' self-signed root certifies every device, package signer and operator
card. Who may do what stands in a private extension: role and branch, DER-encoded as

    Holder ::= SEQUENCE { role UTF8String, branch UTF8String }

under a UUID-derived identifier (ITU-T X.667). It is not critical, so that ordinary card
software accepts the certificate; this program refuses a certificate without it. Roles are plain
words here; `election.definition.Role` lists them.

Root, devices and package signers hold pairs of keys (`crypto.hybrid`): Ed25519 is the subject's
key, ML-DSA-65 stands beside it, and the root signs with both (`crypto.alt_signature`). A certificate
with an Ed25519 key and without a second key and signature is refused. Operators' cards know
RSA and P-256 only and hold 1,856 bytes of certificate; theirs carry the Ed25519 signature alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from crypto import alt_signature
from crypto.errors import CertificateRefusedError, DecodeError, SignatureError
from crypto.hybrid import HybridKey, HybridPublicKey
from crypto.signing import PublicKey

SubjectKey: TypeAlias = Ed25519PublicKey | RSAPublicKey | ec.EllipticCurvePublicKey
"""Ed25519: devices and package signers. RSA-2048 and P-256: operators' PIV cards."""

OperatorCardKey: TypeAlias = RSAPublicKey | ec.EllipticCurvePublicKey
"""Of an operator's PIV card."""

HOLDER_OID = x509.ObjectIdentifier("2.25.156836623045988774782717746435682868330")
RSA_BITS = 2048
MAX_COMMON_NAME = 64
"""Bytes (UTF-8); RFC 5280 appendix A, ub-common-name, counted as the encoder counts."""
MAX_CERTIFICATE_SIZE = 8192
_REHEARSAL = "rehearsal"
"""Organizational unit of a root whose keys no real election takes."""
_SIGNATURE_HEADER = b"\x03\x41\x00"
"""BIT STRING of 65 bytes, no unused bits: an Ed25519 signature follows (RFC 8410)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a certificate: role, branch, name and keys."""

    role: str
    branch: str
    """Empty for headquarters."""
    name: str
    fingerprint: bytes
    """SHA-256 of the certificate's DER."""
    public_key: SubjectKey
    pair: HybridPublicKey | None
    """Of a device or package signer: `public_key` and the ML-DSA-65 key. None on a card."""

    @property
    def encoded_key(self) -> bytes:
        """The public key: DER, SubjectPublicKeyInfo."""
        return self.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def signing_key(self) -> HybridPublicKey:
        """The keys of a device or package signer; `CertificateRefusedError` for an operator's card."""
        if self.pair is None:
            raise CertificateRefusedError(
                "key-usage", "a device or package signer has a pair of keys"
            )
        return self.pair


def common_name(name: str, use: str = "") -> str:
    """Return `name` and then `use`, of at most `MAX_COMMON_NAME` bytes.

    A longer name loses whole characters at its end and gets an ellipsis; `use` stays whole.
    """
    if len((name + use).encode()) <= MAX_COMMON_NAME:
        return name + use
    end = "…" + use
    room = MAX_COMMON_NAME - len(end.encode())
    return name.encode()[:room].decode(errors="ignore").rstrip() + end


def create_root(
    name: str,
    key: HybridKey,
    not_before: datetime,
    not_after: datetime,
    *,
    rehearsal: bool = False,
) -> bytes:
    """Create headquarters' self-signed root certificate (DER).

    name: shortened as `common_name` does. not_before, not_after: aware times. rehearsal: marked so in
    the subject (organizational unit), and with it in each certificate that names the issuer.
    """
    subject, public = _name(name, _REHEARSAL if rehearsal else None), key.public
    builder = certificate_builder(
        subject, subject, _ed25519(public), not_before, not_after, authority=True
    ).add_extension(alt_signature.key_extension(public.post_quantum), critical=False)
    return _sign_twice(builder, key)


def issue(
    root: bytes,
    root_key: HybridKey,
    name: str,
    public_key: OperatorCardKey | HybridPublicKey,
    *,
    role: str,
    branch: str,
    not_before: datetime,
    not_after: datetime,
) -> bytes:
    """Issue a certificate (DER) to a device, a package signer or an operator card.

    root: DER. name: shortened as `common_name` does. branch: empty for headquarters. not_before,
    not_after: aware times. Raises `DecodeError` if the root or the key is of another kind than this
    program uses.
    """
    pair = public_key if isinstance(public_key, HybridPublicKey) else None
    subject_key = _check_key(public_key if pair is None else _ed25519(pair))
    holder = asn1.encode_der(_HolderExtension(role=role, branch=branch))
    builder = certificate_builder(
        _name(name), _parse(root).subject, subject_key, not_before, not_after, authority=False
    ).add_extension(x509.UnrecognizedExtension(HOLDER_OID, holder), critical=False)
    if pair is None:
        return builder.sign(root_key.classical.private, None).public_bytes(Encoding.DER)
    builder = builder.add_extension(alt_signature.key_extension(pair.post_quantum), critical=False)
    return _sign_twice(builder, root_key)


def verify_chain(
    certificate: bytes,
    root: bytes,
    now: datetime,
    roles: Collection[str],
    branch: str | None = None,
) -> Subject:
    """Verify a certificate against headquarters' root at the aware time `now`; return its subject.

    `roles`: the certificate must name one of them. `branch`: the branch it must name; None where any
    will do. Raises `CertificateRefusedError` with a reason, or `DecodeError` for bytes that are not a
    certificate of this kind. The root itself is trusted because it is configured; its form, its
    dates and its own signature are still checked.
    """
    authority = _parse(root)
    leaf = _parse(certificate)
    _check_authority(authority)
    if leaf.issuer != authority.subject:
        raise CertificateRefusedError(
            "issuer", "issued by somebody else; use a certificate of this election"
        )
    why = "headquarters did not sign this certificate with both of its keys"
    _check_signatures(leaf, authority, "signature", why)
    for checked in (authority, leaf):
        _check_dates(checked, now)
    _check_leaf_usage(leaf)
    holder = _holder(leaf)
    if holder.role not in roles:
        raise CertificateRefusedError("role", f"the role {holder.role!r} may not do this")
    if branch is not None and holder.branch != branch:
        raise CertificateRefusedError("branch", f"the certificate is for branch {holder.branch!r}")
    return holder


def read_subject(certificate: bytes) -> Subject:
    """Read the subject of a certificate *without* checking who issued it.

    Raises `DecodeError`.
    """
    return _holder(_parse(certificate))


def is_for_rehearsals(certificate: bytes) -> bool:
    """Tell whether a root, or what it issued, is of a rehearsal, *without* any check. `DecodeError`."""
    units = _parse(certificate).issuer.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return any(unit.value == _REHEARSAL for unit in units)


def valid_from(certificate: bytes) -> datetime:
    """Return when a certificate begins to be valid, *without* any check. `DecodeError`."""
    return _parse(certificate).not_valid_before_utc


def valid_until(certificate: bytes) -> datetime:
    """Return when a certificate ends to be valid, *without* any check. `DecodeError`."""
    return _parse(certificate).not_valid_after_utc


def named_pair(certificate: bytes) -> HybridPublicKey:
    """Read both public keys of a root, device or signer certificate *without* any check.

    Raises `DecodeError`.
    """
    return _pair(_parse(certificate))


def fingerprint(certificate: bytes) -> bytes:
    """Return the SHA-256 of the certificate's DER, 32 bytes."""
    return hashlib.sha256(certificate).digest()


def verify_card_signature(key: SubjectKey, message: bytes, signature: bytes) -> None:
    """Verify an operator card's answer to a challenge. Raises `SignatureError`.

    RSA: PKCS#1 v1.5 with SHA-256; P-256: ECDSA with SHA-256, DER (SP 800-78-5 section 3.1).
    """
    try:
        match key:
            case RSAPublicKey():
                key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePublicKey():
                key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
            case _:
                key.verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("the card's signature does not fit its certificate") from error


def certificate_builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: SubjectKey,
    not_before: datetime,
    not_after: datetime,
    *,
    authority: bool,
) -> x509.CertificateBuilder:
    """Begin a certificate that signs certificates (an `authority`) or anything else.

    Serial number, basic constraints and key usage are in it (RFC 5280 4.2.1.3, 4.2.1.9).
    """
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(authority, 0 if authority else None), critical=True)
        .add_extension(usage, critical=True)
    )


@asn1.sequence
class _HolderExtension:
    role: str
    branch: str


def _name(name: str, unit: str | None = None) -> x509.Name:
    common = x509.NameAttribute(NameOID.COMMON_NAME, common_name(name))
    if unit is None:
        return x509.Name([common])
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit), common])


def _sign_twice(builder: x509.CertificateBuilder, issuer: HybridKey) -> bytes:
    """Sign with ML-DSA-65, put that signature into the certificate, and sign with Ed25519."""
    builder = builder.add_extension(alt_signature.algorithm_extension(), critical=False)
    unsigned = builder.sign(issuer.classical.private, None)
    builder = builder.add_extension(alt_signature.value_extension(unsigned, issuer), critical=False)
    return builder.sign(issuer.classical.private, None).public_bytes(Encoding.DER)


def _parse(der: bytes) -> x509.Certificate:
    if len(der) > MAX_CERTIFICATE_SIZE:
        raise DecodeError("too large for a certificate of this program")
    try:
        certificate = x509.load_der_x509_certificate(der)
        # Most parts are parsed on first use: do it here, so that bad ones end here.
        _ = certificate.extensions, certificate.subject, certificate.issuer
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        certificate.public_key()
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise DecodeError("not an X.509 certificate in DER") from error
    # The parser lets a bit string say "one unused bit" where the last bit is zero.
    if not der.endswith(_SIGNATURE_HEADER + certificate.signature):
        raise DecodeError("the certificate is not signed with Ed25519 in the one allowed form")
    return certificate


def _check_authority(root: x509.Certificate) -> None:
    why = "the root certificate is not an authority"
    basic, usage = _constraints(root, "issuer", why)
    if not (basic.ca and usage.key_cert_sign and isinstance(root.public_key(), Ed25519PublicKey)):
        raise CertificateRefusedError("issuer", why)
    why = "the root certificate is damaged, or not signed with both of its keys"
    _check_signatures(root, root, "issuer", why)


def _check_signatures(
    certificate: x509.Certificate, authority: x509.Certificate, reason: str, why: str
) -> None:
    """Verify the authority's signature, and its second one unless an operator's card has the key."""
    try:
        certificate.verify_directly_issued_by(authority)
        if isinstance(certificate.public_key(), Ed25519PublicKey):
            alt_signature.verify(certificate, alt_signature.public_key(authority))
    except (
        InvalidSignature,
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        DecodeError,
        SignatureError,
    ) as error:
        raise CertificateRefusedError(reason, why) from error


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise CertificateRefusedError(
            "not-yet-valid", "not valid yet: check the clock of this device"
        )
    if now > certificate.not_valid_after_utc:
        raise CertificateRefusedError(
            "expired", "expired: check the clock, or ask headquarters for a new one"
        )


def _check_leaf_usage(leaf: x509.Certificate) -> None:
    why = "the certificate does not say what it is for"
    basic, usage = _constraints(leaf, "key-usage", why)
    if basic.ca or usage.key_cert_sign or not usage.digital_signature:
        raise CertificateRefusedError("key-usage", "the certificate is not for signing")


def _constraints(
    certificate: x509.Certificate, reason: str, why: str
) -> tuple[x509.BasicConstraints, x509.KeyUsage]:
    try:
        return (
            certificate.extensions.get_extension_for_class(x509.BasicConstraints).value,
            certificate.extensions.get_extension_for_class(x509.KeyUsage).value,
        )
    except x509.ExtensionNotFound as error:
        raise CertificateRefusedError(reason, why) from error


def _holder(leaf: x509.Certificate) -> Subject:
    try:
        extension = leaf.extensions.get_extension_for_oid(HOLDER_OID).value
    except x509.ExtensionNotFound as error:
        raise DecodeError("the certificate names no role") from error
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not isinstance(extension, x509.UnrecognizedExtension) or len(names) != 1:
        raise DecodeError("the certificate names no role or holder")
    try:
        fields = asn1.decode_der(_HolderExtension, extension.value)
    except ValueError as error:
        raise DecodeError("the certificate's role cannot be read") from error
    key = _check_key(leaf.public_key())
    pair = _pair(leaf) if isinstance(key, Ed25519PublicKey) else None
    if pair is None and alt_signature.has_any(leaf):
        raise DecodeError("an operator's card has one key")
    name, der = str(names[0].value), leaf.public_bytes(Encoding.DER)
    return Subject(fields.role, fields.branch, name, fingerprint(der), key, pair)


def _check_key(key: object) -> SubjectKey:
    match key:
        case Ed25519PublicKey():
            return key
        case RSAPublicKey() if key.key_size == RSA_BITS:
            return key
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            return key
        case _:
            raise DecodeError("keys are Ed25519, RSA-2048 or P-256")


def _pair(certificate: x509.Certificate) -> HybridPublicKey:
    key = certificate.public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise DecodeError("the certificate names no pair of keys")
    return HybridPublicKey(PublicKey(key.public_bytes_raw()), alt_signature.public_key(certificate))


def _ed25519(pair: HybridPublicKey) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(pair.classical.raw)
