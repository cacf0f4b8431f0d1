r"""Finger minutiae records of ISO/IEC 19794-2:2005 (the record format, version " 20").

    record   "FMR\0" " 20\0" length(4) device(2) width(2) height(2) xres(2) yres(2) views(1) 00
    view     position(1) number<<4|impression(1) quality(1) count(1)  minutiae  extension
    minutia  type<<14|x (2)  y (2)  angle(1)  quality(1)
    extension  length(2), then that many bytes

All numbers are big-endian. Coordinates are pixels from the upper left corner, resolutions pixels per
centimetre (197 = 500 dpi), angles units of 360/256 degrees counter-clockwise from the right.
ANSI 378 records look alike (26-byte header, two-byte length) and are refused.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from drivers.errors import ProtocolError

MAGIC = b"FMR\0"
VERSION = b" 20\0"
DPI_500 = 197
MAX_RECORD_BYTES = 16 * 1024
MAX_VIEWS = 16

_HEADER = struct.Struct(">4s4sIHHHHHBB")
_VIEW = struct.Struct(">BBBB")
_MINUTIA = struct.Struct(">HHBB")
_LENGTH = struct.Struct(">H")
_COORDINATE_MASK = 0x3FFF


class MinutiaType(IntEnum):
    """Types of minutiae (ISO/IEC 19794-2:2005)."""

    OTHER = 0
    ENDING = 1
    BIFURCATION = 2


class FingerPosition(IntEnum):
    """Finger positions of ISO/IEC 19794-2:2005, table 2."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10


@dataclass(frozen=True, slots=True)
class Minutia:
    """One ridge ending or bifurcation; `x`, `y` in pixels, `quality` 1 to 100, or 0 if not given."""

    type: MinutiaType
    x: int
    y: int
    angle: int
    quality: int = 0


@dataclass(frozen=True, slots=True)
class FingerView:
    """One finger; `quality` is 0 to 100, `impression` 0 for a plain live scan."""

    position: FingerPosition
    quality: int
    minutiae: tuple[Minutia, ...]
    number: int = 0
    impression: int = 0
    extension: bytes = b""


@dataclass(frozen=True, slots=True)
class FingerRecord:
    """A record: image size in pixels, resolution in pixels per centimetre, one view per finger."""

    width: int
    height: int
    views: tuple[FingerView, ...]
    x_per_cm: int = DPI_500
    y_per_cm: int = DPI_500
    device: int = 0


def parse_record(data: bytes) -> FingerRecord:
    """Parse exactly one record of at most `MAX_RECORD_BYTES`.

    Raises ProtocolError for anything else, also for bytes left over.
    """
    if len(data) > MAX_RECORD_BYTES:
        raise refused("it is too long")
    if len(data) < _HEADER.size:
        raise refused("it is too short")
    magic, version, length, device, width, height, x_res, y_res, views, reserved = (
        _HEADER.unpack_from(data)
    )
    if magic != MAGIC or version != VERSION:
        raise refused("it is not in the format ISO/IEC 19794-2:2005")
    if length != len(data):
        if int.from_bytes(data[8:10], "big") == len(data):
            raise refused(
                "it is in the format ANSI 378, of which only the first bytes are the same"
            )
        raise refused("its length field is wrong")
    if not (width and height and x_res and y_res) or reserved:
        raise refused("its header is damaged")
    if not 1 <= views <= MAX_VIEWS:
        raise refused("it has no usable number of fingers")
    offset = _HEADER.size
    parsed = []
    for _ in range(views):
        view, offset = _parse_view(data, offset, width, height)
        parsed.append(view)
    if offset != len(data):
        raise refused("bytes are left over")
    return FingerRecord(width, height, tuple(parsed), x_res, y_res, device)


def encode_record(record: FingerRecord) -> bytes:
    """Encode a record that `parse_record` would accept. Raises ProtocolError for any other."""
    body = bytearray()
    for view in record.views:
        if not 0 <= view.quality <= 100 or len(view.minutiae) > 255:
            raise refused("a finger's quality or number of minutiae is out of range")
        if not (0 <= view.number <= 15 and 0 <= view.impression <= 15):
            raise refused("a view number or impression type is out of range")
        body += _VIEW.pack(
            view.position, view.number << 4 | view.impression, view.quality, len(view.minutiae)
        )
        for m in view.minutiae:
            if not (0 <= m.x <= _COORDINATE_MASK and 0 <= m.y <= _COORDINATE_MASK):
                raise refused("a minutia lies outside the image")
            if not (0 <= m.angle <= 255 and 0 <= m.quality <= 100):
                raise refused("a minutia's angle or quality is out of range")
            body += _MINUTIA.pack(m.type << 14 | m.x, m.y, m.angle, m.quality)
        if len(view.extension) > 0xFFFF:
            raise refused("an extension is too long")
        body += _LENGTH.pack(len(view.extension)) + view.extension
    size = _HEADER.size + len(body)
    extent = (record.width, record.height, record.x_per_cm, record.y_per_cm)
    try:
        header = _HEADER.pack(MAGIC, VERSION, size, record.device, *extent, len(record.views), 0)
    except struct.error as error:
        raise refused("a header field is out of range") from error
    encoded = header + bytes(body)
    parse_record(encoded)
    return encoded


def _parse_view(data: bytes, offset: int, width: int, height: int) -> tuple[FingerView, int]:
    if offset + _VIEW.size > len(data):
        raise refused("a finger's header is cut off")
    position, packed, quality, count = _VIEW.unpack_from(data, offset)
    offset += _VIEW.size
    if position > FingerPosition.LEFT_LITTLE or quality > 100 or not count:
        raise refused("a finger's header is damaged")
    if offset + count * _MINUTIA.size + _LENGTH.size > len(data):
        raise refused("its minutiae are cut off")
    minutiae = []
    for _ in range(count):
        type_x, y, angle, minutia_quality = _MINUTIA.unpack_from(data, offset)
        offset += _MINUTIA.size
        x, y, kind = type_x & _COORDINATE_MASK, y & _COORDINATE_MASK, type_x >> 14
        if kind > MinutiaType.BIFURCATION or x >= width or y >= height or minutia_quality > 100:
            raise refused("a minutia is out of range")
        minutiae.append(Minutia(MinutiaType(kind), x, y, angle, minutia_quality))
    (extension_length,) = _LENGTH.unpack_from(data, offset)
    offset += _LENGTH.size
    if offset + extension_length > len(data):
        raise refused("an extension is cut off")
    view = FingerView(
        FingerPosition(position),
        quality,
        tuple(minutiae),
        packed >> 4,
        packed & 0x0F,
        data[offset : offset + extension_length],
    )
    return view, offset + extension_length


def refused(why: str) -> ProtocolError:
    """Make the error for a record that cannot be used."""
    return ProtocolError(f"the fingerprint record cannot be used: {why}; use another finger")
