"""Name the identity station's events and the effects it has carried out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from drivers.smartcard.access_text import fields_text
from election.definition import DeviceId, StyleId, Text
from election.evidence import DocumentKind, VoterEvidence
from election.signing_in import SignInEffect, SignInEvent
from kiosk.flows.common import CommonEffect, CommonEvent
from kiosk.flows.identity.states import (
    AccessProblem,
    CardHolder,
    DocumentChoice,
    EntryProblem,
    OverrideReason,
    SensorFeedback,
    VoterRefusal,
    WriteProblem,
)
from words.conventions import Calendar


@dataclass(frozen=True, slots=True)
class IdentityCardInserted:
    """A card was put into the reader for identity cards."""

    known: bool = True
    """It is an identity card. What is none, or does not answer, is not asked to be opened."""


@dataclass(frozen=True, slots=True)
class IdentityCardRemoved:
    """The identity card was taken out."""


@dataclass(frozen=True, slots=True)
class AccessEntered:
    """What the officer typed or the scanner read; nobody has judged it yet."""

    text: str = field(repr=False)

    @classmethod
    def of_fields(cls, number: str, birth: str, expiry: str) -> AccessEntered | None:
        """Take three fields of the zone as they are printed; None while they cannot be right."""
        text = fields_text(number, birth, expiry)
        return cls(text) if text else None


@dataclass(frozen=True, slots=True)
class AccessUnusable:
    """The scanner read something that opens no card."""


@dataclass(frozen=True, slots=True)
class AccessGivenUp:
    """The officer cannot read from this card what opens it."""


@dataclass(frozen=True, slots=True)
class AccessRefused:
    """Outcome of `ReadHolder`: the card was not opened, and may be tried again."""

    problem: AccessProblem


@dataclass(frozen=True, slots=True)
class CardProgress:
    """Part of the card that was read up to now, 0…1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class HolderAccepted:
    """Outcome of `ReadHolder`: authentic, of age, entitled to `holder.style`."""

    holder: CardHolder


@dataclass(frozen=True, slots=True)
class HolderRefused:
    """Outcome of `ReadHolder`."""

    reason: VoterRefusal


@dataclass(frozen=True, slots=True)
class FingerFeedback:
    """From the sensor while `MatchFinger` runs."""

    feedback: SensorFeedback


@dataclass(frozen=True, slots=True)
class FingerMatched:
    """Outcome of `MatchFinger`."""


@dataclass(frozen=True, slots=True)
class FingerNotMatched:
    """Outcome of `MatchFinger`; `feedback` says why."""

    feedback: SensorFeedback
    tries_left: int | None = None
    """Of this finger, where the card compares and counts; 0: it is not to be tried again."""


@dataclass(frozen=True, slots=True)
class FingerBlocked:
    """Outcome of `MatchFinger`: the card compares this finger no more."""


@dataclass(frozen=True, slots=True)
class CardFailed:
    """Outcome of `MatchFinger`: the card that compares does not answer as it should."""


@dataclass(frozen=True, slots=True)
class FingerSensorLost:
    """Outcome of `MatchFinger`: no answer from the module."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The officer begins the next try at once."""


@dataclass(frozen=True, slots=True)
class OverrideAsked:
    """The officer does not want further tries: no fingers, an injury."""


@dataclass(frozen=True, slots=True)
class ReasonChosen:
    """The officer chose the reason of an override."""

    reason: OverrideReason


@dataclass(frozen=True, slots=True)
class OverrideDenied:
    """The person is not the holder of the card, or one of the two does not agree."""


@dataclass(frozen=True, slots=True)
class Protested:
    """The voter says never to have voted, whatever is claimed."""


@dataclass(frozen=True, slots=True)
class DocumentOffered:
    """The voter has a document without a chip, or with one that does not answer."""


@dataclass(frozen=True, slots=True)
class DocumentChosen:
    """The officer said which document it is."""

    kind: DocumentKind


@dataclass(frozen=True, slots=True)
class StyleChosen:
    """The officer said where the person lives, by the ballot style."""

    style: StyleId


@dataclass(frozen=True, slots=True)
class PersonEntered:
    """Number and birth date as they were typed; nobody has judged them yet."""

    national_number: str = field(repr=False)
    birth: str = field(repr=False)
    """Year, month and day, eight digits of the screen's calendar."""
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class PersonNotRead:
    """Outcome of `CheckPerson`: both are asked for once more."""

    problem: EntryProblem
    check: CheckPerson


@dataclass(frozen=True, slots=True)
class PersonChecked:
    """Outcome of `CheckPerson`: nothing speaks against this person; what the roll said is in the evidence."""

    holder: CardHolder
    check: CheckPerson


@dataclass(frozen=True, slots=True)
class PersonRefused:
    """Outcome of `CheckPerson`."""

    reason: VoterRefusal
    check: CheckPerson | None = None
    """None: of whatever is checked, which nobody will answer any more."""


@dataclass(frozen=True, slots=True)
class FormPrinted:
    """Outcome of `PrintForm`: its number, None if it could not be kept; whether it is known to be out."""

    form: int | None
    printed: bool
    holder: CardHolder = field(repr=False)
    """Whose form it is: a printer may answer late, when the next person is confirmed."""


@dataclass(frozen=True, slots=True)
class PrintAgain:
    """The form did not come out whole: it is void, and the next one is printed."""


@dataclass(frozen=True, slots=True)
class FormSigned:
    """The voter has signed the form."""


@dataclass(frozen=True, slots=True)
class DocumentGivenUp:
    """The officer ends the document check; nothing was claimed."""


@dataclass(frozen=True, slots=True)
class VoterClaimed:
    """Outcome of `ClaimVoter`."""

    papers: tuple[Text, ...] = ()
    """Contests whose ballot papers the voter gets, who is checked in with it; empty: a card is written."""
    again: bool = False
    """Who was checked in, and counted, before the power failed."""


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """Outcome of `ClaimVoter`: why, or which check-in two roles may finish."""

    reason: VoterRefusal


@dataclass(frozen=True, slots=True)
class ClaimUnanswered:
    """Outcome of `ClaimVoter`: the registry did not answer, and two roles may go on without."""


@dataclass(frozen=True, slots=True)
class AuthorizationWritten:
    """Outcome of `WriteAuthorization`."""


@dataclass(frozen=True, slots=True)
class AuthorizationNotWritten:
    """Outcome of `WriteAuthorization`."""

    problem: WriteProblem


@dataclass(frozen=True, slots=True)
class AuthorizationCardInserted:
    """A card that may become an authorization card was put in."""


@dataclass(frozen=True, slots=True)
class AuthorizationCardRemoved:
    """The authorization card was taken out."""


@dataclass(frozen=True, slots=True)
class RenewableCardSeen:
    """The card that was put in carries an authorization that two roles may renew."""

    meant: DeviceId | None = None
    """The terminal that began to record a vote with it."""


IdentityEvent = (
    CommonEvent
    | SignInEvent
    | IdentityCardInserted
    | IdentityCardRemoved
    | AccessEntered
    | AccessUnusable
    | AccessGivenUp
    | AccessRefused
    | CardProgress
    | HolderAccepted
    | HolderRefused
    | FingerFeedback
    | FingerMatched
    | FingerNotMatched
    | FingerBlocked
    | CardFailed
    | FingerSensorLost
    | TryAgain
    | OverrideAsked
    | ReasonChosen
    | OverrideDenied
    | DocumentOffered
    | Protested
    | DocumentChosen
    | StyleChosen
    | PersonEntered
    | PersonNotRead
    | PersonChecked
    | PersonRefused
    | FormPrinted
    | PrintAgain
    | FormSigned
    | DocumentGivenUp
    | VoterClaimed
    | ClaimRefused
    | ClaimUnanswered
    | AuthorizationWritten
    | AuthorizationNotWritten
    | AuthorizationCardInserted
    | AuthorizationCardRemoved
    | RenewableCardSeen
)

# ---------------------------------------------------------------- effects


class CountKind(StrEnum):
    """Sums of the day."""

    CHECKED_IN = "checked-in"
    REFUSED = "refused"
    OVERRIDE = "override"
    DOCUMENT = "document"
    """Admitted by a document check; no override."""


@dataclass(frozen=True, slots=True)
class ReadHolder:
    """Open, read and verify the card, check age and eligibility.

    → HolderAccepted | HolderRefused | AccessRefused.
    """

    access: str = field(default="", repr=False)
    """What opens it, as it was typed or scanned; empty for open cards."""


@dataclass(frozen=True, slots=True)
class MatchFinger:
    """Capture a finger and compare it 1:1.

    → FingerMatched | FingerNotMatched | FingerBlocked | FingerSensorLost | CardFailed.
    """

    templates: tuple[bytes, ...] = field(repr=False)
    timeout_s: float
    on_card: int | None = None
    """The card compares: which of its fingers. Then there are no templates."""


@dataclass(frozen=True, slots=True)
class CancelFinger:
    """End a capture that is under way; its outcome is dropped."""


class ClaimWay(Enum):
    """How a voter is claimed; two roles sign for all but the first."""

    FIRST = auto()
    REISSUE = auto()
    """The card of the claim was never written, or its papers were not handed out."""
    RENEWAL = auto()
    """Ask no registry: the voter's own card is renewed (`VoterClaimed` at once)."""
    WITHOUT_ANSWER = auto()
    """Ask no registry any more: a provisional ballot."""
    PROTEST = auto()
    """The voter says never to have voted: a provisional ballot, whoever was claimed before."""


@dataclass(frozen=True, slots=True)
class ClaimVoter:
    """Claim the voter, exactly once → VoterClaimed | ClaimRefused | ClaimUnanswered."""

    national_number: str = field(repr=False)
    style: StyleId
    way: ClaimWay = ClaimWay.FIRST
    evidence: VoterEvidence | None = None
    """With which the voter is admitted; summed up when the card is written."""


@dataclass(frozen=True, slots=True)
class PrepareClaim:
    """Begin with what a claim of this person takes, while the finger is compared."""

    national_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckPerson:
    """Judge number and birth date, ask the roll → PersonChecked | PersonNotRead | PersonRefused."""

    choice: DocumentChoice
    national_number: str = field(repr=False)
    birth: str = field(repr=False)
    calendar: Calendar
    last: bool
    """The roll has said no before: another no ends it."""


@dataclass(frozen=True, slots=True)
class BarNumber:
    """Keep, for today, that this number was refused: no other document mends it."""

    national_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrintForm:
    """Print the form that the voter signs, with the next number → FormPrinted."""

    kind: DocumentKind
    holder: CardHolder = field(repr=False)
    """Of whom the outcome tells; nothing of it is printed."""


@dataclass(frozen=True, slots=True)
class WriteAuthorization:
    """Write a one-time authorization → AuthorizationWritten | AuthorizationNotWritten.

    Within one voter's turn the same authorization is written again after a failure, so that
    two cards that carry it are worth one ballot.
    """

    style: StyleId


@dataclass(frozen=True, slots=True)
class ForgetHolder:
    """Wipe the person's data, the opened card and the authorization from memory."""


@dataclass(frozen=True, slots=True)
class Count:
    """Add one to a counter of the day, and to that of its reason."""

    kind: CountKind
    reason: VoterRefusal | OverrideReason | None = None


IdentityEffect = (
    ReadHolder
    | MatchFinger
    | CancelFinger
    | ClaimVoter
    | PrepareClaim
    | CheckPerson
    | BarNumber
    | PrintForm
    | WriteAuthorization
    | ForgetHolder
    | Count
    | SignInEffect
    | CommonEffect
)
