"""Compact card minutiae: three bytes each, made from an ISO/IEC 19794-2:2005 record.

::

    x  (1)   0.1 mm
    y  (1)   0.1 mm
    type << 6 | angle (1)   angle in 64 steps of 5.625 degrees; type 0 other, 1 ending, 2 bifurcation

A record counts pixels and 256 angles, so x' = floor(0.5 + 100 x / xres) with xres in pixels per
centimetre, and a' = a >> 2. A minutia beyond 25.5 mm cannot be expressed and is dropped.

The result is a `bytearray`, so that the caller can overwrite it after use. Python's other copies of a
fingerprint (the record itself, the command) are out of reach and live until they are collected.
"""

from __future__ import annotations

from typing import Final, assert_never

from drivers.errors import CaptureError
from drivers.fingerprint.iso19794 import FingerRecord, parse_record
from drivers.smartcard.bit import FingerInformation, MinutiaeOrder

_MAX_COORDINATE: Final = 255
_ANGLE_SHIFT: Final = 2

_Compact = tuple[int, int, int]


def card_minutiae(record: bytes, finger: FingerInformation) -> bytearray:
    """Convert a record with one finger to the minutiae that the card wants for `finger`.

    Keeps the best by quality up to the card's most, in the card's order. Raises `ProtocolError` for a
    record that cannot be read, and `CaptureError` for several fingers or fewer minutiae than the card
    takes: nothing was sent, no try is used. ValueError if `finger` is not usable.
    """
    parsed = parse_record(record)
    if len(parsed.views) != 1:
        raise CaptureError("one-finger", "put one finger on the reader, not several")
    if not finger.usable or finger.order is None:
        raise ValueError("the card wants another format or order of minutiae")
    ranked = sorted(enumerate(_converted(parsed)), key=lambda ranked: (-ranked[1][0], ranked[0]))
    kept = sorted(ranked[: finger.most])
    if len(kept) < finger.least:
        raise CaptureError("better-placement", "too little of the finger was seen; place it again")
    ordered = _ordered([compact for _, (_, compact) in kept], finger.order)
    return bytearray(byte for minutia in ordered for byte in minutia)


def _converted(record: FingerRecord) -> list[tuple[int, _Compact]]:
    """Convert each minutia that the form can express, with its quality, in the record's order."""
    converted = []
    for minutia in record.views[0].minutiae:
        x, y = _tenths(minutia.x, record.x_per_cm), _tenths(minutia.y, record.y_per_cm)
        if max(x, y) <= _MAX_COORDINATE:
            shape = minutia.type << 6 | minutia.angle >> _ANGLE_SHIFT
            converted.append((minutia.quality, (x, y, shape)))
    return converted


def _ordered(minutiae: list[_Compact], order: MinutiaeOrder) -> list[_Compact]:
    match order:
        case MinutiaeOrder.NONE:
            return minutiae
        case MinutiaeOrder.XY_ASCENDING | MinutiaeOrder.XY_DESCENDING:
            key = _by_x
        case MinutiaeOrder.YX_ASCENDING | MinutiaeOrder.YX_DESCENDING:
            key = _by_y
        case _:
            assert_never(order)
    falling = order in (MinutiaeOrder.XY_DESCENDING, MinutiaeOrder.YX_DESCENDING)
    return sorted(minutiae, key=key, reverse=falling)


def _by_x(minutia: _Compact) -> tuple[int, int]:
    return minutia[0], minutia[1]


def _by_y(minutia: _Compact) -> tuple[int, int]:
    return minutia[1], minutia[0]


def _tenths(pixels: int, per_cm: int) -> int:
    """Compute floor(0.5 + 100 pixels / per_cm), in whole numbers."""
    return (200 * pixels + per_cm) // (2 * per_cm)
