"""Files from outside: random and mutated bytes raise only what the reader says it raises."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import CryptoError
from election.answers import CodeVotes, ContestVotes
from election.errors import ManifestError
from headquarters.counting import count_contest
from headquarters.election_config import plan_template, read_plan
from headquarters.result import default_parameters, make_result, result_json
from headquarters.result_file import read_votes
from headquarters.seats.allocate import allocate
from headquarters.supplement import SupplementReason, check_supplement
from tests.headquarters.day import Terminal, count_ballots, station_bundle
from tests.headquarters.small import COUNCIL, Headquarters, council, experts, set_up
from tests.headquarters.test_day import TIMESTAMP, VOTES, bring, digest_of

PLAN = plan_template("Mf4VPQhYzYqYyL", "نام", date(2027, 1, 1)).encode()


@pytest.fixture(scope="module")
def hq(tmp_path_factory: pytest.TempPathFactory) -> Headquarters:
    return set_up(tmp_path_factory.mktemp("hq"))


def counted(hq: Headquarters) -> bytes:
    """A result made up from votes, without ballots."""
    first, second = council().contest, experts().contest
    votes = [
        ContestVotes(
            contest.id,
            contest.form,
            20,
            tuple(
                CodeVotes(candidate.code, 1 + i) for i, candidate in enumerate(contest.candidates)
            ),
            tuple(CodeVotes(slate.code, 2) for slate in contest.lists),
            3,
            50,
        )
        for contest in (first, second)
    ]
    counts = [
        count_contest(contest, cast) for contest, cast in zip((first, second), votes, strict=True)
    ]
    result = make_result(hq.election, "φ", counts, default_parameters(hq.election, "seed"))
    assert any("rows in place of" in str(text) for text in counts[0].broken_bounds)
    return result_json(result)


def test_a_result_file_gives_the_same_seats(hq: Headquarters) -> None:
    data = counted(hq)
    contests = json.loads(data)["contests"]
    for contest, written in zip(read_votes(data), contests, strict=True):
        (parameters, _) = default_parameters(hq.election, "seed")
        again = allocate(contest.votes, type(parameters)(contest.seats, "seed"))
        assert {group.key: group.seats for group in again.groups} == {
            group["key"]: group["seats"] for group in written["allocation"]["groups"]
        }


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.data())
def test_result_files(hq: Headquarters, noise: bytes, data: st.DataObject) -> None:
    good = counted(hq)
    place = data.draw(st.integers(0, len(good) - 1))
    changed = good[:place] + data.draw(st.binary(max_size=3)) + good[place + 1 :]
    for text in (noise, changed, good[:place]):
        try:
            read_votes(text)
        except ManifestError:
            continue


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(PLAN) - 1), st.binary(max_size=3))
def test_plan_files(noise: bytes, place: int, bit: bytes) -> None:
    for text in (noise, PLAN[:place] + bit + PLAN[place + 1 :], PLAN[:place]):
        try:
            read_plan(text)
        except ManifestError:
            continue


@pytest.fixture(scope="module")
def written(hq: Headquarters, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from headquarters.counting import count_election
    from headquarters.result import write_result_files

    folder = tmp_path_factory.mktemp("written")
    terminal = Terminal(hq, "terminal-1", folder / "media")
    terminal.vote(*VOTES[0])
    ballot, opening = terminal.ballot(VOTES[1])
    terminal.challenge(ballot, opening)
    imported = bring(hq, station_bundle(hq, 1, digest_of(hq)), terminal.close(digest_of(hq)))
    _, decrypted = count_ballots(folder / "out", hq, imported, timestamp=TIMESTAMP)
    counts = count_election(hq.election, decrypted, 1)
    result = make_result(hq.election, "φ", counts, default_parameters(hq.election, "seed"))
    write_result_files(folder / "out", result, ())
    return folder / "out"


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["boxes.json", "challenged.json", "stations.json", "root.der"]), st.data())
def test_supplements(written: Path, file: str, data: st.DataObject) -> None:
    path = written / "supplement" / file
    good = path.read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    insert = data.draw(st.binary(max_size=2))
    try:
        path.write_bytes(good[:place] + insert + good[place + 1 :])
        failures = check_supplement(written / "supplement", written / "election.bel")
    finally:
        path.write_bytes(good)
    assert all(isinstance(failure.reason, SupplementReason) for failure in failures)


def test_the_written_supplement_holds(written: Path) -> None:
    assert check_supplement(written / "supplement", written / "election.bel") == ()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_supplements_beside_a_broken_archive(written: Path, data: st.DataObject) -> None:
    good = (written / "election.bel").read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    broken = written / "broken.bel"
    broken.write_bytes(good[:place] + data.draw(st.binary(max_size=4)) + good[place + 1 :])
    try:
        check_supplement(written / "supplement", broken)
    except CryptoError:
        return


def test_bounds_of_an_honest_count_hold() -> None:
    contest = council().contest
    votes = ContestVotes(
        COUNCIL,
        contest.form,
        2,
        tuple(CodeVotes(candidate.code, 0) for candidate in contest.candidates),
        (CodeVotes(contest.lists[0].code, 1), CodeVotes(contest.lists[1].code, 0)),
        1,
        8,
    )
    assert count_contest(contest, votes).sound
