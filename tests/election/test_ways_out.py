"""Every incident is an end of the guided tree, once, and every way through it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from election.incidents import Incident
from election.ways_out import ROOT, Path, Question, answered, at

MOST_ANSWERS = 7
"""A tired person reads no longer list."""
DEEPEST = 3


def ends(path: Path = ()) -> Iterator[tuple[Path, Incident]]:
    here = at(path)
    if isinstance(here, Incident):
        yield path, here
        return
    for number in range(len(here.answers)):
        yield from ends((*path, number))


def questions(question: Question = ROOT) -> Iterator[Question]:
    yield question
    for _, below in question.answers:
        if isinstance(below, Question):
            yield from questions(below)


def test_every_incident_is_an_end_once() -> None:
    assert Counter(incident for _, incident in ends()) == Counter(Incident)


def test_no_way_is_long_and_no_list_either() -> None:
    assert max(len(path) for path, _ in ends()) <= DEEPEST
    for question in questions():
        assert 2 <= len(question.answers) <= MOST_ANSWERS
        texts = [text.source for text, _ in question.answers]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("number", [-1, 7, 99])
def test_an_answer_that_there_is_not_changes_nothing(number: int) -> None:
    assert answered((), number) == ()
    end, _ = next(ends())
    assert answered(end, 0) == end
    with pytest.raises(ValueError, match="no such place"):
        at((number,))
    with pytest.raises(ValueError, match="no such place"):
        at((*end, 0))
