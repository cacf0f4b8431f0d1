"""A test with a sealed result: whatever is exchanged, dropped or added in the count shows."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import Contest, Election
from headquarters.accuracy import (
    AccuracyError,
    Counted,
    Deck,
    Expected,
    compare,
    make_deck,
    open_sealed,
    parse_hash,
    read_result,
    write_deck,
)
from tests.kiosk.station.office import Office

SALT = bytes(32)


@pytest.fixture(scope="module")
def election(tmp_path_factory: pytest.TempPathFactory) -> Election:
    return Office.open(tmp_path_factory.mktemp("office")).election


def count(deck: Deck, election: Election) -> Counted:
    """What an honest count of these ballots gives."""
    votes: dict[tuple[str, int | None], int] = {
        (contest.id, code): 0
        for contest in election.contests
        for code in (None, *(candidate.code for candidate in contest.candidates))
    }
    for ballot in deck.ballots:
        for code in ballot.codes or (None,):
            votes[ballot.contest, code] += 1
    return Counted(votes)


def drawn(election: Election, seed: int = 1) -> tuple[Deck, Expected]:
    return make_deck(election, random.Random(seed), SALT)


def contest_of(election: Election, name: str) -> Contest:
    return next(contest for contest in election.contests if contest.id == name)


def test_an_honest_count_is_what_was_sealed(election: Election) -> None:
    deck, expected = drawn(election)
    assert compare(expected, count(deck, election)) == ()
    assert expected.ballots == len(deck.ballots)


@given(st.integers(0, 2**32))
def test_every_ballot_keeps_the_rules_and_no_two_numbers_are_alike(seed: int) -> None:
    election = _ELECTION[0]
    deck, expected = drawn(election, seed)
    for ballot in deck.ballots:
        contest = contest_of(election, ballot.contest)
        assert len(set(ballot.codes)) == len(ballot.codes) <= contest.max_selections
        assert all(contest.candidate(code) for code in ballot.codes)  # type: ignore[arg-type]
    for contest in election.contests:
        numbers = [each.votes for each in expected.counts if each.contest == contest.id]
        assert len(numbers) == len(contest.candidates) + 1
        assert len(set(numbers)) == len(numbers)
        assert min(numbers) > 0
    assert compare(expected, count(deck, election)) == ()


_ELECTION: list[Election] = []


@pytest.fixture(autouse=True, scope="module")
def keep(election: Election) -> None:
    _ELECTION[:] = [election]


def test_every_exchange_of_two_selections_shows(election: Election) -> None:
    deck, expected = drawn(election)
    right = count(deck, election).votes
    for first in right:
        for second in right:
            if first[0] == second[0] and str(first) < str(second):
                wrong = right | {first: right[second], second: right[first]}
                assert len(compare(expected, Counted(wrong))) == 2


@pytest.mark.parametrize("change", [-1, 1])
def test_every_vote_too_many_or_too_few_shows(election: Election, change: int) -> None:
    deck, expected = drawn(election)
    right = count(deck, election).votes
    for place, votes in right.items():
        assert len(compare(expected, Counted(right | {place: votes + change}))) == 1
        assert compare(expected, Counted({x: n for x, n in right.items() if x != place}))
    assert compare(expected, Counted(right | {("council", 99_999): 1}))


def test_what_was_sealed_cannot_be_exchanged(election: Election, tmp_path: Path) -> None:
    deck = write_deck(election, tmp_path)
    assert open_sealed(tmp_path).ballots == len(deck.ballots)
    assert open_sealed(tmp_path, deck.expected).ballots == len(deck.ballots)
    with pytest.raises(FileExistsError):
        write_deck(election, tmp_path)
    sealed = tmp_path / "expected.json"
    text = sealed.read_text()
    for old, new in (('"votes": 1\n', '"votes": 2\n'), (text[40:44], "    ")):
        sealed.write_text(text.replace(old, new, 1))
        with pytest.raises(AccuracyError):
            open_sealed(tmp_path)
    sealed.write_text(text)
    with pytest.raises(AccuracyError, match="not what was told"):
        open_sealed(tmp_path, bytes(32))
    assert sealed.stat().st_mode & 0o077 == 0, "for whoever locks it away"


def test_the_result_of_a_count_is_read(election: Election) -> None:
    deck, expected = drawn(election)
    votes = count(deck, election).votes
    result = {
        "ballots": 1,
        "contests": [
            {
                "id": contest.id,
                "blanks": votes[contest.id, None],
                "candidates": [
                    {"code": contest.format_code(each.code), "total": votes[contest.id, each.code]}
                    for each in contest.candidates
                ],
            }
            for contest in election.contests
        ],
    }
    assert compare(expected, read_result(json.dumps(result).encode())) == ()


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"ballots":1,"contests":[{}]}', b"\xff"])
def test_what_is_no_result_is_refused(data: bytes) -> None:
    with pytest.raises(AccuracyError):
        read_result(data)


@pytest.mark.parametrize("text", ["", "00", "zz" * 32, "00" * 33])
def test_a_hash_has_all_its_digits(text: str) -> None:
    with pytest.raises(AccuracyError):
        parse_hash(text)
    assert parse_hash(None) is None
