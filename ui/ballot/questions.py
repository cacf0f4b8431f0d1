"""Say the questions of a contest, for the screen and for the ear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from election.definition import Contest, SelectionCode, Text
from kiosk.flows.ballot import states as at
from ui.widgets.typesetting import ELLIPSIS
from words.message import Code, Message, m

LONGEST_IN_A_SENTENCE: Final = 40
"""Characters of a name in a title or on a button, where it stands whole beside it."""


@dataclass(frozen=True, slots=True)
class OverQuestion:
    """What is asked after one more was touched than can be chosen."""

    title: Message
    text: Message
    leaving: tuple[SelectionCode, ...]
    """What can leave, the last choice first; of one the answer is yes or no."""


def over_question(state: at.Marking, longest: int | None = None) -> OverQuestion:
    """Return the question at the touched card, with names of at most `longest` characters.

    `ValueError` if none is asked.
    """
    session, contest, marks = state.session, state.contest, state.marks
    if session.asked_over is None:
        raise ValueError("nothing is asked")
    name = brief_name(named(contest, session.asked_over), longest)
    if marks.list_code is not None:
        why = (
            m("Only one list can be chosen.")
            if contest.list_of(session.asked_over)
            else m("With a list no single candidates can be chosen.")
        )
        return OverQuestion(
            _instead(name, contest, marks.list_code, longest), why, (marks.list_code,)
        )
    leaving = tuple(reversed(marks.persons))
    if len(leaving) == 1:
        why = m("Only one candidate can be chosen.")
        return OverQuestion(_instead(name, contest, leaving[0], longest), why, leaving)
    return OverQuestion(
        m("{name} would be one too many", name=name),
        m("All {count} are chosen already. Take one out, or keep all.", count=len(leaving)),
        leaving,
    )


def named(contest: Contest, code: SelectionCode) -> Text | Code:
    """Return the name of a person or list; the code where there is none."""
    found = contest.candidate(code) or contest.list_of(code)
    return found.name if found is not None else Code(contest.format_code(code))


def brief_name(name: Text | Code, longest: int | None) -> Text | Code:
    """Return a name that a sentence has room for: a very long one ends with an ellipsis."""
    if longest is None or isinstance(name, Code):
        return name
    given = {
        language: text if len(text) <= longest else text[: longest - 1].rstrip() + ELLIPSIS
        for language, text in name.mapping().items()
    }
    return Text.of(given)


def _instead(
    name: Text | Code, contest: Contest, code: SelectionCode, longest: int | None
) -> Message:
    other = brief_name(named(contest, code), longest)
    return m("Choose {name} instead of {other}?", name=name, other=other)
