"""Faces in the three forms that documents carry; all become a picture file and its size.

::

    ISO/IEC 19794-5:2005   "FAC\\0" "010\\0" length(4) faces(2), each: length(4) points(2) ...(14)
                           points x 8, type kind width(2) height(2) ...(6), picture
    ISO/IEC 19794-5:2011   "FAC\\0" "030\\0" length(4) faces(2) certified(1) order(2), each:
                           length(4) date(9) device(5) n + n x 5 quality, [n + n x 3 certified]
                           points(2) ...(15), points x 8, type kind width(2) height(2) ...(5),
                           size(4) picture
    ISO/IEC 39794-5:2019   65 { A0 version, A1 { 30 { 80 id, A1 { A0 { A0 { 80 picture,
                           A1 { ... A7 { 80 width, 81 height } } } } } ... } } }

Numbers are big-endian. Of several faces the first is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard import tlv

TAG_FACE_BLOCK: Final = 0x65
"""ISO/IEC 39794-5."""

_FORMAT: Final = b"FAC\x00"
_OF_2005, _OF_2011 = b"010\x00", b"030\x00"
_POINT: Final = 8
_IMAGE_2005: Final = 12
_IMAGE_2011: Final = 11
_IMAGE_KINDS: Final = frozenset({0, 1, 2})
"""JPEG, JPEG 2000 (2011: with and without loss). Documents exist whose byte says another one, so the
picture itself decides."""


class PictureForm(Enum):
    """Forms of a face picture (ISO/IEC 19794-5:2005 5.8.2); the values are Pillow's names."""

    JPEG = "JPEG"
    JPEG_2000 = "JPEG2000"


_PICTURE_STARTS: Final = (
    (b"\xff\xd8\xff", PictureForm.JPEG),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", PictureForm.JPEG_2000),
    (b"\xff\x4f\xff\x51", PictureForm.JPEG_2000),  # a bare code stream
)


@dataclass(frozen=True, slots=True)
class Face:
    """A face picture: size in pixels by the record (0 if it gives none), and the picture file."""

    width: int
    height: int
    form: PictureForm
    image: bytes = field(repr=False)


def picture_form(image: bytes) -> PictureForm:
    """Tell a picture file's form by its first bytes. Raises `ProtocolError` for anything else."""
    for start, form in _PICTURE_STARTS:
        if image.startswith(start):
            return form
    raise ProtocolError("the face picture is neither JPEG nor JPEG 2000")


def parse_record(record: bytes) -> Face:
    """Parse the first face of an ISO/IEC 19794-5 record. Raises `ProtocolError`."""
    fields = _Fields(record)
    if fields.take(4) != _FORMAT:
        raise ProtocolError("the face record is damaged")
    version = fields.take(4)
    if fields.number(4) != len(record):
        raise ProtocolError("the face record is damaged")
    if fields.number(2) < 1:
        raise ProtocolError("the face record holds no face")
    if version == _OF_2005:
        return _parse_2005(fields)
    if version == _OF_2011:
        return _parse_2011(fields)
    raise ProtocolError("the face record is of a version that is not known here")


def parse_block(data: bytes) -> Face:
    """Parse the first face of an ISO/IEC 39794-5 block, one data object `65`. Raises `ProtocolError`."""
    representation = tlv.parse_one(data, TAG_FACE_BLOCK).child(0xA1).child(0x30)
    # Explicit and implicit tags of the two choices are both seen.
    inner = representation.child(0xA1).child(0xA0).children()
    if tlv.find_optional(inner, 0x80) is None:
        inner = tlv.find(inner, 0xA0).children()
    picture = tlv.find(inner, 0x80).value
    about = tlv.find_optional(inner, 0xA1)
    size = None if about is None else tlv.find_optional(about.children(), 0xA7)
    width = height = 0
    if size is not None:
        width, height = (int.from_bytes(size.child(tag).value[:4], "big") for tag in (0x80, 0x81))
    return Face(width, height, picture_form(picture), picture)


class _Fields:
    """Fields of a record, taken one after the other."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def take(self, size: int) -> bytes:
        """Take `size` bytes. Raises `ProtocolError` if there are fewer."""
        part, self._left = self._left[:size], self._left[size:]
        if len(part) != size:
            raise ProtocolError("the face record is cut short")
        return part

    def number(self, size: int) -> int:
        """Take a number of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def inside(self, size: int) -> _Fields:
        """Take the fields of the next `size` bytes."""
        return _Fields(self.take(size))

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.take(len(self._left))


def _parse_2005(fields: _Fields) -> Face:
    face = fields.inside(fields.number(4) - 4)
    points = face.number(2)
    face.take(14 + points * _POINT)
    width, height = _image(face, _IMAGE_2005)
    picture = face.rest()
    return Face(width, height, picture_form(picture), picture)


def _parse_2011(fields: _Fields) -> Face:
    certified = fields.number(1)
    fields.take(2)
    face = fields.inside(fields.number(4) - 4)
    face.take(9 + 5)
    face.take(5 * face.number(1))
    if certified:
        face.take(3 * face.number(1))
    points = face.number(2)
    face.take(15 + points * _POINT)
    width, height = _image(face, _IMAGE_2011)
    picture = face.take(face.number(4))
    return Face(width, height, picture_form(picture), picture)


def _image(face: _Fields, size: int) -> tuple[int, int]:
    """Take the description of the image, `size` bytes; return width and height."""
    image = face.inside(size)
    image.take(1)
    if image.number(1) not in _IMAGE_KINDS:
        raise ProtocolError("the face picture is neither JPEG nor JPEG 2000")
    return image.number(2), image.number(2)
