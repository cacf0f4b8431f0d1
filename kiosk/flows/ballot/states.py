"""Name the ballot terminal's states. Nothing here is stored; a voter's marks live in `Session` only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from election.authorization import Authorization, AuthorizationRefusal
from election.definition import PERSIAN, Contest, Language, SelectionCode
from election.marks import MarkRefused, Marks
from kiosk.flows import common


class TextSize(StrEnum):
    """Four sizes from 3.5 to 9 mm capital height (VVSG 2.0, 7.1-G)."""

    SMALL = "small"
    NORMAL = "normal"
    LARGE = "large"
    LARGEST = "largest"


class Theme(StrEnum):
    """Contrast themes (VVSG 2.0, 7.1-D)."""

    DEFAULT = "default"
    WHITE_ON_BLACK = "white-on-black"
    BLACK_ON_WHITE = "black-on-white"
    LOW_CONTRAST = "low-contrast"


@dataclass(frozen=True, slots=True)
class Hearing:
    """How the terminal is heard by this voter (EN 301 549, 5.1.3)."""

    dark: bool = False
    """Nothing is on the screen: only who listens knows what is chosen."""
    wpm: int = 160
    """Words a minute."""
    volume: int = 5
    """Of `LOUDEST`; 0 is silence."""


class Companion(StrEnum):
    """Whether somebody of the voter's choice helps, and sees what is chosen (EN 301 549, 5.1.3)."""

    NONE = "none"
    SEES = "sees"
    DARK = "dark"
    """What is chosen is heard by the voter, and not shown."""


class Touch(StrEnum):
    """What a touch does."""

    ACTS = "acts"
    HEARS = "hears"
    """The first touch says what is there, the second one does it: for who sees and does not read."""


SLOWEST_WPM, FASTEST_WPM, STEP_WPM = 60, 250, 20
LOUDEST = 10


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the terminal speaks to this voter; reset after each."""

    language: Language = PERSIAN
    size: TextSize = TextSize.NORMAL
    theme: Theme = Theme.DEFAULT
    hearing: Hearing = Hearing()
    companion: Companion = Companion.NONE
    touch: Touch = Touch.ACTS


class CardProblem(StrEnum):
    """A card that is no authorization card, or could not be read."""

    UNKNOWN = "unknown-card"
    IDENTITY = "identity-card"
    UNREADABLE = "unreadable"
    """No answer from the chip: put in the wrong way round, or dirty."""
    PULLED = "pulled"
    """Pulled while it was read."""
    TRAINING = "training"
    """The terminal is used for training, and reads no card."""


class RecordingProblem(StrEnum):
    """Why a vote was not recorded. Nothing was stored and the card is not spent, but for IN_DOUBT."""

    CARD = "card"
    """The card was pulled, or failed, before the vote was recorded."""
    MEDIUM_FULL = "medium-full"
    MEDIUM_LOST = "medium-lost"
    CAPACITY = "capacity"
    IN_DOUBT = "in-doubt"
    """Both media failed at once: whether the vote is stored shows when they are read again. The card
    will say so then; it is not wiped."""


class PaperProblem(StrEnum):
    """Why a paper record is void. Its word stands in the sums of the day."""

    REFUSED = "refused"
    """The voter found it wrong."""
    PRINTER = "printer"
    """Jam, end of the paper, printer gone: nobody can be sure that it is whole."""
    DIFFERS = "differs"
    """The code that was read from it does not say what was marked."""
    CHANGED = "changed"
    """The voter went back to the review before recording."""
    CHALLENGED = "challenged"
    LEFT = "left"
    """The card was taken out before the vote was recorded."""
    NOT_RECORDED = "not-recorded"
    FAULT = "fault"
    """The terminal went out of service before the vote was recorded."""


@dataclass(frozen=True, slots=True)
class Session:
    """One voter in the booth. In memory only."""

    authorization: Authorization
    contests: tuple[Contest, ...]
    """Those of the voter's ballot style, in ballot order."""
    marks: tuple[Marks, ...]
    """One per contest, same order."""
    presentation: Presentation
    active_at: float | None = None
    """Monotonic seconds of the last touch; None until the next tick."""
    notice: MarkRefused | None = None
    """Why the last touch did nothing; shown until the next one."""
    asked_list: SelectionCode | None = None
    """The voter touched a list while persons are chosen: the question is on the screen."""
    asked_over: SelectionCode | None = None
    """The voter touched one more than can be chosen: what is to leave for it is asked."""
    spoiled: int = 0
    """How many ballots of this session were challenged."""

    def marked(self, index: int, marks: Marks) -> Session:
        """Return the session with these marks in one contest, and no open question."""
        kept = self.marks[:index] + (marks,) + self.marks[index + 1 :]
        return replace(self, marks=kept).quiet()

    def quiet(self) -> Session:
        """Return the session without an open question and without a notice."""
        return replace(self, notice=None, asked_list=None, asked_over=None)


# ---------------------------------------------------------------- states


Closed = common.Closed
OutOfService = common.OutOfService


@dataclass(frozen=True, slots=True)
class Idle:
    """The terminal waits for a card."""

    presentation: Presentation = Presentation()


@dataclass(frozen=True, slots=True)
class CheckingCard:
    """The card is read and its authorization verified."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The card stays in until the voter takes it; nothing was changed on it."""

    reason: AuthorizationRefusal | CardProblem
    since: float | None = None
    """Set by the first tick when the card is already out."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """The voter chooses language, text size and contrast."""

    session: Session


@dataclass(frozen=True, slots=True)
class ProvisionalNotice:
    """The voter is told, before marking, that two offices decide whether this ballot counts."""

    session: Session


@dataclass(frozen=True, slots=True)
class Marking:
    """The voter marks one contest."""

    session: Session
    index: int
    confirming_blank: bool = False
    """The voter wants to go on with nothing chosen: the question is on the screen."""
    from_review: bool = False
    """Came back from the review to change this contest; the main button returns there."""

    @property
    def contest(self) -> Contest:
        """The contest that is marked."""
        return self.session.contests[self.index]

    @property
    def asking(self) -> bool:
        """Whether a question is on the screen."""
        session = self.session
        return self.confirming_blank or bool(session.asked_list or session.asked_over)

    @property
    def marks(self) -> Marks:
        """Its marks up to now."""
        return self.session.marks[self.index]


@dataclass(frozen=True, slots=True)
class Review:
    """The voter looks at all marks before they are sealed."""

    session: Session


@dataclass(frozen=True, slots=True)
class Sealing:
    """Encrypting and proving; a moment."""

    session: Session


@dataclass(frozen=True, slots=True)
class Printing:
    """The sealed ballot waits, and what was marked is printed on paper."""

    session: Session
    tracking: str


@dataclass(frozen=True, slots=True)
class Comparing:
    """The paper hangs out; the voter compares it, and says whether it is right."""

    session: Session
    tracking: str
    reads: bool = False
    """A scanner reads the paper; without one it is compared by eye."""
    read: tuple[Marks, ...] | None = None
    """What the scanner read from the paper; None until it has."""
    unread: bool = False
    """The last scan could not be used: the text of the paper counts."""


@dataclass(frozen=True, slots=True)
class PaperVoid:
    """The paper is void and the vote not recorded; the voter prints again, or goes back."""

    session: Session
    tracking: str
    """Of the sealed ballot that waits; empty where there is none any more."""
    problem: PaperProblem
    unmarked: bool = False
    """The word "void" could not be printed on it: the officer takes it out."""


@dataclass(frozen=True, slots=True)
class CastOrChallenge:
    """The ballot is sealed; the voter casts or challenges it."""

    session: Session
    tracking: str
    paper: bool = False
    """A paper that the voter confirmed hangs out."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The sealed ballot is written to both media."""

    session: Session
    tracking: str
    card_out: bool = False
    """The voter pulled the card too early: the vote counts all the same."""
    paper: bool = False
    """A paper that the voter confirmed hangs out."""


@dataclass(frozen=True, slots=True)
class Spoiling:
    """The challenged ballot is written to both media, to be opened."""

    session: Session
    tracking: str


@dataclass(frozen=True, slots=True)
class Challenged:
    """The ballot was opened for checking and does not count; the voter marks again."""

    session: Session
    tracking: str
    opening: str
    """What a checker needs to recompute the ballot, as the text of a QR code."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The vote is recorded; the card may be taken once its receipt is on it."""

    tracking: str
    presentation: Presentation
    since: float | None = None
    card_out: bool = False
    """The card was pulled before it was wiped; its authorization is spent nevertheless."""
    reminded: bool = False
    card_busy: bool = False
    """The receipt is still being written on the card; nothing of the vote waits for it."""
    slip: bool = False
    """The tracking number lies there on paper."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The voter left before casting: nothing was recorded, the authorization is still good."""

    presentation: Presentation
    since: float | None = None
    card_in: bool = False
    """The vote was ended with the officer; the card is still to be taken."""
    reminded: bool = False


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """The vote could not be stored. The authorization is not spent: another terminal can take it."""

    reason: RecordingProblem
    presentation: Presentation
    card_out: bool = False
    """The card was pulled meanwhile: the message stands until the next card comes."""


VoterState = (
    Preferences
    | ProvisionalNotice
    | Marking
    | Review
    | Comparing
    | PaperVoid
    | CastOrChallenge
    | Challenged
)
"""States in which the machine waits for the voter: help and inactivity can interrupt them."""


@dataclass(frozen=True, slots=True)
class Helping:
    """The officer was called; the marks are hidden.

    Two ways lead out: the voter goes on, or leaves without a vote.
    """

    interrupted: VoterState


@dataclass(frozen=True, slots=True)
class Inactive:
    """Nothing was touched for a while: "are you still there?"; later the officer is called."""

    interrupted: VoterState
    since: float
    officer_called: bool = False


BallotState = (
    Closed
    | Idle
    | CheckingCard
    | Refused
    | Preferences
    | ProvisionalNotice
    | Marking
    | Review
    | Sealing
    | Printing
    | Comparing
    | PaperVoid
    | CastOrChallenge
    | Recording
    | Spoiling
    | Challenged
    | Recorded
    | Abandoned
    | NotRecorded
    | Helping
    | Inactive
    | OutOfService
)


def has_voter(state: BallotState) -> bool:
    """Return whether a voter is there, from the accepted card until it is taken."""
    return not isinstance(state, Idle | Closed | CheckingCard | Refused | OutOfService | Abandoned)


def presentation_of(state: BallotState, at_rest: Presentation) -> Presentation:
    """Return the voter's own presentation while there is a voter, else that of the device at rest."""
    match state:
        case (
            Preferences(session)
            | ProvisionalNotice(session)
            | Marking(session)
            | Review(session)
            | Sealing(session)
            | Printing(session)
            | Comparing(session)
            | PaperVoid(session)
            | CastOrChallenge(session)
            | Recording(session)
            | Spoiling(session)
            | Challenged(session)
        ):
            return session.presentation
        case Helping(interrupted) | Inactive(interrupted):
            return interrupted.session.presentation
        case (
            Idle(presentation)
            | Recorded(_, presentation)
            | Abandoned(presentation)
            | NotRecorded(_, presentation)
        ):
            return presentation
        case Closed() | CheckingCard() | Refused() | OutOfService():
            return at_rest
        case _:
            assert_never(state)


def is_dark(state: BallotState) -> bool:
    """Return whether nothing is to be on the screen: by the voter's wish, or hidden from a companion.

    Help comes to a lit screen, without marks: whoever helps has to read it.
    """
    if isinstance(state, Helping | Inactive):
        return False
    wish = presentation_of(state, Presentation())
    shows_choices = isinstance(state, Marking | Review | Comparing | Challenged)
    return wish.hearing.dark or (wish.companion is Companion.DARK and shows_choices)
