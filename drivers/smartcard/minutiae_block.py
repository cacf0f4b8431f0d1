"""Finger minutiae of ISO/IEC 39794-2, rewritten as records of ISO/IEC 19794-2:2005, which modules take.

::

    62 { A0 version, A1 { 30 representation, 30 representation ... } }

The outer form is that of all parts of ISO/IEC 39794, extensible: elements that nobody asks for are
skipped. What stands where in a representation is said by the ASN.1 module of part 2, of which no public
copy was found, so the profile of a card family names it (`MinutiaeLayout`): a place is a row of tags from
the representation downwards, or a number where all cards have the same. Angles run as in ISO/IEC 19794-2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from drivers.fingerprint import iso19794
from drivers.fingerprint.iso19794 import (
    FingerPosition,
    FingerRecord,
    FingerView,
    Minutia,
    MinutiaType,
    refused,
)
from drivers.smartcard import tlv
from drivers.smartcard.tlv import Tlv

TAG_MINUTIAE_BLOCK: Final = 0x62
"""ISO/IEC 39794-2."""
_VERSION, _REPRESENTATIONS, _REPRESENTATION = 0xA0, 0xA1, 0x30
_MAX_MINUTIAE: Final = 255
_MAX_QUALITY: Final = 100
_MAX_INTEGER: Final = 4
_TURN: Final = 256

Place: TypeAlias = int | tuple[int, ...]
"""A number that all cards share, or the tags that lead to one; no tags: there is none."""


@dataclass(frozen=True, slots=True)
class MinutiaeLayout:
    """Where a family of cards keeps what a module needs; `x` to `quality` within one minutia."""

    position: Place
    """Of the finger, as ISO/IEC 19794-2 numbers it."""
    width: Place
    height: Place
    x_rate: Place
    y_rate: Place
    """Pixels per centimetre, or per inch."""
    minutiae: tuple[int, ...]
    """Tags that lead to the row of minutiae; each element of it is one."""
    x: Place
    y: Place
    angle: Place
    kind: Place
    quality: Place
    is_per_inch: bool
    turn: int
    """Steps of `angle` in a full turn."""
    ending: int
    bifurcation: int
    """Numbers of `kind`; any other is a minutia of another kind."""


def as_of_2005(block: bytes, layout: MinutiaeLayout) -> tuple[bytes, ...]:
    """Return each finger of one data object `62` as a record of 2005.

    Raises `ProtocolError` for anything else, and for a finger that no module could use.
    """
    whole = tlv.parse_one(block, TAG_MINUTIAE_BLOCK)
    whole.child(_VERSION)
    row = whole.child(_REPRESENTATIONS).children()
    fingers = [each for each in row if each.tag == _REPRESENTATION]
    if not 1 <= len(fingers) <= iso19794.MAX_VIEWS:
        raise refused("it has no usable number of fingers")
    return tuple(iso19794.encode_record(_finger(finger, layout)) for finger in fingers)


def _finger(representation: Tlv, layout: MinutiaeLayout) -> FingerRecord:
    parts = representation.children()
    found = _at(parts, layout.minutiae)
    row = () if found is None else found.children()
    if not 1 <= len(row) <= _MAX_MINUTIAE:
        raise refused("it has no usable number of minutiae")
    try:
        position = FingerPosition(_number(parts, layout.position, 0))
    except ValueError:
        raise refused("a finger's position is not known") from None
    minutiae = tuple(_minutia(each.children(), layout) for each in row)
    width, height = _number(parts, layout.width), _number(parts, layout.height)
    x_rate, y_rate = (
        (100 * rate + 127) // 254 if layout.is_per_inch else rate
        for rate in (_number(parts, layout.x_rate), _number(parts, layout.y_rate))
    )
    return FingerRecord(width, height, (FingerView(position, 0, minutiae),), x_rate, y_rate)


def _minutia(parts: tuple[Tlv, ...], layout: MinutiaeLayout) -> Minutia:
    kinds = {layout.ending: MinutiaType.ENDING, layout.bifurcation: MinutiaType.BIFURCATION}
    angle, quality = _number(parts, layout.angle), _number(parts, layout.quality, 0)
    if angle >= layout.turn:
        raise refused("a minutia's angle is more than a turn")
    return Minutia(
        kinds.get(_number(parts, layout.kind), MinutiaType.OTHER),
        _number(parts, layout.x),
        _number(parts, layout.y),
        (angle * _TURN + layout.turn // 2) // layout.turn % _TURN,
        quality if quality <= _MAX_QUALITY else 0,
    )


def _number(parts: tuple[Tlv, ...], place: Place, otherwise: int | None = None) -> int:
    """Take a number (INTEGER or ENUMERATED, not negative); `otherwise` where the card has none."""
    if isinstance(place, int):
        return place
    found = _at(parts, place) if place else None
    if found is None:
        if otherwise is None:
            raise refused("a number is missing")
        return otherwise
    if not 1 <= len(found.value) <= _MAX_INTEGER or found.value[0] & 0x80:
        raise refused("a number is out of range")
    return int.from_bytes(found.value, "big")


def _at(parts: tuple[Tlv, ...], tags: tuple[int, ...]) -> Tlv | None:
    found = tlv.find_optional(parts, tags[0])
    for tag in tags[1:]:
        found = None if found is None else tlv.find_optional(found.children(), tag)
    return found
