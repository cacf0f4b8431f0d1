"""Alternative keys and signatures in X.509 certificates (X.509 (10/2019), 7.2.2 and 9.8).

    subjectAltPublicKeyInfo   2.5.29.72   SubjectPublicKeyInfo of the subject's second key
    altSignatureAlgorithm     2.5.29.73   AlgorithmIdentifier of the issuer's second signature
    altSignatureValue         2.5.29.74   BIT STRING

None is critical, so software that does not know them verifies the certificate by its first key.
The second signature covers the DER of the TBSCertificate without its `signature` field and
without altSignatureValue. Keys and signatures are ML-DSA-65 (RFC 9881): no parameters, empty
context string. The parsers accept one encoding only; BouncyCastle's certificates of this kind
verify by `covered` (`tests/crypto/test_alt_signature.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cryptography import x509

from crypto.errors import DecodeError, SignatureError
from crypto.hybrid import MLDSA_PUBLIC_KEY_SIZE, MLDSA_SIGNATURE_SIZE, HybridKey, verify_mldsa

PUBLIC_KEY_OID: Final = x509.ObjectIdentifier("2.5.29.72")
ALGORITHM_OID: Final = x509.ObjectIdentifier("2.5.29.73")
VALUE_OID: Final = x509.ObjectIdentifier("2.5.29.74")
OIDS: Final = (PUBLIC_KEY_OID, ALGORITHM_OID, VALUE_OID)

_MLDSA_65: Final = bytes.fromhex("300b0609608648016503040312")
"""AlgorithmIdentifier of id-ml-dsa-65, 2.16.840.1.101.3.4.3.18."""
_KEY_HEADER: Final = bytes.fromhex("308207b2") + _MLDSA_65 + bytes.fromhex("038207a100")
_VALUE_HEADER: Final = bytes.fromhex("03820cee00")
"""BIT STRING without unused bits; a signature follows."""

_SEQUENCE: Final = 0x30
_EXTENSIONS: Final = 0xA3
_VALUE_OID_DER: Final = bytes.fromhex("0603551d4a")
_SIGNATURE_FIELD: Final = 2
"""Place of `signature` in a TBSCertificate that begins with its version."""


def key_extension(public: bytes) -> x509.UnrecognizedExtension:
    """Build the extension subjectAltPublicKeyInfo of an ML-DSA-65 key.

    public: 1,952 bytes; any other length raises `DecodeError`.
    """
    if len(public) != MLDSA_PUBLIC_KEY_SIZE:
        raise DecodeError(f"an ML-DSA-65 public key has {MLDSA_PUBLIC_KEY_SIZE} bytes")
    return x509.UnrecognizedExtension(PUBLIC_KEY_OID, _KEY_HEADER + public)


def algorithm_extension() -> x509.UnrecognizedExtension:
    """Build the extension altSignatureAlgorithm, which names ML-DSA-65."""
    return x509.UnrecognizedExtension(ALGORITHM_OID, _MLDSA_65)


def value_extension(unsigned: x509.Certificate, issuer: HybridKey) -> x509.UnrecognizedExtension:
    """Sign a certificate with the issuer's ML-DSA-65 key and build the extension altSignatureValue.

    unsigned: the certificate with everything but this extension. Raises `DecodeError` if it has no
    extensions.
    """
    signature = issuer.sign_alternative(covered(unsigned.tbs_certificate_bytes))
    return x509.UnrecognizedExtension(VALUE_OID, _VALUE_HEADER + signature)


def has_any(certificate: x509.Certificate) -> bool:
    """Return whether the certificate holds any part of a second key or signature."""
    return any(extension.oid in OIDS for extension in certificate.extensions)


def public_key(certificate: x509.Certificate) -> bytes:
    """Read the subject's ML-DSA-65 key from a certificate: 1,952 bytes.

    Raises `DecodeError` if there is none, or one of another kind.
    """
    return _fixed(certificate, PUBLIC_KEY_OID, _KEY_HEADER, MLDSA_PUBLIC_KEY_SIZE)


def verify(certificate: x509.Certificate, issuer: bytes) -> None:
    """Verify the second signature of a certificate with the issuer's ML-DSA-65 key (1,952 bytes).

    Raises `DecodeError` if the signature is missing or of another kind, `SignatureError` if it does
    not verify.
    """
    _fixed(certificate, ALGORITHM_OID, _MLDSA_65, 0)
    value = _fixed(certificate, VALUE_OID, _VALUE_HEADER, MLDSA_SIGNATURE_SIZE)
    try:
        verify_mldsa(issuer, covered(certificate.tbs_certificate_bytes), value)
    except SignatureError as error:
        raise SignatureError("headquarters' ML-DSA key did not sign this certificate") from error


def covered(tbs: bytes) -> bytes:
    """Return the bytes that the second signature covers, from the DER of a TBSCertificate (version 3).

    Raises `DecodeError` for other bytes. Source: X.509 (10/2019), clause 7.2.2.
    """
    fields = list(_elements(_content(tbs, _SEQUENCE)))
    if len(fields) <= _SIGNATURE_FIELD or fields[-1][0] != _EXTENSIONS:
        raise DecodeError("a certificate without extensions has no second signature")
    extensions = _elements(_content(_content(fields[-1], _EXTENSIONS), _SEQUENCE))
    kept = b"".join(
        extension
        for extension in extensions
        if not _content(extension, _SEQUENCE).startswith(_VALUE_OID_DER)
    )
    del fields[_SIGNATURE_FIELD]
    fields[-1] = _element(_EXTENSIONS, _element(_SEQUENCE, kept))
    return _element(_SEQUENCE, b"".join(fields))


# ---------------------------------------------------------------- DER


def _fixed(
    certificate: x509.Certificate, oid: x509.ObjectIdentifier, header: bytes, size: int
) -> bytes:
    """Return the bytes after `header` in an extension of a fixed form."""
    try:
        extension = certificate.extensions.get_extension_for_oid(oid)
    except x509.ExtensionNotFound as error:
        raise DecodeError("the certificate has no second key or signature") from error
    value = extension.value
    if not isinstance(value, x509.UnrecognizedExtension) or extension.critical:
        raise DecodeError("the certificate's second key or signature is of another form")
    if len(value.value) != len(header) + size or not value.value.startswith(header):
        raise DecodeError("the certificate's second key or signature is not of ML-DSA-65")
    return value.value[len(header) :]


def _elements(data: bytes) -> Iterator[bytes]:
    """Split DER into its elements, each with its tag and length."""
    while data:
        start, length = _header(data)
        yield data[: start + length]
        data = data[start + length :]


def _content(element: bytes, tag: int) -> bytes:
    start, length = _header(element)
    if element[0] != tag or start + length != len(element):
        raise DecodeError("not a certificate's structure")
    return element[start:]


def _header(data: bytes) -> tuple[int, int]:
    """Return offset and length of the first element's content (X.690, 8.1.3 and 10.1)."""
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise DecodeError("not a certificate's structure")
    length, start = data[1], 2
    if length >= 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
        if not 2 < start <= 6 or len(data) < start or _length(length) != data[1:start]:
            raise DecodeError("not a certificate's structure")
    if start + length > len(data):
        raise DecodeError("not a certificate's structure")
    return start, length


def _element(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + _length(len(content)) + content


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    encoded = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(encoded)]) + encoded
