"""Step the paper record: printed, compared, and only then cast. A part of the ballot terminal's flow.

    Sealing → Printing → Comparing → CastOrChallenge → Recording → Recorded
                 │           ├ refused → PaperVoid → Marking
                 │           └ its code differs ┐
                 └ jam, end of the paper, gone ─┴→ PaperVoid → Printing (the sealed ballot waits), or Review

A paper hangs out from Printing to Recording, help and inactivity included. `ends` gives the one effect
by which it is ended, whatever way the flow leaves them: kept, void, or left without a word.
"""

from __future__ import annotations

from dataclasses import replace

from election.paper_record import is_record_of
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.flows.common import OutOfService, Step


def begin(session: at.Session, tracking: str) -> on.BallotStep:
    """Print the marks of a ballot that was just sealed, or that waits."""
    return Step(at.Printing(session, tracking), (on.PrintPaper(session.marks),))


def printed(state: at.Printing, event: on.BallotEvent, *, reads: bool) -> on.BallotStep:
    """Show the paper to the voter, or say that it failed."""
    match event:
        case on.PaperPrinted():
            return Step(at.Comparing(state.session, state.tracking, reads=reads))
        case on.PaperNotPrinted():
            return _void(state.session, state.tracking, at.PaperProblem.PRINTER)
        case _:
            return Step(state)


def compared(state: at.Comparing, event: on.BallotEvent) -> on.BallotStep:
    """Take what the scanner read, and what the voter says."""
    session, tracking = state.session, state.tracking
    match event:
        case on.PaperRead(marks):
            if marks is None or not is_record_of(marks, session.marks):
                return _void(session, tracking, at.PaperProblem.DIFFERS)
            if marks == state.read:
                # A scanner that reads on and on is no voter: the inactivity clock goes on.
                return Step(state)
            return Step(replace(state, read=marks, unread=False))
        case on.PaperUnread() if state.read is None and not state.unread:
            return Step(replace(state, unread=True))
        case on.PaperConfirmed():
            return Step(at.CastOrChallenge(session, tracking, paper=True))
        case on.PaperRefused():
            # What was sealed is not what is wanted: it is marked, sealed and printed anew.
            return Step(at.PaperVoid(session, "", at.PaperProblem.REFUSED), (on.ForgetBallot(),))
        case _:
            return Step(state)


def after_void(state: at.PaperVoid, event: on.BallotEvent) -> on.BallotStep:
    """Print again, or go back to the choices."""
    session = state.session
    quiet = on.CallOfficer(False)
    match event:
        case on.PaperUnmarked() if not state.unmarked:
            return Step(replace(state, unmarked=True), (on.CallOfficer(True),))
        case on.PrintAgain() if state.tracking:
            step = begin(session, state.tracking)
            return Step(step.state, (quiet, *step.effects))
        case on.Begin() if not state.tracking:
            return Step(at.Marking(session, 0, from_review=True), (quiet,))
        case on.Back() if state.tracking:
            return Step(at.Review(session), (quiet, on.ForgetBallot()))
        case _:
            return Step(state)


def hangs(state: at.BallotState) -> bool:
    """Return whether a paper of the voter's is in the printer, or on its way out."""
    match state:
        case at.Helping(interrupted) | at.Inactive(interrupted):
            return hangs(interrupted)
        case at.Printing() | at.Comparing():
            return True
        case at.CastOrChallenge() | at.Recording():
            return state.paper
        case _:
            return False


def ends(before: at.BallotState, after: at.BallotState) -> tuple[on.BallotEffect, ...]:
    """Return how a paper ends at this step; nothing while it hangs, or where there is none."""
    if not hangs(before) or hangs(after):
        return ()
    match after:
        case at.Recorded():
            return (on.KeepPaper(),)
        case at.NotRecorded(at.RecordingProblem.IN_DOUBT):
            return (on.LeavePaper(),)
        case at.NotRecorded():
            return (on.VoidPaper(at.PaperProblem.NOT_RECORDED),)
        case at.PaperVoid():
            return (on.VoidPaper(after.problem),)
        case at.Spoiling():
            return (on.VoidPaper(at.PaperProblem.CHALLENGED),)
        case at.Review():
            return (on.VoidPaper(at.PaperProblem.CHANGED),)
        case OutOfService():
            return (on.VoidPaper(at.PaperProblem.FAULT),)
        case _:
            return (on.VoidPaper(at.PaperProblem.LEFT),)


def _void(session: at.Session, tracking: str, problem: at.PaperProblem) -> on.BallotStep:
    return Step(at.PaperVoid(session, tracking, problem), (on.CallOfficer(True),))
