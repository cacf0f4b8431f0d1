"""The published definition.json (`headquarters.packaging`), as somebody outside reads it.

It gives names to codes. Nothing in the encrypted ballot vouches for those names where a contest has
slots, so take the file from where the election was published before the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto.election import Election, HomomorphicQuestion, NonHomomorphicQuestion
from election.definition import BallotForm, SelectionCode, Text
from election.errors import ManifestError
from words.message import Latin, m

_CODE = r"^[0-9]{1,5}$"


@dataclass(frozen=True, slots=True)
class NamedCode:
    code: SelectionCode
    shown: str
    """With its leading zeros."""
    name: Text


@dataclass(frozen=True, slots=True)
class NamedContest:
    title: Text
    form: BallotForm
    max_selections: int
    blank_code: SelectionCode
    candidates: tuple[NamedCode, ...]
    lists: tuple[NamedCode, ...]

    @property
    def questions(self) -> int:
        """How many questions of the election are this contest's (`election.answers`)."""
        return self.max_selections if self.form is BallotForm.SLOTS else 1


@dataclass(frozen=True, slots=True)
class Definition:
    uuid: str
    name: Text
    contests: tuple[NamedContest, ...]


def read_definition(data: bytes, election: Election) -> Definition:
    """The definition of this election. Raises `ManifestError` for any other file."""
    try:
        model = _Definition.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ManifestError(
            m(
                "not a published definition: {place}: {detail}",
                place=Latin(place),
                detail=Latin(first["msg"]),
            )
        ) from error
    contests = tuple(_contest(each) for each in model.contests)
    definition = Definition(model.uuid, _text(model.name), contests)
    if not _fits(definition, election):
        raise ManifestError(
            m("the definition is not of this election; take both files from one public folder")
        )
    return definition


# ---------------------------------------------------------------- files


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _Text(_Model):
    fa: str
    en: str


class _List(_Model):
    code: str = Field(pattern=_CODE)
    name: _Text
    members: list[str]


class _Candidate(_Model):
    code: str = Field(pattern=_CODE)
    name: _Text
    list: str | None


class _Contest(_Model):
    id: str
    title: _Text
    seats: int
    max_selections: int = Field(ge=1, le=1000)
    form: Literal["slots", "choice"]
    blank_code: str = Field(pattern=_CODE)
    lists: list[_List]
    candidates: list[_Candidate]


class _Definition(_Model):
    uuid: str
    name: _Text
    day: str
    contests: list[_Contest]


def _text(model: _Text) -> Text:
    return Text(model.fa, model.en)


def _named(model: _List | _Candidate) -> NamedCode:
    return NamedCode(SelectionCode(int(model.code)), model.code, _text(model.name))


def _contest(model: _Contest) -> NamedContest:
    return NamedContest(
        _text(model.title),
        BallotForm(model.form),
        model.max_selections,
        SelectionCode(int(model.blank_code)),
        tuple(map(_named, model.candidates)),
        tuple(map(_named, model.lists)),
    )


def _fits(definition: Definition, election: Election) -> bool:
    """Same election, and its questions are those of the contests."""
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
        tuple(f"{each.shown} {each.name.fa}" for each in contest.candidates)
        for contest in definition.contests
        if contest.form is BallotForm.CHOICE
    ]
    return names == [
        question.answers
        for question in election.questions
        if isinstance(question, HomomorphicQuestion)
    ]
