"""Bring together what is asked about seats: the votes of a file, and what a person says otherwise.

A result.json holds contests with their rules; a file of votes holds one contest, and may lack numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from election.files import read_file
from election.schema import MAX_JSON
from headquarters.candidate_files import MAX_SIZE
from headquarters.errors import AllocationError
from headquarters.result_file import read_votes
from headquarters.seats import readings as law
from headquarters.seats.model import ContestVotesRead, SeatParameters
from headquarters.seats.votes_file import Missing, read_votes_csv, read_votes_json
from words.message import Items, Latin, m


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that a person gives; None leaves what the file says."""

    seats: int | None
    selections: int | None
    ballots: int | None


def from_result(path: Path, given: Numbers) -> Sequence[ContestVotesRead]:
    """Read the contests of a result.json, or of the folder it is in. Raises `AllocationError`."""
    file = _result_file(path)
    return [_changed(read, given) for read in read_votes(read_file(file, MAX_JSON), path.name)]


def from_votes(path: Path, lists: Path | None, given: Numbers) -> Sequence[ContestVotesRead]:
    """Read the one contest of a JSON or CSV file; a CSV file needs `given.seats`."""
    if path.suffix.lower() == ".json":
        read = read_votes_json(read_file(path, MAX_SIZE), path.name, given.ballots)
        return [_changed(read, given)]
    seats = given.seats or 0
    missing = Missing(seats, given.selections or seats, given.ballots)
    names = None if lists is None else read_file(lists, MAX_SIZE)
    lists_name = "lists.csv" if lists is None else lists.name
    return [read_votes_csv(read_file(path, MAX_SIZE), names, missing, path.name, lists_name)]


def choose(contests: Sequence[ContestVotesRead], wanted: str | None) -> list[ContestVotesRead]:
    """Return the contest of that id, or all. Raises `AllocationError` if it is not there."""
    chosen = [listed for listed in contests if wanted in {None, listed.id}]
    if not chosen:
        raise AllocationError(
            m(
                "there is no contest {contest}; there are: {known}",
                contest=Latin(str(wanted)),
                known=Items(tuple(Latin(contest.id) for contest in contests)),
            )
        )
    return chosen


def parameters(
    contest: ContestVotesRead, given: Mapping[str, str | Fraction | None]
) -> SeatParameters:
    """Return what the file says, with what is given otherwise: by the name of a question, or a share."""
    known = contest.parameters or SeatParameters(contest.seats, "")

    def share(option: str, present: Fraction) -> Fraction:
        value = given[option]
        return value if isinstance(value, Fraction) else present

    seed = given["seed"]
    answers = (
        (question, given[about.option.replace("-", "_")])
        for question, about in law.QUESTIONS.items()
    )
    return replace(
        known,
        seats=contest.seats,
        seed=seed if isinstance(seed, str) else known.seed,
        reserve_share=share("reserve_share", known.reserve_share),
        threshold=share("threshold", known.threshold),
    ).with_answers(*(question(key) for question, key in answers if isinstance(key, str)))


def _result_file(path: Path) -> Path:
    if path.is_file():
        return path
    for candidate in (path / "result.json", path / "result" / "result.json"):
        if candidate.is_file():
            return candidate
    raise AllocationError(
        m(
            "{path} has no result.json; count first, or give the folder that the result of "
            "batches was written to",
            path=path,
        )
    )


def _changed(contest: ContestVotesRead, given: Numbers) -> ContestVotesRead:
    votes = replace(
        contest.votes,
        selections=contest.votes.selections if given.selections is None else given.selections,
        ballots=contest.votes.ballots if given.ballots is None else given.ballots,
    )
    return replace(contest, votes=votes, seats=given.seats or contest.seats)
