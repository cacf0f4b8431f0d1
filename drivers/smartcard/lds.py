"""Data groups of the logical data structure (ICAO Doc 9303 part 10) that this project reads.

::

    DG1      61 { 5F1F machine readable zone }
    DG2      75 { 7F61 { 02 n, 7F60 { A1 header, 5F2E ISO/IEC 19794-5:2005 face record }... } }
    DG11     6B { 5C tags, 5F0E name, 5F10 number, 5F2B birth date, ... }
    DG13     the issuer's own group; in the standard profile of this project the fingerprint
             templates, built as DG3 is:
             6D { 7F61 { 02 n, 7F60 { A1 { 81 08 finger, 82 subtype, 87 0101, 88 0001 minutiae },
                                      5F2E ISO/IEC 19794-2:2005 record }... } }

Finger subtypes (CBEFF): bit 1 right, bit 2 left, finger number (1 thumb .. 5 little) << 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard import dates, tlv
from drivers.smartcard.dates import PartialDate
from drivers.smartcard.tlv import Tlv

TAG_SOD: Final = 0x77
GROUP_TAGS: Final = dict(
    enumerate(bytes.fromhex("61 75 63 76 65 66 67 68 69 6A 6B 6C 6D 6E 6F 70"), start=1)
)
"""Data group number to the tag of its file."""
FID_COM: Final = 0x011E
FID_SOD: Final = 0x011D

TAG_ISSUED: Final = 0x5F26
"""Date of issue in DG12."""
BIOMETRIC_FINGER: Final = b"\x08"
FORMAT_OWNER: Final = b"\x01\x01"
FORMAT_MINUTIAE: Final = b"\x00\x01"
MAX_BIOMETRICS: Final = 10

_FAC_HEADER: Final = 14
_FACE_HEADER: Final = 20
_FEATURE_POINT: Final = 8
_IMAGE_HEADER: Final = 12
_IMAGE_TYPES: Final = (0, 1)
"""JPEG, JPEG 2000. Documents exist whose byte says the other one, so the picture itself decides."""


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


@dataclass(frozen=True, slots=True)
class PersonalDetails:
    """DG11. `surname` and `given_names` in the state's script; empty where the card has none."""

    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    personal_number: str = field(repr=False)
    birth_date: PartialDate | None = field(repr=False)
    birth_place: str = field(repr=False)
    address: tuple[str, ...] = field(repr=False)
    """Permanent address, most general component first."""


@dataclass(frozen=True, slots=True)
class FingerTemplate:
    """One finger and its ISO/IEC 19794-2:2005 record.

    `subtype` is the CBEFF one: 05 right thumb, 09 right index, 0A left index, ...; 0 if not given.
    """

    subtype: int
    record: bytes = field(repr=False)


def group_file(number: int) -> int:
    """Return the file identifier of a data group, 1 to 16."""
    return 0x0100 + number


def parse_dg1(data: bytes) -> str:
    """Parse DG1 to the machine readable zone as text. Raises `ProtocolError`."""
    return _ascii(tlv.parse_one(data, GROUP_TAGS[1]).child(0x5F1F).value)


def parse_faces(data: bytes, number: int = 2) -> tuple[Face, ...]:
    """Parse the faces of DG2, or of another group built like it; at least one.

    Raises `ProtocolError`.
    """
    return tuple(
        parse_face_record(record)
        for _, record in _biometrics(tlv.parse_one(data, GROUP_TAGS[number]))
    )


def parse_face_record(record: bytes) -> Face:
    """Parse the first picture of an ISO/IEC 19794-5:2005 record. Raises `ProtocolError`."""
    if record[:8] != b"FAC\x00010\x00" or int.from_bytes(record[8:12], "big") != len(record):
        raise ProtocolError("the face record is damaged")
    if int.from_bytes(record[12:14], "big") < 1 or len(record) < _FAC_HEADER + _FACE_HEADER:
        raise ProtocolError("the face record holds no face")
    size = int.from_bytes(record[14:18], "big")
    face = record[_FAC_HEADER : _FAC_HEADER + size]
    points = int.from_bytes(face[4:6], "big")
    at = _FACE_HEADER + points * _FEATURE_POINT
    image, picture = face[at : at + _IMAGE_HEADER], face[at + _IMAGE_HEADER :]
    if len(face) != size or len(image) != _IMAGE_HEADER:
        raise ProtocolError("the face record is cut short")
    if image[1] not in _IMAGE_TYPES:
        raise ProtocolError("the face picture is neither JPEG nor JPEG 2000")
    width, height = int.from_bytes(image[2:4], "big"), int.from_bytes(image[4:6], "big")
    return Face(width, height, picture_form(picture), picture)


def picture_form(image: bytes) -> PictureForm:
    """Tell a picture file's form by its first bytes. Raises `ProtocolError` for anything else."""
    for start, form in _PICTURE_STARTS:
        if image.startswith(start):
            return form
    raise ProtocolError("the face picture is neither JPEG nor JPEG 2000")


def parse_dg11(data: bytes) -> PersonalDetails:
    """Parse the details that this project uses; others are skipped. Raises `ProtocolError`."""
    fields = tlv.parse_one(data, GROUP_TAGS[11]).children()
    surname, given_names = split_name(_text(fields, 0x5F0E))
    born = tlv.find_optional(fields, 0x5F2B)
    return PersonalDetails(
        surname=surname,
        given_names=given_names,
        personal_number=_utf8(fields, 0x5F10),
        birth_date=None if born is None else _full_date(born.value),
        birth_place=_text(fields, 0x5F11).replace("<", " "),
        address=tuple(part for part in _text(fields, 0x5F42).split("<") if part),
    )


def parse_dg12(data: bytes) -> date | None:
    """Return the date of issue in DG12, None without a whole one. Raises `ProtocolError`."""
    fields = tlv.parse_one(data, GROUP_TAGS[12]).children()
    found = tlv.find_optional(fields, TAG_ISSUED)
    issued = None if found is None else _full_date(found.value)
    return issued.earliest if issued is not None and issued.is_exact else None


def parse_text(data: bytes, number: int, path: tuple[int, ...]) -> str:
    """Parse the text of one field of a group, by the tags that lead to it; empty if there is none.

    Raises `ProtocolError` if group or text are malformed.
    """
    fields = tlv.parse_one(data, GROUP_TAGS[number]).children()
    for tag in path[:-1]:
        inner = tlv.find_optional(fields, tag)
        fields = inner.children() if inner is not None else ()
    return _utf8(fields, path[-1])


def split_name(text: str) -> tuple[str, str]:
    """Split a name field into surname and given names (part 10, 4.7.11): `<<` between, `<` inside."""
    surname, _, given = text.partition("<<")
    return surname.replace("<", " ").strip(), given.replace("<", " ").strip()


def parse_finger_group(data: bytes, number: int) -> tuple[FingerTemplate, ...]:
    """Parse the minutiae records of a group built as DG3 is (in the standard profile DG13).

    Raises `ProtocolError`, also for biometric data that is not an ISO/IEC 19794-2 record.
    """
    templates = []
    for header, record in _biometrics(tlv.parse_one(data, GROUP_TAGS[number])):
        kind = tlv.find_optional(header, 0x81)
        form = tlv.find_optional(header, 0x88)
        subtype = tlv.find_optional(header, 0x82)
        if kind is None or kind.value != BIOMETRIC_FINGER:
            raise ProtocolError("the template group holds something else than fingers")
        if form is None or form.value != FORMAT_MINUTIAE or record[:8] != b"FMR\x00 20\x00":
            raise ProtocolError("the fingerprint template is not an ISO/IEC 19794-2 record")
        code = subtype.value if subtype is not None else b"\x00"
        templates.append(FingerTemplate(int.from_bytes(code[:1], "big"), record))
    return tuple(templates)


def _biometrics(group: Tlv) -> list[tuple[tuple[Tlv, ...], bytes]]:
    """Take header elements and data of each biometric information template of a group."""
    row = group.child(0x7F61).children()
    count = tlv.find(row, 0x02).value
    templates = [
        (template.child(0xA1).children(), template.child(0x5F2E).value)
        for template in row
        if template.tag == 0x7F60
    ]
    if len(count) != 1 or count[0] != len(templates) or not 1 <= len(templates) <= MAX_BIOMETRICS:
        raise ProtocolError("the number of biometric templates is wrong")
    return templates


def _full_date(value: bytes) -> PartialDate:
    """Parse YYYYMMDD as eight characters or as four packed bytes."""
    return dates.parse_full(value.hex() if len(value) == 4 else _ascii(value))


def _ascii(value: bytes) -> str:
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        raise ProtocolError("a text of the card is not ASCII") from None


def _utf8(fields: tuple[Tlv, ...], tag: int) -> str:
    element = tlv.find_optional(fields, tag)
    try:
        return "" if element is None else element.value.decode("utf-8")
    except UnicodeDecodeError:
        raise ProtocolError("a text of the card is not UTF-8") from None


def _text(fields: tuple[Tlv, ...], tag: int) -> str:
    """Decode UTF-8, or Latin-1 as some issuers write, which has a letter for every byte."""
    element = tlv.find_optional(fields, tag)
    if element is None:
        return ""
    try:
        return element.value.decode("utf-8")
    except UnicodeDecodeError:
        return element.value.decode("latin-1")
