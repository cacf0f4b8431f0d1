"""Name the identity station's states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from drivers.fingerprint import seam
from drivers.smartcard import bit, profile
from election.definition import StyleId, Text
from election.evidence import DocumentKind, HolderCode, VoterEvidence
from election.polls import Operator
from election.signing_in import NeedCard, SignIn
from election.visits import FOUND as FOUND  # noqa: PLC0414 - as the others here
from election.visits import OverrideReason as OverrideReason  # noqa: PLC0414 - as the others here
from election.visits import VoterRefusal as VoterRefusal  # noqa: PLC0414 - as the others here
from kiosk.flows import common

FingerName = bit.FingerName
AccessWay = profile.AccessSecretKind


class AccessProblem(StrEnum):
    """Why the officer is asked once more for what opens the card."""

    WRONG = "wrong"
    """The card did not open with it."""
    UNUSABLE = "unusable"
    """What was scanned or typed is nothing that is printed on a card."""


@dataclass(frozen=True, slots=True)
class CardHolder:
    """The person on the card, as the station shows them. In memory only, never logged."""

    name: str = field(repr=False)
    latin_name: str = field(repr=False)
    national_number: str = field(repr=False)
    born: date | None = field(repr=False)
    """None if the card does not tell the day."""
    photo: bytes = field(repr=False)
    """JPEG."""
    templates: tuple[bytes, ...] = field(repr=False)
    """ISO/IEC 19794-2 records from the card; empty: none that can be read."""
    style: StyleId
    style_name: Text
    age_open: bool = False
    """The document leaves so much of the birth date open that the holder may be of age or not."""
    on_card: tuple[FingerName, ...] = ()
    """Fingers that the card compares itself, in its order; empty if the module compares."""
    evidence: VoterEvidence | None = None
    """What the chip, or the document check, has shown."""
    document: DocumentKind | None = None
    """The document that is checked by eye; None: a chip was read. Then there is no name and no photo."""

    @property
    def has_fingers(self) -> bool:
        """Whether there is anything to compare a finger with."""
        return bool(self.templates or self.on_card)


class EntryProblem(StrEnum):
    """Why number and birth date are asked for once more."""

    NUMBER = "number"
    """No national number."""
    BIRTH = "birth"
    """No day of the calendar, or none in the last 130 years."""
    DOES_NOT_FIT = "does-not-fit"
    """The roll knows nobody with both."""


class WriteProblem(StrEnum):
    """Why an authorization was not written."""

    NO_CARD = "no-card"
    WRONG_CARD = "wrong-card"
    PULLED = "pulled"
    NOT_WRITTEN = "not-written"
    NOT_RENEWABLE = "not-renewable"
    """It is not the voter's own card, or there is nothing on it to renew."""
    RESCUED = "rescued"
    """Its vote is among those that were rescued here from a dead terminal."""
    OCCUPIED = "occupied"
    """The card still carries a good authorization of somebody else."""


SensorFeedback = seam.SensorFeedback
Closed = common.Closed
OutOfService = common.OutOfService


@dataclass(frozen=True, slots=True)
class Idle:
    """The station waits for an identity card."""


@dataclass(frozen=True, slots=True)
class AwaitingAccess:
    """The card opens only with what is printed on it. What is typed is never part of a state."""

    ways: tuple[AccessWay, ...]
    """The preferred one first."""
    problem: AccessProblem | None = None
    failures: int = 0
    """How often this card did not open."""


@dataclass(frozen=True, slots=True)
class ReadingCard:
    """The identity card is read and verified."""

    progress: float = 0.0
    """0…1."""
    failures: int = 0
    """How often it did not open before."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Until the identity card is taken out (or, if it is out already, for a while)."""

    reason: VoterRefusal
    holder: CardHolder | None = None
    card_out: bool = False
    since: float | None = None
    shown: HolderCode | None = None
    """By what the holder was shown to be the person, where a protest would be heard."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The sensor is waiting or comparing."""

    holder: CardHolder
    attempt: int
    """From 1."""
    feedback: SensorFeedback = SensorFeedback.PLACE_FINGER
    deadline: float | None = None
    """Monotonic seconds; None until the next tick."""
    finger: int = 0
    """Which of `CardHolder.on_card` is asked for."""

    @property
    def wanted(self) -> FingerName:
        """The finger to be put on the sensor."""
        return wanted_finger(self.holder, self.finger)


@dataclass(frozen=True, slots=True)
class FingerFailed:
    """A pause in which the finger is lifted, then the next try begins by itself."""

    holder: CardHolder
    attempt: int
    feedback: SensorFeedback
    since: float | None = None
    finger: int = 0
    """Which of `CardHolder.on_card` comes next."""
    tries_left: int | None = None
    """Of that finger, where the card counts them."""

    @property
    def wanted(self) -> FingerName:
        """The finger of the next try."""
        return wanted_finger(self.holder, self.finger)


@dataclass(frozen=True, slots=True)
class Overriding:
    """No match, open age, re-issue, renewal, no answer: two roles may let the voter pass, by the photo."""

    holder: CardHolder
    reissue: bool = False
    reason: OverrideReason | None = None
    first: Operator | None = None
    signin: SignIn = NeedCard()
    shown: HolderCode = HolderCode.OVERRIDE
    """By what the holder is shown to be the person, once the voter has passed."""

    @property
    def is_fixed(self) -> bool:
        """Whether the reason follows from what was found, and nobody chooses another."""
        return self.reason in FOUND


@dataclass(frozen=True, slots=True)
class StyleChoice:
    """A ballot style by which the officer says where the person lives."""

    style: StyleId
    name: Text


@dataclass(frozen=True, slots=True)
class DocumentChoice:
    """What the officer said about a document that is checked by eye."""

    kind: DocumentKind
    style: StyleChoice
    dead: bool
    """Its chip was in the reader and did not answer."""


@dataclass(frozen=True, slots=True)
class ChoosingDocument:
    """Which document it is; then, where there are several ballot styles, where the person lives."""

    styles: tuple[StyleChoice, ...]
    dead: bool = False
    kind: DocumentKind | None = None


@dataclass(frozen=True, slots=True)
class EnteringPerson:
    """Number and birth date are typed from the document; what is typed is in no state."""

    choice: DocumentChoice
    problem: EntryProblem | None = None
    failures: int = 0
    """How often the roll did not know them."""


@dataclass(frozen=True, slots=True)
class CheckingPerson:
    """The roll is asked, and what was refused today is looked at."""

    choice: DocumentChoice
    failures: int = 0
    check: object = field(default=None, repr=False)
    """The effect whose outcome is waited for: the roll may answer late, about somebody who has left."""


@dataclass(frozen=True, slots=True)
class ConfirmingDocument:
    """The form is printed and signed by the voter, then two roles sign, looking at the document."""

    holder: CardHolder
    form: int | None = None
    """Its number, once it has one."""
    printed: bool | None = None
    """None: it is being printed."""
    signed: bool = False
    """The officer says that the voter has signed it."""
    first: Operator | None = None
    signin: SignIn = NeedCard()


@dataclass(frozen=True, slots=True)
class ClaimingBallot:
    """The registry is asked to grant the voter a ballot, once."""

    holder: CardHolder
    reissue: bool = False
    shown: HolderCode = HolderCode.OVERRIDE
    """By what the holder was shown to be the person."""
    identity_out: bool = False
    """The person has the document back already."""
    since: float | None = None
    """Monotonic seconds; None until the next tick."""
    waiting: bool = False
    """The answer takes longer than people notice."""


@dataclass(frozen=True, slots=True)
class WritingAuthorization:
    """`problem` set: the officer has to do something, then the card is written again."""

    holder: CardHolder
    problem: WriteProblem | None = None
    identity_out: bool = False
    authorization_out: bool = False
    """The card was taken a moment before it was known to be written."""
    came: bool = False
    """A card was put in while one was tried that was not there any more, or not yet."""


@dataclass(frozen=True, slots=True)
class Done:
    """Give the authorization card to the voter and the document back."""

    holder: CardHolder
    identity_out: bool = False
    authorization_out: bool = False
    papers: tuple[Text, ...] = ()
    """Contests of the ballot papers that are given in place of the card."""
    since: float | None = None


IdentityState = (
    Closed
    | Idle
    | AwaitingAccess
    | ReadingCard
    | Refused
    | Fingerprint
    | FingerFailed
    | Overriding
    | ChoosingDocument
    | EnteringPerson
    | CheckingPerson
    | ConfirmingDocument
    | ClaimingBallot
    | WritingAuthorization
    | Done
    | OutOfService
)


def wanted_finger(holder: CardHolder, place: int) -> FingerName:
    """Return the finger to be put on the sensor; ANY where the module compares with several templates."""
    return holder.on_card[place] if place < len(holder.on_card) else FingerName.ANY
