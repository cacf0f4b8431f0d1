"""Digits typed back to back: every code is answered before it counts, and none is lost or shifted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.ballot.code_entry import MOST_AHEAD, CodeEntry

KNOWN = ("1011", "1022", "1033", "0007")


def known(code: str) -> bool:
    return code in KNOWN


def typed(digits: str) -> CodeEntry:
    entry = CodeEntry(4)
    for digit in digits:
        entry = entry.add(digit, known)
    return entry


@given(st.lists(st.sampled_from(KNOWN), max_size=MOST_AHEAD))
def test_codes_typed_in_one_run_are_asked_about_one_after_the_other(codes: list[str]) -> None:
    entry = typed("".join(codes))
    asked: list[str] = []
    while entry.whole:
        asked.append(entry.first)
        entry = entry.answered(known)
    assert asked == codes
    assert entry.typed == ""


def test_after_a_code_of_nobody_typing_begins_anew() -> None:
    assert typed("88881").typed == "1"
    assert typed("8888").whole


def test_what_follows_a_code_of_nobody_is_dropped_with_it() -> None:
    """A digit that was left out shifts all that come after."""
    entry = typed("1011" + "102" + "1033" + "0007")
    assert entry.ahead == ("1021", "0330", "007")
    entry = entry.answered(known)
    assert entry.first == "1021"
    assert entry.ahead == ()
    assert entry.add("1", known).typed == "1"


def test_digits_are_taken_back_one_by_one() -> None:
    entry = typed("10111")
    assert entry.ahead == ("1",)
    assert entry.erased().ahead == ()
    assert entry.erased().erased().first == "101"
    assert CodeEntry(4).erased() == CodeEntry(4)


@given(st.text("0123456789", max_size=400), st.lists(st.booleans(), max_size=400))
def test_whatever_is_typed_and_answered(digits: str, answers: list[bool]) -> None:
    entry = CodeEntry(4)
    for digit, answer in zip(digits, [*answers, *[False] * 400], strict=False):
        before = entry
        entry = entry.add(digit, known)
        if before.whole and known(before.first):
            assert entry.first == before.first, "what is asked about stays"
        if answer:
            entry = entry.answered(known)
        assert len(entry.typed) <= 4 * (1 + MOST_AHEAD)
        assert len(entry.first) <= 4
