"""The identity station's states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.definition import StyleId, Text
from kiosk.flows.common import ClosedReason
from kiosk.flows.signin import NeedCard, SignIn
from kiosk.polls import Operator


@dataclass(frozen=True, slots=True)
class Holder:
    """The person on the card, as the station shows them. In memory only, never logged."""

    name: str = field(repr=False)
    latin_name: str = field(repr=False)
    national_number: str = field(repr=False)
    born: date = field(repr=False)
    photo: bytes = field(repr=False)
    """JPEG."""
    templates: tuple[bytes, ...] = field(repr=False)
    """ISO/IEC 19794-2 records from the card; empty: no fingerprint on the card."""
    style: StyleId
    style_name: Text


class Refusal(StrEnum):
    """Why nobody gets a ballot. The screen says each in one sentence, with what to do."""

    UNKNOWN_CARD = "unknown-card"
    UNREADABLE = "unreadable"
    PULLED = "pulled"
    NOT_AUTHENTIC = "not-authentic"
    """The data on the card do not carry a good signature."""
    OTHER_ISSUER = "other-issuer"
    CARD_EXPIRED = "card-expired"
    BAD_NUMBER = "bad-number"
    UNDER_AGE = "under-age"
    NOT_ELIGIBLE = "not-eligible"
    FINGERPRINT = "fingerprint"
    """No match and the override was denied."""
    ALREADY_VOTED = "already-voted"
    CLAIMED_NOT_ISSUED = "claimed-not-issued"
    """Claimed before, but the card was never written: only with officer and supervisor."""
    REGISTRY_UNREACHABLE = "registry-unreachable"
    STORE = "store"
    """The local pollbook could not be written."""


class Feedback(StrEnum):
    """What the sensor says while it waits or after a try."""

    PLACE = "place-finger"
    SCANNED = "scanned"
    NO_FINGER = "no-finger"
    """Nobody put a finger on in time."""
    POOR = "poor-image"
    """Too dry, wet, partial: clean, centre, press."""
    NO_MATCH = "no-match"
    LIFT = "lift-finger"


class OverrideReason(StrEnum):
    """Reason codes of an override; counted and reported."""

    WORN = "worn-finger"
    INJURED = "injured"
    NO_TEMPLATE = "no-template"
    NO_FINGERS = "no-fingers"
    DEVICE = "device-fault"
    REISSUE = "reissue"
    """The card was claimed but not written; photo and person were checked again."""


class WriteProblem(StrEnum):
    NO_CARD = "no-card"
    WRONG_CARD = "wrong-card"
    PULLED = "pulled"
    NOT_WRITTEN = "not-written"
    OCCUPIED = "occupied"
    """The card still carries a good authorization of somebody else."""


@dataclass(frozen=True, slots=True)
class Closed:
    reason: ClosedReason


@dataclass(frozen=True, slots=True)
class Idle:
    pass


@dataclass(frozen=True, slots=True)
class ReadingCard:
    progress: float = 0.0
    """0…1."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Until the identity card is taken out (or, if it is out already, for a while)."""

    reason: Refusal
    holder: Holder | None = None
    card_out: bool = False
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The sensor is waiting or comparing."""

    holder: Holder
    attempt: int
    """From 1."""
    feedback: Feedback = Feedback.PLACE
    deadline: float = 0.0
    """Monotonic seconds; 0: set by the next tick."""


@dataclass(frozen=True, slots=True)
class FingerFailed:
    """A pause in which the finger is lifted, then the next try begins by itself."""

    holder: Holder
    attempt: int
    feedback: Feedback
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Overriding:
    """No match (or a re-issue): two roles may let the voter pass, with a reason, looking at the photo."""

    holder: Holder
    reissue: bool = False
    reason: OverrideReason | None = None
    first: Operator | None = None
    signin: SignIn = NeedCard()


@dataclass(frozen=True, slots=True)
class ClaimingBallot:
    holder: Holder
    reissue: bool = False
    overridden: bool = False
    identity_out: bool = False
    """The person has the document back already."""


@dataclass(frozen=True, slots=True)
class WritingAuthorization:
    """`problem` set: the officer has to do something, then the card is written again."""

    holder: Holder
    problem: WriteProblem | None = None
    identity_out: bool = False
    authorization_out: bool = False
    """The card was taken a moment before it was known to be written."""


@dataclass(frozen=True, slots=True)
class Done:
    """Give the authorization card to the voter and the document back."""

    holder: Holder
    identity_out: bool = False
    authorization_out: bool = False


@dataclass(frozen=True, slots=True)
class OutOfService:
    incident: str


State = (
    Closed
    | Idle
    | ReadingCard
    | Refused
    | Fingerprint
    | FingerFailed
    | Overriding
    | ClaimingBallot
    | WritingAuthorization
    | Done
    | OutOfService
)
