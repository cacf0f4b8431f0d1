"""Understand the fields of real documents."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError
from drivers.smartcard import dates, fields, lds, mrz, tlv
from drivers.smartcard.dates import PartialDate
from drivers.smartcard.profile import GroupField
from drivers.smartcard.trust import CscaStore
from tests.cases.documents.kit import GROUPS, Country, failed

PERSONAL_NUMBER = 0x5F10
ZONE = mrz.parse(lds.parse_dg1(GROUPS[1]))


def test_expiry_of_this_year() -> None:
    assert mrz.expiry_date("261231", date(2026, 6, 1)) == date(2026, 12, 31)


# ------------------------------------------------------------ dates

TODAY = date(2026, 6, 1)
FILLED = {"<<": 0, "00": 0}


@pytest.mark.parametrize("day", ["15", *FILLED])
@pytest.mark.parametrize("month", ["02", "12", *FILLED])
@pytest.mark.parametrize("year", ["85", "26", "00", "<<"])
def test_birth_date_with_unknown_parts(year: str, month: str, day: str) -> None:
    """It is an interval, which holds every day that it may be, and none after today."""
    born = mrz.birth_date(year + month + day, TODAY)
    assert born.is_exact == ("<<" not in year and month not in FILLED and day not in FILLED)
    first, last = born.earliest, born.latest
    assert first <= last
    assert first <= TODAY
    if year == "<<":
        assert (first.year, last.year) == (date.min.year, date.max.year)
        return
    assert first.year == last.year
    assert f"{first:%y}" == year
    if month in FILLED:
        assert (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    else:
        assert f"{first:%m}" == f"{last:%m}" == month
        assert (f"{first:%d}" == f"{last:%d}" == day) == (day not in FILLED)


@pytest.mark.parametrize("text", ["991231", "990101", "<<<<<<"])
def test_no_expiry(text: str) -> None:
    assert mrz.expiry_date(text, TODAY) is None


@given(st.dates(date(1977, 1, 1), date(2075, 12, 31)))
def test_any_expiry(day: date) -> None:
    """What is written in two digits is within 50 years, and no end stands for no end."""
    text = f"{day:%y%m%d}"
    assert mrz.expiry_date(text, TODAY) == (None if text in ("990101", "991231") else day)


def test_expiry_of_a_month() -> None:
    assert mrz.expiry_date("2802<<", TODAY) == date(2028, 2, 29)
    assert mrz.expiry_date("30<<<<", TODAY) == date(2030, 12, 31)


def details(tag: int, value: bytes) -> lds.PersonalDetails:
    listed = tlv.encode(0x5C, tag.to_bytes(2, "big"))
    return lds.parse_dg11(tlv.encode(0x6B, listed, tlv.encode(tag, value)))


@pytest.mark.parametrize(
    ("value", "born"),
    [
        (b"19850000", PartialDate(1985)),
        (b"1985<<<<", PartialDate(1985)),
        (b"198503<<", PartialDate(1985, 3)),
        (b"19850321", PartialDate(1985, 3, 21)),
        (b"<<<<<<<<", PartialDate(0)),
        (bytes.fromhex("19850300"), PartialDate(1985, 3)),
    ],
)
def test_birth_date_in_group_11(value: bytes, born: PartialDate) -> None:
    assert details(0x5F2B, value).birth_date == born


@pytest.mark.parametrize("value", [b"1985", b"19851301", b"19850230", b"1985<321", b"+9850321"])
def test_not_a_birth_date(value: bytes) -> None:
    with pytest.raises(DriverError):
        details(0x5F2B, value)


def test_place_of_birth_in_latin_1() -> None:
    assert details(0x5F11, "København".encode("latin-1")).birth_place == "København"
    assert details(0x5F11, "København".encode()).birth_place == "København"


@pytest.mark.parametrize(
    ("written", "zone", "same"),
    [
        (PartialDate(1985, 3, 21), "850321", True),
        (PartialDate(1985, 3, 21), "8503<<", True),
        (PartialDate(1985, 3, 21), "85<<<<", True),
        (PartialDate(1985), "850321", True),
        (PartialDate(0, 3), "85<<21", True),
        (PartialDate(1985, 3, 21), "850322", False),
        (PartialDate(1985, 3), "8504<<", False),
        (PartialDate(1984), "85<<<<", False),
        (PartialDate(1984), "<<<<<<", True),
    ],
)
def test_birth_dates_of_zone_and_details_agree(written: PartialDate, zone: str, same: bool) -> None:
    """No part that both know differs."""
    assert dates.agree(written, zone) == same


UNKNOWN_MONTH, LATER_DATE = b"1985<<<<", b"19860321"


@pytest.mark.parametrize(("written", "agrees"), [(UNKNOWN_MONTH, True), (LATER_DATE, False)])
def test_signed_document_with_two_birth_dates(written: bytes, agrees: bool) -> None:
    country = Country()
    listed = tlv.encode(0x5C, bytes.fromhex("5F2B"))
    groups = {**GROUPS, 11: tlv.encode(0x6B, listed, tlv.encode(0x5F2B, written))}
    failures = failed(country.sod(groups=groups), CscaStore((country.ca,)), groups=groups)
    assert failures == ([] if agrees else ["consistency: the birth dates of DG1 and DG11 differ"])


# ------------------------------------------------------------ numbers


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
