"""Understand the fields of real documents."""

from __future__ import annotations

from datetime import date

import pytest

from drivers.errors import DriverError
from drivers.smartcard import fields, lds, mrz, tlv
from drivers.smartcard.profile import GroupField
from tests.cases.documents.kit import GROUPS

PERSONAL_NUMBER = 0x5F10
ZONE = mrz.parse(lds.parse_dg1(GROUPS[1]))


def test_expiry_of_this_year() -> None:
    assert mrz.expiry_date("261231", date(2026, 6, 1)) == date(2026, 12, 31)


def personal_number(value: bytes) -> str:
    listed = tlv.encode(0x5C, PERSONAL_NUMBER.to_bytes(2, "big"))
    group = tlv.encode(0x6B, listed, tlv.encode(PERSONAL_NUMBER, value))
    return fields.national_number(GroupField(11, (PERSONAL_NUMBER,)), ZONE, {11: group})


@pytest.mark.parametrize(
    "text",
    [
        "1234567891",
        "1234567891<<<<",
        "۱۲۳۴۵۶۷۸۹۱",
        "١٢٣٤٥٦٧٨٩١",
        "123-456789-1",
        "1234567891  ",
        "123 456789 1",
    ],
)
def test_national_number(text: str) -> None:
    """As it should be, filled up, in other digits and in groups."""
    assert personal_number(text.encode()) == "1234567891"


@pytest.mark.parametrize("text", ["123456789", "12345678911", "123456789A", "123456789²", "", "<"])
def test_not_a_national_number(text: str) -> None:
    with pytest.raises(DriverError):
        personal_number(text.encode())
