"""What a typed or scanned text opens a card with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.smartcard.access_secret import Can, MrzKey
from drivers.smartcard.access_text import ZoneLines, fields_text, secret_of, ways_of
from drivers.smartcard.profile import load_profile
from kiosk.flows.identity.states import AccessWay

BOTH = (AccessWay.CAN, AccessWay.MRZ)
# ICAO Doc 9303 part 4, appendix B, and part 5, appendix B.
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
INFORMATION = "L898902C3674081221204159"


@pytest.mark.parametrize("text", ["518329", "۵۱۸۳۲۹", "٥١٨٣٢٩", " 518 329 "])
def test_six_digits_in_any_script(text: str) -> None:
    assert secret_of(text, BOTH) == Can("518329")


@pytest.mark.parametrize(
    ("text", "information"),
    [
        ("".join(TD3), INFORMATION),
        ("\n".join(TD3).lower(), INFORMATION),
        ("".join(TD1), "D23145890774081221204159"),
        (INFORMATION, INFORMATION),
    ],
)
def test_a_zone_or_its_fields(text: str, information: str) -> None:
    assert secret_of(text, BOTH) == MrzKey(information)


@pytest.mark.parametrize(
    "text",
    ["", "51832", "5183290", "51832a", "https://example.org", INFORMATION[:-1] + "0", "A" * 5000],
)
def test_what_opens_nothing(text: str) -> None:
    assert secret_of(text, BOTH) is None


def test_only_what_the_family_of_cards_takes() -> None:
    assert secret_of("518329", (AccessWay.MRZ,)) is None
    assert secret_of(INFORMATION, (AccessWay.CAN,)) is None
    assert ways_of([load_profile("standard")]) == ()
    assert ways_of([load_profile("moc")]) == BOTH
    assert ways_of([load_profile("icao")]) == (AccessWay.MRZ, AccessWay.CAN)


def test_three_fields_without_check_digits() -> None:
    text = fields_text("l898902c", "۷۴۰۸۱۲", "120415")
    assert secret_of(text, BOTH) == MrzKey("L898902C<374081221204159")


@pytest.mark.parametrize(
    "fields", [("", "740812", "120415"), ("L8", "74081", "120415"), ("L8/", "740812", "120415")]
)
def test_fields_that_cannot_be_right(fields: tuple[str, str, str]) -> None:
    assert fields_text(*fields) == ""


@pytest.mark.parametrize("zone", [TD3, TD1])
def test_lines_scanned_one_by_one(zone: tuple[str, ...]) -> None:
    lines = ZoneLines()
    assert [lines.add(line) for line in zone] == [None] * (len(zone) - 1) + ["".join(zone)]


def test_lines_of_different_zones_are_not_mixed() -> None:
    lines = ZoneLines()
    assert lines.add(TD3[0]) is None
    assert lines.add(TD1[0]) is None
    assert lines.add("518329") == "518329"
    assert [lines.add(line) for line in TD1] == [None, None, "".join(TD1)]
    lines.add(TD3[0])
    lines.forget()
    assert [lines.add(line) for line in TD3] == [None, "".join(TD3)]


@given(st.text(max_size=120), st.sampled_from([BOTH, (AccessWay.CAN,), (AccessWay.MRZ,), ()]))
def test_any_text_is_taken_or_not_and_nothing_else(text: str, ways: tuple[AccessWay, ...]) -> None:
    secret = secret_of(text, ways)
    assert secret is None or isinstance(secret, Can | MrzKey)
    lines = ZoneLines()
    assert lines.add(text) in (None, text)


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<", min_size=80, max_size=95))
def test_any_zone_like_text(text: str) -> None:
    assert secret_of(text, BOTH) is None or len(text) in {72, 88, 90}


@given(st.text(max_size=12), st.text(max_size=8), st.text(max_size=8))
def test_any_fields(number: str, birth: str, expiry: str) -> None:
    text = fields_text(number, birth, expiry)
    assert text == "" or secret_of(text, BOTH) is None or isinstance(secret_of(text, BOTH), MrzKey)
