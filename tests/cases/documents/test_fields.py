"""Understand the fields of real documents."""

from __future__ import annotations

from datetime import date

from drivers.smartcard import fields, lds, mrz, tlv
from drivers.smartcard.profile import GroupField
from tests.cases.documents.kit import GROUPS

PERSONAL_NUMBER = 0x5F10
ZONE = mrz.parse(lds.parse_dg1(GROUPS[1]))


def test_expiry_of_this_year() -> None:
    assert mrz.expiry_date("261231", date(2026, 6, 1)) == date(2026, 12, 31)


def test_national_number_as_it_should_be() -> None:
    listed = tlv.encode(0x5C, PERSONAL_NUMBER.to_bytes(2, "big"))
    group = tlv.encode(0x6B, listed, tlv.encode(PERSONAL_NUMBER, b"1234567891"))
    where = GroupField(11, (PERSONAL_NUMBER,))
    assert fields.national_number(where, ZONE, {11: group}) == "1234567891"
