"""Data objects of a PIV card (SP 800-73-5 part 1, 3.1 to 3.3 and tables 9 to 15)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from drivers.errors import ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.certificates import load_certificate

CHUID_OBJECT: Final = 0x5FC102
DISCOVERY_OBJECT: Final = 0x7E

TAG_CERTIFICATE: Final = 0x70
TAG_CERTIFICATE_INFO: Final = 0x71
TAG_ERROR_DETECTION: Final = 0xFE
TAG_FASC_N: Final = 0x30
TAG_GUID: Final = 0x34
TAG_EXPIRY: Final = 0x35
TAG_ISSUER_SIGNATURE: Final = 0x3E
TAG_AID: Final = 0x4F
TAG_PIN_POLICY: Final = 0x5F2F

MAX_CERTIFICATE: Final = 8_192
"""Most bytes of a certificate, also after it was unpacked."""
_COMPRESSED: Final = 0x01
_COMPRESSED_FIRST: Final = 0x80
"""Written by tools that count the bits from the other end."""
_GUID_SIZE: Final = 16
_ZLIB_OR_GZIP: Final = zlib.MAX_WBITS | 32


@dataclass(frozen=True, slots=True)
class Chuid:
    """The card holder unique identifier. Nothing in it is verified or trusted."""

    guid: bytes = field(repr=False)
    """16 bytes that no other card has; it identifies a person, so it is never logged."""
    expiry: date | None
    signed: bool


@dataclass(frozen=True, slots=True)
class Discovery:
    """PINs of a card: its own application's, and perhaps a global one."""

    aid: bytes
    application_pin: bool
    global_pin: bool


def parse_certificate(value: bytes) -> x509.Certificate:
    """Parse a certificate object: ``70 certificate 71 info FE``; unpacked if the info is 01, or 80.

    Raises `ProtocolError`, also for a certificate over 8 KiB and for unknown packings.
    """
    fields = tlv.parse(value)
    der = tlv.find(fields, TAG_CERTIFICATE).value
    info = tlv.find_optional(fields, TAG_CERTIFICATE_INFO)
    match b"" if info is None else info.value:
        case b"" | b"\x00":
            pass
        case bytes(flags) if flags in (bytes((_COMPRESSED,)), bytes((_COMPRESSED_FIRST,))):
            der = _unpack(der)
        case _:
            raise ProtocolError("the card's certificate is packed in an unknown way")
    if len(der) > MAX_CERTIFICATE:
        raise ProtocolError("the card's certificate is too long")
    return load_certificate(der)


def encode_certificate(certificate: x509.Certificate) -> bytes:
    """Encode a certificate object, not compressed."""
    return b"".join(
        (
            tlv.encode(TAG_CERTIFICATE, certificate.public_bytes(Encoding.DER)),
            tlv.encode(TAG_CERTIFICATE_INFO, b"\x00"),
            tlv.encode(TAG_ERROR_DETECTION),
        )
    )


def parse_chuid(value: bytes) -> Chuid:
    """Parse a CHUID object. Raises `ProtocolError`."""
    fields = tlv.parse(value)
    guid = tlv.find(fields, TAG_GUID).value
    if len(guid) != _GUID_SIZE:
        raise ProtocolError("the card's identifier has a wrong length")
    expiry = tlv.find_optional(fields, TAG_EXPIRY)
    signature = tlv.find_optional(fields, TAG_ISSUER_SIGNATURE)
    return Chuid(
        guid,
        None if expiry is None else _date(expiry.value),
        signed=signature is not None and bool(signature.value),
    )


def parse_discovery(data: bytes) -> Discovery:
    """Parse the object as the card returns it: ``7E { 4F aid 5F2F policy }``.

    Raises `ProtocolError`.
    """
    template = tlv.parse_one(data, DISCOVERY_OBJECT)
    policy = template.child(TAG_PIN_POLICY).value
    if len(policy) != 2:
        raise ProtocolError("the card's PIN policy has a wrong length")
    return Discovery(
        template.child(TAG_AID).value,
        application_pin=bool(policy[0] & 0x40),
        global_pin=bool(policy[0] & 0x20),
    )


def _unpack(packed: bytes) -> bytes:
    """Unpack gzip or zlib, never more than a certificate may have."""
    unpacker = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        der = unpacker.decompress(packed, MAX_CERTIFICATE + 1)
    except zlib.error as error:
        raise ProtocolError("the card's certificate cannot be unpacked") from error
    if len(der) <= MAX_CERTIFICATE and not unpacker.eof:
        raise ProtocolError("the card's packed certificate is incomplete")
    return der


def _date(value: bytes) -> date:
    text = value.decode("ascii", "replace")
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise ProtocolError("the card's expiry is no date")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise ProtocolError("the card's expiry is no date") from error
