"""Read `election.toml`: the decisions of people about an election, as a file they edit.

Contests are named here with their rules; who stands comes from CSV files (`candidate_files`).
Unknown keys are errors, so that a typing mistake is not a silent default.
"""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Any, Final, TypeAlias

from annotated_types import Interval

from crypto.election import UUID_PATTERN
from election.because import because
from election.definition import BallotStyle, Branch, DocumentCheck, Rules, Text
from election.errors import ManifestError
from election.fields import OneOf, Pattern, Word
from election.schema import SchemaError, from_input
from election.trusted import ExceptionRow, KeyFloors
from headquarters.candidates import ContestRules
from headquarters.seats.readings import Denominator, RemainderSeats
from headquarters.typed import one_spelling
from words.message import Bytes

MAX_SIZE = 4 * 1024 * 1024
TEMPLATE_SOURCE = "name a public source, such as the closing stock index of a day after it is fixed"
"""In the template, where people name the sources of the lots."""

_DEEPEST: Final = 8
"""Tables and lists within each other; a plan has 4, and the schema refuses what is deeper."""
_Seconds: TypeAlias = Annotated[float, Interval(ge=0.001, le=86_400)]
_DEFAULT = Rules()


@dataclass(frozen=True, slots=True)
class WrittenRules:
    """`Rules` with its defaults, in seconds where devices have milliseconds."""

    min_age: Annotated[int, Interval(ge=0, le=150)] = _DEFAULT.min_age
    finger_tries: Annotated[int, Interval(ge=1, le=20)] = _DEFAULT.finger_tries
    first_capture_s: _Seconds = _DEFAULT.first_capture_s
    next_capture_s: _Seconds = _DEFAULT.next_capture_s
    authorization_minutes: Annotated[int, Interval(ge=1, le=1440)] = _DEFAULT.authorization_minutes
    clock_tolerance_minutes: Annotated[int, Interval(ge=0, le=60)] = (
        _DEFAULT.clock_tolerance_minutes
    )
    inactivity_s: _Seconds = _DEFAULT.inactivity_s
    inactivity_alert_s: _Seconds = _DEFAULT.inactivity_alert_s
    ballots_per_terminal: Annotated[int, Interval(ge=1, le=100_000)] = _DEFAULT.ballots_per_terminal
    challenge_allowed: bool = _DEFAULT.challenge_allowed
    challenges_per_voter: Annotated[int, Interval(ge=1, le=100)] = _DEFAULT.challenges_per_voter
    document_check: DocumentCheck = _DEFAULT.document_check
    document_checks_per_hour: Annotated[int, Interval(ge=1, le=10_000)] = (
        _DEFAULT.document_checks_per_hour
    )
    paper_record: bool = _DEFAULT.paper_record


@dataclass(frozen=True, slots=True)
class SeatRules:
    """The rules by which seats are allocated."""

    denominator: Denominator = Denominator.CANDIDATE_VOTES
    left_overs: Annotated[
        RemainderSeats, OneOf((RemainderSeats.LARGEST_REMAINDER, RemainderSeats.LARGEST_SHARE))
    ] = RemainderSeats.LARGEST_REMAINDER


@dataclass(frozen=True, slots=True)
class WrittenDocuments:
    """Which identity documents give a ballot; authorities and lists lie in the folder `documents`."""

    profiles: tuple[Word, ...] = ("standard",)
    """Families that come with Amin, or files (`*.toml`), relative to the plan."""
    floors: KeyFloors = KeyFloors()
    exceptions: tuple[ExceptionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LotSources:
    """The public sources of values that nobody knows or chooses when they are named."""

    seats: Word
    """Known only after the index is signed."""
    decisions: Word
    """Known only after the last device closed."""


class Packages(StrEnum):
    """What devices load."""

    ONE = "one"
    """One package for all, with the portraits in it."""
    DISTRICTS = "districts"
    """One for each district, and the portraits of all in a file beside them (`headquarters.districts`)."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The content of election.toml."""

    uuid: Annotated[str, Pattern(UUID_PATTERN)]
    name: Text
    day: date
    opens: datetime
    closes: datetime
    contests: tuple[ContestRules, ...]
    styles: tuple[BallotStyle, ...]
    branches: tuple[Branch, ...]
    lots: LotSources
    seats: SeatRules = SeatRules()
    documents: WrittenDocuments = WrittenDocuments()
    rules: WrittenRules = WrittenRules()
    rehearsal: bool = False
    packages: Packages = Packages.ONE

    @property
    def day_rules(self) -> Rules:
        """The rules as devices read them."""
        rules = self.rules
        return Rules(
            rules.min_age,
            rules.finger_tries,
            round(rules.first_capture_s * 1000),
            round(rules.next_capture_s * 1000),
            rules.authorization_minutes,
            rules.clock_tolerance_minutes,
            round(rules.inactivity_s * 1000),
            round(rules.inactivity_alert_s * 1000),
            rules.ballots_per_terminal,
            rules.challenge_allowed,
            rules.challenges_per_voter,
            rules.document_check,
            rules.document_checks_per_hour,
            rules.paper_record,
        )


def read_plan(data: bytes, name: str = "election.toml") -> PlanFile:
    """Read election.toml. Raises `ManifestError` that names the key, or the line if it is no TOML."""
    return plan_of(plan_content(data, name), name)


def plan_content(data: bytes, name: str) -> dict[str, Any]:
    """Return what the file holds, not judged yet. Raises `ManifestError` if it is no TOML."""
    if len(data) > MAX_SIZE:
        raise ManifestError.of("{name}: larger than {most}", name=name, most=Bytes(MAX_SIZE))
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ManifestError.of("{name}: {error}", name=name, error=because(error)) from error


def plan_of(content: Mapping[str, Any], name: str = "election.toml") -> PlanFile:
    """Judge what the file holds; a district is spelled as at its first branch.

    Raises `ManifestError` that names the key.
    """
    try:
        plan = from_input(PlanFile, _tidy(content))
    except SchemaError as error:
        raise ManifestError.of(
            "{name}, {place}: {detail}", name=name, place=error.place, detail=error.problem
        ) from error
    districts = one_spelling(branch.district for branch in plan.branches)
    branches = (
        branch if branch.district == district else replace(branch, district=district)
        for branch, district in zip(plan.branches, districts, strict=True)
    )
    return replace(plan, branches=tuple(branches))


def _tidy(value: Any, deep: int = 0) -> Any:
    """Give texts in normal form C and without blanks around them, as tables of candidates are read."""
    match value:
        case str():
            return unicodedata.normalize("NFC", value).strip(" ")
        case list() if deep < _DEEPEST:
            return [_tidy(each, deep + 1) for each in value]
        case Mapping() if deep < _DEEPEST:
            return {key: _tidy(each, deep + 1) for key, each in value.items()}
        case _:
            return value


def plan_template(uuid: str, name: str, day: date, *, rehearsal: bool = False) -> str:
    """Return a commented file to start from; `name` has no control characters."""
    template = files("headquarters").joinpath("election.toml.template")
    return template.read_text(encoding="utf-8").format(
        uuid=uuid,
        # A JSON string without control characters is a basic string of TOML 1.0.
        name=json.dumps(name, ensure_ascii=False),
        day=day,
        source=TEMPLATE_SOURCE,
        rehearsal="true" if rehearsal else "false",
    )
