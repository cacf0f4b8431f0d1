"""What a person types and what a file of counters holds: read within bounds, or refused in words."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.errors import ElectionError
from headquarters.capacity.counters import Counters, read_counters
from headquarters.capacity.load import (
    CHECK_IN,
    CHECK_IN_SPREAD,
    MOST_PARTS,
    VOTERS,
    arrivals_by_weight,
    service_time,
)
from headquarters.capacity.numbers import Bound, CapacityError, read_share, read_time
from words.digits import to_persian_digits

DAY = "start,voters\n08:00,60\n09:00,90\n10:00,30\n"
WITH_USE = "start,voters,check_in_minutes,voting_minutes\n08:00,60,45,180\n09:00,90,60,270\n10:00,30,30,90\n"
STRANGE = (
    *("", " ", "-1", "+1", "nan", "inf", "1e3", "0x10", "1_000", "1,5", "½", "9" * 5000),
    *("\x00", "1\n2", "۱‌۲", "--", "ten"),
)


@given(st.integers(1, 20_000))
def test_whole_numbers_are_read_in_any_digits(number: int) -> None:
    assert VOTERS.read(f" {number} ") == VOTERS.read(to_persian_digits(str(number))) == number


@given(st.floats(1, 3600).map(lambda x: round(x, 3)))
def test_numbers_are_read_with_either_point(number: float) -> None:
    text = f"{number:.3f}"
    persian = to_persian_digits(text).replace(".", "٫")
    assert CHECK_IN.read(text) == CHECK_IN.read(persian) == pytest.approx(number)


@pytest.mark.parametrize("text", [*STRANGE, "0", "20001", "1.5"])
def test_no_number_of_voters(text: str) -> None:
    with pytest.raises(CapacityError, match="--voters: a whole number from 1 to 20,000"):
        VOTERS.read(text)


@pytest.mark.parametrize("text", [*STRANGE, "0.99", "3600.1"])
def test_no_time_of_check_in(text: str) -> None:
    with pytest.raises(CapacityError, match="--check-in: a number from 1 to 3,600"):
        CHECK_IN.read(text)


@given(st.text(max_size=12))
def test_any_text_is_a_number_within_bounds_or_refused(text: str) -> None:
    bound = Bound("--x", 0.5, 90)
    with suppress(CapacityError):
        assert 0.5 <= bound.read(text) <= 90


@given(st.text(max_size=8))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(CapacityError):
        assert 0 <= read_time("--opens", text) <= 24 * 3600


@given(st.integers(0, 23), st.integers(0, 59))
def test_times_are_read(hour: int, minute: int) -> None:
    text = f"{hour:02d}:{minute:02d}"
    assert (
        read_time("x", text) == read_time("x", to_persian_digits(text)) == hour * 3600 + minute * 60
    )


@pytest.mark.parametrize("text", ["24:01", "25", "8:60", "8:5", "-1", "08.30", "8:00:00"])
def test_no_times(text: str) -> None:
    with pytest.raises(CapacityError, match="a time from 00:00 to 24:00"):
        read_time("x", text)


def test_shares() -> None:
    assert [read_share("x", text, 0.5, 0.999) for text in ("95", "95%", "۹۵٪", " 95 % ")] == [
        0.95
    ] * 4
    for text in ("49", "100%", "0.95", *STRANGE):
        with pytest.raises(CapacityError):
            read_share("x", text, 0.5, 0.999)


def test_a_spread_belongs_to_its_mean() -> None:
    assert service_time(45, 135, CHECK_IN, CHECK_IN_SPREAD).spread == 135
    with pytest.raises(CapacityError, match="--check-in-spread may be 3 times --check-in at most"):
        service_time(45, 136, CHECK_IN, CHECK_IN_SPREAD)
    with pytest.raises(CapacityError):
        service_time(float("nan"), 1, CHECK_IN, CHECK_IN_SPREAD)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=MOST_PARTS).filter(lambda x: sum(x) > 1))
def test_weights_divide_all_voters(weights: list[float]) -> None:
    arrivals = arrivals_by_weight(0, 3600, 900, tuple(weights))
    assert arrivals.voters == pytest.approx(900)
    assert arrivals.closes_s == pytest.approx(3600)


@pytest.mark.parametrize("weights", [(), (0.0, 0.0), (1.0,) * (MOST_PARTS + 1)])
def test_no_weights(weights: tuple[float, ...]) -> None:
    with pytest.raises(CapacityError, match="--profile"):
        arrivals_by_weight(0, 3600, 900, weights)


def test_a_day_ends_after_it_begins() -> None:
    with pytest.raises(CapacityError, match="--closes has to be after --opens"):
        arrivals_by_weight(3600, 3600, 900, (1,))


# ---------------------------------------------------------------- counters


def test_counters_give_the_day_and_the_means() -> None:
    found = read_counters(WITH_USE.encode())
    assert found.arrivals.expected == (60, 90, 30)
    assert (found.arrivals.opens_s, found.arrivals.closes_s) == (8 * 3600, 11 * 3600)
    assert (found.check_in_s, found.voting_s) == (45, 180)
    assert read_counters(DAY.encode()) == Counters(found.arrivals, None, None)


@pytest.mark.parametrize(
    "written",
    [
        WITH_USE.replace(",", ";"),
        WITH_USE.replace(",", "\t"),
        WITH_USE.replace("\n", "\r\n"),
        "\ufeff" + WITH_USE,
        WITH_USE.replace("\n", "\n\n") + ",,,\n",
        to_persian_digits(WITH_USE),
    ],
)
def test_counters_as_spreadsheets_write_them(written: str) -> None:
    assert read_counters(written.encode()) == read_counters(WITH_USE.encode())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "empty"),
        ("start,voters\n", "voters: a whole number from 1"),
        ("start,voters\n08:00,60\n", "2 to 96 lines"),
        ("start,voters\n08:00,0\n09:00,0\n", "voters: a whole number from 1"),
        ("start,voters\n08:00,60\n08:00,60\n", "equal distances"),
        ("start,voters\n09:00,60\n08:00,60\n", "equal distances"),
        (DAY + "12:00,5\n", "equal distances"),
        ("start,voters\n12:00,60\n23:00,60\n", "after midnight"),
        (DAY.replace("60", "-3"), "voters: a whole number from 0"),
        (DAY.replace("60", "19999"), "voters: a whole number from 1 to 20,000"),
        (DAY.replace("08:00", "8 o'clock"), "start: a time"),
        (WITH_USE.replace("45", "nan"), "check_in_minutes: a number"),
        (WITH_USE.replace("270", "999999"), "voting_minutes × 60 / voters"),
        ("hour,voters\n8,1\n", "start"),
    ],
)
def test_counters_that_are_no_day(written: str, said: str) -> None:
    with pytest.raises(ElectionError, match=said.replace("(", r"\(")):
        read_counters(written.encode())


@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda x: f"start,voters\n{x}".encode()))
def test_any_file_is_a_day_or_refused(data: bytes) -> None:
    with suppress(ElectionError):
        assert read_counters(data).arrivals.voters >= 1
