"""Votes from a file anybody can write, so that anybody can allocate the seats again.

    votes.csv   code, name_fa, name_en, list, votes          RFC 4180, UTF-8
                12, مریم رضایی, Maryam Rezaei, hope, 1520
    lists.csv   key, name_fa, name_en                        may be left out: lists are called by key

    votes.json  {"seats": 21, "selections": 21, "ballots": 40000, "title": {"fa": "شورا"},
                 "lists": [{"key": "hope", "name": {"fa": "امید", "en": "Hope"}}],
                 "candidates": [{"code": "12", "name": {"fa": "مریم رضایی"}, "list": "hope",
                                 "votes": 1520}]}

`votes` are individual votes and votes of the list together. An empty `list` (null in JSON) is an
independent. `ballots` are valid ballots; they may be left out. Numbers may have Persian digits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from election.definition import SelectionCode, Text
from election.errors import ManifestError
from headquarters.candidate_files import MAX_SIZE, parse, read_lists
from headquarters.seats.model import (
    INDEPENDENTS,
    INDEPENDENTS_NAME,
    ContestVotesRead,
    Group,
    Member,
    Votes,
)
from words.digits import to_latin_digits
from words.message import Bytes, Latin, m

CONTEST = "votes"
"""The contest's id, where a file has only one and does not name it."""

MAX_VOTES = 10**12
MAX_SEATS = 1000


@dataclass(frozen=True, slots=True)
class Missing:
    """What a CSV file does not say."""

    seats: int
    selections: int
    ballots: int | None = None


def read_votes_csv(
    votes: bytes,
    lists: bytes | None,
    missing: Missing,
    votes_name: str = "votes.csv",
    lists_name: str = "lists.csv",
) -> ContestVotesRead:
    """Raises `ManifestError` that names file, line and column."""
    rows = parse(_Row, votes, votes_name)
    if lists is None:
        names = {row.list: Text(row.list, row.list) for row in rows if row.list}
    else:
        names = {each.key: each.name for each in read_lists(lists, lists_name)}
    people = [
        _Person(row.code, Text(row.name_fa, row.name_en), row.list or None, int(row.votes))
        for row in rows
    ]
    title = Text("تقسیم کرسی‌ها", "Allocation of seats")
    return _contest(votes_name, title, missing, names, people)


def read_votes_json(data: bytes, name: str = "votes.json") -> ContestVotesRead:
    """Raises `ManifestError` that names the place."""
    if len(data) > MAX_SIZE:
        raise ManifestError(m("{name}: larger than {most}", name=name, most=Bytes(MAX_SIZE)))
    try:
        file = _File.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ManifestError(
            m(
                "{name}, {place}: {detail}",
                name=name,
                place=Latin(place),
                detail=Latin(first["msg"]),
            )
        ) from error
    people = [
        _Person(each.code, Text(each.name.fa, each.name.en), each.list, each.votes)
        for each in file.candidates
    ]
    names = {each.key: Text(each.name.fa, each.name.en) for each in file.lists}
    if len(names) != len(file.lists):
        raise ManifestError(m("{name}, lists: a key occurs twice", name=name))
    missing = Missing(file.seats, file.selections or file.seats, file.ballots)
    return _contest(name, Text(file.title.fa, file.title.en), missing, names, people)


def write_votes_json(contest: ContestVotesRead) -> bytes:
    """The votes of one contest, as `read_votes_json` takes them; indented, UTF-8."""
    groups = contest.votes.groups
    value = {
        "seats": contest.seats,
        "selections": contest.votes.selections,
        "ballots": contest.votes.ballots,
        "title": _text_json(contest.title),
        "lists": [
            {"key": group.key, "name": _text_json(group.name)}
            for group in groups
            if group.key != INDEPENDENTS
        ],
        "candidates": [
            {
                "code": contest.format_code(member.code),
                "name": _text_json(member.name),
                "list": None if group.key == INDEPENDENTS else group.key,
                "votes": member.votes,
            }
            for group in groups
            for member in group.members
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _text_json(text: Text) -> dict[str, str]:
    return {"fa": text.fa, "en": text.en}


# ---------------------------------------------------------------- models


def _latin(value: object) -> object:
    return to_latin_digits(value) if isinstance(value, str) else value


_Code = Annotated[str, BeforeValidator(_latin), StringConstraints(pattern=r"^[0-9]{1,5}$")]
_Count = Annotated[str, BeforeValidator(_latin), StringConstraints(pattern=r"^[0-9]{1,12}$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$")]
_OptionalName = Annotated[str, StringConstraints(max_length=120, pattern=r"^(\S(.*\S)?)?$")]
_Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
_OptionalKey = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,31})?$")]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    code: _Code
    name_fa: _Name
    name_en: _OptionalName
    list: _OptionalKey
    votes: _Count


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _Text(_Model):
    fa: _Name
    en: _OptionalName = ""


class _List(_Model):
    key: _Key
    name: _Text


class _Candidate(_Model):
    code: _Code
    name: _Text
    list: _Key | None = None
    votes: int = Field(ge=0, lt=MAX_VOTES)


class _File(_Model):
    seats: int = Field(ge=1, le=MAX_SEATS)
    selections: int | None = Field(default=None, ge=1, le=MAX_SEATS)
    ballots: int | None = Field(default=None, ge=0, lt=MAX_VOTES)
    title: _Text = _Text(fa="تقسیم کرسی‌ها", en="Allocation of seats")
    lists: list[_List] = []
    candidates: list[_Candidate]


# ---------------------------------------------------------------- parts


@dataclass(frozen=True, slots=True)
class _Person:
    code: str
    name: Text
    list_key: str | None
    votes: int


def _contest(
    file: str, title: Text, missing: Missing, names: dict[str, Text], people: Sequence[_Person]
) -> ContestVotesRead:
    for key in names:
        if key.startswith(INDEPENDENTS):
            raise ManifestError(
                m("{file}: a list cannot have the key {key}; leave it empty", file=file, key=key)
            )
    unknown = {person.list_key for person in people if person.list_key} - names.keys()
    if unknown:
        raise ManifestError(
            m("{file}: no list has the key {unknown}", file=file, unknown=min(unknown))
        )
    groups = [Group(key, name, _members(people, key)) for key, name in names.items()]
    pool = _members(people, None)
    if pool:
        groups.append(Group(INDEPENDENTS, INDEPENDENTS_NAME, pool))
    width = max((len(person.code) for person in people), default=1)
    votes = Votes(tuple(groups), missing.ballots, missing.selections)
    return ContestVotesRead(CONTEST, title, missing.seats, votes, width)


def _members(people: Sequence[_Person], key: str | None) -> tuple[Member, ...]:
    return tuple(
        Member(SelectionCode(int(person.code)), person.name, person.votes)
        for person in people
        if person.list_key == key
    )
