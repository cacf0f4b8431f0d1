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
    answer_only,
    exchange,
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
        (LISTED, OTHER_LIST, MarkRefused.OTHER_LIST),
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
        if before.list_code and marks.list_code != before.list_code:
            assert code == before.list_code
            assert marks.empty


@given(st.lists(CODES, max_size=12), CODES, CODES)
def test_an_exchange_takes_out_one_that_was_chosen_and_puts_in_one(
    codes: list[SelectionCode], out: SelectionCode, code: SelectionCode
) -> None:
    marks = EMPTY
    for one in codes:
        marked = toggle(marks, COUNCIL, one)
        marks = marks if isinstance(marked, MarkRefused) else marked
    chosen = {*marks.persons, *([marks.list_code] if marks.list_code else [])}
    result = exchange(marks, COUNCIL, out, code)
    if isinstance(result, MarkRefused):
        assert out not in chosen or code in (UNKNOWN, COUNCIL_BLANK, LIST, OTHER_LIST)
        return
    now = {*result.persons, *([result.list_code] if result.list_code else [])}
    assert out in chosen
    assert chosen - now <= {out, code}
    assert now - chosen <= {code}
    assert not (result.persons and result.list_code)


ALONE = replace(CHOICE, candidates=CHOICE.candidates[:1])
ONE_LIST = replace(
    COUNCIL, candidates=COUNCIL.candidates[:2], lists=COUNCIL.lists[:1], max_selections=2
)


def test_who_stands_alone() -> None:
    assert ALONE.only == EXPERTS[0]
    assert ONE_LIST.only == LIST
    assert COUNCIL.only is None
    assert CHOICE.only is None
    # Somebody stands beside the list: that is a choice.
    assert replace(ONE_LIST, candidates=COUNCIL.candidates[:5]).only is None


def test_yes_or_no_to_the_one_that_stands_alone() -> None:
    assert answer_only(ALONE, yes=True) == Marks(CHOICE.id, (EXPERTS[0],))
    assert answer_only(ONE_LIST, yes=True) == LISTED
    assert answer_only(ALONE, yes=False) == Marks(CHOICE.id, blank=True)
    with pytest.raises(ValueError, match="several"):
        answer_only(COUNCIL, yes=True)
