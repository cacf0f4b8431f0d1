"""What a log proves of the time: how long the polls have been open, whatever any clock showed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from crypto.signing import SigningKey
from election.audit_events import AuditEvent
from election.audit_log import FIRST, AuditEntry, check_detail, sign_entry
from election.log_time import Running, confirms_clock, time_floor, typed_line

KEY = SigningKey.generate()
AT = datetime(2026, 6, 14, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIGNED = "0123456789abcdef fedcba9876543210"


def line(at: datetime, what: AuditEvent, detail: str = "") -> AuditEntry:
    return sign_entry(KEY, FIRST, 1, at, what.value, detail)


def typed(at: datetime) -> AuditEntry:
    return line(at, AuditEvent.DOUBT_CONFIRMED, typed_line(AT, AT, SIGNED))


def ran(*entries: AuditEntry) -> timedelta:
    return reduce(Running.after, entries, Running()).span


def test_the_line_of_a_typed_clock_is_a_detail_that_confirms_it() -> None:
    detail = typed_line(AT, AT + HOUR, SIGNED)
    check_detail(detail)
    assert detail == f"clock-typed 2026-06-14T08:00:00+00:00 2026-06-14T09:00:00+00:00 {SIGNED}"
    assert confirms_clock(typed(AT))
    assert not confirms_clock(line(AT, AuditEvent.DOUBT_CONFIRMED, f"new-memory {SIGNED}"))
    assert not confirms_clock(line(AT, AuditEvent.DOUBT_FOUND, "clock"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["typed", "started", "doubted"]),
            st.integers(-10_000, 10_000),
            st.lists(st.integers(0, 300), max_size=4),
        ),
        max_size=6,
    )
)
def test_no_clock_takes_back_the_time_that_went_by(
    clocks: list[tuple[str, int, list[int]]],
) -> None:
    """Each clock shows any hour at all; what is known is the time that passed under those that served."""
    entries, passed = [line(AT, AuditEvent.POLLS_OPENED)], timedelta()
    for kind, shows, minutes in clocks:
        now = AT + timedelta(minutes=shows)
        if kind == "typed":
            entries.append(typed(now))
        else:
            entries.append(line(now, AuditEvent.STARTED))
        if kind == "doubted":
            # Nobody was served, and the machine's clock may be set meanwhile.
            entries.append(line(now, AuditEvent.DOUBT_FOUND, "clock"))
        for each in minutes:
            now += timedelta(minutes=each)
            passed += timedelta(minutes=each) if kind != "doubted" else timedelta()
            entries.append(line(now, AuditEvent.POWER, "line"))
            quarter = now.replace(minute=now.minute // 15 * 15)
            entries.append(line(quarter, AuditEvent.VOTE_RECORDED))
    assert ran(*entries) == passed
    assert time_floor(entries) is not None


def test_before_the_opening_no_time_counts() -> None:
    before = line(AT - 30 * HOUR, AuditEvent.STARTED), line(AT - HOUR, AuditEvent.PACKAGE_LOADED)
    opened = line(AT, AuditEvent.POLLS_OPENED)
    missed = line(AT, AuditEvent.FOUND_AT_START, AuditEvent.POLLS_OPENED.value)
    later = line(AT + HOUR, AuditEvent.VOTE_RECORDED)
    assert ran(*before, opened, later) == ran(*before, missed, later) == HOUR
    assert ran(*before, line(AT, AuditEvent.FOUND_AT_START, "votes 3"), later) == 31 * HOUR


def test_a_doubt_about_something_else_takes_no_time_away() -> None:
    opened = line(AT, AuditEvent.POLLS_OPENED)
    for doubt in ("clock-set", "new-memory", "votes-behind"):
        found = line(AT + HOUR, AuditEvent.DOUBT_FOUND, doubt)
        assert ran(opened, found, line(AT + 2 * HOUR, AuditEvent.POWER)) == 2 * HOUR
