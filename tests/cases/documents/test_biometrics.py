"""Read faces and fingers in the forms of their standards."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError
from drivers.fingerprint import iso19794
from drivers.fingerprint.iso19794 import (
    FingerPosition,
    FingerRecord,
    FingerView,
    Minutia,
    MinutiaType,
)
from drivers.fingerprint.iso19794_2011 import as_of_2005
from drivers.smartcard import lds, tlv
from drivers.smartcard.faces import Face, PictureForm
from tests.cases.documents.kit import GROUPS
from tests.pictures import jpeg, jpeg_2000

TEMPLATE = tlv.parse_one(GROUPS[2], 0x75).child(0x7F61).child(0x7F60)
HEADER = tlv.encode(0xA1, TEMPLATE.child(0xA1).value)
JPEG = jpeg(24, 32)
RECORD, BLOCK = 0x5F2E, 0x7F2E


def group_2(*templates: bytes) -> bytes:
    rows = [tlv.encode(0x7F60, HEADER, template) for template in templates]
    return tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(2, bytes((len(rows),))), *rows))


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


# ------------------------------------------------------------ faces


def test_face_as_the_project_makes_it() -> None:
    anew = group_2(tlv.encode(RECORD, TEMPLATE.child(RECORD).value))
    assert lds.parse_faces(anew) == lds.parse_faces(GROUPS[2])
    assert len(lds.parse_faces(anew)) == 1


def face_2011(
    picture: bytes,
    *,
    points: int = 0,
    qualities: int = 0,
    certified: int | None = None,
    kind: int = 0,
) -> bytes:
    """One face of ISO/IEC 19794-5:2011, 24 by 32 pixels; `certified` blocks, None without them."""
    body = bytes(9 + 5) + number(qualities, 1) + b"\xff\0\1\0\2" * qualities
    if certified is not None:
        body += number(certified, 1) + bytes(3 * certified)
    body += number(points, 2) + bytes(15) + bytes(8 * points)
    body += bytes((1, kind)) + number(24, 2) + number(32, 2) + bytes(5)
    body += number(len(picture), 4) + picture
    return number(len(body) + 4, 4) + body


def record_2011(faces: Sequence[bytes], *, is_certified: bool = False) -> bytes:
    body = number(len(faces), 2) + bytes((is_certified, 0, 0)) + b"".join(faces)
    return b"FAC\x00030\x00" + number(12 + len(body), 4) + body


@pytest.mark.parametrize("certified", [None, 0, 2])
@pytest.mark.parametrize("qualities", [0, 1, 3])
@pytest.mark.parametrize("points", [0, 1, 30])
def test_face_of_2011(points: int, qualities: int, certified: int | None) -> None:
    for kind, (picture, form) in itertools.product(
        (0, 1, 2), ((JPEG, PictureForm.JPEG), (jpeg_2000(24, 32), PictureForm.JPEG_2000))
    ):
        face = face_2011(
            picture, points=points, qualities=qualities, certified=certified, kind=kind
        )
        for faces in ([face], [face, face_2011(JPEG, points=7)]):
            record = record_2011(faces, is_certified=certified is not None)
            found = lds.parse_faces(group_2(tlv.encode(RECORD, record)))
            assert found == (Face(24, 32, form, picture),)


def test_face_of_2011_cut_or_longer() -> None:
    whole = record_2011([face_2011(JPEG, points=1, qualities=1)])
    for at in range(len(whole)):
        cut = whole[:8] + number(at, 4) + whole[12:at]
        with pytest.raises(DriverError):
            lds.parse_faces(group_2(tlv.encode(RECORD, cut[:at])))
    with pytest.raises(DriverError):
        lds.parse_faces(group_2(tlv.encode(RECORD, whole + b"\0")))


@pytest.mark.parametrize("version", [b"020\0", b"040\0", b"031\0"])
def test_face_of_another_version(version: bytes) -> None:
    record = record_2011([face_2011(JPEG)])
    with pytest.raises(DriverError, match="version"):
        lds.parse_faces(group_2(tlv.encode(RECORD, record[:4] + version + record[8:])))


VERSION_BLOCK = tlv.encode(0xA0, tlv.encode(0x80, b"\x03"), tlv.encode(0x81, b"\x07\xe3"))
IMAGE_SIZE = tlv.encode(0xA7, tlv.encode(0x80, b"\x18"), tlv.encode(0x81, b"\x20"))
IMAGE_FORM = tlv.encode(0xA0, tlv.encode(0x80, b"\x02"))
LATER = (tlv.encode(0xA2, tlv.encode(0x80, b"\x07\xe3")), tlv.encode(0x85, b"\x01"))


def face_39794(
    *, about: bytes = b"", nested: bool = True, later: Sequence[bytes] = (), faces: int = 1
) -> bytes:
    """A face of ISO/IEC 39794-5; `nested` as the standard's two choices, or with one of them left out."""
    image = tlv.encode(0xA0, tlv.encode(0x80, JPEG), about)
    image = tlv.encode(0xA1, tlv.encode(0xA0, image) if nested else image)
    one = tlv.encode(0x30, tlv.encode(0x80, b"\x01"), image, *later)
    other = tlv.encode(0x30, tlv.encode(0x80, b"\x02"), tlv.encode(0xA1, b""))
    blocks = tlv.encode(0xA1, one, *[other] * (faces - 1))
    return tlv.encode(BLOCK, tlv.encode(0xA1, tlv.encode(0x65, VERSION_BLOCK, blocks)))


@pytest.mark.parametrize("faces", [1, 2])
@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize(
    ("inside", "size"), [(b"", (0, 0)), (IMAGE_FORM, (0, 0)), (IMAGE_FORM + IMAGE_SIZE, (24, 32))]
)
def test_face_of_39794(inside: bytes, size: tuple[int, int], nested: bool, faces: int) -> None:
    for later in ((), LATER):
        about = tlv.encode(0xA1, inside) if inside else b""
        block = face_39794(about=about, nested=nested, later=later, faces=faces)
        assert lds.parse_faces(group_2(block)) == (Face(*size, PictureForm.JPEG, JPEG),)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        tlv.encode(0xA1),
        tlv.encode(0xA1, tlv.encode(0x64)),
        tlv.encode(0xA1, tlv.encode(0x65, VERSION_BLOCK)),
        tlv.encode(0xA1, tlv.encode(0x65, VERSION_BLOCK, tlv.encode(0xA1, tlv.encode(0x30)))),
    ],
)
def test_no_face_of_39794(block: bytes) -> None:
    with pytest.raises(DriverError):
        lds.parse_faces(group_2(tlv.encode(BLOCK, block)))


def test_faces_of_two_standards() -> None:
    group = group_2(face_39794(), tlv.encode(RECORD, record_2011([face_2011(JPEG)])))
    assert [face.width for face in lds.parse_faces(group)] == [0, 24]


# ------------------------------------------------------------ fingers


def group_13(*blocks: bytes) -> bytes:
    parts = {0x81: b"\x08", 0x82: b"\x09", 0x87: b"\x01\x01", 0x88: b"\x00\x01"}
    header = tlv.encode(0xA1, *[tlv.encode(tag, value) for tag, value in parts.items()])
    rows = [tlv.encode(0x7F60, header, block) for block in blocks]
    return tlv.encode(0x6D, tlv.encode(0x7F61, tlv.encode(2, bytes((len(rows),))), *rows))


def ansi_378() -> bytes:
    """Begins with the same eight bytes as ISO/IEC 19794-2:2005; the header is another."""
    header = bytes.fromhex("0035000D0000013C016200C500C50100")
    view = bytes.fromhex("0000280C" + "406400D8AA00" * 12) + b"\0\0"
    magic = bytes.fromhex("464D520020323000")
    size = (len(magic) + 2 + len(header) + len(view)).to_bytes(2, "big")
    return magic + size + header + view


def test_ansi_378_record() -> None:
    """It is refused by its name when the card is read, before anybody puts a finger on the sensor."""
    with pytest.raises(DriverError, match="ANSI 378"):
        iso19794.parse_record(ansi_378())
    with pytest.raises(DriverError, match="ANSI 378"):
        lds.parse_finger_group(group_13(tlv.encode(RECORD, ansi_378())), 13)


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        (tlv.encode(0x62, VERSION_BLOCK), "minutiae of ISO/IEC 39794-2 "),
        (tlv.encode(0x64, VERSION_BLOCK), "images of fingers of ISO/IEC 39794-4 "),
        (tlv.encode(0x65, VERSION_BLOCK), "faces of ISO/IEC 39794-5 "),
        (tlv.encode(0x66, VERSION_BLOCK), "irises of ISO/IEC 39794-6 "),
        (tlv.encode(0x6F, VERSION_BLOCK), "ISO/IEC 39794 "),
        (b"", "ISO/IEC 39794 "),
    ],
)
def test_fingers_of_39794(inside: bytes, name: str) -> None:
    """Refused by the name of the part, whatever else is in the block."""
    for block in (tlv.encode(0xA1, inside), tlv.encode(0xA1, inside, VERSION_BLOCK)):
        if not inside and block != tlv.encode(0xA1):
            continue
        with pytest.raises(DriverError, match=name):
            lds.parse_finger_group(group_13(tlv.encode(BLOCK, block)), 13)


def test_images_of_fingers() -> None:
    """ISO/IEC 19794-4, which DG3 of travel documents has."""
    group = group_13(tlv.encode(RECORD, b"FIR\x00020\x00" + bytes(30)))
    image = group.replace(tlv.encode(0x88, b"\x00\x01"), tlv.encode(0x88, b"\x00\x07"))
    with pytest.raises(DriverError, match="19794-4"):
        lds.parse_finger_group(image, 13)


def fingers_2011(
    records: Sequence[FingerRecord],
    *,
    with_quality: bool = True,
    qualities: int = 1,
    certified: int | None = None,
) -> bytes:
    """A record of ISO/IEC 19794-2:2011 with the one view of each record."""
    fingers = b""
    for record in records:
        (view,) = record.views
        body = bytes(9 + 5) + number(qualities, 1) + bytes((view.quality, 0, 1, 0, 2)) * qualities
        if certified is not None:
            body += number(certified, 1) + bytes(3 * certified)
        body += bytes((view.position, view.number))
        body += number(record.x_per_cm, 2) + number(record.y_per_cm, 2)
        body += bytes((view.impression,)) + number(record.width, 2) + number(record.height, 2)
        body += bytes(((6 if with_quality else 5) << 4 | 1, len(view.minutiae)))
        for m in view.minutiae:
            body += number(m.type << 14 | m.x, 2) + number(m.y, 2) + number(m.angle, 1)
            body += number(m.quality or 254, 1) if with_quality else b""
        body += number(len(view.extension), 2) + view.extension
        fingers += number(len(body) + 4, 4) + body
    whole = number(len(records), 2) + bytes((certified is not None,)) + fingers
    return b"FMR\x00030\x00" + number(12 + len(whole), 4) + whole


MINUTIA = st.builds(
    Minutia,
    st.sampled_from(MinutiaType),
    st.integers(0, 299),
    st.integers(0, 399),
    st.integers(0, 255),
    st.integers(0, 100),
)
VIEW = st.builds(
    FingerView,
    st.sampled_from(FingerPosition),
    st.integers(0, 100),
    st.lists(MINUTIA, min_size=1, max_size=20).map(tuple),
    st.integers(0, 15),
    st.sampled_from([0, 1, 2, 3, 8, 9]),
    st.sampled_from([b"", b"\x01\x01\x00\x05x"]),
)
FINGER = st.builds(lambda view: FingerRecord(300, 400, (view,)), VIEW)


@given(
    fingers=st.lists(FINGER, min_size=1, max_size=3),
    with_quality=st.booleans(),
    qualities=st.integers(0, 3),
    certified=st.sampled_from([None, 0, 2]),
)
def test_fingers_of_2011(
    fingers: list[FingerRecord], with_quality: bool, qualities: int, certified: int | None
) -> None:
    """Each finger becomes a record of 2005 with the same minutiae."""
    data = fingers_2011(
        fingers, with_quality=with_quality, qualities=qualities, certified=certified
    )
    group = group_13(tlv.encode(RECORD, data))
    found = [iso19794.parse_record(t.record) for t in lds.parse_finger_group(group, 13)]
    assert len(found) == len(fingers)
    for record, wanted in zip(found, fingers, strict=True):
        (view,) = wanted.views
        minutiae = view.minutiae
        if not with_quality:
            minutiae = tuple(replace(minutia, quality=0) for minutia in minutiae)
        quality = view.quality if qualities else 0
        expected = replace(view, minutiae=minutiae, quality=quality, extension=b"")
        assert record == replace(wanted, views=(expected,))


WHOLE = fingers_2011(
    [
        FingerRecord(
            300,
            400,
            (FingerView(FingerPosition.LEFT_INDEX, 80, (Minutia(MinutiaType.ENDING, 1, 2, 3),)),),
        )
    ]
)


def test_fingers_of_2011_cut_or_longer() -> None:
    for at in range(len(WHOLE)):
        with pytest.raises(DriverError):
            as_of_2005(WHOLE[:8] + number(at, 4) + WHOLE[12:at])
    for longer in (WHOLE + b"\0", WHOLE[:8] + number(len(WHOLE) + 1, 4) + WHOLE[12:] + b"\0"):
        with pytest.raises(DriverError):
            as_of_2005(longer)


@pytest.mark.parametrize(("at", "value"), [(14, 2), (13, 0), (39, 40), (50, 0x70), (50, 0x40)])
def test_fingers_of_2011_with_a_damaged_header(at: int, value: int) -> None:
    with pytest.raises(DriverError):
        as_of_2005(WHOLE[:at] + bytes((value,)) + WHOLE[at + 1 :])


def test_record_of_2005_stays() -> None:
    record = iso19794.encode_record(
        FingerRecord(
            300,
            400,
            (FingerView(FingerPosition.LEFT_INDEX, 80, (Minutia(MinutiaType.ENDING, 1, 2, 3),)),),
        )
    )
    assert as_of_2005(record) == (record,)
