"""Read faces and fingers in the forms of their standards."""

from __future__ import annotations

import pytest

from drivers.errors import DriverError
from drivers.fingerprint import iso19794
from drivers.smartcard import lds, tlv
from tests.cases.documents.kit import GROUPS


def test_face_as_the_project_makes_it() -> None:
    template = tlv.parse_one(GROUPS[2], 0x75).child(0x7F61).child(0x7F60)
    header, record = template.child(0xA1).value, template.child(0x5F2E).value
    anew = tlv.encode(0x7F60, tlv.encode(0xA1, header), tlv.encode(0x5F2E, record))
    group = tlv.encode(0x75, tlv.encode(0x7F61, tlv.encode(2, b"\x01"), anew))
    assert lds.parse_faces(group) == lds.parse_faces(GROUPS[2])
    assert len(lds.parse_faces(group)) == 1


def test_ansi_378_record_alone() -> None:
    """It begins with the same eight bytes as ISO/IEC 19794-2:2005; the header is another."""
    header = bytes.fromhex("0035000D0000013C016200C500C50100")
    view = bytes.fromhex("0000280C" + "406400D8AA00" * 12) + b"\0\0"
    magic = bytes.fromhex("464D520020323000")
    size = (len(magic) + 2 + len(header) + len(view)).to_bytes(2, "big")
    with pytest.raises(DriverError):
        iso19794.parse_record(magic + size + header + view)
