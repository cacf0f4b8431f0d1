"""Ask an officer about an incident as a branch meets it, and score what is answered.

    what is seen ── the way through the tree, where people see it and no device says it
                 ── the code on the telephone, where a device shows it
                 ── what to do ── who may do it ── what becomes of the votes

All of it is made of the table and the tree (`election.incidents`, `election.ways_out`), so that who has done
the drill knows the page. Nothing here reads a clock or a key: an answer comes with the seconds it took.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from election.incidents import INCIDENTS, TOLD_BY_PEOPLE, Incident, Votes, Who
from election.ways_out import ROOT, Question
from words.message import Code, Message, m

ANSWERS: Final = 4
"""Remedies to choose among."""
PAR_S: Final = 25.0
"""For one step, reading included; twice that is slow."""
PASS: Final = 80
"""Percent."""


class Step(Enum):
    """What is asked, and how it is called in the report."""

    TREE = m("way to the code")
    CODE = m("code on the telephone")
    REMEDY = m("what to do")
    WHO = m("who may do it")
    VOTES = m("the votes")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. Without answers the three digits of the code are typed."""

    step: Step
    text: Message
    answers: tuple[Message, ...]
    right: int
    """Number of the right answer, from 0; without answers the code as a number."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One incident, from what is seen to what becomes of the votes."""

    incident: Incident
    seen: Message
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """How a question was answered."""

    step: Step
    tries: int
    """1: right at once."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Score:
    """What came of an exercise."""

    incident: Incident
    answered: tuple[Answered, ...]

    @property
    def seconds(self) -> float:
        """Time of all steps."""
        return sum(each.seconds for each in self.answered)

    @property
    def wrong(self) -> int:
        """Answers that were wrong."""
        return sum(each.tries - 1 for each in self.answered)

    @property
    def percent(self) -> int:
        """Two points for each step right at once, one for the second try, and two for the time."""
        par = PAR_S * len(self.answered)
        time = 2 if self.seconds <= par else 1 if self.seconds <= 2 * par else 0
        points = time + sum(max(0, 3 - each.tries) for each in self.answered)
        return round(100 * points / (2 * len(self.answered) + 2))

    @property
    def passed(self) -> bool:
        """Enough points, and whoever would have done the wrong thing to votes is no officer yet."""
        first = {each.step: each.tries for each in self.answered if each.step is not Step.TREE}
        at_once = first[Step.REMEDY] == 1 or self.incident.row.votes is Votes.NONE
        return at_once and self.percent >= PASS


def exercise(incident: Incident, rng: random.Random) -> Exercise:
    """Make the exercise of an incident; `rng` chooses the other answers and their order."""
    row = INCIDENTS[incident]
    if incident in TOLD_BY_PEOPLE:
        seen, first = row.cause, tuple(_way(incident))
    else:
        seen = m(
            "The screen of a device is red and says: «{cause}» The code is {code}.",
            cause=row.cause,
            code=Code(row.code),
        )
        first = (Asked(Step.CODE, m("Say the code on the telephone."), (), int(row.code)),)
    others = sorted({str(x.remedy): x.remedy for x in INCIDENTS.values()}.items())
    wrong = [remedy for _, remedy in others if remedy != row.remedy]
    return Exercise(
        incident,
        seen,
        (
            *first,
            _among(Step.REMEDY, m("What is to be done?"), row.remedy, wrong, rng),
            _among(Step.WHO, m("Who may do it?"), row.who.value, [x.value for x in Who], rng),
            _among(
                Step.VOTES,
                m("What becomes of the votes?"),
                row.votes.value,
                [x.value for x in Votes],
                rng,
            ),
        ),
    )


def draw(count: int, rng: random.Random) -> tuple[Incident, ...]:
    """Draw different incidents, of which people tell two in five as far as there are so many."""
    told = sorted(TOLD_BY_PEOPLE)
    shown = sorted(set(Incident) - TOLD_BY_PEOPLE)
    people = min(len(told), round(0.4 * count), count)
    drawn = rng.sample(told, people) + rng.sample(shown, min(len(shown), count - people))
    rng.shuffle(drawn)
    return tuple(drawn)


def is_right(asked: Asked, given: str) -> bool | None:
    """Judge what was typed: a number from 1, or the code's three digits; None for neither."""
    text = given.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    if not asked.answers:
        return text == f"{asked.right:03}" if len(text) == 3 else None
    number = int(text[:3])
    return number - 1 == asked.right if 1 <= number <= len(asked.answers) else None


# ---------------------------------------------------------------- parts


def _among(
    step: Step, text: Message, right: Message, others: Sequence[Message], rng: random.Random
) -> Asked:
    wrong = [each for each in others if each != right]
    answers = [right, *rng.sample(wrong, min(ANSWERS - 1, len(wrong)))]
    rng.shuffle(answers)
    return Asked(step, text, tuple(answers), answers.index(right))


def _way(incident: Incident) -> Iterator[Asked]:
    """Yield the questions of the tree on the way to an incident."""
    here: Question | Incident = ROOT
    while isinstance(here, Question):
        number = next(n for n, (_, below) in enumerate(here.answers) if _leads(below, incident))
        yield Asked(Step.TREE, here.text, tuple(answer for answer, _ in here.answers), number)
        here = here.answers[number][1]


def _leads(place: Question | Incident, incident: Incident) -> bool:
    if isinstance(place, Incident):
        return place is incident
    return any(_leads(below, incident) for _, below in place.answers)
