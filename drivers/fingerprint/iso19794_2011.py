r"""Finger minutiae records of ISO/IEC 19794-2:2011, rewritten as those of 2005, which modules take.

    record   "FMR\0" "030\0" length(4) fingers(2) certified(1)
    finger   length(4) date(9) device(5) n + n x 5 quality, [n + n x 3 certified], position(1) number(1)
             xres(2) yres(2) impression(1) width(2) height(2) size<<4|ending(1) count(1)
             minutiae, length(2) + extension
    minutia  type<<14|x (2)  y (2)  angle(1)  [quality(1) where size is 6]

Each finger has a size and a resolution of its own, so each becomes one record.
"""

from __future__ import annotations

from typing import Final

from drivers.fingerprint import iso19794
from drivers.fingerprint.iso19794 import (
    FingerPosition,
    FingerRecord,
    FingerView,
    Minutia,
    MinutiaType,
    refused,
)

VERSION: Final = b"030\0"
_BEFORE_QUALITY: Final = 9 + 5
_QUALITY: Final = 5
_CERTIFICATION: Final = 3
_SIZES: Final = (5, 6)
_COORDINATE: Final = 0x3FFF
_MOST: Final = 100
"""Of a quality; larger numbers say that there is none."""
_OTHER_IMPRESSION: Final = 0
_IMPRESSIONS: Final = 15
"""Greatest of 2005, in four bits."""


def as_of_2005(record: bytes) -> tuple[bytes, ...]:
    """Return a record as one or several records of 2005; one of 2005 comes back as it is.

    Raises `ProtocolError` for any that is damaged, or in another form.
    """
    if record[:4] == iso19794.MAGIC and record[4:8] == VERSION:
        return tuple(iso19794.encode_record(finger) for finger in parse_record(record))
    iso19794.parse_record(record)
    return (record,)


def parse_record(data: bytes) -> tuple[FingerRecord, ...]:
    """Parse exactly one record of 2011; each finger becomes a record of its own.

    Extensions are left out. Raises `ProtocolError`.
    """
    if len(data) > iso19794.MAX_RECORD_BYTES:
        raise refused("it is too long")
    fields = _Fields(data)
    if fields.take(8) != iso19794.MAGIC + VERSION:
        raise refused("it is not in the format ISO/IEC 19794-2:2011")
    if fields.number(4) != len(data):
        raise refused("its length field is wrong")
    fingers, certified = fields.number(2), fields.number(1)
    if not 1 <= fingers <= iso19794.MAX_VIEWS or certified > 1:
        raise refused("its header is damaged")
    parsed = tuple(
        _finger(fields.inside(fields.number(4) - 4), is_certified=bool(certified))
        for _ in range(fingers)
    )
    fields.finish()
    return parsed


class _Fields:
    """Fields of a record, taken one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size] if size > 0 else b""
        if len(part) != size:
            raise refused("it is cut off")
        self._at += size
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def inside(self, size: int) -> _Fields:
        return _Fields(self.take(size))

    def finish(self) -> None:
        if self._at != len(self._data):
            raise refused("bytes are left over")


def _finger(fields: _Fields, *, is_certified: bool) -> FingerRecord:
    fields.take(_BEFORE_QUALITY)
    qualities = [fields.take(_QUALITY)[0] for _ in range(fields.number(1))]
    if is_certified:
        fields.take(_CERTIFICATION * fields.number(1))
    position, number = fields.number(1), fields.number(1)
    x_per_cm, y_per_cm = fields.number(2), fields.number(2)
    impression = fields.number(1)
    width, height = fields.number(2), fields.number(2)
    size = fields.number(1) >> 4
    if position > FingerPosition.LEFT_LITTLE or size not in _SIZES:
        raise refused("a finger's header is damaged")
    minutiae = tuple(
        _minutia(fields, with_quality=size == max(_SIZES)) for _ in range(fields.number(1))
    )
    fields.take(fields.number(2))
    fields.finish()
    view = FingerView(
        FingerPosition(position),
        next((quality for quality in qualities if quality <= _MOST), 0),
        minutiae,
        number & 0x0F,
        impression if impression <= _IMPRESSIONS else _OTHER_IMPRESSION,
    )
    return FingerRecord(width, height, (view,), x_per_cm, y_per_cm)


def _minutia(fields: _Fields, *, with_quality: bool) -> Minutia:
    type_x, y, angle = fields.number(2), fields.number(2), fields.number(1)
    quality = fields.number(1) if with_quality else 0
    try:
        kind = MinutiaType(type_x >> 14)
    except ValueError:
        raise refused("a minutia is of an unknown type") from None
    known = quality if quality <= _MOST else 0
    return Minutia(kind, type_x & _COORDINATE, y & _COORDINATE, angle, known)
