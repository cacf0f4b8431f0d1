"""Random walks through the identity station's flow: what holds whatever happens."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from election.definition import Rules
from election.evidence import HolderCode
from election.signing_in import (
    CheckingPin,
    EnterPin,
    NeedCard,
    OperatorCardRemoved,
    OperatorCardSeen,
    OperatorProven,
    OperatorRejected,
    OtherCardSeen,
    PinEntered,
    PinWrong,
    Rejection,
    SignedIn,
)
from kiosk.flows.common import (
    CheckReadiness,
    ClosedReason,
    DeviceFault,
    DeviceRecovered,
    PollsChanged,
    Tick,
    WriteAudit,
)
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.flow import IdentityFlow
from kiosk.flows.identity.states import (
    AccessProblem,
    AccessWay,
    OverrideReason,
    SensorFeedback,
    VoterRefusal,
    WriteProblem,
)
from tests.kiosk.flows.samples import (
    CAN,
    FINGERLESS,
    HOLDER,
    NUMBER,
    OFFICER,
    ON_CARD,
    PERSONAL,
    PIN,
    SECOND_OFFICER,
    SUPERVISOR,
    WALKS,
    inside,
    pick,
)

FLOW = IdentityFlow(Rules())
CLOSED_CARDS = IdentityFlow(Rules(), (AccessWay.CAN, AccessWay.MRZ))
"""Where cards open only with what is printed on them."""
HEARD = IdentityFlow(Rules(), protests=True)
"""Where who is said to have voted may protest."""
INCIDENT = "IDENTITY-READER"
SERVING = (
    at.Fingerprint,
    at.FingerFailed,
    at.Overriding,
    at.ClaimingBallot,
    at.WritingAuthorization,
    at.Done,
)
"""States in which a person is served."""
DETAILS = {"", INCIDENT, *(reason.value for reason in VoterRefusal)}
OVERRIDE = re.compile(
    f"({'|'.join(reason.value for reason in OverrideReason)})( [0-9a-f]{{16}}){{2}}",
)

ANY: tuple[on.IdentityEvent, ...] = (
    Tick(0.0),
    Tick(10.0),
    Tick(500.0),
    PollsChanged(None),
    PollsChanged(ClosedReason.CLOSED),
    PollsChanged(ClosedReason.POWER),
    DeviceFault(INCIDENT),
    DeviceRecovered(),
    OperatorCardSeen(),
    OtherCardSeen(),
    OperatorCardRemoved(),
    PinEntered(PIN),
    PinWrong(2),
    OperatorRejected(Rejection.PIN_BLOCKED),
    OperatorProven(OFFICER),
    OperatorProven(SECOND_OFFICER),
    OperatorProven(SUPERVISOR),
    on.IdentityCardInserted(),
    on.IdentityCardInserted(known=False),
    on.IdentityCardRemoved(),
    on.AccessEntered(CAN),
    on.AccessUnusable(),
    on.AccessGivenUp(),
    on.AccessRefused(AccessProblem.WRONG),
    on.CardProgress(0.5),
    on.HolderAccepted(HOLDER),
    on.HolderAccepted(ON_CARD),
    on.HolderAccepted(FINGERLESS),
    on.HolderRefused(VoterRefusal.UNDER_AGE),
    on.HolderRefused(VoterRefusal.PULLED),
    on.FingerFeedback(SensorFeedback.SCANNED),
    on.FingerMatched(),
    on.FingerNotMatched(SensorFeedback.TRY_AGAIN),
    on.FingerNotMatched(SensorFeedback.NO_MATCH, 2),
    on.FingerNotMatched(SensorFeedback.NO_MATCH, 0),
    on.FingerBlocked(),
    on.CardFailed(),
    on.FingerSensorLost(),
    on.TryAgain(),
    on.OverrideAsked(),
    on.ReasonChosen(OverrideReason.INJURED),
    on.ReasonChosen(OverrideReason.WORN),
    *(on.ReasonChosen(reason) for reason in at.FOUND),
    on.Protested(),
    on.OverrideDenied(),
    on.VoterClaimed(),
    on.ClaimRefused(VoterRefusal.ALREADY_VOTED),
    on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED),
    on.ClaimUnanswered(),
    on.AuthorizationWritten(),
    on.AuthorizationNotWritten(WriteProblem.OCCUPIED),
    on.AuthorizationCardInserted(),
    on.AuthorizationCardRemoved(),
)


def fitting(state: at.IdentityState) -> tuple[on.IdentityEvent, ...]:
    match state:
        case at.Closed():
            return (PollsChanged(None),)
        case at.Idle():
            return (on.IdentityCardInserted(),)
        case at.AwaitingAccess():
            return (on.AccessEntered(CAN),)
        case at.ReadingCard():
            return (
                on.HolderAccepted(HOLDER),
                on.HolderAccepted(FINGERLESS),
                on.HolderAccepted(ON_CARD),
                on.AccessRefused(AccessProblem.WRONG),
            )
        case at.Fingerprint(at.CardHolder(on_card=(_, *_))):
            return (
                on.FingerMatched(),
                on.FingerNotMatched(SensorFeedback.NO_MATCH, 1),
                on.FingerNotMatched(SensorFeedback.NO_MATCH, 0),
                on.FingerBlocked(),
            )
        case at.Fingerprint():
            return (on.FingerMatched(), on.FingerNotMatched(SensorFeedback.NO_MATCH))
        case at.FingerFailed():
            return (on.TryAgain(), on.OverrideAsked())
        case at.Overriding(reason=None):
            return (on.ReasonChosen(OverrideReason.WORN),)
        case at.Overriding(signin=NeedCard()):
            return (OperatorCardSeen(),)
        case at.Overriding(signin=EnterPin()):
            return (PinEntered(PIN),)
        case at.Overriding(signin=CheckingPin()):
            return (OperatorProven(OFFICER), OperatorProven(SUPERVISOR))
        case at.Overriding():
            return (OperatorCardRemoved(),)
        case at.ClaimingBallot():
            return (
                on.VoterClaimed(),
                on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED),
                on.ClaimRefused(VoterRefusal.ALREADY_VOTED),
                on.ClaimUnanswered(),
            )
        case at.WritingAuthorization(problem=None):
            return (
                on.AuthorizationWritten(),
                on.AuthorizationNotWritten(WriteProblem.PULLED),
                on.AuthorizationCardRemoved(),
            )
        case at.WritingAuthorization():
            return (on.TryAgain(), on.AuthorizationCardInserted())
        case at.Done():
            return (on.IdentityCardRemoved(), on.AuthorizationCardRemoved())
        case at.OutOfService():
            return (DeviceRecovered(),)
        case at.Refused(shown=HolderCode()):
            return (on.Protested(), on.IdentityCardRemoved())
        case _:
            return (on.IdentityCardRemoved(), Tick(10.0), Tick(500.0))


def check_claim(before: at.IdentityState, event: on.IdentityEvent, claim: on.ClaimVoter) -> None:
    """A match, or two different roles; without an answer only after there was none."""
    assert claim.national_number == NUMBER
    overriding = before.reason if isinstance(before, at.Overriding) else None
    signed = isinstance(event, OperatorProven)
    of = {
        on.ClaimWay.WITHOUT_ANSWER: {OverrideReason.NO_ANSWER},
        on.ClaimWay.PROTEST: {OverrideReason.PROTEST},
        on.ClaimWay.REISSUE: {OverrideReason.REISSUE, OverrideReason.PAPERS},
        on.ClaimWay.RENEWAL: {OverrideReason.RENEWAL},
    }
    for way, found in of.items():
        assert (claim.way is way) is (signed and overriding in found)
    match before, event:
        case at.Fingerprint(), on.FingerMatched():
            assert claim.way is on.ClaimWay.FIRST
        case at.Overriding(_, _, reason, first, CheckingPin()), OperatorProven(second):
            assert first is not None
            assert first.role is not second.role
            assert reason is not None
        case at.Overriding(reason=OverrideReason.NO_ANSWER), on.TryAgain():
            assert claim.way is on.ClaimWay.FIRST
        case _:
            raise AssertionError((before, event))


def check_step(
    before: at.IdentityState,
    event: on.IdentityEvent,
    after: at.IdentityState,
    effects: tuple[on.IdentityEffect, ...],
) -> None:
    if isinstance(after, SERVING):
        assert list(inside(after, at.CardHolder))
    elif not isinstance(after, at.Refused):
        assert not list(inside(after, at.CardHolder))
    if isinstance(before, SERVING) and not isinstance(after, SERVING):
        assert on.ForgetHolder() in effects
    if isinstance(before, SERVING) and isinstance(event, Tick):
        assert list(inside(after, at.CardHolder)) == list(inside(before, at.CardHolder))
    if isinstance(before, at.Fingerprint) and not isinstance(after, at.Fingerprint):
        over = isinstance(
            event,
            on.FingerMatched
            | on.FingerNotMatched
            | on.FingerBlocked
            | on.FingerSensorLost
            | on.CardFailed,
        )
        assert over or on.CancelFinger() in effects
    if isinstance(after, at.Overriding) and after.first is not None:
        same = isinstance(before, at.Overriding) and before.first == after.first
        assert same or event == OperatorProven(after.first)
    if isinstance(after, at.Overriding) and after.reason is OverrideReason.PROTEST:
        again = isinstance(before, at.Overriding) and before.reason is OverrideReason.PROTEST
        assert again or (
            isinstance(before, at.Refused)
            and before.reason is VoterRefusal.ALREADY_VOTED
            and event == on.Protested()
        )
        assert not after.holder.document, "who shows no chip has had another way"
    if isinstance(after, at.Fingerprint | at.FingerFailed):
        assert not after.holder.on_card or after.finger < len(after.holder.on_card)
    for effect in effects:
        match effect:
            case on.ReadHolder(access):
                asked = isinstance(before, at.AwaitingAccess) and event == on.AccessEntered(CAN)
                assert access == (CAN if asked else "")
                assert isinstance(after, at.ReadingCard)
            case on.MatchFinger(templates, _, on_card):
                assert isinstance(after, at.Fingerprint)
                assert bool(templates) is (on_card is None)
                assert on_card is None or on_card == after.finger
            case on.ClaimVoter():
                check_claim(before, event, effect)
            case on.WriteAuthorization():
                assert isinstance(after, at.WritingAuthorization)
                assert after.problem is None
                claimed = isinstance(before, at.ClaimingBallot) and event == on.VoterClaimed()
                assert claimed or (
                    isinstance(before, at.WritingAuthorization) and before.problem is not None
                )
            case on.Count(on.CountKind.CHECKED_IN):
                assert isinstance(before, at.WritingAuthorization)
                assert event == on.AuthorizationWritten()
            case WriteAudit("refused", detail):
                assert detail in DETAILS
                assert not isinstance(after, at.ClaimingBallot), "the line would mark a protest"
                assert not (isinstance(after, at.Refused) and after.shown), "it is put off"
                assert [each for each in effects if isinstance(each, on.Count)] == [
                    on.Count(on.CountKind.REFUSED, VoterRefusal(detail))
                ]
            case WriteAudit("card-not-opened", detail):
                assert isinstance(before, at.ReadingCard)
                assert after == at.AwaitingAccess(
                    CLOSED_CARDS.ways, AccessProblem.WRONG, before.failures + 1
                )
                assert detail == f"try {before.failures + 1}"
            case WriteAudit("finger-matched" | "finger-not-matched", detail):
                assert isinstance(before, at.Fingerprint)
                assert 1 <= before.attempt <= FLOW.rules.finger_tries
                assert detail == f"try {before.attempt}"
            case WriteAudit(_, detail):
                assert detail in DETAILS or OVERRIDE.fullmatch(detail)
            case _:
                pass
    shown = repr(after) + repr(effects)
    assert not any(secret in shown for secret in (*PERSONAL, PIN, CAN))
    if isinstance(after, at.Idle) and not isinstance(before, at.Idle | at.Closed):
        assert CheckReadiness() in effects


@pytest.mark.parametrize(
    "flow", [FLOW, CLOSED_CARDS, HEARD], ids=["open cards", "closed cards", "protests"]
)
@settings(max_examples=250, deadline=None)
@given(walk=WALKS)
def test_whatever_happens(flow: IdentityFlow, walk: list[int]) -> None:
    state: at.IdentityState = at.Closed(ClosedReason.NO_PACKAGE)
    given_out = 0
    for number in walk:
        event = pick(number, fitting(state), ANY)
        step = flow.step(state, event)
        check_step(state, event, step.state, step.effects)
        given_out += step.effects.count(on.Count(on.CountKind.CHECKED_IN))
        assert given_out <= 1
        # The step that ends a visit may count it: a card pulled early ends in Idle at once.
        if isinstance(step.state, at.Idle | at.Refused | at.OutOfService | at.Closed):
            given_out = 0
        if isinstance(state, at.Overriding) and isinstance(state.signin, SignedIn):
            assert state.first == state.signin.operator
        state = step.state


@pytest.mark.parametrize("flow", [FLOW, CLOSED_CARDS], ids=["open cards", "closed cards"])
def test_every_event_in_every_state_of_many_walks(flow: IdentityFlow) -> None:
    seen: set[str] = set()
    edge: list[at.IdentityState] = [at.Closed(ClosedReason.NO_PACKAGE)]
    pairs = 0
    while edge and pairs < 10_000:
        state = edge.pop(0)
        for event in ANY:
            step = flow.step(state, event)
            check_step(state, event, step.state, step.effects)
            pairs += 1
            if repr(step.state) not in seen:
                seen.add(repr(step.state))
                edge.append(step.state)
    assert pairs > 1000


def test_what_opens_a_card_may_be_mistyped_more_often_than_a_finger_is_tried() -> None:
    """Only fingers have a number of tries; the next card begins anew."""
    state: at.IdentityState = at.Idle()
    logged: list[str] = []
    for event in (
        on.IdentityCardInserted(),
        *(on.AccessEntered(CAN), on.AccessRefused(AccessProblem.WRONG)) * 6,
        on.IdentityCardRemoved(),
        on.IdentityCardInserted(),
        *(on.AccessEntered(CAN), on.AccessRefused(AccessProblem.WRONG)),
    ):
        step = CLOSED_CARDS.step(state, event)
        check_step(state, event, step.state, step.effects)
        logged += [effect.detail for effect in step.effects if isinstance(effect, WriteAudit)]
        state = step.state
    assert logged == ["try 1", "try 2", "try 3", "try 4", "try 5", "try 6", "try 1"]
