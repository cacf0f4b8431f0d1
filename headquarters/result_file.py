"""Read `result.json` again, to allocate its seats anew, or under another reading of the law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeAlias

from annotated_types import Ge

from crypto.errors import DecodeError
from crypto.strict_json import ParsedJson, read_json
from election.because import because
from election.definition import SelectionCode, Text
from election.definition_file import ShownCode
from election.errors import ManifestError
from election.fields import Excerpt
from election.schema import SchemaError, from_input
from headquarters.seats.model import ContestVotesRead, Member, SeatParameters, Votes, groups_of

_Count: TypeAlias = Annotated[int, Ge(0)]
MAX_SIZE = 64 * 1024 * 1024
FORMAT: Final = "amin-result"
RESULT_VERSION: Final = 1
"""Of members, figures and sentences: another wording of a sentence is another version."""


class NewerResultError(ManifestError):
    """The result has a version that came after this program; nothing of it can be compared."""


def is_newer(result: ParsedJson) -> bool:
    """Return whether a result has a version that this program does not know yet."""
    if not isinstance(result, Mapping) or result.get("format") != FORMAT:
        return False
    version = result.get("version")
    return type(version) is int and version > RESULT_VERSION


def read_votes(data: bytes, name: str = "result.json") -> tuple[ContestVotesRead, ...]:
    """Read the votes of every contest. Raises `ManifestError` that names the place, `NewerResultError`."""
    if len(data) > MAX_SIZE:
        raise ManifestError.of("{name}: too large for a result", name=name)
    try:
        content = read_json(data)
        if is_newer(content):
            raise NewerResultError.of(
                "{name}: this result has a newer version. Update this program", name=name
            )
        result = from_input(_Result, content)
    except SchemaError as error:
        raise ManifestError.of(
            "{name}, {place}: {detail}", name=name, place=error.place, detail=error.problem
        ) from error
    except DecodeError as error:
        raise ManifestError.of("{name}: {detail}", name=name, detail=because(error)) from error
    return tuple(_contest(result, contest) for contest in result.contests)


@dataclass(frozen=True, slots=True)
class _List(Excerpt):
    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class _Candidate(Excerpt):
    code: ShownCode
    name: Text
    list: str | None
    total: _Count


@dataclass(frozen=True, slots=True)
class _Allocation(Excerpt):
    parameters: SeatParameters
    """Files of older programs name only the first ones."""


@dataclass(frozen=True, slots=True)
class _Contest(Excerpt):
    id: str
    title: Text
    seats: int
    max_selections: Annotated[int, Ge(1)]
    blanks: _Count
    lists: tuple[_List, ...]
    candidates: tuple[_Candidate, ...]
    allocation: _Allocation | None = None


@dataclass(frozen=True, slots=True)
class _Result(Excerpt):
    ballots: _Count
    contests: tuple[_Contest, ...]


def _contest(result: _Result, contest: _Contest) -> ContestVotesRead:
    groups = groups_of(
        [(slate.code, slate.name) for slate in contest.lists],
        [
            (
                candidate.list,
                Member(SelectionCode(int(candidate.code)), candidate.name, candidate.total),
            )
            for candidate in contest.candidates
        ],
    )
    if sum(len(group.members) for group in groups) != len(contest.candidates):
        raise ManifestError.of(
            "contest {id}: a candidate of a list that is not there", id=contest.id
        )
    votes = Votes(groups, result.ballots - contest.blanks, contest.max_selections)
    width = max((len(candidate.code) for candidate in contest.candidates), default=1)
    allocation = contest.allocation
    given = None if allocation is None else replace(allocation.parameters, seats=contest.seats)
    return ContestVotesRead(contest.id, contest.title, contest.seats, votes, width, given)
