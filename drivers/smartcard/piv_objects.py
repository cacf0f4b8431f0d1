"""Data objects of a PIV card (SP 800-73-5 part 1, 3.1 to 3.3 and tables 9 to 15)."""

from __future__ import annotations

import zlib
from typing import Final

from cryptography import x509

from drivers.errors import ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.certificates import load_certificate

TAG_CERTIFICATE: Final = 0x70
TAG_CERTIFICATE_INFO: Final = 0x71

MAX_CERTIFICATE: Final = 8_192
"""Most bytes of a certificate, also after it was unpacked."""
_COMPRESSED: Final = 0x01
_COMPRESSED_FIRST: Final = 0x80
"""Written by tools that count the bits from the other end."""
_ZLIB_OR_GZIP: Final = zlib.MAX_WBITS | 32


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
