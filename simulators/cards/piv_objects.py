"""Data objects of a PIV card: tags, access, capacity (SP 800-73-5 part 1, tables 3 and 8 to 15)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from functools import reduce
from operator import xor
from typing import Final

from drivers.smartcard import tlv
from drivers.smartcard.apdu import SW
from drivers.smartcard.piv import CERTIFICATE_OBJECTS
from simulators.cards.base import CommandRefusedError

KEY_AUTHENTICATION: Final = 0x9A
KEY_SIGNATURE: Final = 0x9C
KEY_MANAGEMENT: Final = 0x9D
KEY_CARD: Final = 0x9E
RETIRED_KEYS: Final = range(0x82, 0x96)
CERTIFICATE_OF: Final[Mapping[int, int]] = {
    **CERTIFICATE_OBJECTS,
    **{key: 0x5FC10D + number for number, key in enumerate(RETIRED_KEYS)},
}

CHUID_OBJECT: Final = 0x5FC102
CAPABILITY_OBJECT: Final = 0x5FC107
DISCOVERY_OBJECT: Final = 0x7E
BIT_OBJECT: Final = 0x7F61

MEMORY: Final = 65_536
"""Bytes of all objects together."""
_VENDOR_OBJECTS: Final = range(0x5FFF00, 0x5FFF20)
_STANDARD_OBJECTS: Final = range(0x5FC101, 0x5FC124)
_PIN_OBJECTS: Final = frozenset({0x5FC103, 0x5FC108, 0x5FC109, 0x5FC121, 0x5FC123})
_CAPACITY: Final = {CHUID_OBJECT: 2881, 0x5FC103: 4006, 0x5FC108: 12_710, 0x5FC121: 7_106}
_DEFAULT_CAPACITY: Final = 3_000
_NEVER: Final = date(2099, 12, 31)


class Objects:
    """Data objects as they are stored, without the tag 53 around them."""

    def __init__(self) -> None:
        self.values: dict[int, bytes] = {}

    def read(self, tag: int, *, pin_shown: bool) -> bytes:
        """Answer GET DATA. Raises `CommandRefusedError` without the PIN or for an unknown object."""
        if tag in _PIN_OBJECTS and not pin_shown:
            raise CommandRefusedError(SW.SECURITY_STATUS)
        value = self.values.get(tag)
        if value is None:
            raise CommandRefusedError(SW.NOT_FOUND)
        # These two are templates of their own (part 2, 3.1.2).
        return (
            tlv.encode(tag, value)
            if tag in (BIT_OBJECT, DISCOVERY_OBJECT)
            else tlv.encode(0x53, value)
        )

    def write(self, tag: int, value: bytes) -> None:
        """Answer PUT DATA; an empty value deletes. Raises `CommandRefusedError`."""
        if tag not in _VENDOR_OBJECTS and tag not in _STANDARD_OBJECTS:
            raise CommandRefusedError(SW.NOT_FOUND)
        others = sum(len(v) for t, v in self.values.items() if t != tag)
        if len(value) > _CAPACITY.get(tag, _DEFAULT_CAPACITY) or others + len(value) > MEMORY:
            raise CommandRefusedError(SW.NO_MEMORY)
        if value:
            self.values[tag] = value
        else:
            self.values.pop(tag, None)


def certificate_object(der: bytes) -> bytes:
    """Return a certificate as the card keeps it, not compressed (part 1, table 10)."""
    return tlv.encode(0x70, der) + tlv.encode(0x71, b"\x00") + tlv.encode(0xFE)


def discovery(aid: bytes) -> bytes:
    """Return the discovery object: only the application's PIN, no global one (part 1, 3.3.2)."""
    return tlv.encode(0x4F, aid) + tlv.encode(0x5F2F, b"\x40\x00")


def chuid(guid: bytes | None = None, expiry: date = _NEVER) -> bytes:
    """Return a card holder identifier without a name.

    Agency 9999, a random GUID, not signed (3E empty).
    """
    return b"".join(
        (
            tlv.encode(0x30, fasc_n("9999", "9999", "999999")),
            tlv.encode(0x34, guid or secrets.token_bytes(16)),
            tlv.encode(0x35, f"{expiry:%Y%m%d}".encode()),
            tlv.encode(0x3E),
            tlv.encode(0xFE),
        )
    )


def capability_container() -> bytes:
    """Return the object that GSC-IS readers read first, empty but for its form (part 1, table 8)."""
    identifier = bytes.fromhex("A000000116FF02") + secrets.token_bytes(14)
    fixed = {0xF1: b"\x21", 0xF2: b"\x21", 0xF3: b"", 0xF4: b"\x00", 0xF5: b"\x10"}
    empty = dict.fromkeys((0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE), b"")
    return b"".join(tlv.encode(t, v) for t, v in {0xF0: identifier, **fixed, **empty}.items())


def fasc_n(
    agency: str,
    system: str,
    credential: str,
    *,
    series: str = "0",
    issue: str = "1",
    person: str = "0000000000",
    category: str = "1",
    organisation: str = "9999",
    association: str = "1",
) -> bytes:
    """Return 25 bytes: 40 characters of four bits and odd parity (TIG SCEPACS 2.3, section 6).

    ``SS agency FS system FS credential FS series FS issue FS person category organisation
    association ES LRC``
    """
    start, separator, end = 0b1011, 0b1101, 0b1111
    row = [start]
    for field in (agency, system, credential, series, issue):
        row += [int(digit) for digit in field]
        row.append(separator)
    row += [int(digit) for digit in person + category + organisation + association]
    row.append(end)
    row.append(reduce(xor, row))
    if len(row) != 40:
        raise ValueError("the fields of a FASC-N have 4, 4, 6, 1, 1, 10, 1, 4 and 1 digits")
    bits = "".join(_character(value) for value in row)
    return int(bits, 2).to_bytes(25, "big")


def _character(value: int) -> str:
    """Return bits, lowest first, with the bit that makes the number of ones odd."""
    bits = f"{value:04b}"[::-1]
    return bits + ("0" if bits.count("1") % 2 else "1")
