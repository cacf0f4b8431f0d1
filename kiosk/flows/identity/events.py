"""What happens to the identity station (events) and what it has done (effects)."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.definition import StyleId
from kiosk.flows.common import AskReadiness, Broken, Log, Mended, PollsChanged, Tick
from kiosk.flows.identity.states import Feedback, Holder, OverrideReason, Refusal, WriteProblem
from kiosk.flows.signin import ProveOperator, SignInEvent


@dataclass(frozen=True, slots=True)
class IdentityCardInserted:
    pass


@dataclass(frozen=True, slots=True)
class IdentityCardRemoved:
    pass


@dataclass(frozen=True, slots=True)
class CardProgress:
    fraction: float


@dataclass(frozen=True, slots=True)
class HolderAccepted:
    """Outcome of `ReadHolder`: authentic, of age, entitled to `holder.style`."""

    holder: Holder


@dataclass(frozen=True, slots=True)
class HolderRefused:
    """Outcome of `ReadHolder`."""

    reason: Refusal


@dataclass(frozen=True, slots=True)
class FingerFeedback:
    """From the sensor while `MatchFinger` runs."""

    feedback: Feedback


@dataclass(frozen=True, slots=True)
class FingerMatched:
    """Outcome of `MatchFinger`."""


@dataclass(frozen=True, slots=True)
class FingerNotMatched:
    """Outcome of `MatchFinger`; `feedback` says why."""

    feedback: Feedback


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
    reason: OverrideReason


@dataclass(frozen=True, slots=True)
class OverrideDenied:
    """The person is not the holder of the card, or one of the two does not agree."""


@dataclass(frozen=True, slots=True)
class VoterClaimed:
    """Outcome of `ClaimVoter`."""


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """Outcome of `ClaimVoter`: ALREADY_VOTED, CLAIMED_NOT_ISSUED, REGISTRY_UNREACHABLE or STORE."""

    reason: Refusal


@dataclass(frozen=True, slots=True)
class AuthorizationWritten:
    """Outcome of `WriteAuthorization`."""


@dataclass(frozen=True, slots=True)
class AuthorizationNotWritten:
    """Outcome of `WriteAuthorization`."""

    problem: WriteProblem


@dataclass(frozen=True, slots=True)
class AuthorizationCardInserted:
    pass


@dataclass(frozen=True, slots=True)
class AuthorizationCardRemoved:
    pass


Event = (
    Tick
    | PollsChanged
    | Broken
    | Mended
    | SignInEvent
    | IdentityCardInserted
    | IdentityCardRemoved
    | CardProgress
    | HolderAccepted
    | HolderRefused
    | FingerFeedback
    | FingerMatched
    | FingerNotMatched
    | FingerSensorLost
    | TryAgain
    | OverrideAsked
    | ReasonChosen
    | OverrideDenied
    | VoterClaimed
    | ClaimRefused
    | AuthorizationWritten
    | AuthorizationNotWritten
    | AuthorizationCardInserted
    | AuthorizationCardRemoved
)

# ---------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class ReadHolder:
    """Read and verify the card, check age and eligibility → HolderAccepted | HolderRefused."""


@dataclass(frozen=True, slots=True)
class MatchFinger:
    """Capture and compare 1:1 → FingerMatched | FingerNotMatched | FingerSensorLost."""

    templates: tuple[bytes, ...] = field(repr=False)
    timeout_s: float


@dataclass(frozen=True, slots=True)
class CancelFinger:
    pass


@dataclass(frozen=True, slots=True)
class ClaimVoter:
    """Claim the voter in the registry, exactly once → VoterClaimed | ClaimRefused."""

    national_number: str = field(repr=False)
    style: StyleId
    reissue: bool


@dataclass(frozen=True, slots=True)
class WriteAuthorization:
    """Write a one-time authorization → AuthorizationWritten | AuthorizationNotWritten.

    Within one voter's turn the same authorization is written again after a failure, so that
    two cards that carry it are worth one ballot.
    """

    style: StyleId


@dataclass(frozen=True, slots=True)
class ForgetHolder:
    """Wipe the person's data and the authorization from memory."""


@dataclass(frozen=True, slots=True)
class Count:
    """Add one to a counter of the day: `refused:under-age`, `override:worn-finger`, `checked-in`."""

    what: str


Effect = (
    ReadHolder
    | MatchFinger
    | CancelFinger
    | ClaimVoter
    | WriteAuthorization
    | ForgetHolder
    | Count
    | ProveOperator
    | AskReadiness
    | Log
)
