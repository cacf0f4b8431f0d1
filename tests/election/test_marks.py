"""Marking one contest: what may be marked, and that nothing is taken away silently."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import SelectionCode
from election.marks import (
    MarkRefused,
    Marks,
    may_hold_list,
    replace_by_list,
    selection_codes,
    toggle,
)
from tests.kiosk.flows.samples import (
    CHOICE,
    COUNCIL,
    COUNCIL_BLANK,
    EXPERTS,
    LIST,
    OTHER_LIST,
    PERSONS,
    UNKNOWN,
)

EMPTY = Marks(COUNCIL.id)


def persons(*codes: SelectionCode) -> Marks:
    return Marks(COUNCIL.id, codes)


LISTED = Marks(COUNCIL.id, list_code=LIST)


@pytest.mark.parametrize(
    ("before", "code", "after"),
    [
        (EMPTY, PERSONS[0], persons(PERSONS[0])),
        (persons(PERSONS[0]), PERSONS[5], persons(PERSONS[0], PERSONS[5])),
        (persons(PERSONS[0], PERSONS[5]), PERSONS[0], persons(PERSONS[5])),
        (persons(*PERSONS[:3]), PERSONS[3], MarkRefused.FULL),
        (persons(*PERSONS[:3]), PERSONS[2], persons(*PERSONS[:2])),
        (EMPTY, UNKNOWN, MarkRefused.UNKNOWN_CODE),
        (EMPTY, COUNCIL_BLANK, MarkRefused.UNKNOWN_CODE),
        (EMPTY, EXPERTS[0], MarkRefused.UNKNOWN_CODE),
        (EMPTY, LIST, LISTED),
        (LISTED, LIST, EMPTY),
        (LISTED, OTHER_LIST, Marks(COUNCIL.id, list_code=OTHER_LIST)),
        (LISTED, PERSONS[0], MarkRefused.LIST_CHOSEN),
        (LISTED, PERSONS[7], MarkRefused.LIST_CHOSEN),
        (LISTED, UNKNOWN, MarkRefused.UNKNOWN_CODE),
        (persons(PERSONS[0]), LIST, MarkRefused.PERSONS_CHOSEN),
        (replace(EMPTY, blank=True), PERSONS[0], persons(PERSONS[0])),
        (replace(EMPTY, skipped=True), PERSONS[0], persons(PERSONS[0])),
        (replace(EMPTY, skipped=True), LIST, LISTED),
        (replace(EMPTY, blank=True), UNKNOWN, MarkRefused.UNKNOWN_CODE),
    ],
)
def test_toggle(before: Marks, code: SelectionCode, after: Marks | MarkRefused) -> None:
    assert toggle(before, COUNCIL, code) == after


def test_a_single_choice_is_not_exchanged_silently() -> None:
    chosen = Marks(CHOICE.id, (EXPERTS[0],))
    assert toggle(chosen, CHOICE, EXPERTS[1]) is MarkRefused.FULL
    assert toggle(chosen, CHOICE, EXPERTS[0]) == Marks(CHOICE.id)


def test_a_list_instead_of_persons() -> None:
    assert replace_by_list(COUNCIL, LIST) == LISTED
    assert replace_by_list(COUNCIL, PERSONS[0]) is MarkRefused.UNKNOWN_CODE
    assert replace_by_list(CHOICE, LIST) is MarkRefused.UNKNOWN_CODE


@pytest.mark.parametrize(
    ("marks", "settled", "codes"),
    [
        (EMPTY, False, (COUNCIL_BLANK,)),
        (replace(EMPTY, blank=True), True, (COUNCIL_BLANK,)),
        (replace(EMPTY, skipped=True), True, ()),
        (persons(*PERSONS[4:6]), True, PERSONS[4:6]),
        (LISTED, True, (LIST,)),
    ],
)
def test_what_is_encrypted(marks: Marks, settled: bool, codes: tuple[SelectionCode, ...]) -> None:
    assert marks.settled is settled
    assert selection_codes(marks, COUNCIL) == codes


def test_lists_exist_where_the_contest_has_some() -> None:
    assert may_hold_list(COUNCIL)
    assert not may_hold_list(CHOICE)
    assert not may_hold_list(replace(COUNCIL, lists=()))


CODES = st.sampled_from((*PERSONS, LIST, OTHER_LIST, UNKNOWN, COUNCIL_BLANK))


@given(st.lists(CODES, max_size=30))
def test_marks_are_always_a_valid_vote(codes: list[SelectionCode]) -> None:
    marks = EMPTY
    for code in codes:
        before, result = marks, toggle(marks, COUNCIL, code)
        if isinstance(result, MarkRefused):
            continue
        marks = result
        assert marks.count() == len(set(marks.persons)) <= COUNCIL.max_selections
        assert not (marks.persons and marks.list_code)
        # One touch changes one thing.
        assert len(set(before.persons) ^ set(marks.persons)) <= 1
        if before.list_code and marks.list_code is None:
            assert code == before.list_code
