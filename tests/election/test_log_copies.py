"""Two copies of a log, and what is made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.signing import SigningKey
from election.audit_log import FIRST, AuditEntry, check_log, sign_entry, write_entry
from election.log_copies import follow, join_logs

KEY, OTHER = SigningKey.generate(), SigningKey.generate()
AT = datetime(2026, 6, 14, 4, 30, tzinfo=UTC)
LENGTH = 12


def chain(
    count: int, after: tuple[AuditEntry, ...] = (), detail: str = "", key: SigningKey = KEY
) -> tuple[AuditEntry, ...]:
    made = list(after)
    for _ in range(count):
        previous = made[-1].hash if made else FIRST
        number = len(made) + 1
        made.append(
            sign_entry(key, previous, number, AT + timedelta(minutes=number), "power", detail)
        )
    return tuple(made)


ENTRIES = chain(LENGTH)
LINES = tuple(map(write_entry, ENTRIES))
WHOLE = b"".join(LINES)


def garbled(line: bytes) -> bytes:
    return bytes([line[0] ^ 0xFF]) + line[1:]


@given(
    st.lists(st.sampled_from(["here", "there", "both"]), min_size=LENGTH, max_size=LENGTH),
    st.booleans(),
)
def test_a_line_that_either_copy_has_is_there(where: list[str], swapped: bool) -> None:
    """Whatever is garbled in one copy, as long as the other one has it."""
    pairs = list(zip(LINES, where, strict=True))
    one = b"".join(garbled(line) if place == "there" else line for line, place in pairs)
    two = b"".join(garbled(line) if place == "here" else line for line, place in pairs)
    joined = join_logs((two, one) if swapped else (one, two), KEY.public)
    assert (joined.content, joined.entries, joined.forked) == (WHOLE, ENTRIES, False)
    told = ("there" in where, "here" in where)
    assert joined.damaged == (told[::-1] if swapped else told)


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
def test_of_two_lengths_the_longer_goes_on(one: int, two: int) -> None:
    """A copy that was cut anywhere is behind, not damaged."""
    joined = join_logs((WHOLE[:one], WHOLE[:two]), KEY.public)
    assert joined.damaged == (False, False)
    whole = WHOLE[: max(one, two)].rfind(b"\n") + 1
    assert joined.content == WHOLE[:whole]


@given(st.integers(0, LENGTH * 2), st.integers(1, 512))
def test_sectors_that_a_cut_took_are_no_damage(sector: int, size: int) -> None:
    at = min(sector * 512, len(WHOLE))
    hole = WHOLE[:at] + bytes(len(WHOLE[at : at + size])) + WHOLE[at + size :]
    assert join_logs((hole, WHOLE), KEY.public).damaged == (False, False)
    assert join_logs((WHOLE, hole), KEY.public).content == WHOLE
    alone = join_logs((hole, b""), KEY.public)
    assert WHOLE.startswith(alone.content)
    assert not check_log(alone.content, KEY.public).findings


@pytest.mark.parametrize("common", [0, 5, LENGTH - 1])
def test_of_a_fork_the_further_goes_on(common: int) -> None:
    """A copy that went on alone, and came back."""
    further = chain(LENGTH - common + 1, ENTRIES[:common], "alone")
    content = b"".join(map(write_entry, further))
    for copies in ((WHOLE, content), (content, WHOLE)):
        joined = join_logs(copies, KEY.public)
        assert (joined.entries, joined.forked, joined.content) == (further, True, content)
        assert joined.damaged == tuple(copy is WHOLE for copy in copies)


@given(st.sets(st.integers(0, LENGTH - 1), min_size=1), st.booleans())
def test_what_no_copy_leads_to_is_damage_and_is_kept_aside(gone: set[int], swapped: bool) -> None:
    """Lines that somebody took out of both copies: what followed them is told, not written over."""
    left = b"".join(line for number, line in enumerate(LINES) if number not in gone)
    joined = join_logs((left, b"") if swapped else (b"", left), KEY.public)
    assert joined.content == b"".join(LINES[: min(gone)])
    cut_off = left != joined.content
    assert joined.damaged == ((cut_off, False) if swapped else (False, cut_off))


def test_between_equals_the_first_copy_decides() -> None:
    other = chain(1, ENTRIES[:-1], "alone")
    content = b"".join(map(write_entry, other))
    assert join_logs((WHOLE, content), KEY.public).content == WHOLE
    assert join_logs((content, WHOLE), KEY.public).content == content


@given(st.permutations(LINES))
def test_lines_in_another_order_are_damage_and_nothing_is_lost(lines: list[bytes]) -> None:
    joined = join_logs((b"".join(lines), b""), KEY.public)
    assert joined.content == WHOLE
    assert joined.damaged[0] == (tuple(lines) != LINES)


def test_another_devices_log_gives_nothing() -> None:
    foreign = b"".join(map(write_entry, chain(LENGTH + 3, key=OTHER)))
    joined = join_logs((WHOLE, foreign), KEY.public)
    assert (joined.content, joined.damaged) == (WHOLE, (False, True))
    assert join_logs((foreign, b""), KEY.public).content == b""


@given(st.binary(max_size=300), st.integers(0, LENGTH))
def test_whatever_is_written_there_cannot_shorten_it(junk: bytes, at: int) -> None:
    spoilt = b"".join(LINES[:at]) + junk + b"".join(LINES[at:])
    assert join_logs((spoilt, WHOLE), KEY.public).content == WHOLE


def test_a_copy_follows_line_by_line(tmp_path: Path) -> None:
    log, copy = tmp_path / "log", tmp_path / "copy"
    written = b""
    for number, line in enumerate(LINES):
        log.write_bytes(written + line)
        if number == 4:
            copy.unlink()  # the medium was out for a while
        if number == 8:
            copy.write_bytes(b"another")
        follow(log, copy, len(written), line, through=number % 2 == 0)
        written += line
        assert copy.read_bytes() == written


def test_a_copy_is_never_written_through_a_link(tmp_path: Path) -> None:
    log, copy, elsewhere = tmp_path / "log", tmp_path / "copy", tmp_path / "elsewhere"
    log.write_bytes(LINES[0])
    elsewhere.write_bytes(b"")
    copy.symlink_to(elsewhere)
    follow(log, copy, 0, LINES[0], through=True)
    assert (elsewhere.read_bytes(), copy.read_bytes()) == (b"", LINES[0])
    assert not copy.is_symlink()
