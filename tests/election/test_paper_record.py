"""The code of a paper record: one vote, one code, one length; anything else is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import Contest, Rules
from election.marks import Marks
from election.package.manifest import contradictions
from election.paper_record import (
    LONGEST_RECORD,
    PREFIX,
    PaperRecordError,
    is_record_of,
    read_record,
    record_length,
    record_text,
    settled_marks,
)
from tests.election.samples import sample

ELECTION = sample().election
ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def marks_of(contest: Contest) -> st.SearchStrategy[Marks]:
    persons = st.lists(
        st.sampled_from([c.code for c in contest.candidates]),
        min_size=1,
        max_size=contest.max_selections,
        unique=True,
    ).map(lambda codes: Marks(contest.id, tuple(codes)))
    others = [Marks(contest.id, blank=True), Marks(contest.id, skipped=True)]
    others += [Marks(contest.id, list_code=each.code) for each in contest.lists]
    return persons | st.sampled_from(others)


VOTES = st.tuples(*map(marks_of, ELECTION.contests))


@given(VOTES, VOTES)
def test_a_vote_has_one_code_and_the_code_says_the_vote(
    one: tuple[Marks, ...], other: tuple[Marks, ...]
) -> None:
    text = record_text(ELECTION, one)
    assert read_record(ELECTION, text) == settled_marks(ELECTION, one)
    assert is_record_of(read_record(ELECTION, text), one)
    assert len(text) == record_length(ELECTION)
    assert set(text) <= ALPHANUMERIC
    same = settled_marks(ELECTION, one) == settled_marks(ELECTION, other)
    assert (record_text(ELECTION, other) == text) is same
    assert is_record_of(read_record(ELECTION, text), other) is same


@given(VOTES, st.randoms())
def test_the_order_of_marking_is_not_in_it(vote: tuple[Marks, ...], rng: object) -> None:
    turned = tuple(replace(each, persons=each.persons[::-1]) for each in vote)
    assert record_text(ELECTION, turned) == record_text(ELECTION, vote)


@given(VOTES)
def test_another_ballot_style_looks_like_no_part_taken(vote: tuple[Marks, ...]) -> None:
    """Who may vote in one contest only leaves the paper of who skips the other."""
    first, *others = vote
    skipped = (first, *(Marks(each.contest, skipped=True) for each in others))
    assert record_text(ELECTION, (first,)) == record_text(ELECTION, skipped)


@given(VOTES, st.data())
def test_a_changed_code_is_refused_or_another_vote(
    vote: tuple[Marks, ...], data: st.DataObject
) -> None:
    text = record_text(ELECTION, vote)
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.sampled_from(sorted(ALPHANUMERIC))) + text[place + 1 :]
    try:
        read = read_record(ELECTION, changed)
    except PaperRecordError:
        return
    assert record_text(ELECTION, read) == changed
    assert is_record_of(read, vote) is (changed == text)


@pytest.mark.fuzz
@given(st.text(max_size=300) | st.text(sorted(ALPHANUMERIC), max_size=300).map(PREFIX.__add__))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(PaperRecordError):
        assert record_text(ELECTION, read_record(ELECTION, text)) == text


def test_a_code_twice_a_hole_and_a_paper_of_another_election_are_refused() -> None:
    contest = next(c for c in ELECTION.contests if c.max_selections > 1)
    one, two = (c.code for c in contest.candidates[:2])
    text = record_text(ELECTION, (Marks(contest.id, (one, two)),))
    first, second = contest.format_code(one), contest.format_code(two)
    zero = "0" * contest.code_width
    assert first + second in text
    for wrong in (first + first, second + first, zero + second):
        with pytest.raises(PaperRecordError):
            read_record(ELECTION, text.replace(first + second, wrong))
    with pytest.raises(PaperRecordError):
        read_record(replace(ELECTION, belenios_election=b"another"), text)


def test_an_election_whose_code_would_be_too_long_is_no_package() -> None:
    assert record_length(ELECTION) < LONGEST_RECORD
    large = replace(ELECTION.contests[0], max_selections=400, seats=400)
    long = replace(ELECTION, contests=(large,), rules=Rules(paper_record=True))
    said = [each.source for each in contradictions(long, {})]
    assert any("paper record" in each for each in said)
    quiet = contradictions(replace(long, rules=Rules()), {})
    assert not any("paper record" in each.source for each in quiet)
