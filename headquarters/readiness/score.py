"""Score the answers: how ready a place is, in parts of a hundred, and what is to be mended or asked.

A yes counts whole, a partly half, a no and a question without an answer nothing, by the weights of the
questions. The line to the registry is asked only where a branch has one. No score makes up for what polls
cannot be held without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from election.definition import Authority, Branch
from headquarters.readiness.questions import LINE, QUESTIONS, Question
from headquarters.readiness.survey import SurveyRow

ENOUGH: Final = 80
"""The least score of a place that is ready."""
_HALVES: Final[Mapping[str, int]] = {"yes": 2, "partly": 1, "no": 0, "": 0}


class State(StrEnum):
    """How far a place is; the worst comes first."""

    NOT_READY = "not-ready"
    """Something that is needed is not there."""
    NOT_ASKED = "not-asked"
    """Something that is needed was not answered."""
    TO_MEND = "to-mend"
    """What is needed is there in part, or the score is too low."""
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the survey says of a branch's place."""

    branch: Branch
    state: State
    score: int
    """From 0 to 100, rounded down."""
    mend: tuple[Question, ...]
    """Answered with partly or no; what is needed comes first."""
    unanswered: tuple[Question, ...]
    row: SurveyRow

    def plain(self) -> Mapping[str, object]:
        """Return it for programs."""
        return {
            "branch": self.branch.id,
            "district": self.branch.district,
            "state": self.state,
            "score": self.score,
            "mend": [each.column for each in self.mend],
            "unanswered": [each.column for each in self.unanswered],
        }


def asked_of(branch: Branch) -> tuple[Question, ...]:
    """Return the questions that are asked about a branch."""
    with_line = branch.authority is Authority.CENTRE
    return tuple(each for each in QUESTIONS if with_line or each.column != LINE)


def judge(branch: Branch, row: SurveyRow) -> Readiness:
    """Judge the place of a branch by its answers."""
    asked = asked_of(branch)
    answers = {each.column: str(getattr(row, each.column)) for each in asked}
    got = sum(each.weight * _HALVES[answers[each.column]] for each in asked)
    score = got * 50 // sum(each.weight for each in asked)
    needed = {answers[each.column] for each in asked if each.needed}
    if "no" in needed:
        state = State.NOT_READY
    elif "" in needed:
        state = State.NOT_ASKED
    elif "partly" in needed or score < ENOUGH:
        state = State.TO_MEND
    else:
        state = State.READY
    lacking = [each for each in asked if answers[each.column] in {"partly", "no"}]
    return Readiness(
        branch,
        state,
        score,
        tuple(sorted(lacking, key=lambda each: not each.needed)),
        tuple(each for each in asked if not answers[each.column]),
        row,
    )


def judge_all(branches: Sequence[Branch], rows: Mapping[str, SurveyRow]) -> tuple[Readiness, ...]:
    """Judge all branches, in their order; one without a line answered nothing."""
    return tuple(judge(each, rows.get(each.id, SurveyRow(each.id))) for each in branches)


@dataclass(frozen=True, slots=True)
class DistrictReadiness:
    """How many places of a district are in which state."""

    name: str
    states: Mapping[State, int]
    score: int
    """The mean of its branches, rounded down."""

    @property
    def branches(self) -> int:
        """How many branches it has."""
        return sum(self.states.values())


def by_district(found: Sequence[Readiness]) -> tuple[DistrictReadiness, ...]:
    """Return the districts, the ones with the lowest scores first."""
    states: dict[str, Counter[State]] = {}
    scores: Counter[str] = Counter()
    for each in found:
        states.setdefault(each.branch.district, Counter())[each.state] += 1
        scores[each.branch.district] += each.score
    rows = (
        DistrictReadiness(
            name, {state: counts[state] for state in State}, scores[name] // counts.total()
        )
        for name, counts in states.items()
    )
    return tuple(sorted(rows, key=lambda each: (each.score, each.name)))


def by_question(found: Sequence[Readiness]) -> Iterator[tuple[Question, Mapping[str, int]]]:
    """Yield each question that was asked, and how many branches gave which answer."""
    for question in QUESTIONS:
        answers = Counter(
            str(getattr(each.row, question.column))
            for each in found
            if question in asked_of(each.branch)
        )
        if answers:
            yield question, {answer: answers[answer] for answer in _HALVES}
