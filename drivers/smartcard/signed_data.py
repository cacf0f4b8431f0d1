"""CMS SignedData with one signer (RFC 5652): the form of EF.SOD and of master lists.

`parse` takes the bytes apart and verifies nothing; the functions after it check one property of a
signature each. Each returns a reason without personal data, or an empty text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.errors import ProtocolError
from drivers.smartcard import certificates, tlv
from drivers.smartcard.asn1 import ASN1_ERRORS, definite

HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_MASK_HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    **HASHES,
}
"""Hashes of MGF1, which only spreads the bits of a hash; collisions in it forge nothing."""
_MAX_PSS_SALT: Final = 1024
_PSS_TRAILER: Final = 1


@dataclass(frozen=True, slots=True)
class SignedData:
    """A signed content and its signature; nothing in it is verified yet."""

    content_type: str
    content: bytes = field(repr=False)
    attribute_type: str
    attribute_digest: bytes
    signing_time: datetime | None
    """Claimed by the signer; with time zone."""
    signed_bytes: bytes = field(repr=False)
    """The DER SET OF signed attributes, as it was signed (tag 31, not A0)."""
    digest: str
    """Hash of the content."""
    signature_digest: str
    """Hash of the signed attributes."""
    signature_scheme: str
    """`rsassa_pkcs1v15`, `rsassa_pss` or `ecdsa`; anything else is refused later."""
    pss_salt: int
    pss_mask: str
    """Hash of MGF1, empty without PSS."""
    signature: bytes
    signer: x509.Certificate


def parse(data: bytes) -> SignedData:
    """Parse a ContentInfo of exactly one signer, whose certificate is inside.

    The encoding is BER (RFC 5652, 5.1) with minimal lengths and nothing left over. Where several
    certificates have the serial number that the signer names, the signer's is the one whose key
    verifies. Raises `ProtocolError`.
    """
    try:
        return _take_apart(data)
    except ASN1_ERRORS as error:
        raise ProtocolError("a signed object is malformed") from error


def wrong_content_type(signed: SignedData, allowed: frozenset[str]) -> str:
    """Return why the content is not one of the `allowed` types (dotted), as the signer saw it."""
    if signed.content_type not in allowed:
        return "the signed content is of another type"
    if signed.attribute_type != signed.content_type:
        return "the signed attribute names another content"
    return ""


def wrong_digest(signed: SignedData) -> str:
    """Return why the signed attributes do not belong to the content."""
    if signed.digest not in HASHES:
        return "the hash is too weak"
    digest = hashlib.new(signed.digest, signed.content).digest()
    return "" if digest == signed.attribute_digest else "the signed content was changed"


def weak_algorithm(signed: SignedData) -> str:
    """Return why algorithms or key are outside the allow-list."""
    if signed.digest not in HASHES or signed.signature_digest not in HASHES:
        return "a hash is too weak"
    if signed.signature_scheme not in ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa"):
        return "the signature scheme is not supported"
    return certificates.weakness(signed.signer)


def wrong_signature(signed: SignedData) -> str:
    """Return why the signer's key did not sign the attributes."""
    digest = HASHES.get(signed.signature_digest)
    if digest is None:
        return "the hash is too weak"
    signature, content = signed.signature, signed.signed_bytes
    try:
        key = certificates.public_key(signed.signer)
        match key, signed.signature_scheme:
            case rsa.RSAPublicKey(), "rsassa_pkcs1v15":
                key.verify(signature, content, padding.PKCS1v15(), digest)
            case rsa.RSAPublicKey(), "rsassa_pss":
                mask = padding.MGF1(_MASK_HASHES[signed.pss_mask])
                pss = padding.PSS(mask, signed.pss_salt)
                key.verify(signature, content, pss, digest)
            case ec.EllipticCurvePublicKey(), "ecdsa":
                key.verify(signature, content, ec.ECDSA(digest))
            case _:
                return "the signer's key does not fit the signature"
    except ProtocolError as error:
        return f"the certificate has {error}"
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return "the signature is wrong"
    return ""


def _take_apart(data: bytes) -> SignedData:
    info = cms.ContentInfo.load(definite(data), strict=True)
    if info["content_type"].native != "signed_data":
        raise ValueError("not signed data")
    signed = info["content"]
    if len(signed["signer_infos"]) != 1:
        raise ValueError("exactly one signer is expected")
    signer = signed["signer_infos"][0]
    attributes = {attribute["type"].dotted: attribute for attribute in signer["signed_attrs"]}
    if len(attributes) != len(signer["signed_attrs"]):
        raise ValueError("an attribute appears twice")
    algorithm = signer["signature_algorithm"]
    scheme = algorithm.signature_algo
    digest = signer["digest_algorithm"]["algorithm"].native
    # The bare RSA identifier names no hash of its own; the digest's is meant (RFC 3370, 3.2).
    bare = algorithm["algorithm"].native == "rsassa_pkcs1v15"
    is_pss = scheme == "rsassa_pss"
    pss_salt, pss_mask = _pss(algorithm["parameters"]) if is_pss else (0, "")
    candidates = _signer_certificates(signed, signer["sid"])
    found = SignedData(
        content_type=signed["encap_content_info"]["content_type"].dotted,
        content=bytes(signed["encap_content_info"]["content"]),
        attribute_type=_single(attributes, "content_type").dotted,
        attribute_digest=bytes(_single(attributes, "message_digest")),
        signing_time=_signing_time(attributes),
        signed_bytes=_as_signed(signer["signed_attrs"]),
        digest=digest,
        signature_digest=digest if bare else algorithm.hash_algo,
        signature_scheme=scheme,
        pss_salt=pss_salt,
        pss_mask=pss_mask,
        signature=bytes(signer["signature"]),
        signer=candidates[0],
    )
    options = (replace(found, signer=candidate) for candidate in candidates[1:])
    return next((option for option in (found, *options) if not wrong_signature(option)), found)


def _as_signed(attributes: cms.CMSAttributes) -> bytes:
    """Encode the attributes as they were signed: a DER SET OF, whatever order they came in (5.3, 5.4)."""
    return tlv.encode(0x31, *sorted(attribute.dump() for attribute in attributes))


def _pss(parameters: core.Sequence) -> tuple[int, str]:
    """Return length of the salt and hash of the mask (RFC 4055, 3.1)."""
    masked = parameters["mask_gen_algorithm"]
    if masked["algorithm"].native != "mgf1":
        raise ValueError("PSS with another mask than MGF1")
    mask = str(masked["parameters"]["algorithm"].native)
    if mask not in _MASK_HASHES:
        raise ValueError("PSS with a mask of an unknown hash")
    if int(parameters["trailer_field"]) != _PSS_TRAILER:
        raise ValueError("PSS with another trailer")
    salt = int(parameters["salt_length"])
    if not 0 <= salt <= _MAX_PSS_SALT:
        raise ValueError("PSS with an unusual salt")
    return salt, mask


def _single(attributes: Mapping[str, cms.CMSAttribute], name: str) -> core.Asn1Value:
    values = attributes[cms.CMSAttributeType(name).dotted]["values"]
    if len(values) != 1:
        raise ValueError("an attribute with several values")
    return values[0]


def _signing_time(attributes: Mapping[str, cms.CMSAttribute]) -> datetime | None:
    if cms.CMSAttributeType("signing_time").dotted not in attributes:
        return None
    moment = _single(attributes, "signing_time").native
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError("a signing time that is none")
    return moment


def _signer_certificates(
    signed: cms.SignedData, sid: cms.SignerIdentifier
) -> tuple[x509.Certificate, ...]:
    """Return the certificates with the serial number or the key id; at least one.

    Issuers write the names of an issuer in one order here and in another there, so names do not count:
    the authority's key decides who issued the signer.
    """
    choices = [
        certificate.chosen
        for certificate in signed["certificates"]
        if certificate.name == "certificate"
    ]
    if sid.name == "issuer_and_serial_number":
        serial = sid.chosen["serial_number"].native
        fitting = [choice for choice in choices if choice.serial_number == serial]
    else:
        fitting = [choice for choice in choices if choice.key_identifier == sid.chosen.native]
    if not fitting:
        raise ValueError("the signer's certificate is missing")
    return tuple(certificates.load_certificate(certificate.dump()) for certificate in fitting)
