"""Reading `result.json` again, to allocate its seats anew, or under another reading of the law."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from election.definition import SelectionCode, Text
from election.errors import ManifestError
from headquarters.seats.model import (
    INDEPENDENTS,
    INDEPENDENTS_NAME,
    ContestVotesRead,
    Denominator,
    Group,
    Independents,
    LeftOvers,
    Member,
    Method,
    OverSum,
    Parameters,
    QuotaRounding,
    QuotaRule,
    Rounding,
    Surplus,
    Votes,
)
from words.message import Latin, m

MAX_SIZE = 64 * 1024 * 1024


def read_votes(data: bytes, name: str = "result.json") -> tuple[ContestVotesRead, ...]:
    """The votes of every contest. Raises `ManifestError` that names the place."""
    if len(data) > MAX_SIZE:
        raise ManifestError(m("{name}: too large for a result", name=name))
    try:
        result = _Result.model_validate_json(data)
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
    return tuple(_contest(result, contest) for contest in result.contests)


class _Model(BaseModel):
    """Only what is needed here; the rest of the file is for other readers."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Text(_Model):
    fa: str
    en: str


class _List(_Model):
    code: str
    name: _Text


class _Candidate(_Model):
    code: str = Field(pattern=r"^[0-9]{1,5}$")
    name: _Text
    list_code: str | None = Field(alias="list")
    total: int = Field(ge=0)


_Share = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(/[1-9][0-9]{0,8})?$")]


class _Parameters(_Model):
    """Files of older programs name only the first five."""

    seed: str
    denominator: Denominator
    left_overs: LeftOvers
    reserve_share: _Share
    reserve_rounding: Rounding
    method: Method = Method.QUOTA
    quota_rule: QuotaRule = QuotaRule.HARE
    quota_rounding: QuotaRounding = QuotaRounding.DOWN
    over_sum: OverSum = OverSum.SMALLEST_REMAINDER
    surplus: Surplus = Surplus.LEFT_OVERS
    independents: Independents = Independents.POOL
    threshold: _Share = "0"


class _Allocation(_Model):
    parameters: _Parameters


class _Contest(_Model):
    id: str
    title: _Text
    seats: int
    max_selections: int = Field(ge=1)
    blanks: int = Field(ge=0)
    lists: list[_List]
    candidates: list[_Candidate]
    allocation: _Allocation | None = None


class _Result(_Model):
    ballots: int = Field(ge=0)
    contests: list[_Contest]


def _contest(result: _Result, contest: _Contest) -> ContestVotesRead:
    names = [(each.code, _text(each.name)) for each in contest.lists]
    groups = [
        Group(code, name, tuple(_member(p) for p in contest.candidates if p.list_code == code))
        for code, name in names
    ]
    pool = tuple(_member(p) for p in contest.candidates if p.list_code is None)
    if pool:
        groups.append(Group(INDEPENDENTS, INDEPENDENTS_NAME, pool))
    if sum(len(group.members) for group in groups) != len(contest.candidates):
        raise ManifestError(
            m("contest {id}: a candidate of a list that is not there", id=contest.id)
        )
    votes = Votes(tuple(groups), result.ballots - contest.blanks, contest.max_selections)
    width = max((len(each.code) for each in contest.candidates), default=1)
    allocation = contest.allocation
    given = None if allocation is None else _parameters(contest.seats, allocation.parameters)
    return ContestVotesRead(contest.id, _text(contest.title), contest.seats, votes, width, given)


def _parameters(seats: int, given: _Parameters) -> Parameters:
    return Parameters(
        seats,
        given.seed,
        given.denominator,
        given.left_overs,
        Fraction(given.reserve_share),
        given.reserve_rounding,
        given.method,
        given.quota_rule,
        given.quota_rounding,
        given.over_sum,
        given.surplus,
        given.independents,
        Fraction(given.threshold),
    )


def _member(candidate: _Candidate) -> Member:
    return Member(SelectionCode(int(candidate.code)), _text(candidate.name), candidate.total)


def _text(text: _Text) -> Text:
    return Text(text.fa, text.en)
