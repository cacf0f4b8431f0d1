"""Data groups of the logical data structure (ICAO Doc 9303 part 10) that this project reads.

::

    DG1      61 { 5F1F machine readable zone }
    DG2      75 { 7F61 { 02 n, 7F60 { A1 header, 5F2E ISO/IEC 19794-5 face record }... } }
             or in place of 5F2E: 7F2E { A1 { 65 ISO/IEC 39794-5 face block } }
    DG11     6B { 5C tags, 5F0E name, 5F10 number, 5F2B birth date, ... }
    DG13     the issuer's own group; in the standard profile of this project the fingerprint
             templates, built as DG3 is:
             6D { 7F61 { 02 n, 7F60 { A1 { 81 08 finger, 82 subtype, 87 0101, 88 0001 minutiae },
                                      5F2E ISO/IEC 19794-2 record }... } }
             or in place of 5F2E: 7F2E { A1 { 62 ISO/IEC 39794-2 minutiae block } }

Finger subtypes (CBEFF): bit 1 right, bit 2 left, finger number (1 thumb .. 5 little) << 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from drivers.errors import ProtocolError
from drivers.fingerprint.iso19794_2011 import as_of_2005
from drivers.smartcard import dates, faces, minutiae_block, tlv
from drivers.smartcard.dates import PartialDate
from drivers.smartcard.faces import Face
from drivers.smartcard.minutiae_block import TAG_MINUTIAE_BLOCK, MinutiaeLayout
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
FORMAT_IMAGE: Final = b"\x00\x07"
_OF_39794: Final = {
    TAG_MINUTIAE_BLOCK: "finger minutiae of ISO/IEC 39794-2",
    0x64: "images of fingers of ISO/IEC 39794-4",
    0x65: "faces of ISO/IEC 39794-5 in a group of fingers",
    0x66: "images of irises of ISO/IEC 39794-6",
}
MAX_BIOMETRICS: Final = 10
TAG_RECORD: Final = 0x5F2E
"""Biometric data in a form of ISO/IEC 19794."""
TAG_BLOCK: Final = 0x7F2E
"""Biometric data in a form of ISO/IEC 39794."""


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
        faces.parse_record(block.value)
        if block.tag == TAG_RECORD
        else faces.parse_block(block.child(0xA1).value)
        for _, block in _biometrics(tlv.parse_one(data, GROUP_TAGS[number]))
    )


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


def parse_finger_group(
    data: bytes, number: int, layout: MinutiaeLayout | None = None
) -> tuple[FingerTemplate, ...]:
    """Parse the minutiae records of a group built as DG3 is (in the standard profile DG13).

    Records of 2011 become such of 2005, which modules take; so do blocks of ISO/IEC 39794-2 where the
    profile has their `layout`. Raises `ProtocolError`, also for biometric data in another form, which it
    names, and for a record that no module could use.
    """
    templates: list[FingerTemplate] = []
    for header, block in _biometrics(tlv.parse_one(data, GROUP_TAGS[number])):
        kind = tlv.find_optional(header, 0x81)
        form = tlv.find_optional(header, 0x88)
        subtype = tlv.find_optional(header, 0x82)
        if kind is None or kind.value != BIOMETRIC_FINGER:
            raise ProtocolError("the template group holds something else than fingers")
        code = int.from_bytes(subtype.value[:1], "big") if subtype is not None else 0
        if block.tag != TAG_RECORD and layout is not None and _part(block) == TAG_MINUTIAE_BLOCK:
            found = minutiae_block.as_of_2005(block.child(0xA1).value, layout)
            templates += [FingerTemplate(code, record) for record in found]
            continue
        if block.tag != TAG_RECORD:
            raise ProtocolError(f"{_named(block)} are not read by this version")
        if form is not None and form.value == FORMAT_IMAGE:
            raise ProtocolError("images of fingers (ISO/IEC 19794-4) are not read by this version")
        if form is None or form.value != FORMAT_MINUTIAE:
            raise ProtocolError("the fingerprint template is not an ISO/IEC 19794-2 record")
        templates += [FingerTemplate(code, record) for record in as_of_2005(block.value)]
    return tuple(templates)


def _named(block: Tlv) -> str:
    """Name the form of a data block of ISO/IEC 39794 by the part its first tag stands for."""
    return _OF_39794.get(_part(block), "data in a form of ISO/IEC 39794")


def _part(block: Tlv) -> int:
    """Return the first tag in a data block of ISO/IEC 39794; 0 if there is none."""
    try:
        first = block.child(0xA1).children()
    except ProtocolError:
        first = ()
    return first[0].tag if first else 0


def _biometrics(group: Tlv) -> list[tuple[tuple[Tlv, ...], Tlv]]:
    """Take header elements and data, `5F2E` or `7F2E`, of each template of a group."""
    row = group.child(0x7F61).children()
    count = tlv.find(row, 0x02).value
    templates = []
    for template in row:
        if template.tag == 0x7F60:
            parts = template.children()
            block = next((part for part in parts if part.tag in (TAG_RECORD, TAG_BLOCK)), None)
            if block is None:
                raise ProtocolError("a biometric template without data")
            templates.append((tlv.find(parts, 0xA1).children(), block))
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
