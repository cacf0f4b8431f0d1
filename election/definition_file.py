"""Define definition.json, published before the day: contests, candidates and lists by their codes.

It gives names to codes. Nothing in the encrypted ballot vouches for those names where a contest has
slots, so take the file from where the election was published before the day.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias

from annotated_types import Interval

from election.definition import BallotForm, Contest, Election, SelectionCode, Text
from election.fields import Pattern
from election.schema import to_json

DEFINITION_FILE: Final = "definition.json"
"""Its name beside the index."""

ShownCode: TypeAlias = Annotated[str, Pattern("[0-9]{1,5}")]
"""A code with its leading zeros."""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A list and the codes of its members."""

    code: ShownCode
    name: Text
    members: tuple[ShownCode, ...]


@dataclass(frozen=True, slots=True)
class PublishedCandidate:
    """A candidate, and the code of the list; None for an independent."""

    code: ShownCode
    name: Text
    list: ShownCode | None


@dataclass(frozen=True, slots=True)
class PublishedContest:
    """A contest with everybody who stands in it."""

    id: str
    title: Text
    seats: int
    max_selections: Annotated[int, Interval(ge=1, le=1000)]
    form: BallotForm
    blank_code: ShownCode
    lists: tuple[PublishedList, ...]
    candidates: tuple[PublishedCandidate, ...]

    @property
    def questions(self) -> int:
        """How many questions of the election are this contest's (`election.answers`)."""
        return self.max_selections if self.form is BallotForm.SLOTS else 1


@dataclass(frozen=True, slots=True)
class PublishedDefinition:
    """The file."""

    uuid: str
    name: Text
    day: date
    contests: tuple[PublishedContest, ...]


def published_definition(election: Election) -> PublishedDefinition:
    """Take from an election what readers of the result need."""
    contests = tuple(map(_contest, election.contests))
    return PublishedDefinition(election.uuid, election.name, election.day, contests)


def definition_bytes(election: Election) -> bytes:
    """Return the file of an election."""
    return to_json(published_definition(election))


def definition_digest(election: Election) -> bytes:
    """Return the SHA-256 of the file of an election, as the register names it."""
    return hashlib.sha256(definition_bytes(election)).digest()


def _contest(contest: Contest) -> PublishedContest:
    def shown(code: SelectionCode) -> str:
        return contest.format_code(code)

    return PublishedContest(
        contest.id,
        contest.title,
        contest.seats,
        contest.max_selections,
        contest.form,
        shown(contest.blank_code),
        tuple(
            PublishedList(shown(slate.code), slate.name, tuple(map(shown, slate.members)))
            for slate in contest.lists
        ),
        tuple(
            PublishedCandidate(
                shown(candidate.code),
                candidate.name,
                None if candidate.list_code is None else shown(candidate.list_code),
            )
            for candidate in contest.candidates
        ),
    )
