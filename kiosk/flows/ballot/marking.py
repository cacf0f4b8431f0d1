"""Step through the marking of one contest: a touch, a question, its answer, on to the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from election.marks import (
    MarkRefused,
    Marks,
    answer_only,
    exchange,
    replace_by_list,
    toggle,
)
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.events import BallotStep
from kiosk.flows.common import Step


def mark(state: at.Marking, event: on.BallotEvent) -> BallotStep:
    """Take what the voter does in one contest; anything else changes nothing."""
    session, index = state.session, state.index
    contest, marks = state.contest, state.marks
    match event:
        case on.Toggled(code):
            result = toggle(marks, contest, code)
            match result:
                case MarkRefused.PERSONS_CHOSEN:
                    asked = replace(session.quiet(), asked_list=code)
                case MarkRefused.FULL | MarkRefused.LIST_CHOSEN | MarkRefused.OTHER_LIST:
                    asked = replace(session.quiet(), asked_over=code)
                case MarkRefused.UNKNOWN_CODE:
                    return Step(replace(state, session=replace(session, notice=result)))
                case Marks():
                    asked = session.marked(index, result)
                case _:
                    assert_never(result)
            return Step(replace(state, session=asked, confirming_blank=False))
        case on.OverAnswered(out):
            if session.asked_over is None:
                return Step(state)
            exchanged = marks if out is None else exchange(marks, contest, out, session.asked_over)
            if isinstance(exchanged, MarkRefused):
                return Step(state)
            return Step(replace(state, session=session.marked(index, exchanged)))
        case on.OnlyAnswered(yes):
            if contest.only is None:
                return Step(state)
            answered = session.marked(index, answer_only(contest, yes=yes))
            return Step(replace(state, session=answered, confirming_blank=False))
        case on.ListReplacesAnswered(yes):
            if session.asked_list is None:
                return Step(state)
            replaced = replace_by_list(contest, session.asked_list) if yes else marks
            if isinstance(replaced, MarkRefused):
                return Step(replace(state, session=replace(session, notice=replaced)))
            return Step(replace(state, session=session.marked(index, replaced)))
        case on.Cleared():
            return Step(replace(state, session=session.marked(index, Marks(contest.id))))
        case on.Skipped():
            # Only an empty contest can be skipped: marks are never taken away silently.
            if not marks.empty:
                return Step(state)
            skipped = session.marked(index, Marks(contest.id, skipped=True))
            return Step(_onward(replace(state, session=skipped)))
        case on.BlankAnswered(yes):
            if not state.confirming_blank:
                return Step(state)
            if not yes:
                return Step(replace(state, confirming_blank=False))
            blank = session.marked(index, Marks(contest.id, blank=True))
            return Step(_onward(replace(state, session=blank, confirming_blank=False)))
        case on.Next():
            if session.asked_list is not None or session.asked_over is not None:
                return Step(state)
            if not marks.settled:
                return Step(replace(state, confirming_blank=True))
            return Step(_onward(replace(state, session=replace(session, notice=None))))
        case on.Back():
            quiet = session.quiet()
            if state.from_review:
                return (
                    Step(at.Review(quiet)) if all(m.settled for m in quiet.marks) else Step(state)
                )
            if index == 0:
                return Step(at.Preferences(quiet))
            return Step(at.Marking(quiet, index - 1))
        case _:
            return Step(state)


def _onward(state: at.Marking) -> at.BallotState:
    """Return the next contest, or the review."""
    if state.from_review or state.index + 1 == len(state.session.contests):
        unsettled = [i for i, m in enumerate(state.session.marks) if not m.settled]
        if unsettled:
            return at.Marking(state.session, unsettled[0], from_review=state.from_review)
        return at.Review(state.session)
    return at.Marking(state.session, state.index + 1)
