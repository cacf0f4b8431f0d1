"""Whatever is done to one entry of a log of a thousand is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

import pytest

from crypto.signing import PublicKey, SigningKey
from election import audit_log
from election.audit_events import AuditEvent
from election.audit_log import (
    FIRST,
    FOUND_AT_START,
    MOST_FINDINGS,
    VOTE_RECORDED,
    AuditEntry,
    KnownPosition,
    check_log,
    read_unchecked,
    sign_entry,
    write_entry,
)
from election.reasons import LogReason

KEY = SigningKey.generate()
AT = datetime(2026, 6, 14, 4, tzinfo=UTC)
MANY = 1000


def chain(number: int, first: int = 1, previous: bytes = FIRST) -> Iterator[AuditEntry]:
    """Make entries that follow each other; what they say differs."""
    for each in range(first, first + number):
        at = AT + timedelta(minutes=each)
        entry = sign_entry(KEY, previous, each, at, "power", f"try {each}")
        previous = entry.hash
        yield entry


@cache
def entries() -> tuple[AuditEntry, ...]:
    return tuple(chain(MANY))


@cache
def lines() -> tuple[bytes, ...]:
    return tuple(map(write_entry, entries()))


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verify each different line once: a thousand logs have a thousand lines in common."""
    monkeypatch.setattr(audit_log, "read_entry", lru_cache(None)(audit_log.read_entry))


def reasons(log: list[bytes], *known: KnownPosition) -> list[tuple[LogReason, int]]:
    found = check_log(b"".join(log), KEY.public, known).findings
    return [(each.reason, each.line) for each in found]


def closing() -> KnownPosition:
    return KnownPosition("act close", entries()[-1].hash, MANY)


def test_the_words_are_those_of_the_device() -> None:
    assert AuditEvent.VOTE_RECORDED.value == VOTE_RECORDED
    assert AuditEvent.FOUND_AT_START.value == FOUND_AT_START


@pytest.mark.usefixtures("remembering")
def test_an_untouched_log_has_no_findings() -> None:
    assert reasons(list(lines()), closing()) == []
    assert check_log(b"".join(lines()), KEY.public).entries == entries()


@pytest.mark.usefixtures("remembering")
def test_every_deletion_is_found() -> None:
    for place in range(MANY):
        log = [*lines()[:place], *lines()[place + 1 :]]
        last = place == MANY - 1
        expected = (LogReason.LOG_CUT, MANY) if last else (LogReason.LOG_ORDER, place + 1)
        assert reasons(log, closing()) == [expected]


@pytest.mark.usefixtures("remembering")
def test_every_edit_is_found() -> None:
    for place in range(MANY):
        edited = lines()[place].replace(b"try ", b"Try ")
        log = [*lines()[:place], edited, *lines()[place + 1 :]]
        found = reasons(log, closing())
        assert found[0] == (LogReason.LOG_LINE, place + 1)
        then = LogReason.LOG_CUT if place == MANY - 1 else LogReason.LOG_ORDER
        assert [reason for reason, _ in found[1:]] == [then]


@pytest.mark.usefixtures("remembering")
def test_every_swap_is_found() -> None:
    for place in range(MANY):
        log, other = list(lines()), (place * 7 + 1) % MANY
        log[place], log[other] = log[other], log[place]
        assert (LogReason.LOG_ORDER, min(place, other) + 1) in reasons(log, closing()) or (
            place == other
        )


@pytest.mark.usefixtures("remembering")
def test_every_truncation_is_found_by_what_was_kept_elsewhere() -> None:
    for length in range(MANY):
        log = list(lines()[:length])
        bundle = KnownPosition("bundle", entries()[-1].hash)
        assert reasons(log, closing(), bundle) == [
            (LogReason.LOG_CUT, MANY),
            (LogReason.LOG_CUT, 0),
        ]


@pytest.mark.usefixtures("remembering")
def test_an_end_that_the_device_itself_wrote_anew_is_found() -> None:
    """Whoever has the device's key makes a chain that holds; the act that cards signed is not in it."""
    for length in range(0, MANY, 100):
        previous = entries()[length - 1].hash if length else FIRST
        again = [
            write_entry(sign_entry(KEY, previous, length + 1, AT, "power", "nothing happened"))
        ]
        log = [*lines()[:length], *again]
        assert reasons(log) == []
        assert reasons(log, closing()) == [(LogReason.LOG_CUT, MANY)]


@pytest.mark.usefixtures("remembering")
def test_a_stranger_s_lines_are_told_up_to_a_number_and_hide_nothing() -> None:
    """What comes after them is read, and where the log once stood is still compared."""
    junk = [b"\n"] * (3 * MOST_FINDINGS)
    found = check_log(b"".join([*junk, *lines()[:-1]]), KEY.public, [closing()])
    assert found.entries == entries()[:-1]
    assert [each.line for each in found.findings[:-1]] == [*range(1, MOST_FINDINGS + 1)]
    assert found.findings[-1].reason is LogReason.LOG_CUT
    entry = write_entry(entries()[0])
    assert read_unchecked(b"\n\r" + entry + b"\n") == ((), 3)
    assert read_unchecked(b"\n" + entry + b"\n") == ((entries()[0],), 2)


def test_the_shortest_entry_is_read() -> None:
    entry = sign_entry(KEY, FIRST, 1, AT, "", "")
    assert check_log(write_entry(entry), KEY.public).entries == (entry,)


def test_a_doubled_foreign_or_torn_line() -> None:
    log = list(lines()[:5])
    assert reasons([*log, log[-1]]) == [(LogReason.LOG_ORDER, 6)]
    assert reasons([*log, log[-1][:-9]]) == [(LogReason.LOG_TORN, 6)]
    other = SigningKey.generate()
    entry = sign_entry(other, entries()[4].hash, 6, AT, "power", "")
    assert reasons([*log, write_entry(entry)]) == [(LogReason.LOG_LINE, 6)]
    assert check_log(b"".join(log), other.public).entries == ()


def test_a_position_before_the_first_entry_holds() -> None:
    assert reasons([], KnownPosition("act load", FIRST, 0)) == []


def test_reading_without_a_key_counts_what_is_strange() -> None:
    log = b"".join((*lines()[:3], b"{}\n", b"\xff\n"))
    assert read_unchecked(log) == (entries()[:3], 2)


def test_a_number_of_found_votes_that_is_none_counts_for_nothing() -> None:
    for detail, votes in (("votes 3", 3), ("votes x", 0), ("votes -1", 0), ("3", 0)):
        entry = sign_entry(KEY, FIRST, 1, AT, FOUND_AT_START, detail)
        assert entry.votes == votes
    assert isinstance(KEY.public, PublicKey)
