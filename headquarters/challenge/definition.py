"""Read the published definition (`election.definition_file`) for one election object."""

from __future__ import annotations

from typing import Final

from crypto.election import BeleniosElection, HomomorphicQuestion
from election.definition import BallotForm
from election.definition_file import PublishedContest, PublishedDefinition
from election.errors import ManifestError
from election.schema import SchemaError, from_json

MAX_DEFINITION: Final = 64 * 1024 * 1024
"""Bytes of definition.json."""


def read_definition(data: bytes, election: BeleniosElection) -> PublishedDefinition:
    """Read the definition of this election. Raises `ManifestError` for any other file."""
    try:
        definition = from_json(PublishedDefinition, data)
    except SchemaError as error:
        raise ManifestError.of(
            "not a published definition: {detail}", detail=error.message
        ) from error
    if not _fits(definition, election):
        raise ManifestError.of(
            "the definition is not of this election; take both files from one public folder"
        )
    return definition


def _fits(definition: PublishedDefinition, election: BeleniosElection) -> bool:
    """Return whether it is of the same election, whose questions are those of the contests."""
    wanted = [
        (question.title, question.answers if isinstance(question, HomomorphicQuestion) else None)
        for question in election.questions
    ]
    had = [question for contest in definition.contests for question in _questions(contest)]
    return definition.uuid == election.uuid and had == wanted


def _questions(contest: PublishedContest) -> list[tuple[str, tuple[str, ...] | None]]:
    """Return title and names of each question of a contest; a slot has no names."""
    title = contest.title.fa
    match contest.form:
        case BallotForm.SLOTS:
            return [(f"{title} {number + 1}", None) for number in range(contest.questions)]
        case BallotForm.CHOICE:
            return [
                (
                    title,
                    tuple(
                        f"{candidate.code} {candidate.name.fa}" for candidate in contest.candidates
                    ),
                )
            ]
