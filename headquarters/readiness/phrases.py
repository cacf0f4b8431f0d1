"""Say what a survey found: a table of the districts, what is lacking most, and the worst places by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from headquarters.readiness.questions import Question
from headquarters.readiness.score import (
    ENOUGH,
    Readiness,
    State,
    by_district,
    by_question,
)
from headquarters.text_table import table
from words.message import Latin, Message, in_context, m, plural
from words.speaker import Speaker

STATES: Final[Mapping[State, Message]] = {
    State.NOT_READY: in_context("state of a place", "not ready"),
    State.NOT_ASKED: in_context("state of a place", "not asked everything"),
    State.TO_MEND: in_context("state of a place", "to mend"),
    State.READY: in_context("state of a place", "ready"),
}
ANSWERS: Final[Mapping[str, Message]] = {
    "no": in_context("answer", "no"),
    "": in_context("answer", "not answered"),
    "partly": in_context("answer", "partly"),
    "yes": in_context("answer", "yes"),
}
MOST_DISTRICTS: Final = 40
MOST_BRANCHES: Final = 20
_ORDER: Final = tuple(State)


def lines(found: Sequence[Readiness], t: Speaker) -> Iterator[str]:
    """Yield the lines for a terminal."""
    districts = by_district(found)
    yield from table(
        (m("district"), m("branches"), *STATES.values(), m("score")),
        [
            (each.name, each.branches, *(each.states[state] for state in STATES), each.score)
            for each in districts[:MOST_DISTRICTS]
        ],
        t,
    )
    if len(districts) > MOST_DISTRICTS:
        yield t(more_districts(len(districts) - MOST_DISTRICTS))
    yield ""
    yield t(rule())
    lacking = [
        (question, answers["no"] + answers["partly"]) for question, answers in by_question(found)
    ]
    for question, count in sorted(lacking, key=lambda each: -each[1]):
        if count:
            yield t("{what}: {count} branches", what=question.mend, count=count)
    yield ""
    open_ones = [each for each in worst_first(found) if each.state is not State.READY]
    for each in islice(open_ones, MOST_BRANCHES):
        yield t(place_line(each))
    if len(open_ones) > MOST_BRANCHES:
        yield t(
            "and {count} more: --report writes all of them", count=len(open_ones) - MOST_BRANCHES
        )


def worst_first(found: Sequence[Readiness]) -> Sequence[Readiness]:
    """Return the places from the worst to the best."""
    return sorted(found, key=lambda each: (_ORDER.index(each.state), each.score, each.branch.id))


def place_line(found: Readiness) -> Message:
    """Say what is the matter with a place."""
    said = m(
        "{branch}, district {district}: {state}, {score} of 100",
        branch=Latin(found.branch.id),
        district=found.branch.district,
        state=STATES[found.state],
        score=found.score,
    )
    if found.mend:
        said = m("{said}. To do: {what}", said=said, what=todo(found.mend))
    if found.unanswered:
        columns = Latin(", ".join(each.column for each in found.unanswered))
        said = m("{said}. Not answered: {columns}", said=said, columns=columns)
    return said


def todo(questions: Sequence[Question]) -> Message:
    """Join what is to be mended."""
    said = questions[0].mend
    for each in questions[1:]:
        said = m("{one}; {other}", one=said, other=each.mend)
    return said


def rule() -> Message:
    """Say how a score is made."""
    return m(
        "A place is ready from {score} of 100 on, if nothing is lacking that polls cannot be held without.",
        score=ENOUGH,
    )


def more_districts(count: int) -> Message:
    """Say that some districts, those with the highest scores, are left out."""
    return plural(
        "{count} district with a higher score is left out",
        "{count} districts with higher scores are left out",
        count,
    )


def next_step(found: Sequence[Readiness], folder: object) -> Message:
    """Say what comes after a survey."""
    place = Latin(str(folder))
    if any(each.unanswered for each in found):
        return m(
            "Next: ask what is missing; amin election readiness {folder} --out survey.csv writes all answers "
            "and gaps",
            folder=place,
        )
    if any(each.state is not State.READY for each in found):
        return m(
            "Next: mend what is named, then give the changed lines: amin election readiness {folder} TABLE",
            folder=place,
        )
    return m("Next: amin election package {folder}", folder=place)
