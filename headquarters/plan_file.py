"""`election.toml`: what people decide about an election, as a file they edit.

Contests are named here with their rules; who stands comes from CSV files (`candidate_files`).
Unknown keys are errors, so that a typing mistake is not a silent default.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from election.because import because
from election.definition import (
    ID_PATTERN,
    BallotForm,
    BallotStyle,
    Branch,
    BranchId,
    ContestId,
    Rules,
    StyleId,
    Text,
)
from election.errors import ManifestError
from headquarters.candidates import ContestRules
from headquarters.seats.model import Denominator, LeftOvers
from words.message import Bytes, Latin, m

MAX_SIZE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PlanFile:
    uuid: str
    name: Text
    day: date
    opens: datetime
    closes: datetime
    country_signers: tuple[str, ...]
    """File names, relative to the file."""
    contests: tuple[ContestRules, ...]
    styles: tuple[BallotStyle, ...]
    branches: tuple[Branch, ...]
    rules: Rules
    lot_seed: str
    denominator: Denominator
    left_overs: LeftOvers
    rehearsal: bool


def read_plan(data: bytes, name: str = "election.toml") -> PlanFile:
    """Raises `ManifestError` that names the key, or the line for a file that is no TOML."""
    if len(data) > MAX_SIZE:
        raise ManifestError(m("{name}: larger than {most}", name=name, most=Bytes(MAX_SIZE)))
    try:
        value = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ManifestError(m("{name}: {error}", name=name, error=because(error))) from error
    try:
        plan = _Plan.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ManifestError(
            m(
                "{name}, {place}: {detail}",
                name=name,
                place=Latin(place),
                detail=Latin(first["msg"]),
            )
        ) from error
    return PlanFile(
        plan.uuid,
        _text(plan.name),
        plan.day,
        plan.opens,
        plan.closes,
        tuple(plan.country_signers),
        tuple(_contest(each) for each in plan.contests),
        tuple(
            BallotStyle(
                StyleId(each.id),
                _text(each.name),
                tuple(ContestId(contest) for contest in each.contests),
                tuple(each.residence),
            )
            for each in plan.styles
        ),
        tuple(
            Branch(BranchId(each.id), _text(each.name), each.district, each.mobile, each.offline)
            for each in plan.branches
        ),
        _rules(plan.rules),
        plan.seats.lot_seed,
        Denominator(plan.seats.denominator),
        LeftOvers(plan.seats.left_overs),
        plan.rehearsal,
    )


def plan_template(uuid: str, name: str, day: date, *, rehearsal: bool = False) -> str:
    """Return a commented file to start from."""
    seed = "publish a sentence nobody can foresee, for example that day's stock index"
    return _TEMPLATE.format(
        uuid=uuid,
        name=name.replace('"', "'"),
        day=day,
        seed=seed,
        rehearsal="true" if rehearsal else "false",
    )


# ---------------------------------------------------------------- models


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


_Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Text(_Model):
    fa: _Name
    en: str = ""


class _Contest(_Model):
    id: _Id
    title: _Text
    seats: int = Field(ge=1, le=1000)
    max_selections: int = Field(ge=1, le=200)
    form: Literal["slots", "choice"]
    code_width: int | None = Field(default=None, ge=2, le=5)


class _Style(_Model):
    id: _Id
    name: _Text
    contests: list[_Id]
    residence: list[_Name] = []


class _Branch(_Model):
    id: _Id
    name: _Text
    district: _Name
    mobile: bool = False
    offline: bool = False


_Seconds = Annotated[float, Field(ge=0.001, le=86_400)]
_DAY_RULES = Rules()


class _Rules(_Model):
    """As `Rules`, with its defaults; people write seconds."""

    min_age: int = Field(default=_DAY_RULES.min_age, ge=0, le=150)
    finger_tries: int = Field(default=_DAY_RULES.finger_tries, ge=1, le=20)
    first_capture_s: _Seconds = _DAY_RULES.first_capture_s
    next_capture_s: _Seconds = _DAY_RULES.next_capture_s
    authorization_minutes: int = Field(default=_DAY_RULES.authorization_minutes, ge=1, le=1440)
    inactivity_s: _Seconds = _DAY_RULES.inactivity_s
    inactivity_alert_s: _Seconds = _DAY_RULES.inactivity_alert_s
    ballots_per_terminal: int = Field(default=_DAY_RULES.ballots_per_terminal, ge=1, le=100_000)
    challenge_allowed: bool = _DAY_RULES.challenge_allowed
    challenges_per_voter: int = Field(default=_DAY_RULES.challenges_per_voter, ge=1, le=100)


class _Seats(_Model):
    lot_seed: _Name
    denominator: Literal["candidate-votes", "ballots"] = "candidate-votes"
    left_overs: Literal["largest-remainder", "largest-share"] = "largest-remainder"


class _Plan(_Model):
    uuid: str
    name: _Text
    day: date
    opens: datetime
    closes: datetime
    country_signers: list[str] = []
    rehearsal: bool = False
    contests: list[_Contest]
    styles: list[_Style]
    branches: list[_Branch]
    rules: _Rules = _Rules()
    seats: _Seats


def _text(text: _Text) -> Text:
    return Text(text.fa, text.en)


def _rules(rules: _Rules) -> Rules:
    return Rules(
        rules.min_age,
        rules.finger_tries,
        round(rules.first_capture_s * 1000),
        round(rules.next_capture_s * 1000),
        rules.authorization_minutes,
        round(rules.inactivity_s * 1000),
        round(rules.inactivity_alert_s * 1000),
        rules.ballots_per_terminal,
        rules.challenge_allowed,
        rules.challenges_per_voter,
    )


def _contest(contest: _Contest) -> ContestRules:
    return ContestRules(
        ContestId(contest.id),
        _text(contest.title),
        contest.seats,
        contest.max_selections,
        BallotForm(contest.form),
        contest.code_width,
    )


_TEMPLATE = """\
# What people decide about this election. Edit, then: amin election package
uuid = "{uuid}"                      # made once; never change it
rehearsal = {rehearsal:<21}# true: no vote counts; a device ready for the day refuses it
name = {{ fa = "{name}", en = "" }}
day = {day}
opens = {day}T08:00:00+03:30
closes = {day}T20:00:00+03:30
country_signers = []                 # DER files of the authorities of the identity cards

[seats]
lot_seed = "{seed}"
denominator = "candidate-votes"      # or ballots
left_overs = "largest-remainder"     # or largest-share

[rules]
min_age = 18
challenge_allowed = true

[[contests]]                         # candidates: amin election add-candidates … council …
id = "council"
title = {{ fa = "شورای شهر", en = "City council" }}
seats = 21
max_selections = 21
form = "slots"                       # choice: for few candidates without lists

[[styles]]                           # residence = [] is for everybody no other style claims
id = "city"
name = {{ fa = "شهر", en = "City" }}
contests = ["council"]

[[branches]]
id = "branch-1"
name = {{ fa = "شعبهٔ ۱", en = "Branch 1" }}
district = "1"
offline = false                      # true: without a line voters get provisional ballots
"""
