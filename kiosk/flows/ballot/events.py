"""Name the ballot terminal's events and the effects it has carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from election.authorization import Authorization, AuthorizationRefusal
from election.definition import Contest, SelectionCode
from election.marks import Marks
from kiosk.flows.ballot.states import (
    BallotState,
    CardProblem,
    PaperProblem,
    Presentation,
    RecordingProblem,
)
from kiosk.flows.common import CommonEffect, CommonEvent, Step

# ---------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class CardInserted:
    """A card was put in."""


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card was taken out."""


@dataclass(frozen=True, slots=True)
class CardRefused:
    """Outcome of `CheckCard`."""

    reason: AuthorizationRefusal | CardProblem


@dataclass(frozen=True, slots=True)
class CardAccepted:
    """Outcome of `CheckCard`."""

    authorization: Authorization
    contests: tuple[Contest, ...]


@dataclass(frozen=True, slots=True)
class PresentationChosen:
    """The voter chose language, text size or contrast."""

    presentation: Presentation


@dataclass(frozen=True, slots=True)
class Begin:
    """Preferences are fine, to the ballot."""


@dataclass(frozen=True, slots=True)
class Toggled:
    """The voter touched a candidate or a list."""

    code: SelectionCode


@dataclass(frozen=True, slots=True)
class ListReplacesAnswered:
    """Answer to "choose the list instead of the persons?"."""

    yes: bool


@dataclass(frozen=True, slots=True)
class OverAnswered:
    """Answer to "one too many is touched: what is to leave for it?"."""

    out: SelectionCode | None
    """A chosen person or list; None: keep all that is chosen."""


@dataclass(frozen=True, slots=True)
class OnlyAnswered:
    """Yes or no to the one that stands alone in a contest; no is a blank vote."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Cleared:
    """Take all marks of this contest away (the screen has asked)."""


@dataclass(frozen=True, slots=True)
class Next:
    """The voter goes on: to the next contest, or to the review."""


@dataclass(frozen=True, slots=True)
class Back:
    """The voter goes back one step."""


@dataclass(frozen=True, slots=True)
class BlankAnswered:
    """Answer to "nothing is chosen: cast this contest blank?"."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """Take no part in this contest."""


@dataclass(frozen=True, slots=True)
class ChangeContest:
    """On the review: go back to one contest."""

    index: int


@dataclass(frozen=True, slots=True)
class ReviewAccepted:
    """The voter agrees with the review: seal the ballot."""


@dataclass(frozen=True, slots=True)
class BallotSealed:
    """Outcome of `SealBallot`."""

    tracking: str


@dataclass(frozen=True, slots=True)
class PaperPrinted:
    """Outcome of `PrintPaper`: all of it is known to be out."""


@dataclass(frozen=True, slots=True)
class PaperNotPrinted:
    """Outcome of `PrintPaper`: not known to be out, whatever is on paper is void."""


@dataclass(frozen=True, slots=True)
class PaperRead:
    """A scanner read a code whole; None: it is no paper record of this election."""

    marks: tuple[Marks, ...] | None


@dataclass(frozen=True, slots=True)
class PaperUnread:
    """A scan could not be used."""


@dataclass(frozen=True, slots=True)
class PaperConfirmed:
    """The voter has compared the paper, and it is right."""


@dataclass(frozen=True, slots=True)
class PaperRefused:
    """The voter has compared the paper, and it is not right."""


@dataclass(frozen=True, slots=True)
class PrintAgain:
    """The voter wants another paper of the same sealed ballot."""


@dataclass(frozen=True, slots=True)
class PaperUnmarked:
    """What was to be printed at the end of a paper could not be."""


@dataclass(frozen=True, slots=True)
class SlipPrinted:
    """Outcome of `PrintSlip`, if the slip is out."""

    tracking: str


@dataclass(frozen=True, slots=True)
class CastChosen:
    """The voter casts the sealed ballot."""


@dataclass(frozen=True, slots=True)
class ChallengeChosen:
    """The voter has the sealed ballot opened, to check the machine."""


@dataclass(frozen=True, slots=True)
class VoteRecorded:
    """Outcome of `RecordVote`: both media agree. The receipt comes afterwards, with `CardDone`."""

    card_out: bool = False
    """The card was pulled meanwhile; the reader itself may say so only later."""
    card_busy: bool = False
    """The card is still being written: `CardDone` follows, whatever becomes of it."""


@dataclass(frozen=True, slots=True)
class CardDone:
    """After `VoteRecorded`: the receipt is on the card and its token wiped, or the card is gone or failed."""

    card_out: bool = False
    """It was pulled meanwhile; the reader itself may say so only later."""


@dataclass(frozen=True, slots=True)
class VoteNotRecorded:
    """Outcome of `RecordVote` or `RecordSpoiled`."""

    reason: RecordingProblem


@dataclass(frozen=True, slots=True)
class BallotSpoiled:
    """Outcome of `RecordSpoiled`."""

    opening: str


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """The voter calls the officer."""


@dataclass(frozen=True, slots=True)
class StillHere:
    """The voter goes on after help or the inactivity alert."""


@dataclass(frozen=True, slots=True)
class EndedWithoutVote:
    """After help, or when nobody answered: the officer ends it (the screen has asked)."""


@dataclass(frozen=True, slots=True)
class Attended:
    """Speech is being heard, or a scan runs: the voter is there, and the clock begins anew."""


BallotEvent = (
    CommonEvent
    | CardInserted
    | CardRemoved
    | CardRefused
    | CardAccepted
    | PresentationChosen
    | Begin
    | Toggled
    | ListReplacesAnswered
    | OverAnswered
    | OnlyAnswered
    | Cleared
    | Next
    | Back
    | BlankAnswered
    | Skipped
    | ChangeContest
    | ReviewAccepted
    | BallotSealed
    | PaperPrinted
    | PaperNotPrinted
    | PaperRead
    | PaperUnread
    | PaperConfirmed
    | PaperRefused
    | PrintAgain
    | PaperUnmarked
    | SlipPrinted
    | CastChosen
    | ChallengeChosen
    | VoteRecorded
    | CardDone
    | VoteNotRecorded
    | BallotSpoiled
    | HelpAsked
    | StillHere
    | EndedWithoutVote
    | Attended
)

# ---------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class CheckCard:
    """Read the card, recognise it, verify its authorization → CardAccepted | CardRefused."""


@dataclass(frozen=True, slots=True)
class SealBallot:
    """Encode, encrypt, prove, sign → BallotSealed. `marks` fits `contests`, one each."""

    contests: tuple[Contest, ...]
    marks: tuple[Marks, ...]


@dataclass(frozen=True, slots=True)
class PrintPaper:
    """Print what was marked, and let it hang out → PaperPrinted | PaperNotPrinted."""

    marks: tuple[Marks, ...]


@dataclass(frozen=True, slots=True)
class KeepPaper:
    """Print on the paper that its vote is recorded, and cut it off."""


@dataclass(frozen=True, slots=True)
class VoidPaper:
    """Print on the paper, if there is one, that it does not count, and cut it off → PaperUnmarked."""

    problem: PaperProblem


@dataclass(frozen=True, slots=True)
class LeavePaper:
    """Cut the paper off without a word: whether its vote is recorded is not known."""


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Print the tracking number for the voter → SlipPrinted, or nothing."""

    tracking: str


@dataclass(frozen=True, slots=True)
class RecordVote:
    """Store the sealed ballot and spend the authorization, then erase it → VoteRecorded | VoteNotRecorded."""

    authorization: Authorization


@dataclass(frozen=True, slots=True)
class RecordSpoiled:
    """Store the sealed ballot as spoiled, reveal its randomness → BallotSpoiled | VoteNotRecorded."""


@dataclass(frozen=True, slots=True)
class ForgetBallot:
    """Wipe the sealed ballot and its randomness from memory."""


@dataclass(frozen=True, slots=True)
class CallOfficer:
    """Lamp and sound."""

    on: bool


BallotEffect = (
    CheckCard
    | SealBallot
    | PrintPaper
    | KeepPaper
    | VoidPaper
    | LeavePaper
    | PrintSlip
    | RecordVote
    | RecordSpoiled
    | ForgetBallot
    | CallOfficer
    | CommonEffect
)

BallotStep: TypeAlias = Step[BallotState, BallotEffect]
"""What a step of the ballot terminal's flow gives back."""
