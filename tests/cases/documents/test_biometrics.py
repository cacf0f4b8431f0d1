"""Faces and fingers in other standards' clothes."""

from drivers.errors import DriverError
from drivers.fingerprint import iso19794
from drivers.smartcard import lds, tlv
from tests.cases.documents.kit import GROUPS, works
from tests.cases.runner import Fault, add, collect
from tests.pictures import jpeg

FACE = tlv.parse_one(GROUPS[2], 0x75).child(0x7F61).child(0x7F60)
HEADER, RECORD = FACE.child(0xA1).value, FACE.child(0x5F2E).value


def group2(*parts: bytes) -> bytes:
    one = tlv.encode(2, b"\x01")
    return tlv.encode(0x75, tlv.encode(0x7F61, one, tlv.encode(0x7F60, *parts)))


def iso39794() -> bytes:
    """Version 3 of the face format, as ICAO's sample nests it."""
    image = tlv.encode(0xA1, tlv.encode(0xA0, tlv.encode(0x80, jpeg(240, 320))))
    version = tlv.encode(0xA0, tlv.encode(0x80, b"\x03"), tlv.encode(0x81, b"\x07\xe7"))
    block = tlv.encode(0xA1, tlv.encode(0x30, tlv.encode(0x80, b"\x01"), image))
    header = tlv.encode(0xA1, tlv.encode(0x87, b"\x01\x01"), tlv.encode(0x88, b"\x00\x2a"))
    return group2(header, tlv.encode(0x7F2E, tlv.encode(0xA1, tlv.encode(0x65, version, block))))


def group13(record: bytes) -> bytes:
    header = tlv.encode(
        0xA1,
        tlv.encode(0x81, b"\x08"),
        tlv.encode(0x82, b"\x09"),
        tlv.encode(0x87, b"\x01\x01"),
        tlv.encode(0x88, b"\x00\x01"),
    )
    template = tlv.encode(0x7F60, header, tlv.encode(0x5F2E, record))
    return tlv.encode(0x6D, tlv.encode(0x7F61, tlv.encode(2, b"\x01"), template))


def ansi378() -> bytes:
    """Begins with the same eight bytes as ISO/IEC 19794-2:2005; the header is another."""
    header = bytes.fromhex("0035000D0000013C016200C500C50100")
    view = bytes.fromhex("0000280C" + "406400D8AA00" * 12) + b"\0\0"
    magic = bytes.fromhex("464D520020323000")
    size = (len(magic) + 2 + len(header) + len(view)).to_bytes(2, "big")
    return magic + size + header + view


def ansi_refused(read) -> None:
    try:
        read(ansi378())
    except DriverError:
        return
    raise Fault("taken when the card is read; the module refuses it with the finger on it")


works(
    "face-as-the-project-makes-it",
    lambda: lds.parse_faces(group2(tlv.encode(0xA1, HEADER), tlv.encode(0x5F2E, RECORD))),
    lambda faces: len(faces) == 1,
)
works("face-after-iso-39794-5", lambda: lds.parse_faces(iso39794()), lambda faces: len(faces) == 1)
works(
    "face-in-data-object-7f2e",
    lambda: lds.parse_faces(group2(tlv.encode(0xA1, HEADER), tlv.encode(0x7F2E, RECORD))),
    lambda faces: len(faces) == 1,
)
add(
    "ansi-378-record-on-the-card",
    lambda: ansi_refused(lambda data: lds.parse_finger_group(group13(data), 13)),
)
add("ansi-378-record-alone", lambda: ansi_refused(iso19794.parse_record))
test_case = collect()
