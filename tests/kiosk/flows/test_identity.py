"""The identity station's flow, way by way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from election.audit_events import AuditEvent, EventForm
from election.definition import DeviceId, Rules
from election.polls import Operator
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
    ProveOperator,
    Rejected,
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
from kiosk.flows.identity.flow import LIFT_S, LINGER_S, IdentityFlow
from kiosk.flows.identity.states import OverrideReason, SensorFeedback, VoterRefusal, WriteProblem
from tests.kiosk.flows.samples import (
    FINGERLESS,
    HOLDER,
    NUMBER,
    OFFICER,
    PIN,
    SECOND_OFFICER,
    SUPERVISOR,
    inside,
    reaches,
)

RULES = Rules(finger_tries=4, first_capture_ms=30_000, next_capture_ms=15_000)
FLOW = IdentityFlow(RULES)
TERMINAL = DeviceId("b1-t1")
CLAIM = on.ClaimVoter(NUMBER, HOLDER.style)
REISSUE = replace(CLAIM, way=on.ClaimWay.REISSUE)
WRITE = on.WriteAuthorization(HOLDER.style)
SIGN = (OperatorCardSeen(), PinEntered(PIN))
NO_MATCH = on.FingerNotMatched(SensorFeedback.NO_MATCH)


def play(state: at.IdentityState, *events: on.IdentityEvent) -> at.IdentityState:
    for event in events:
        state = FLOW.step(state, event).state
    return state


def effects(state: at.IdentityState, *events: on.IdentityEvent) -> list[on.IdentityEffect]:
    found: list[on.IdentityEffect] = []
    for event in events:
        step = FLOW.step(state, event)
        state = step.state
        found += step.effects
    return found


def both(first: Operator = OFFICER, second: Operator = SUPERVISOR) -> tuple[on.IdentityEvent, ...]:
    return (*SIGN, OperatorProven(first), OperatorCardRemoved(), *SIGN, OperatorProven(second))


READING = play(at.Idle(), on.IdentityCardInserted())
FINGER = play(READING, on.HolderAccepted(HOLDER))
FAILED = play(FINGER, NO_MATCH)
OVERRIDING = play(FAILED, on.OverrideAsked())
REASONED = play(OVERRIDING, on.ReasonChosen(OverrideReason.WORN))
CLAIMING = play(FINGER, on.FingerMatched())
WRITING = play(CLAIMING, on.VoterClaimed())
DONE = play(WRITING, on.AuthorizationWritten())

STATES: dict[str, at.IdentityState] = {
    "closed": at.Closed(ClosedReason.PAUSED),
    "idle": at.Idle(),
    "reading": READING,
    "refused": at.Refused(VoterRefusal.UNDER_AGE),
    "refused, card out": at.Refused(VoterRefusal.PULLED, card_out=True),
    "finger": FINGER,
    "finger failed": FAILED,
    "overriding": OVERRIDING,
    "reason": REASONED,
    "first signed": play(REASONED, *SIGN, OperatorProven(OFFICER)),
    "age open": play(READING, on.HolderAccepted(replace(HOLDER, age_open=True))),
    "claiming": CLAIMING,
    "claiming, document out": play(CLAIMING, on.IdentityCardRemoved()),
    "writing": WRITING,
    "no card": play(WRITING, on.AuthorizationNotWritten(WriteProblem.NO_CARD)),
    "writing, document out": play(WRITING, on.IdentityCardRemoved()),
    "done": DONE,
    "done, document out": play(DONE, on.IdentityCardRemoved()),
    "done, card out": play(DONE, on.AuthorizationCardRemoved()),
    "out of service": at.OutOfService("IDENTITY-READER"),
}


def test_from_card_to_card() -> None:
    state: at.IdentityState = at.Closed(ClosedReason.NO_PACKAGE)
    way: list[tuple[on.IdentityEvent, type[at.IdentityState], tuple[on.IdentityEffect, ...]]] = [
        (PollsChanged(None), at.Idle, ()),
        (on.IdentityCardInserted(), at.ReadingCard, (on.ReadHolder(),)),
        (on.CardProgress(0.5), at.ReadingCard, ()),
        (
            on.HolderAccepted(HOLDER),
            at.Fingerprint,
            (
                on.PrepareClaim(HOLDER.national_number),
                on.MatchFinger(HOLDER.templates, RULES.first_capture_s),
            ),
        ),
        (on.FingerFeedback(SensorFeedback.SCANNED), at.Fingerprint, ()),
        (
            on.FingerMatched(),
            at.ClaimingBallot,
            (WriteAudit(AuditEvent.FINGER_MATCHED, "try 1"), CLAIM),
        ),
        (on.VoterClaimed(), at.WritingAuthorization, (WRITE,)),
        (
            on.AuthorizationWritten(),
            at.Done,
            (on.Count(on.CountKind.CHECKED_IN), WriteAudit(AuditEvent.AUTHORIZATION_ISSUED)),
        ),
        (on.AuthorizationCardRemoved(), at.Done, ()),
        (on.IdentityCardRemoved(), at.Idle, (on.ForgetHolder(), CheckReadiness())),
    ]
    for event, kind, done in way:
        step = FLOW.step(state, event)
        assert isinstance(step.state, kind), event
        assert step.effects == done
        state = step.state
    assert state == at.Idle()


def test_reading_shows_how_far_it_is() -> None:
    assert play(READING, on.CardProgress(0.25)) == at.ReadingCard(0.25)


@pytest.mark.parametrize("reason", VoterRefusal)
def test_a_refused_holder(reason: VoterRefusal) -> None:
    step = FLOW.step(READING, on.HolderRefused(reason))
    assert step.state == at.Refused(reason, card_out=reason is VoterRefusal.PULLED)
    assert step.effects == (
        on.ForgetHolder(),
        on.Count(on.CountKind.REFUSED, reason),
        WriteAudit(AuditEvent.REFUSED, reason.value),
    )


def test_a_refusal_stands_until_the_card_is_out() -> None:
    state = play(READING, on.HolderRefused(VoterRefusal.UNDER_AGE))
    assert play(state, Tick(1.0), Tick(999.0)) == state
    assert play(state, on.IdentityCardRemoved()) == at.Idle()


def test_a_refusal_without_a_card_stands_for_a_while() -> None:
    state = play(READING, on.IdentityCardRemoved())
    assert state == at.Refused(VoterRefusal.PULLED, card_out=True)
    assert play(state, on.IdentityCardRemoved()) == state
    lingering = play(state, Tick(1.0), Tick(1.0 + LINGER_S - 0.1))
    assert isinstance(lingering, at.Refused)
    assert play(lingering, Tick(1.0 + LINGER_S)) == at.Idle()
    # The next card is looked at as if it came now: the polls may have closed meanwhile.
    step = FLOW.step(state, on.IdentityCardInserted())
    assert (step.state, step.effects) == (at.Idle(), (on.ForgetHolder(), CheckReadiness()))


# ---------------------------------------------------------------- the finger


def test_tries_end_with_the_override() -> None:
    state = FINGER
    for attempt in range(1, RULES.finger_tries):
        state = play(state, NO_MATCH)
        assert isinstance(state, at.FingerFailed)
        assert state.attempt == attempt
        step = FLOW.step(play(state, Tick(5.0)), Tick(5.0 + LIFT_S))
        assert step.effects == (on.MatchFinger(HOLDER.templates, RULES.next_capture_s),)
        state = step.state
        assert isinstance(state, at.Fingerprint)
        assert state.attempt == attempt + 1
    assert play(state, NO_MATCH) == at.Overriding(HOLDER)


def test_the_try_that_matched_is_logged() -> None:
    state = play(FINGER, NO_MATCH, on.TryAgain())
    assert WriteAudit(AuditEvent.FINGER_MATCHED, "try 2") in effects(state, on.FingerMatched())


def test_the_pause_between_two_tries() -> None:
    waiting = play(FAILED, Tick(5.0))
    assert play(waiting, Tick(5.0 + LIFT_S - 0.1)) == waiting
    assert isinstance(play(FAILED, on.TryAgain()), at.Fingerprint)


def test_the_deadline_is_shown() -> None:
    state = play(FINGER, Tick(100.0))
    assert isinstance(state, at.Fingerprint)
    assert state.deadline == 100.0 + RULES.first_capture_s
    assert play(state, Tick(101.0)) == state


@pytest.mark.parametrize(
    ("before", "event", "reason"),
    [
        (READING, on.HolderAccepted(FINGERLESS), OverrideReason.NO_TEMPLATE),
        (FINGER, on.FingerSensorLost(), OverrideReason.DEVICE),
        (FINGER, on.OverrideAsked(), None),
        (FAILED, on.OverrideAsked(), None),
    ],
)
def test_ways_to_the_override(
    before: at.IdentityState, event: on.IdentityEvent, reason: OverrideReason | None
) -> None:
    state = play(before, event)
    assert isinstance(state, at.Overriding)
    assert state.reason is reason
    assert not any(isinstance(effect, on.ClaimVoter) for effect in effects(before, event))


def test_an_override_asked_for_ends_the_capture() -> None:
    assert on.CancelFinger() in effects(FINGER, on.OverrideAsked())


# ---------------------------------------------------------------- the override


@pytest.mark.parametrize("signers", [(OFFICER, SUPERVISOR), (SUPERVISOR, OFFICER)])
def test_two_roles_let_the_voter_pass(signers: tuple[Operator, Operator]) -> None:
    events = both(*signers)
    assert play(REASONED, *events) == at.ClaimingBallot(HOLDER)
    done = effects(REASONED, *events)
    assert done[:2] == [ProveOperator(PIN), ProveOperator(PIN)]
    prints = " ".join(signer.fingerprint.hex()[:16] for signer in signers)
    assert done[2:] == [
        WriteAudit(AuditEvent.OVERRIDE, f"worn-finger {prints}"),
        on.Count(on.CountKind.OVERRIDE, OverrideReason.WORN),
        CLAIM,
    ]


@pytest.mark.parametrize("again", [OFFICER, SECOND_OFFICER])
def test_one_role_is_not_enough(again: Operator) -> None:
    events = both(OFFICER, again)
    state = play(REASONED, *events)
    assert isinstance(state, at.Overriding)
    assert state.signin == Rejected(Rejection.SAME_ROLE)
    assert not any(isinstance(effect, on.ClaimVoter) for effect in effects(REASONED, *events))


def test_nothing_is_signed_before_a_reason_is_given() -> None:
    assert play(OVERRIDING, *both()) == OVERRIDING


def test_who_has_signed_signed_for_that_reason() -> None:
    signed = play(REASONED, *SIGN, OperatorProven(OFFICER))
    assert isinstance(signed, at.Overriding)
    assert (signed.first, signed.signin) == (OFFICER, SignedIn(OFFICER))
    assert play(signed, on.ReasonChosen(OverrideReason.WORN)) == signed
    changed = play(signed, on.ReasonChosen(OverrideReason.INJURED))
    assert changed == at.Overriding(HOLDER, reason=OverrideReason.INJURED)


AGE_OPEN = replace(HOLDER, age_open=True)
ASKED_AGE = play(READING, on.HolderAccepted(AGE_OPEN))


@pytest.mark.parametrize(
    ("holder", "after"),
    [
        (HOLDER, at.Fingerprint(HOLDER, 1)),
        (FINGERLESS, at.Overriding(FINGERLESS, reason=OverrideReason.NO_TEMPLATE)),
    ],
)
def test_of_age_by_two_roles_and_then_the_finger(
    holder: at.CardHolder, after: at.IdentityState
) -> None:
    """It stands for the age alone: nothing is claimed, and the finger is compared as ever."""
    asked = play(READING, on.HolderAccepted(replace(holder, age_open=True)))
    assert isinstance(asked, at.Overriding)
    assert asked.reason is OverrideReason.OF_AGE
    told = effects(asked, *both())
    assert play(asked, *both()) == after
    assert on.Count(on.CountKind.OVERRIDE, OverrideReason.OF_AGE) in told
    assert not any(isinstance(effect, on.ClaimVoter) for effect in told)


@pytest.mark.parametrize("second", [OFFICER, SECOND_OFFICER])
def test_an_open_age_takes_two_roles(second: Operator) -> None:
    state = play(ASKED_AGE, *both(OFFICER, second))
    assert isinstance(state, at.Overriding)
    assert state.holder.age_open


@pytest.mark.parametrize("reason", OverrideReason)
def test_an_open_age_is_never_something_else(reason: OverrideReason) -> None:
    """Neither by another reason nor by a finger does a person pass whose age is open."""
    assert play(ASKED_AGE, on.ReasonChosen(reason)) == ASKED_AGE
    assert play(ASKED_AGE, on.FingerMatched(), on.VoterClaimed(), on.TryAgain()) == ASKED_AGE
    assert not isinstance(
        play(OVERRIDING, on.ReasonChosen(OverrideReason.OF_AGE), *both()), at.Done
    )


def test_an_age_that_is_not_confirmed() -> None:
    denied = play(ASKED_AGE, on.OverrideDenied())
    assert denied == at.Refused(VoterRefusal.AGE_UNKNOWN, AGE_OPEN)


def test_sign_in_trouble_at_the_override() -> None:
    def inner(*events: on.IdentityEvent) -> object:
        state = play(REASONED, *events)
        assert isinstance(state, at.Overriding)
        return state.signin

    assert inner(OperatorCardSeen()) == EnterPin()
    assert inner(*SIGN) == CheckingPin()
    assert inner(*SIGN, PinWrong(2)) == EnterPin(2)
    assert inner(*SIGN, OperatorRejected(Rejection.EXPIRED)) == Rejected(Rejection.EXPIRED)
    assert inner(OtherCardSeen()) == Rejected(Rejection.UNKNOWN_CARD)
    assert inner(OtherCardSeen(), OperatorCardRemoved()) == NeedCard()


def test_a_denied_override() -> None:
    step = FLOW.step(REASONED, on.OverrideDenied())
    assert step.state == at.Refused(VoterRefusal.FINGERPRINT, HOLDER)
    assert on.ForgetHolder() in step.effects


# ---------------------------------------------------------------- claim and card


@pytest.mark.parametrize(
    "reason", [VoterRefusal.ALREADY_VOTED, VoterRefusal.REGISTRY_UNREACHABLE, VoterRefusal.STORE]
)
def test_a_refused_claim(reason: VoterRefusal) -> None:
    assert play(CLAIMING, on.ClaimRefused(reason)) == at.Refused(reason, HOLDER)
    out = play(CLAIMING, on.IdentityCardRemoved(), on.ClaimRefused(reason))
    assert out == at.Refused(reason, HOLDER, card_out=True)


def test_claimed_but_not_issued_takes_two_roles() -> None:
    asked = play(CLAIMING, on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED))
    assert asked == at.Overriding(HOLDER, reissue=True, reason=OverrideReason.REISSUE)
    assert play(asked, on.ReasonChosen(OverrideReason.WORN)) == asked
    claiming = play(asked, *both())
    assert claiming == at.ClaimingBallot(HOLDER, reissue=True)
    assert REISSUE in effects(asked, *both())
    assert isinstance(play(claiming, on.VoterClaimed()), at.WritingAuthorization)
    again = play(claiming, on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED))
    assert again == at.Refused(VoterRefusal.CLAIMED_NOT_ISSUED, HOLDER)
    denied = play(asked, on.OverrideDenied())
    assert denied == at.Refused(VoterRefusal.CLAIMED_NOT_ISSUED, HOLDER)


@pytest.mark.parametrize("problem", WriteProblem)
@pytest.mark.parametrize("again", [on.TryAgain(), on.AuthorizationCardInserted()])
def test_writing_goes_on_after_trouble(problem: WriteProblem, again: on.IdentityEvent) -> None:
    troubled = play(WRITING, on.AuthorizationNotWritten(problem))
    assert troubled == at.WritingAuthorization(HOLDER, problem)
    assert effects(troubled, again) == [WRITE]
    assert play(troubled, again) == WRITING
    assert effects(WRITING, again) == [], "it is being written already"


def test_done_when_both_are_out_in_either_order() -> None:
    out = (on.IdentityCardRemoved(), on.AuthorizationCardRemoved())
    assert play(DONE, *out) == at.Idle()
    assert play(DONE, *reversed(out)) == at.Idle()


@pytest.mark.parametrize("before", [CLAIMING, WRITING])
def test_a_document_that_is_back_early_is_not_waited_for(before: at.IdentityState) -> None:
    state = play(before, on.IdentityCardRemoved())
    assert type(state) is type(before), "the claim stands"
    if before is CLAIMING:
        state = play(state, on.VoterClaimed())
    done = play(state, on.AuthorizationWritten())
    assert done == at.Done(HOLDER, identity_out=True)
    assert play(done, on.AuthorizationCardRemoved()) == at.Idle()


def test_a_card_taken_a_moment_too_early_is_not_waited_for() -> None:
    early = play(WRITING, on.AuthorizationCardRemoved())
    done = play(early, on.AuthorizationWritten())
    assert done == at.Done(HOLDER, authorization_out=True)
    failed = play(early, on.AuthorizationNotWritten(WriteProblem.PULLED))
    again = play(failed, on.AuthorizationCardInserted(), on.AuthorizationWritten())
    assert again == DONE
    both_out = play(early, on.IdentityCardRemoved())
    step = FLOW.step(both_out, on.AuthorizationWritten())
    assert step.state == at.Idle()
    assert on.Count(on.CountKind.CHECKED_IN) in step.effects
    assert on.ForgetHolder() in step.effects


# ---------------------------------------------------------------- leaving, faults, polls


@pytest.mark.parametrize("name", ["finger", "finger failed", "overriding", "first signed"])
def test_a_person_who_leaves(name: str) -> None:
    step = FLOW.step(STATES[name], on.IdentityCardRemoved())
    assert step.state == at.Idle()
    assert on.ForgetHolder() in step.effects
    assert WriteAudit(AuditEvent.VOTER_LEFT) in step.effects
    assert (on.CancelFinger() in step.effects) is (name == "finger")
    late = (on.FingerMatched(), on.VoterClaimed(), *both(), on.AuthorizationWritten())
    assert play(step.state, *late) == at.Idle(), "late results are dropped"


@pytest.mark.parametrize("name", STATES)
def test_a_fault(name: str) -> None:
    step = FLOW.step(STATES[name], DeviceFault("IDENTITY-READER"))
    if isinstance(STATES[name], at.ClaimingBallot | at.WritingAuthorization | at.Done):
        assert step == type(step)(STATES[name])
    elif isinstance(STATES[name], at.OutOfService):
        assert step.effects == (), "it is logged once"
    else:
        assert step.state == at.OutOfService("IDENTITY-READER")
        assert on.ForgetHolder() in step.effects
        assert on.CancelFinger() in step.effects


@pytest.mark.parametrize("name", STATES)
def test_mending(name: str) -> None:
    after = play(STATES[name], DeviceRecovered())
    assert after == (at.Idle() if name == "out of service" else STATES[name])


@pytest.mark.parametrize("closed", [None, *ClosedReason])
@pytest.mark.parametrize("name", STATES)
def test_the_polls_change(name: str, closed: ClosedReason | None) -> None:
    state = STATES[name]
    after = play(state, PollsChanged(closed))
    match state:
        case at.Idle() | at.Closed():
            assert after == (at.Idle() if closed is None else at.Closed(closed))
        case at.ReadingCard() | at.Fingerprint() | at.FingerFailed() | at.Overriding():
            # Nothing is claimed yet; without line power the running voter is served to the end.
            if closed is None or closed is ClosedReason.POWER:
                assert after == state
            else:
                assert after == at.Closed(closed)
        case _:
            assert after == state


FORWARD: tuple[on.IdentityEvent, ...] = (
    Tick(1.0),
    Tick(1000.0),
    DeviceRecovered(),
    PollsChanged(None),
    on.IdentityCardRemoved(),
    on.VoterClaimed(),
    on.AuthorizationWritten(),
    on.AuthorizationCardRemoved(),
    on.AuthorizationCardInserted(),
)


@pytest.mark.parametrize("name", STATES)
def test_every_state_leads_back_to_idle(name: str) -> None:
    def free(state: at.IdentityState) -> bool:
        return isinstance(state, at.Idle) and not list(inside(state, at.CardHolder))

    assert reaches(STATES[name], lambda s, e: FLOW.step(s, e).state, FORWARD, free, 5)


@pytest.mark.parametrize("problem", list(at.WriteProblem))
def test_a_card_that_came_while_another_was_tried_is_tried_next(problem: at.WriteProblem) -> None:
    """It lay in the reader, and the screen said for ever that there is none; an occupied one waits."""
    flow = FLOW
    state: at.IdentityState = at.WritingAuthorization(HOLDER)
    state = flow.step(state, on.AuthorizationCardInserted()).state
    step = flow.step(state, on.AuthorizationNotWritten(problem))
    assert isinstance(step.state, at.WritingAuthorization)
    again = problem in {at.WriteProblem.NO_CARD, at.WriteProblem.PULLED}
    assert step.effects == ((on.WriteAuthorization(HOLDER.style),) if again else ())
    assert step.state.problem is (None if again else problem)
    once = flow.step(step.state, on.AuthorizationNotWritten(problem))
    assert once.effects == (), "not for ever"
    gone = flow.step(state, on.AuthorizationCardRemoved()).state
    assert flow.step(gone, on.AuthorizationNotWritten(problem)).effects == ()


HEARD = IdentityFlow(RULES, protests=True)
"""Where a registry is asked, and so the night can decide."""
ALREADY = HEARD.step(CLAIMING, on.ClaimRefused(VoterRefusal.ALREADY_VOTED)).state


def heard(state: at.IdentityState, *events: on.IdentityEvent) -> at.IdentityState:
    for event in events:
        state = HEARD.step(state, event).state
    return state


def test_a_protest_against_already_is_heard_by_two_roles_and_leaves_no_line() -> None:
    asked = heard(ALREADY, on.Protested())
    assert isinstance(CLAIMING, at.ClaimingBallot)
    assert asked == at.Overriding(HOLDER, reason=OverrideReason.PROTEST, shown=CLAIMING.shown)
    *others, last = both()
    step = HEARD.step(heard(asked, *others), last)
    assert isinstance(step.state, at.ClaimingBallot)
    claims = [each for each in step.effects if isinstance(each, on.ClaimVoter)]
    assert claims == [replace(CLAIM, way=on.ClaimWay.PROTEST)]
    told = [each for each in step.effects if isinstance(each, WriteAudit)]
    assert told == [WriteAudit(AuditEvent.PROTESTED)]
    assert AuditEvent.PROTESTED.form is EventForm.SUM, "a line would mark the ballot by its hour"
    assert not [each for each in step.effects if isinstance(each, on.Count)]


@pytest.mark.parametrize("meant", [None, TERMINAL])
@pytest.mark.parametrize("flow", ["asks a registry", "asks none"])
def test_who_began_at_another_terminal_is_left_to_the_night_where_it_can_decide(
    flow: str, meant: DeviceId | None
) -> None:
    """An expired card is renewed; so is every one where nobody decides in the night."""
    used = HEARD if flow == "asks a registry" else FLOW
    refused = used.step(CLAIMING, on.ClaimRefused(VoterRefusal.ALREADY_VOTED)).state
    asked = used.step(refused, on.RenewableCardSeen(meant)).state
    if used is HEARD and meant is not None:
        assert asked == heard(ALREADY, on.Protested()), "as if the person protested"
    else:
        assert asked == at.Overriding(HOLDER, reissue=True, reason=OverrideReason.RENEWAL)


def test_a_protest_that_is_denied_is_the_refusal_it_was() -> None:
    denied = heard(ALREADY, on.Protested(), on.OverrideDenied())
    assert denied == at.Refused(VoterRefusal.ALREADY_VOTED, HOLDER)
    assert heard(denied, on.Protested()) == denied, "two roles have heard it"


REFUSED: list[on.IdentityEffect] = [
    on.Count(on.CountKind.REFUSED, VoterRefusal.ALREADY_VOTED),
    WriteAudit(AuditEvent.REFUSED, VoterRefusal.ALREADY_VOTED.value),
]
GIVEN = (
    on.VoterClaimed(),
    on.AuthorizationWritten(),
    on.IdentityCardRemoved(),
    on.AuthorizationCardRemoved(),
)


def told(*events: on.IdentityEvent) -> list[on.IdentityEffect]:
    """Return what log and sums get of a visit, from the finger on, where protests are heard."""
    state, found = FINGER, list[on.IdentityEffect]()
    for event in (on.FingerMatched(), *events):
        step = HEARD.step(state, event)
        state = step.state
        found += [each for each in step.effects if isinstance(each, WriteAudit | on.Count)]
    return found


def test_a_visit_with_a_protest_is_told_as_one_without_a_refusal() -> None:
    """A refusal, and then a card without a finger between: only a protest makes this pair."""
    already = on.ClaimRefused(VoterRefusal.ALREADY_VOTED)
    heard_out = told(already, on.Protested(), *both(), *GIVEN)
    heard_out.remove(WriteAudit(AuditEvent.PROTESTED))
    assert heard_out == told(*GIVEN)
    twice = told(already, on.Protested(), *both(), already, on.IdentityCardRemoved())
    twice.remove(WriteAudit(AuditEvent.PROTESTED))
    assert twice[1:] == REFUSED, "one person is refused once"


@pytest.mark.parametrize(
    ("left", "more"),
    [
        ([on.IdentityCardRemoved()], []),
        ([on.Protested(), on.OverrideDenied(), on.IdentityCardRemoved()], []),
        ([on.Protested(), on.IdentityCardRemoved()], [WriteAudit(AuditEvent.VOTER_LEFT)]),
        ([on.Protested(), *SIGN, PollsChanged(ClosedReason.PAUSED)], []),
        ([on.RenewableCardSeen()], []),
        ([on.RenewableCardSeen(TERMINAL), on.OverrideDenied(), on.IdentityCardRemoved()], []),
    ],
    ids=["card out", "denied", "given up", "polls paused", "renewal", "meant elsewhere"],
)
def test_a_refusal_that_is_left_without_a_protest_is_told_once(
    left: list[on.IdentityEvent], more: list[on.IdentityEffect]
) -> None:
    already = on.ClaimRefused(VoterRefusal.ALREADY_VOTED)
    assert told(already) == told(), "not before it is left"
    assert told(already, *left) == [*told(), *REFUSED, *more]


@pytest.mark.parametrize("before", [[], [on.Protested()]], ids=["refused", "protesting"])
def test_a_refusal_is_told_before_a_fault(before: list[on.IdentityEvent]) -> None:
    already = on.ClaimRefused(VoterRefusal.ALREADY_VOTED)
    _, *rest = told(already, *before, DeviceFault("IDENTITY-READER"))
    assert rest[:2] == REFUSED
    assert rest.count(REFUSED[1]) == 1


@pytest.mark.parametrize("reason", VoterRefusal)
def test_only_already_can_be_protested_against_and_only_where_the_night_can_decide(
    reason: VoterRefusal,
) -> None:
    for flow in (FLOW, HEARD):
        refused = flow.step(CLAIMING, on.ClaimRefused(reason)).state
        after = flow.step(refused, on.Protested()).state
        may = flow is HEARD and reason is VoterRefusal.ALREADY_VOTED
        protests = isinstance(after, at.Overriding) and after.reason is OverrideReason.PROTEST
        assert protests is may


@pytest.mark.parametrize("reason", at.FOUND)
def test_nobody_chooses_a_reason_that_is_found(reason: OverrideReason) -> None:
    assert play(OVERRIDING, on.ReasonChosen(reason)) == OVERRIDING
