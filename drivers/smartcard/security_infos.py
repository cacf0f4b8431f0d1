"""Security infos: protocols that a card lists in EF.CardAccess and DG14 (ICAO Doc 9303 part 11, 9.2).

::

    SecurityInfos = 31 { 30 { 06 protocol, required data, [optional data] } ... }

    PACE             04007F0007020204 m c   02 version 2, 02 parameter id       m 2: ECDH, generic mapping
    chip auth.       04007F0007020203 2 c   02 version 1, [02 key id]           c 1 3DES, 2-4 AES-128/192/256
    its public key   04007F000702020102     30 SubjectPublicKeyInfo, [02 key id]
    active auth.     6781080101 05          02 version 1, 06 signature algorithm

EF.CardAccess is not signed, DG14 is. Entries of other protocols are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.lds import GROUP_TAGS
from drivers.smartcard.suites import Suite
from drivers.smartcard.tlv import Tlv

MAX_INFOS: Final = 64
"""Most entries of a list; a longer one is refused."""

TAG_SET: Final = 0x31
TAG_SEQUENCE: Final = 0x30
TAG_OID: Final = 0x06
TAG_INTEGER: Final = 0x02

PACE: Final = bytes.fromhex("04007F0007020204")
PACE_ECDH_GENERIC: Final = PACE + b"\x02"
CHIP_AUTHENTICATION: Final = bytes.fromhex("04007F0007020203")
CHIP_AUTHENTICATION_ECDH: Final = CHIP_AUTHENTICATION + b"\x02"
CHIP_KEY_ECDH: Final = bytes.fromhex("04007F000702020102")
CHIP_KEY: Final = CHIP_KEY_ECDH[:-1]
ACTIVE_AUTHENTICATION: Final = bytes.fromhex("678108010105")
PLAIN_ECDSA: Final = bytes.fromhex("04007F000701010401")
"""Before the byte of the hash: 1 SHA-1, 2 SHA-224, 3 SHA-256, 4 SHA-384, 5 SHA-512."""

_KNOWN: Final = (PACE, CHIP_AUTHENTICATION, CHIP_KEY, ACTIVE_AUTHENTICATION)

SUITES: Final = {1: Suite.TDES, 2: Suite.AES_128, 3: Suite.AES_192, 4: Suite.AES_256}
"""Last byte of a protocol identifier to the suite of its session."""


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """PACE with standardized parameters; `parameter_id` is None where the card gives none."""

    protocol: bytes
    version: int
    parameter_id: int | None


@dataclass(frozen=True, slots=True)
class ChipInfo:
    """Chip Authentication; `key_id` chooses one of several keys."""

    protocol: bytes
    version: int
    key_id: int | None


@dataclass(frozen=True, slots=True)
class ChipKey:
    """A public key of the chip, as SubjectPublicKeyInfo (DER)."""

    protocol: bytes
    public_key: bytes
    key_id: int | None


@dataclass(frozen=True, slots=True)
class ActiveInfo:
    """Active Authentication with an elliptic-curve key: its signature algorithm."""

    version: int
    signature_algorithm: bytes


SecurityInfo = PaceInfo | ChipInfo | ChipKey | ActiveInfo


def parse_card_access(data: bytes) -> tuple[SecurityInfo, ...]:
    """Parse EF.CardAccess, or the inside of DG14. Raises `ProtocolError`."""
    entries = tlv.parse_one(data, TAG_SET).children()
    if len(entries) > MAX_INFOS:
        raise ProtocolError("the card lists too many protocols")
    infos = (_entry(entry) for entry in entries)
    return tuple(info for info in infos if info is not None)


def parse_dg14(data: bytes) -> tuple[SecurityInfo, ...]:
    """Parse the file of DG14. Raises `ProtocolError`."""
    return parse_card_access(tlv.parse_one(data, GROUP_TAGS[14]).value)


def _entry(entry: Tlv) -> SecurityInfo | None:
    if entry.tag != TAG_SEQUENCE:
        raise ProtocolError("a protocol of the card is not a sequence")
    fields = entry.children()
    if not fields or fields[0].tag != TAG_OID or not fields[0].value:
        raise ProtocolError("a protocol of the card is malformed")
    protocol = fields[0].value
    if not protocol.startswith(_KNOWN):
        return None  # in whatever form
    if not 2 <= len(fields) <= 3:
        raise ProtocolError("a protocol of the card is malformed")
    number = _integer(fields[2]) if len(fields) == 3 and fields[2].tag == TAG_INTEGER else None
    # Parameters of its own have the identifier without the cipher, one byte shorter.
    if protocol.startswith(PACE) and len(protocol) == len(PACE) + 2:
        return PaceInfo(protocol, _integer(fields[1]), number)
    if protocol.startswith(CHIP_AUTHENTICATION) and len(protocol) == len(CHIP_AUTHENTICATION) + 2:
        return ChipInfo(protocol, _integer(fields[1]), number)
    if protocol[:-1] == CHIP_KEY:
        if fields[1].tag != TAG_SEQUENCE:
            raise ProtocolError("a public key of the card is malformed")
        return ChipKey(protocol, tlv.encode(TAG_SEQUENCE, fields[1].value), number)
    if protocol == ACTIVE_AUTHENTICATION:
        if len(fields) != 3 or fields[2].tag != TAG_OID:
            raise ProtocolError("the signature algorithm of the card is malformed")
        return ActiveInfo(_integer(fields[1]), fields[2].value)
    return None


def _integer(element: Tlv) -> int:
    if element.tag != TAG_INTEGER or not 1 <= len(element.value) <= 4 or element.value[0] & 0x80:
        raise ProtocolError("a number of the card's protocols is malformed")
    return int.from_bytes(element.value, "big")
