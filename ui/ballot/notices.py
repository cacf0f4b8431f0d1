"""Say what a state of the ballot terminal means to the voter: sentences for the screen and for the ear.

What a sentence looks like (icon, tone) is the screens' matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from election.authorization import AuthorizationRefusal
from election.marks import MarkRefused
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from ui.ballot.paper_words import PRINTING
from words.message import Message, m


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened, and what to do next."""

    title: Message
    text: Message
    why: Message | None = None
    """Reason, before the text."""
    incident: str = ""
    """Code for the officer; shown, never said."""


CLOSED: dict[ClosedReason, Notice] = {
    ClosedReason.NO_PACKAGE: Notice(
        m("This terminal is not set up yet"),
        m("It has no election package. Voting begins after an officer has loaded it."),
    ),
    ClosedReason.NOT_OPENED: Notice(
        m("The polls are not open yet"), m("Please wait. The officers open the polls.")
    ),
    ClosedReason.PAUSED: Notice(
        m("Voting is paused"), m("Please wait. The officers will resume it.")
    ),
    ClosedReason.CLOSED: Notice(
        m("The polls are closed"), m("Thank you. No more votes are taken here.")
    ),
    ClosedReason.REPLACED: Notice(
        m("No new voters for the moment"),
        m("Your card was not read and is still good. Take it out and go to another terminal."),
    ),
    ClosedReason.POWER: Notice(
        m("No new voters for the moment"),
        m("The line power has failed. Please wait, or ask the officer for another terminal."),
    ),
}

TAKE_CARD = m("Take your card and go to the officer.")

REFUSED: dict[AuthorizationRefusal | at.CardProblem, Notice] = {
    AuthorizationRefusal.NO_TOKEN: Notice(
        m("This card is empty"),
        m("Take the card back to the identity desk: it has to be made ready for you."),
    ),
    AuthorizationRefusal.MALFORMED: Notice(
        m("This card cannot be read"),
        m("Take the card back to the identity desk: it has to be written again."),
    ),
    AuthorizationRefusal.WRONG_ELECTION: Notice(m("This card is for another election"), TAKE_CARD),
    AuthorizationRefusal.WRONG_BRANCH: Notice(m("This card is for another branch"), TAKE_CARD),
    AuthorizationRefusal.UNKNOWN_STATION: Notice(m("This card was not issued here"), TAKE_CARD),
    AuthorizationRefusal.BAD_SIGNATURE: Notice(m("This card is not genuine"), TAKE_CARD),
    AuthorizationRefusal.EXPIRED: Notice(
        m("The time of this card is over"),
        m("Take the card back to the identity desk: it has to be made ready again."),
    ),
    AuthorizationRefusal.TOO_LONG: Notice(
        m("The clocks of the two devices differ"),
        m("Give the card to an officer: the clock of a device has to be set right."),
    ),
    AuthorizationRefusal.SPENT: Notice(
        m("The vote of this card is recorded"),
        m("There is nothing more to do. Take the card and hand it to the officer."),
    ),
    AuthorizationRefusal.ELSEWHERE: Notice(
        m("Another terminal began with this card"),
        m(
            "Put the card into the terminal where you marked your ballot: it knows whether your vote "
            "is recorded. If it is out of service, go to the officer."
        ),
    ),
    AuthorizationRefusal.UNKNOWN_STYLE: Notice(
        m("This card does not fit this terminal"), TAKE_CARD
    ),
    at.CardProblem.UNKNOWN: Notice(
        m("This is not a voting card"),
        m("Take it out and put in the voting card from the identity desk."),
    ),
    at.CardProblem.IDENTITY: Notice(
        m("This is an identity card"),
        m("Take it out and put in the voting card from the identity desk."),
    ),
    at.CardProblem.UNREADABLE: Notice(
        m("The card does not answer"),
        m("Take it out, turn it round and put it in again, chip first."),
    ),
    at.CardProblem.TRAINING: Notice(
        m("This terminal is for training"),
        m("Your card was not read and is still good. Take it out and go to another terminal."),
    ),
    at.CardProblem.PULLED: Notice(
        m("The card was taken out too early"),
        m("Put it in again and leave it there until you have voted."),
    ),
}

TWO_WAYS = m(
    "For the officer: no choice is shown here. The voter goes on, or leaves without a vote."
)
"""Under a screen that waits for the officer, in a language that officers have."""

PUT_IN_AGAIN = m("Nothing was recorded. To vote, put the card in again and leave it there.")
STILL_GOOD = m("Your card is still good: take it, and the officer will show you another terminal.")

WHY_NOT_RECORDED: dict[at.RecordingProblem, Message] = {
    at.RecordingProblem.CARD: m(
        "The card was taken out, or failed, before your vote was recorded."
    ),
    at.RecordingProblem.MEDIUM_FULL: m("This terminal's memory is full."),
    at.RecordingProblem.MEDIUM_LOST: m("This terminal cannot write to its memory."),
    at.RecordingProblem.CAPACITY: m("This terminal has taken as many votes as it may."),
    at.RecordingProblem.IN_DOUBT: m("Both memories of this terminal failed at once."),
}


def notice(state: at.BallotState) -> Notice:
    """Return the message of a state. Raises `TypeError` for a state with a screen of its own."""
    match state:
        case at.Idle():
            return Notice(m("Put in your voting card"), m("Chip first, and leave it there."))
        case at.CheckingCard():
            return Notice(m("Reading the card"), m("Please leave it in."))
        case at.Closed(reason):
            return CLOSED[reason]
        case at.Refused(reason):
            return REFUSED[reason]
        case at.Sealing():
            return Notice(m("Your ballot is being encrypted"), m("This takes a moment."))
        case at.Printing():
            return Notice(PRINTING, m("Please leave the card in."))
        case at.Recording():
            return Notice(m("Your vote is being recorded"), m("Please leave the card in."))
        case at.Spoiling():
            return Notice(
                m("The ballot is being opened for checking"),
                m("Please leave the card in."),
            )
        case at.Abandoned(card_in=True):
            return Notice(
                m("Your vote was not cast"),
                m(
                    "Nothing was recorded and your choices are erased. Take your card: it is "
                    "still good."
                ),
            )
        case at.Abandoned():
            return Notice(
                m("Your vote was not cast"),
                m(
                    "The card was taken out before the end. Nothing was recorded and your "
                    "choices are erased. To vote, put the card in again."
                ),
            )
        case at.NotRecorded(at.RecordingProblem.IN_DOUBT as reason):
            return Notice(
                m("It is not certain that your vote was recorded"),
                m(
                    "Take your card to the officer and stay: once the memories are read again, the "
                    "card says whether your vote is there."
                ),
                why=WHY_NOT_RECORDED[reason],
            )
        case at.NotRecorded(at.RecordingProblem.CARD as reason):
            return Notice(
                m("Your vote could not be recorded"),
                PUT_IN_AGAIN,
                why=WHY_NOT_RECORDED[reason],
            )
        case at.NotRecorded(reason):
            return Notice(
                m("Your vote could not be recorded"),
                STILL_GOOD,
                why=WHY_NOT_RECORDED[reason],
            )
        case at.OutOfService(incident):
            return Notice(
                m("This terminal is out of service"),
                m("Please take your card, if it is here, and go to the officer."),
                incident=incident,
            )
        case (
            at.Preferences()
            | at.ProvisionalNotice()
            | at.Marking()
            | at.Review()
            | at.Comparing()
            | at.PaperVoid()
            | at.CastOrChallenge()
            | at.Challenged()
            | at.Recorded()
            | at.Helping()
            | at.Inactive()
        ):
            raise TypeError(f"{type(state).__name__} has a screen of its own")
        case _:
            assert_never(state)


def refusal(notice: MarkRefused) -> Message:
    """Return why a mark was not made and what the voter can do. `ValueError` for what is a question."""
    if notice is not MarkRefused.UNKNOWN_CODE:
        raise ValueError(f"{notice} is asked about")
    return m("This code belongs to nobody. Check it and type it again.")
