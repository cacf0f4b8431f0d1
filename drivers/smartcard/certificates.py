"""X.509 certificates and revocation lists of card issuers (ICAO Doc 9303 part 12, RFC 5280).

The cryptography package reads the structure; keys are loaded by `public_keys`, because most country
signing CAs spell the parameters of their curve out, which that package takes for few curves only.

Some authorities write NULL where ECDSA has no parameters (RFC 5758, 3.2), which that package refuses.
Such a certificate is read without them, and its signature verified over the form that was signed.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from drivers.errors import ProtocolError
from drivers.smartcard import public_keys, tlv
from drivers.smartcard.asn1 import ASN1_ERRORS, definite
from drivers.smartcard.public_keys import ChipPublicKey

STRONG_HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
DOCUMENT_TYPES: Final = "2.23.136.1.1.6.2"
"""Extension that lists the document types a signer signs (Doc 9303 part 12, 7.1.1.6)."""

_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS.dotted_string,
        ExtensionOID.KEY_USAGE.dotted_string,
        ExtensionOID.EXTENDED_KEY_USAGE.dotted_string,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER.dotted_string,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME.dotted_string,
        ExtensionOID.CRL_DISTRIBUTION_POINTS.dotted_string,
        ExtensionOID.CERTIFICATE_POLICIES.dotted_string,
        DOCUMENT_TYPES,
    }
)
_STRINGS: Final = frozenset({0x0C, 0x13, 0x16})
"""UTF8String, PrintableString, IA5String."""
_MAX_TYPES: Final = 32
_EXTENSION_ERRORS: Final = (
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    ValueError,
)
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)
_LOAD_ERRORS: Final = (ValueError, TypeError, x509.InvalidVersion)
"""Raised by the package for malformed parts (TypeError: for a name that is a bit string)."""
_SIGNATURE_ERRORS: Final = (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError)
_SEQUENCE: Final = 0x30
_ALGORITHM_WITHIN: Final = 3
"""Of the first parts of a signed content one is the signature algorithm: second or third."""
_PLAIN_ECDSA: Final = tuple(bytes.fromhex(f"300A06082A8648CE3D0403{n:02X}") for n in (2, 3, 4))
_NULL_ECDSA: Final = tuple(bytes.fromhex(f"300C06082A8648CE3D0403{n:02X}0500") for n in (2, 3, 4))
"""Identifiers of ECDSA with SHA-256, SHA-384 and SHA-512."""


def load_certificate(der: bytes) -> x509.Certificate:
    """Load a certificate from DER. Raises `ProtocolError`."""
    try:
        certificate = x509.load_der_x509_certificate(_without_null(der))
        # Names are read when they are asked for; one that cannot be read shows here, and nowhere else.
        _ = certificate.subject, certificate.issuer
    except _LOAD_ERRORS as error:
        raise ProtocolError("a certificate is malformed") from error
    return certificate


def load_revocation_list(der: bytes) -> x509.CertificateRevocationList:
    """Load a revocation list from DER. Raises `ProtocolError`."""
    try:
        revocations = x509.load_der_x509_crl(_without_null(der))
        _ = revocations.issuer, [entry.serial_number for entry in revocations]
    except _LOAD_ERRORS as error:
        raise ProtocolError("a revocation list is malformed") from error
    return revocations


def public_key(certificate: x509.Certificate) -> ChipPublicKey:
    """Return the key of a certificate. Raises `ProtocolError` for a weak or unsupported one."""
    try:
        body = asn1_x509.TbsCertificate.load(certificate.tbs_certificate_bytes)
        encoded = body["subject_public_key_info"].dump()
    except ASN1_ERRORS as error:
        raise ProtocolError("a malformed key") from error
    try:
        return public_keys.load(encoded)
    except ProtocolError as error:
        raise ProtocolError(
            "a key too weak, or on a curve or of a kind that is not supported"
        ) from error


def weakness(certificate: x509.Certificate) -> str:
    """Return why key or signature hash are outside the allow-list; empty if they are inside."""
    return key_weakness(certificate) or hash_weakness(certificate)


def key_weakness(certificate: x509.Certificate) -> str:
    """Return why the key is outside the allow-list; empty if it is inside."""
    try:
        public_key(certificate)
    except ProtocolError as error:
        return f"the certificate has {error}"
    return ""


def hash_weakness(certificate: x509.Certificate) -> str:
    """Return why the hash that was signed is outside the allow-list; empty if it is inside."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "the certificate is signed in a way that is not supported"
    if algorithm is None or algorithm.name not in STRONG_HASHES:
        return "the certificate's hash is too weak"
    return ""


def key_shortness(certificate: x509.Certificate, rsa_bits: int, curve_bits: int) -> str:
    """Return why the key is shorter than asked; empty for one that is not, or is refused anyhow."""
    with contextlib.suppress(ProtocolError):
        key = public_key(certificate)
        least = rsa_bits if isinstance(key, rsa.RSAPublicKey) else curve_bits
        if key.key_size < least:
            return f"a key of {key.key_size} bits where the package asks for {least}"
    return ""


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate may sign others, by basicConstraints and keyUsage (RFC 5280 4.2.1).

    Old authorities lack one of them. The other must then say so; neither may deny it.
    """
    try:
        said = [
            extension.value.ca
            if isinstance(extension.value, x509.BasicConstraints)
            else extension.value.key_cert_sign
            for extension in certificate.extensions
            if isinstance(extension.value, x509.BasicConstraints | x509.KeyUsage)
        ]
    except _EXTENSION_ERRORS:
        return False
    return bool(said) and all(said)


def may_sign_data(certificate: x509.Certificate) -> bool:
    """Tell whether the key usage has digitalSignature."""
    usage = extension(certificate, x509.KeyUsage)
    return usage is not None and usage.digital_signature


def has_unknown_critical_extension(certificate: x509.Certificate) -> bool:
    """Tell whether it has a critical extension that this program does not know (RFC 5280 4.2)."""
    try:
        return any(
            extension.critical and extension.oid.dotted_string not in _UNDERSTOOD
            for extension in certificate.extensions
        )
    except _EXTENSION_ERRORS:
        return True


def has_extended_usage(certificate: x509.Certificate) -> bool:
    """Tell whether there is an extended key usage, or extensions that cannot be read."""
    try:
        certificate.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE)
    except x509.ExtensionNotFound:
        return False
    except _EXTENSION_ERRORS:
        pass
    return True


def extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """Return an extension, None without it or where it cannot be read."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except _EXTENSION_ERRORS:
        return None


def document_types(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the document types that a signer lists, without fillers; empty if none can be read.

    Issuers leave out version or set: whatever strings are inside count.
    """
    try:
        found = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(DOCUMENT_TYPES))
        value = found.value
        data = value.value if isinstance(value, x509.UnrecognizedExtension) else b""
        return tuple(_texts(tlv.parse(definite(data))))
    except (*_EXTENSION_ERRORS, IndexError, ProtocolError):
        return ()


def _texts(elements: Iterable[tlv.Tlv], depth: int = 4) -> list[str]:
    found: list[str] = []
    for element in elements:
        if element.tag in _STRINGS:
            found.append(element.value.decode("ascii").rstrip("<"))
        elif element.tag & 0x20 and depth:
            found += _texts(element.children(), depth - 1)
    if len(found) > _MAX_TYPES:
        raise ProtocolError("too many document types")
    return found


def is_valid_at(certificate: x509.Certificate, moment: datetime) -> bool:
    """Tell whether `moment` (with time zone) is inside the validity."""
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def country(certificate: x509.Certificate) -> str:
    """Return the country of the subject in capitals, empty if there is none."""
    return country_of(certificate.subject)


def country_of(name: x509.Name) -> str:
    """Return the country of a name in capitals, empty if there is none."""
    countries = name.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return str(countries[0].value).upper() if countries else ""


def issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Tell whether `authority` has the issuer's name and key id, and signed it (RFC 5280 6.1.3).

    Names are compared by `same_name`: the key decides, the name only narrows the search.
    """
    wanted = _key_id(certificate, x509.AuthorityKeyIdentifier)
    offered = _key_id(authority, x509.SubjectKeyIdentifier)
    if wanted is not None and offered is not None and wanted != offered:
        return False
    return same_name(certificate.issuer, authority.subject) and _signed(
        certificate, certificate.tbs_certificate_bytes, authority
    )


def names_itself(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate gives its own key as its issuer's: by key id, else by signature.

    A signature of its own proves nothing, and old ones are made with a hash that is not verified here.
    """
    wanted = _key_id(certificate, x509.AuthorityKeyIdentifier)
    offered = _key_id(certificate, x509.SubjectKeyIdentifier)
    if wanted is None or offered is None:
        return issued(certificate, certificate)
    return wanted == offered and same_name(certificate.issuer, certificate.subject)


def same_name(one: x509.Name, other: x509.Name) -> bool:
    """Tell whether two names have the same attributes, in any order, letter case and spacing.

    Issuers write their country in small letters, or the attributes of a name in another order.
    """
    return one == other or _folded(one) == _folded(other)


def one_country(one: x509.Name, other: x509.Name) -> bool:
    """Tell whether two names have the same country; without any, whether they are the same name."""
    country = country_of(one)
    return country == country_of(other) and (bool(country) or same_name(one, other))


def _folded(name: x509.Name) -> list[tuple[str, str | bytes]]:
    folded: list[tuple[str, str | bytes]] = []
    for attribute in name:
        value = attribute.value
        if isinstance(value, str):
            value = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
        folded.append((attribute.oid.dotted_string, value))
    return sorted(folded, key=repr)


def names_key(revocations: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    """Tell whether a list names an authority's key as the one that signed it; nothing is verified."""
    try:
        named = revocations.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, *_EXTENSION_ERRORS):
        return False
    return named.value.key_identifier == _key_id(authority, x509.SubjectKeyIdentifier)


def is_list_of(revocations: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    """Tell whether `authority` signed a complete list (no delta; RFC 5280 5.2.4), under any name."""
    try:
        revocations.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    except x509.ExtensionNotFound:
        pass
    except _EXTENSION_ERRORS:
        return False
    else:
        return False
    try:
        algorithm = revocations.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return False
    strong = algorithm is not None and algorithm.name in STRONG_HASHES
    return strong and _signed(revocations, revocations.tbs_certlist_bytes, authority)


def _signed(
    signed: x509.Certificate | x509.CertificateRevocationList,
    content: bytes,
    authority: x509.Certificate,
) -> bool:
    """Tell whether `authority` signed the content, or that with NULL for the parameters of ECDSA."""
    try:
        key = public_key(authority)
        digest, how = signed.signature_hash_algorithm, signed.signature_algorithm_parameters
    except (*_SIGNATURE_ERRORS, ProtocolError):
        return False
    match key, how:
        case ec.EllipticCurvePublicKey(), ec.ECDSA():
            return any(_verifies(key, signed.signature, form, how) for form in _forms(content))
        case rsa.RSAPublicKey(), (padding.PKCS1v15() | padding.PSS()) if digest is not None:
            try:
                key.verify(signed.signature, content, how, digest)
            except _SIGNATURE_ERRORS:
                return False
            return True
    return False


def _forms(content: bytes) -> Iterator[bytes]:
    """Yield a signed content as it is, then with NULL for the parameters of ECDSA."""
    yield content
    with contextlib.suppress(ProtocolError):  # larger than what is rewritten
        yield _replaced(content, _PLAIN_ECDSA, _NULL_ECDSA)


def _verifies(
    key: ec.EllipticCurvePublicKey, signature: bytes, content: bytes, how: ec.ECDSA
) -> bool:
    try:
        key.verify(signature, content, how)
    except _SIGNATURE_ERRORS:
        return False
    return True


def _without_null(der: bytes) -> bytes:
    """Take NULL parameters of ECDSA off a certificate or list; anything else stays as it is."""
    try:
        content, algorithm, signature = tlv.parse_one(der, _SEQUENCE).children()
        named = tlv.encode(algorithm.tag, algorithm.value)
        if named not in _NULL_ECDSA or definite(der) != der:
            return der
    except (ProtocolError, ValueError, IndexError):
        return der
    plain = _PLAIN_ECDSA[_NULL_ECDSA.index(named)]
    inside = _replaced(tlv.encode(content.tag, content.value), (named,), (plain,))
    return tlv.encode(_SEQUENCE, inside, plain, tlv.encode(signature.tag, signature.value))


def _replaced(content: bytes, wanted: tuple[bytes, ...], others: tuple[bytes, ...]) -> bytes:
    """Replace the signature algorithm inside a signed content by that of the same place in `others`."""
    parts = [
        tlv.encode(part.tag, part.value) for part in tlv.parse_one(content, _SEQUENCE).children()
    ]
    for at, part in enumerate(parts[:_ALGORITHM_WITHIN]):
        if part in wanted:
            parts[at] = others[wanted.index(part)]
    return tlv.encode(_SEQUENCE, *parts)


def _key_id(
    certificate: x509.Certificate,
    kind: type[x509.AuthorityKeyIdentifier] | type[x509.SubjectKeyIdentifier],
) -> bytes | None:
    match extension(certificate, kind):
        case (
            x509.AuthorityKeyIdentifier(key_identifier=found)
            | x509.SubjectKeyIdentifier(digest=found)
        ):
            return found
    return None
