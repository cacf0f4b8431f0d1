"""Read the published definition (`election.definition_file`) for one election object."""

from __future__ import annotations

from crypto.election import BeleniosElection, HomomorphicQuestion, NonHomomorphicQuestion
from election.definition import BallotForm
from election.definition_file import PublishedDefinition
from election.errors import ManifestError
from election.schema import SchemaError, from_json
from words.message import m


def read_definition(data: bytes, election: BeleniosElection) -> PublishedDefinition:
    """Read the definition of this election. Raises `ManifestError` for any other file."""
    try:
        definition = from_json(PublishedDefinition, data)
    except SchemaError as error:
        raise ManifestError(
            m("not a published definition: {detail}", detail=error.message)
        ) from error
    if not _fits(definition, election):
        raise ManifestError(
            m("the definition is not of this election; take both files from one public folder")
        )
    return definition


def _fits(definition: PublishedDefinition, election: BeleniosElection) -> bool:
    """Return whether it is of the same election, whose questions are those of the contests."""
    wanted = [
        (isinstance(question, NonHomomorphicQuestion), question.title)
        for question in election.questions
    ]
    had: list[tuple[bool, str]] = []
    for contest in definition.contests:
        title = contest.title.fa
        match contest.form:
            case BallotForm.SLOTS:
                had += [(True, f"{title} {number + 1}") for number in range(contest.questions)]
            case BallotForm.CHOICE:
                had.append((False, title))
    if definition.uuid != election.uuid or had != wanted:
        return False
    names = [
        tuple(f"{each.code} {each.name.fa}" for each in contest.candidates)
        for contest in definition.contests
        if contest.form is BallotForm.CHOICE
    ]
    return names == [
        question.answers
        for question in election.questions
        if isinstance(question, HomomorphicQuestion)
    ]
