"""Say the questions of a contest, and whom they are about, for the screen and for the ear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from election.definition import Contest, SelectionCode, Text
from kiosk.flows.ballot import states as at
from ui.ballot.search import look_alikes
from ui.widgets.typesetting import ELLIPSIS
from words.message import Code, Message, m
from words.speaker import Speaker

Named: TypeAlias = Text | Code | Message
"""What a person or list is called in a sentence."""
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
    name = named(contest, session.asked_over, longest)
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


def named(contest: Contest, code: SelectionCode, longest: int | None = None) -> Named:
    """Return the name of a person or list, of at most `longest` characters; the code where there is none.

    Who could be taken for another of the contest, chosen or not, is named with the code.
    """
    number = Code(contest.format_code(code))
    found = contest.candidate(code) or contest.list_of(code)
    if found is None:
        return number
    name = brief_name(found.name, longest)
    if code in look_alikes(contest):
        return m("{name} ({code})", name=name, code=number)
    return name


def called(t: Speaker, contest: Contest, code: SelectionCode) -> str:
    """Return what a person or list is called where there is nothing else, in the speaker's language."""
    name = named(contest, code)
    return t.of(name) if isinstance(name, Text) else t.say(name)


def brief_name(name: Text, longest: int | None) -> Text:
    """Return a name that a sentence has room for: a very long one ends with an ellipsis."""
    if longest is None:
        return name
    given = {
        language: text if len(text) <= longest else text[: longest - 1].rstrip() + ELLIPSIS
        for language, text in name.mapping().items()
    }
    return Text.of(given)


def _instead(name: Named, contest: Contest, code: SelectionCode, longest: int | None) -> Message:
    other = named(contest, code, longest)
    return m("Choose {name} instead of {other}?", name=name, other=other)
