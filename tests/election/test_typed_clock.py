"""A time that two roles type: either calendar, in bounds, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto.certificates import valid_from, valid_until
from election.errors import PollsStateError
from election.operators import Rejection, admit, admit_for_clock
from election.typed_clock import EARLY, LATE, bounds, typed_time
from tests.election.acting import acting
from tests.election.samples import BRANCH, CLOSES, NOW, OPENS
from words.dates import jalali_parts
from words.digits import to_persian_digits

W = acting()
ELECTION, ROOT = W.sample.election, W.sample.root
WIDE = bounds(ELECTION, ROOT, None)


def gregorian(at: datetime) -> str:
    return at.astimezone().strftime("%Y%m%d%H%M")


def jalali(at: datetime) -> str:
    local = at.astimezone()
    year, month, day = jalali_parts(local.date())
    return f"{year:04}{month:02}{day:02}{local:%H%M}"


@given(st.integers(0, int((WIDE[1] - WIDE[0]) / timedelta(minutes=1)) - 1))
@example(0)
def test_both_calendars_name_the_same_minute(minutes: int) -> None:
    at = (WIDE[0] + timedelta(minutes=minutes + 1)).replace(second=0, microsecond=0)
    for typed in (gregorian(at), jalali(at), to_persian_digits(jalali(at))):
        assert typed_time(typed, WIDE) == at


@given(st.text(max_size=14) | st.text("0123456789", min_size=12, max_size=12))
@example("140513321200")
@example("202602301200")
@example("202606142460")
@example("²⁰²⁶⁰⁶¹⁴¹²⁰⁰")
def test_anything_else_is_refused_in_words(text: str) -> None:
    try:
        found = typed_time(text, WIDE)
    except PollsStateError:
        pass
    else:
        assert WIDE[0] <= found <= WIDE[1]


def test_bounds_come_from_package_and_log() -> None:
    first, last = WIDE
    assert first == max(OPENS - EARLY, valid_from(ROOT))
    assert last == min(CLOSES + LATE, valid_until(ROOT))
    floor = NOW + timedelta(hours=3)
    later, _ = bounds(ELECTION, ROOT, floor)
    assert floor - timedelta(minutes=3) < later <= floor
    for at in (floor - timedelta(hours=1), CLOSES + 2 * LATE):
        with pytest.raises(PollsStateError):
            typed_time(gregorian(at), (later, last))
    # A log that was written in the year 2099 locks nobody out.
    assert bounds(ELECTION, ROOT, datetime(2099, 1, 1, tzinfo=UTC)) == WIDE
    assert bounds(None, ROOT, None) == (valid_from(ROOT), valid_until(ROOT))


BEGAN, ENDED = valid_from(W.officer.certificate), valid_until(W.officer.certificate)
DAYS = (valid_until(ROOT) - valid_from(ROOT)).days
CLOCKS = st.integers(-30, DAYS + 30).map(lambda day: valid_from(ROOT) + timedelta(days=day))


@given(CLOCKS)
@example(datetime(2000, 1, 1, tzinfo=UTC))
@example(datetime(2099, 1, 1, tzinfo=UTC))
@example(BEGAN - timedelta(seconds=1))
@example(BEGAN)
@example(ENDED + timedelta(seconds=1))
@example(valid_until(ROOT) + timedelta(seconds=1))
def test_who_sets_a_clock_that_is_wrong_for_certain_is_judged_by_the_chain(at: datetime) -> None:
    """Before a package is loaded. A clock that may be right still refuses a card that has expired."""
    known, usual = W.officer.certificate, admit(W.officer.certificate, ROOT, at, BRANCH, None)
    found = admit_for_clock(known, ROOT, at, BRANCH)
    if at < BEGAN or not valid_from(ROOT) <= at <= valid_until(ROOT):
        assert usual in {Rejection.EXPIRED, Rejection.NOT_YET_VALID}, "and for nothing else"
        assert not isinstance(found, Rejection)
    else:
        assert found == usual
        assert (found is Rejection.EXPIRED) == (at > ENDED)
    assert isinstance(admit_for_clock(W.stranger.certificate, ROOT, at, BRANCH), Rejection)


def test_who_is_no_operator_sets_no_clock() -> None:
    at = datetime(2000, 1, 1, tzinfo=UTC)
    assert admit_for_clock(W.stranger.certificate, ROOT, at, BRANCH) is Rejection.OTHER_BRANCH
    assert admit_for_clock(b"no certificate", ROOT, at, BRANCH) is Rejection.UNKNOWN_CARD
    device = W.sample.election.devices[0].certificate
    assert admit_for_clock(device, ROOT, at, BRANCH) is Rejection.NOT_AN_OPERATOR
