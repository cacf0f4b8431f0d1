"""Biometric information templates: the fingers a card can compare, and in which form (ISO/IEC 7816-11).

::

    7F61 { 02 n, 7F60 { 83 key reference
                        A1 { 80 algorithm, 81 08 finger, 82 subtype, 87 0101, 88 format
                             B1 { 81 least most, 82 order, 83 feature handling } } }... }

Key reference and format are needed, everything else may be missing. The order byte (ISO/IEC
19794-2:2005 8.3.4): bits 0-1 direction (0 any, 1 ascending, 2 descending), bits 2-4 by what
(1 x then y, 2 y then x, 3 angle, 4 polar).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard import tlv
from drivers.smartcard.lds import BIOMETRIC_FINGER, FORMAT_OWNER

TAG_GROUP: Final = 0x7F61
TAG_TEMPLATE: Final = 0x7F60
FORMAT_COMPACT: Final = 0x0005
"""Three bytes a minutia (ISO/IEC 19794-2:2005, compact size finger minutiae)."""
MAX_TEMPLATES: Final = 10
MAX_MINUTIAE: Final = 255


class MinutiaeOrder(Enum):
    """Orders of minutiae that a card may demand; the values are those of the order byte."""

    NONE = 0x00
    XY_ASCENDING = 0x05
    XY_DESCENDING = 0x06
    YX_ASCENDING = 0x09
    YX_DESCENDING = 0x0A


class FingerName(StrEnum):
    """Which finger a card wants; CBEFF's ten, or one that the card does not name."""

    ANY = "any"
    RIGHT_THUMB = "right-thumb"
    RIGHT_INDEX = "right-index"
    RIGHT_MIDDLE = "right-middle"
    RIGHT_RING = "right-ring"
    RIGHT_LITTLE = "right-little"
    LEFT_THUMB = "left-thumb"
    LEFT_INDEX = "left-index"
    LEFT_MIDDLE = "left-middle"
    LEFT_RING = "left-ring"
    LEFT_LITTLE = "left-little"


_FINGERS: Final = {
    0x05: FingerName.RIGHT_THUMB,
    0x06: FingerName.LEFT_THUMB,
    0x09: FingerName.RIGHT_INDEX,
    0x0A: FingerName.LEFT_INDEX,
    0x0D: FingerName.RIGHT_MIDDLE,
    0x0E: FingerName.LEFT_MIDDLE,
    0x11: FingerName.RIGHT_RING,
    0x12: FingerName.LEFT_RING,
    0x15: FingerName.RIGHT_LITTLE,
    0x16: FingerName.LEFT_LITTLE,
}
"""CBEFF subtypes (ISO/IEC 7816-11, ISO/IEC 19785-3)."""


@dataclass(frozen=True, slots=True)
class FingerInformation:
    """One finger the card can compare.

    `reference` is P2 of VERIFY; `subtype` the CBEFF finger (09 right index, 0A left index, ...), 0 if
    the card does not give it; `algorithm` 0 if not given. `order` None is one this version cannot make.
    """

    reference: int
    subtype: int
    format_type: int
    algorithm: int = 0
    least: int = 1
    most: int = MAX_MINUTIAE
    order: MinutiaeOrder | None = MinutiaeOrder.NONE

    @property
    def name(self) -> FingerName:
        """The finger, by its CBEFF subtype."""
        return _FINGERS.get(self.subtype, FingerName.ANY)

    @property
    def usable(self) -> bool:
        """True if minutiae can be made for it: compact format, in a known order."""
        return self.format_type == FORMAT_COMPACT and self.order is not None


def parse_group(data: bytes) -> tuple[FingerInformation, ...]:
    """Parse the fingers of a `7F61` object; templates of other biometrics are left out.

    Raises `ProtocolError`.
    """
    row = tlv.parse_one(data, TAG_GROUP).children()
    count = int.from_bytes(tlv.find(row, 0x02).value, "big")
    templates = [element for element in row if element.tag == TAG_TEMPLATE]
    if count != len(templates) or count > MAX_TEMPLATES:
        raise ProtocolError("the number of biometric information templates is wrong")
    fingers = tuple(
        finger for template in templates if (finger := _finger(template.children())) is not None
    )
    if len({finger.reference for finger in fingers}) != len(fingers):
        raise ProtocolError("two biometric information templates have one reference")
    return fingers


def _finger(fields: tuple[tlv.Tlv, ...]) -> FingerInformation | None:
    header = tlv.find(fields, 0xA1).children()
    kind = tlv.find_optional(header, 0x81)
    if kind is not None and kind.value != BIOMETRIC_FINGER:
        return None
    if tlv.find(header, 0x87).value != FORMAT_OWNER:
        raise ProtocolError("a biometric information template is in the format of another owner")
    reference = _byte(fields, 0x83)
    if not reference:
        raise ProtocolError("a biometric information template has no reference")
    parameters = tlv.find_optional(header, 0xB1)
    inner = parameters.children() if parameters is not None else ()
    least, most = _limits(inner)
    order = _byte(inner, 0x82)
    return FingerInformation(
        reference=reference,
        subtype=_byte(header, 0x82),
        format_type=int.from_bytes(_value(header, 0x88, 2), "big"),
        algorithm=_byte(header, 0x80),
        least=least,
        most=most,
        order=MinutiaeOrder(order) if order in {known.value for known in MinutiaeOrder} else None,
    )


def _limits(parameters: tuple[tlv.Tlv, ...]) -> tuple[int, int]:
    if tlv.find_optional(parameters, 0x81) is None:
        return 1, MAX_MINUTIAE
    least, most = _value(parameters, 0x81, 2)
    if not least <= most or not most:
        raise ProtocolError("a biometric information template allows no number of minutiae")
    return max(least, 1), most


def _byte(fields: tuple[tlv.Tlv, ...], tag: int) -> int:
    """Return the value of a one-byte object, 0 if it is missing."""
    if tlv.find_optional(fields, tag) is None:
        return 0
    return _value(fields, tag, 1)[0]


def _value(fields: tuple[tlv.Tlv, ...], tag: int, size: int) -> bytes:
    value = tlv.find(fields, tag).value
    if len(value) != size:
        raise ProtocolError(
            f"object {tag:02X} of a biometric information template is not {size} bytes"
        )
    return value
