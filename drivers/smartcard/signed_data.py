"""CMS SignedData with one signer (RFC 5652): the form of EF.SOD and of master lists.

`parse` takes the bytes apart and verifies nothing; the functions after it check one property of a
signature each. Each returns a reason without personal data, or an empty text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.errors import ProtocolError
from drivers.smartcard import certificates
from drivers.smartcard.asn1 import ASN1_ERRORS, load_der

HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_PSS_SALTS: Final = range(20, 65)
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
    signature_scheme: str
    """`rsassa_pkcs1v15`, `rsassa_pss` or `ecdsa`; anything else is refused later."""
    pss_salt: int
    signature: bytes
    signer: x509.Certificate


def parse(data: bytes) -> SignedData:
    """Parse a ContentInfo strictly: DER, exactly one signer, whose certificate is inside.

    Raises `ProtocolError`.
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
    if signed.digest not in HASHES:
        return "a hash is too weak"
    if signed.signature_scheme not in ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa"):
        return "the signature scheme is not supported"
    return certificates.weakness(signed.signer)


def wrong_signature(signed: SignedData) -> str:
    """Return why the signer's key did not sign the attributes."""
    digest = HASHES.get(signed.digest)
    if digest is None:
        return "the hash is too weak"
    signature, content = signed.signature, signed.signed_bytes
    try:
        key = certificates.public_key(signed.signer)
        match key, signed.signature_scheme:
            case rsa.RSAPublicKey(), "rsassa_pkcs1v15":
                key.verify(signature, content, padding.PKCS1v15(), digest)
            case rsa.RSAPublicKey(), "rsassa_pss":
                pss = padding.PSS(padding.MGF1(digest), signed.pss_salt)
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
    # Forced encoding sorts every SET OF, so unsorted attributes are found here, too.
    info = load_der(cms.ContentInfo, data)
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
    pss_salt = _pss_salt(algorithm["parameters"]) if scheme == "rsassa_pss" else 0
    if algorithm["algorithm"].native != "rsassa_pkcs1v15" and algorithm.hash_algo != digest:
        raise ValueError("digest and signature disagree on the hash")
    return SignedData(
        content_type=signed["encap_content_info"]["content_type"].dotted,
        content=bytes(signed["encap_content_info"]["content"]),
        attribute_type=_single(attributes, "content_type").dotted,
        attribute_digest=bytes(_single(attributes, "message_digest")),
        signing_time=_signing_time(attributes),
        signed_bytes=b"\x31" + signer["signed_attrs"].dump()[1:],
        digest=digest,
        signature_scheme=scheme,
        pss_salt=pss_salt,
        signature=bytes(signer["signature"]),
        signer=_signer_certificate(signed, signer["sid"]),
    )


def _pss_salt(parameters: core.Sequence) -> int:
    masked = parameters["mask_gen_algorithm"]
    if masked["algorithm"].native != "mgf1":
        raise ValueError("PSS with another mask than MGF1")
    if masked["parameters"]["algorithm"].native != parameters["hash_algorithm"]["algorithm"].native:
        raise ValueError("PSS with two hashes")
    if int(parameters["trailer_field"]) != _PSS_TRAILER:
        raise ValueError("PSS with another trailer")
    salt = int(parameters["salt_length"])
    if salt not in _PSS_SALTS:
        raise ValueError("PSS with an unusual salt")
    return salt


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


def _signer_certificate(signed: cms.SignedData, sid: cms.SignerIdentifier) -> x509.Certificate:
    for choice in signed["certificates"]:
        if choice.name != "certificate":
            continue
        candidate = choice.chosen
        if sid.name == "issuer_and_serial_number":
            fits = (
                candidate.issuer == sid.chosen["issuer"]
                and candidate.serial_number == sid.chosen["serial_number"].native
            )
        else:
            fits = candidate.key_identifier == sid.chosen.native
        if fits:
            return certificates.load_certificate(candidate.dump())
    raise ValueError("the signer's certificate is missing")
