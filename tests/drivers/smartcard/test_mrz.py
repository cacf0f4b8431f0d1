"""The machine readable zone against the specimens of ICAO Doc 9303."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ChecksumError, ProtocolError
from drivers.smartcard import mrz
from drivers.smartcard.dates import PartialDate

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"


def test_check_digits(vectors: dict[str, Any]) -> None:
    for case in vectors["icao9303_mrz"]["check_digits"]:
        assert mrz.check_digit(case["field"]) == case["digit"], case["where"]


def test_specimens(vectors: dict[str, Any]) -> None:
    for case in vectors["icao9303_mrz"]["mrz"]:
        zone = mrz.parse(case["mrz"])
        assert zone.information == case["mrz_information"], case["where"]
        assert zone.state == "UTO"


def test_damaged_specimens_name_the_field(vectors: dict[str, Any]) -> None:
    for case in vectors["icao9303_mrz"]["damaged"]:
        with pytest.raises(ChecksumError):
            mrz.parse(case["mrz"])


def test_td1_fields() -> None:
    zone = mrz.parse(
        "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    )
    assert zone == mrz.Mrz(
        "I", "UTO", "D23145890", "UTO", "740812", "F", "120415", "", "ERIKSSON", "ANNA MARIA"
    )


@given(
    st.builds(
        mrz.Mrz,
        st.just("I"),
        st.just("IRN"),
        st.from_regex(r"[A-Z0-9]{1,11}", fullmatch=True),
        st.just("IRN"),
        st.dates().map(lambda d: f"{d:%y%m%d}"),
        st.sampled_from("MF<"),
        st.dates().map(lambda d: f"{d:%y%m%d}"),
        st.from_regex(r"[A-Z0-9]{0,10}", fullmatch=True),
        st.from_regex(r"[A-Z]{1,10}( [A-Z]{1,5})?", fullmatch=True),
        st.from_regex(r"[A-Z]{1,8}", fullmatch=True),
    )
)
def test_an_encoded_zone_parses_to_itself(zone: mrz.Mrz) -> None:
    assert mrz.parse(mrz.encode_td1(zone)) == zone


@given(st.integers(0, 89), st.sampled_from(ALPHABET))
def test_a_changed_character_never_changes_a_checked_field(at: int, char: str) -> None:
    text = (
        "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    )
    try:
        zone = mrz.parse(text[:at] + char + text[at + 1 :])
    except ProtocolError:
        return
    # The sum is modulo 10, so A for 0 or K for A passes; a digit for a digit never does.
    if char.isdigit() and text[at].isdigit() and char != text[at]:
        assert zone.birth == "740812"
        assert zone.expiry == "120415"


@given(st.text(ALPHABET + "a ۱", min_size=85, max_size=92) | st.text())
def test_noise_raises_only_protocol_errors(text: str) -> None:
    with contextlib.suppress(ProtocolError):
        mrz.parse(text)


@pytest.mark.parametrize(
    ("yymmdd", "born", "expires"),
    [
        ("260601", date(2026, 6, 1), date(2026, 6, 1)),
        ("260602", date(1926, 6, 2), date(2026, 6, 2)),
        ("850321", date(1985, 3, 21), date(1985, 3, 21)),
        ("360101", date(1936, 1, 1), date(2036, 1, 1)),
        ("000229", date(2000, 2, 29), date(2000, 2, 29)),
    ],
)
def test_the_century_of_a_date(yymmdd: str, born: date, expires: date) -> None:
    today = date(2026, 6, 1)
    assert mrz.birth_date(yymmdd, today) == PartialDate.of(born)
    assert mrz.expiry_date(yymmdd, today) == expires


@pytest.mark.parametrize("text", ["990230", "85<321", "851301", "", "8503210", "۸۵۰۳۲۱"])
def test_impossible_dates_are_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        mrz.birth_date(text, date(2026, 6, 1))
    with pytest.raises(ProtocolError):
        mrz.expiry_date(text, date(2026, 6, 1))
