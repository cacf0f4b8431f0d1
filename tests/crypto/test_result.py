"""The result object: one tagged item per question, read, added up, and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.election import parse_election
from crypto.errors import CryptoError, DecodeError
from crypto.result import QuestionCounts, SlotRows, TallyResult, add_up, parse_result
from tests.crypto.elections import (
    FINISHED,
    keys_and_trustees,
    objects_before,
    small_election,
    vector_entries,
)

_, TRUSTEES = keys_and_trustees(1)
ELECTION = small_election(TRUSTEES, slots=1, candidates=2)
ROW = (0,) * 29 + (7,)
OTHER = (0,) * 29 + (9,)


@given(
    st.lists(st.tuples(*[st.integers(0, 255)] * 30), max_size=3),
    st.tuples(*[st.integers(0, 10**6)] * 3),
)
def test_a_result_comes_back(rows: list[tuple[int, ...]], counts: tuple[int, ...]) -> None:
    result = TallyResult((SlotRows(tuple(rows)), QuestionCounts(counts)))
    assert parse_result(ELECTION, result.text) == result


@pytest.mark.parametrize("folder", FINISHED)
def test_published_results_keep_their_bytes(folder: str) -> None:
    entries = vector_entries(folder)
    election = parse_election(objects_before(entries, "Setup")[0][0])
    ((text,),) = objects_before(entries, "Result")
    assert parse_result(election, text).text == text


@pytest.mark.parametrize(
    "text",
    [
        b'{"result":[]}',
        b'{"result":[[],[0,0,0]],"more":1}',
        b'{"result": [[],[0,0,0]]}',
        b'{"result":[[],[0,0]]}',
        b'{"result":[[],[0,0,-1]]}',
        b'{"result":[[],[0,0,true]]}',
        b'{"result":[[],[[0],0,0]]}',
        b'{"result":[[0],[0,0,0]]}',
        b'{"result":[[[0]],[0,0,0]]}',
        b'{"result":[[[' + b"0," * 29 + b"256]],[0,0,0]]}",
    ],
)
def test_other_results_are_refused(text: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_result(ELECTION, text)


@pytest.mark.fuzz
@given(st.binary(max_size=60))
def test_any_bytes_are_no_result(data: bytes) -> None:
    with pytest.raises(CryptoError):
        parse_result(ELECTION, data)


def test_results_of_batches_are_added_up_and_keep_what_is_irregular() -> None:
    one = TallyResult((SlotRows((ROW, OTHER), irregular=(1,)), QuestionCounts((1, 0, 2))))
    two = TallyResult((SlotRows((OTHER,), irregular=(0,)), QuestionCounts((0, 5, 1))))
    both = add_up([one, two])
    assert both == TallyResult(
        (SlotRows((ROW, OTHER, OTHER), irregular=(1, 2)), QuestionCounts((1, 5, 3)))
    )
    assert both.questions[0] == SlotRows((ROW, OTHER, OTHER), (1, 2))
    assert add_up([one]) == one


@pytest.mark.parametrize(
    "other",
    [
        TallyResult((SlotRows(()),)),
        TallyResult((QuestionCounts((0, 0, 0)), QuestionCounts((0, 0, 0)))),
        TallyResult((SlotRows(()), QuestionCounts((0, 0)))),
        TallyResult((SlotRows(()), SlotRows(()))),
    ],
)
def test_results_of_other_questions_do_not_add_up(other: TallyResult) -> None:
    with pytest.raises(DecodeError):
        add_up([TallyResult((SlotRows(()), QuestionCounts((0, 0, 0)))), other])
