"""Who comes to vote: a language, a way of input, a temper; and what they mean to vote."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from election.definition import Contest, Language, SelectionCode
from election.marks import Marks
from tests.ui.sample import Sample
from words.languages import for_voters


class Way(StrEnum):
    """What a voter votes with."""

    TOUCH = "touch"
    KEYPAD = "keypad"
    KEYBOARD = "keyboard"
    ONE_SWITCH = "one switch"
    TWO_SWITCHES = "two switches"
    EAR = "sound, dark screen"


class Temper(StrEnum):
    """How a voter goes about it."""

    QUICK = "quick"
    HESITANT = "hesitant"
    CHANGING = "changing their mind"
    LEAVING = "leaving"
    HELP = "asking for help"
    OFFICER = "needing an officer"


class Kind(StrEnum):
    """What is meant in one contest."""

    PERSONS = "persons"
    LIST = "list"
    BLANK = "blank"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Persona:
    language: Language
    way: Way
    temper: Temper

    @property
    def name(self) -> str:
        return f"{self.language}, {self.way}, {self.temper}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is meant in one contest."""

    contest: Contest
    kind: Kind
    codes: tuple[SelectionCode, ...] = ()

    @property
    def marks(self) -> Marks:
        """What has to be recorded."""
        match self.kind:
            case Kind.PERSONS:
                return Marks(self.contest.id, persons=self.codes)
            case Kind.LIST:
                return Marks(self.contest.id, list_code=self.codes[0])
            case Kind.BLANK:
                return Marks(self.contest.id, blank=True)
            case Kind.SKIP:
                return Marks(self.contest.id, skipped=True)


def everybody() -> tuple[Persona, ...]:
    """All languages with all ways and tempers."""
    languages = [one.id for one in for_voters()]
    return tuple(Persona(*each) for each in product(languages, Way, Temper))


def few() -> tuple[Persona, ...]:
    """As few as have each language, way and temper once."""
    languages = [one.id for one in for_voters()]
    return tuple(
        Persona(language, way, temper)
        for language, way, temper in zip(languages, (*Way,), (*Temper,), strict=True)
    )


def meant(rng: random.Random, sample: Sample) -> tuple[Choice, ...]:
    """Draw what somebody means to vote; each kind comes up."""
    return tuple(_choice(rng, contest) for contest in (sample.council, sample.experts))


def _choice(rng: random.Random, contest: Contest) -> Choice:
    kinds = [Kind.PERSONS] * 3 + [Kind.BLANK, Kind.SKIP]
    kind = rng.choice(kinds + [Kind.LIST] * (2 if contest.lists else 0))
    if kind is Kind.LIST:
        return Choice(contest, kind, (rng.choice(contest.lists).code,))
    if kind is not Kind.PERSONS:
        return Choice(contest, kind)
    most = min(2, contest.max_selections)
    persons = rng.sample(contest.candidates, rng.randint(1, most))
    return Choice(contest, kind, tuple(one.code for one in persons))


def shuffled(seed: int) -> list[Persona]:
    """Everybody in a drawn order."""
    people = list(everybody())
    random.Random(seed).shuffle(people)
    return people
