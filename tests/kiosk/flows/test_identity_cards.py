"""Cards that want to be opened first, and cards that compare fingers themselves."""

from __future__ import annotations

import pytest

from election.audit_events import AuditEvent
from election.definition import Rules
from kiosk.flows.common import (
    CheckReadiness,
    ClosedReason,
    DeviceFault,
    PollsChanged,
    Tick,
    WriteAudit,
)
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.flow import LIFT_S, IdentityFlow
from kiosk.flows.identity.states import (
    AccessProblem,
    AccessWay,
    FingerName,
    OverrideReason,
    SensorFeedback,
    VoterRefusal,
)
from tests.kiosk.flows.samples import CAN, HOLDER, ON_CARD

RULES = Rules(finger_tries=4, first_capture_ms=30_000, next_capture_ms=15_000)
WAYS = (AccessWay.CAN, AccessWay.MRZ)
FLOW = IdentityFlow(RULES, WAYS)
OPEN = IdentityFlow(RULES)
ASKED = at.AwaitingAccess(WAYS)
WRONG = on.AccessRefused(AccessProblem.WRONG)


def play(state: at.IdentityState, *events: on.IdentityEvent) -> at.IdentityState:
    for event in events:
        state = FLOW.step(state, event).state
    return state


READING = play(at.Idle(), on.IdentityCardInserted(), on.AccessEntered(CAN))
FINGER = play(READING, on.HolderAccepted(ON_CARD))


# ---------------------------------------------------------------- opening


def test_a_card_is_asked_for_what_is_printed_on_it() -> None:
    step = FLOW.step(at.Idle(), on.IdentityCardInserted())
    assert (step.state, step.effects) == (ASKED, ())
    step = FLOW.step(step.state, on.AccessEntered(CAN))
    assert (step.state, step.effects) == (at.ReadingCard(), (on.ReadHolder(CAN),))
    assert isinstance(play(step.state, on.HolderAccepted(HOLDER)), at.Fingerprint)


def test_open_cards_are_read_at_once() -> None:
    step = OPEN.step(at.Idle(), on.IdentityCardInserted())
    assert (step.state, step.effects) == (at.ReadingCard(), (on.ReadHolder(),))
    assert OPEN.step(step.state, WRONG).state == step.state


def test_what_is_no_identity_card_is_not_asked_for() -> None:
    step = FLOW.step(at.Idle(), on.IdentityCardInserted(known=False))
    assert (step.state, step.effects) == (at.ReadingCard(), (on.ReadHolder(),))


def test_a_wrong_secret_is_said_and_asked_for_again() -> None:
    step = FLOW.step(READING, WRONG)
    assert step.state == at.AwaitingAccess(WAYS, AccessProblem.WRONG, 1)
    assert step.effects == (WriteAudit(AuditEvent.CARD_NOT_OPENED, "try 1"),), (
        "nothing is tried by itself"
    )
    again = play(step.state, on.AccessEntered(CAN))
    assert again == at.ReadingCard(failures=1)
    assert play(again, on.CardProgress(0.5)) == at.ReadingCard(0.5, 1)
    assert play(again, WRONG) == at.AwaitingAccess(WAYS, AccessProblem.WRONG, 2)


def test_a_scan_of_something_else_is_said() -> None:
    step = FLOW.step(ASKED, on.AccessUnusable())
    assert (step.state, step.effects) == (at.AwaitingAccess(WAYS, AccessProblem.UNUSABLE), ())


def test_a_card_whose_digits_cannot_be_read_is_refused_and_counted() -> None:
    step = FLOW.step(ASKED, on.AccessGivenUp())
    assert step.state == at.Refused(VoterRefusal.NOT_OPENED)
    assert on.Count(on.CountKind.REFUSED, VoterRefusal.NOT_OPENED) in step.effects
    assert on.ForgetHolder() in step.effects


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (ASKED, at.Idle()),
        (at.AwaitingAccess(WAYS, AccessProblem.WRONG, 3), at.Idle()),
        (READING, at.Refused(VoterRefusal.PULLED, card_out=True)),
        (FINGER, at.Idle()),
    ],
)
def test_a_card_pulled_at_any_moment(state: at.IdentityState, after: at.IdentityState) -> None:
    step = FLOW.step(state, on.IdentityCardRemoved())
    assert step.state == after
    assert on.ForgetHolder() in step.effects
    late = (WRONG, on.HolderAccepted(HOLDER), on.AccessEntered(CAN), on.FingerMatched())
    assert play(step.state, *late) == after
    if after == at.Idle():
        assert CheckReadiness() in step.effects
        fresh = play(after, on.IdentityCardInserted())
        assert fresh == ASKED, "the next card begins anew"


def test_the_secret_is_in_no_state_and_no_repr() -> None:
    for shown in (on.AccessEntered(CAN), on.ReadHolder(CAN), READING, play(READING, WRONG)):
        assert CAN not in repr(shown)


@pytest.mark.parametrize("state", [ASKED, READING])
def test_while_it_is_asked_for(state: at.IdentityState) -> None:
    assert play(state, PollsChanged(ClosedReason.PAUSED)) == at.Closed(ClosedReason.PAUSED)
    assert play(state, PollsChanged(ClosedReason.POWER)) == state
    assert play(state, DeviceFault("POWER")) == at.OutOfService("POWER")
    assert play(state, Tick(5.0), Tick(9999.0)) == state, "the officer is not hurried"


def test_a_copied_chip_has_a_refusal_of_its_own() -> None:
    step = FLOW.step(READING, on.HolderRefused(VoterRefusal.COPIED))
    assert step.state == at.Refused(VoterRefusal.COPIED)
    assert on.Count(on.CountKind.REFUSED, VoterRefusal.COPIED) in step.effects


# ---------------------------------------------------------------- comparing on the card


def test_the_card_is_asked_for_its_first_finger() -> None:
    step = FLOW.step(READING, on.HolderAccepted(ON_CARD))
    assert step.state == at.Fingerprint(ON_CARD, 1)
    assert step.effects[1:] == (on.MatchFinger((), RULES.first_capture_s, 0),)
    assert isinstance(step.state, at.Fingerprint)
    assert step.state.wanted is FingerName.RIGHT_INDEX
    assert isinstance(play(step.state, on.FingerMatched()), at.ClaimingBallot)


def test_the_tries_left_are_kept_for_the_screen() -> None:
    failed = play(FINGER, on.FingerNotMatched(SensorFeedback.NO_MATCH, 2))
    assert failed == at.FingerFailed(ON_CARD, 1, SensorFeedback.NO_MATCH, tries_left=2)
    step = FLOW.step(play(failed, Tick(5.0)), Tick(5.0 + LIFT_S))
    assert step.state == at.Fingerprint(ON_CARD, 2)
    assert step.effects == (on.MatchFinger((), RULES.next_capture_s, 0),)


def test_a_finger_without_tries_gives_way_to_the_next() -> None:
    failed = play(FINGER, on.FingerNotMatched(SensorFeedback.NO_MATCH, 0))
    assert failed == at.FingerFailed(ON_CARD, 1, SensorFeedback.NO_MATCH, finger=1)
    assert isinstance(failed, at.FingerFailed)
    assert failed.wanted is FingerName.LEFT_INDEX
    step = FLOW.step(failed, on.TryAgain())
    assert step.effects == (on.MatchFinger((), RULES.next_capture_s, 1),)
    assert play(step.state, on.FingerNotMatched(SensorFeedback.NO_MATCH, 0)) == at.Overriding(
        ON_CARD
    )


def test_the_rule_of_the_day_ends_the_tries_too() -> None:
    state = FINGER
    for _ in range(RULES.finger_tries - 1):
        state = play(state, on.FingerNotMatched(SensorFeedback.NO_MATCH, 5), on.TryAgain())
    assert isinstance(state, at.Fingerprint)
    after = play(state, on.FingerNotMatched(SensorFeedback.NO_MATCH, 5))
    assert after == at.Overriding(ON_CARD)


def test_a_blocked_finger_takes_no_try() -> None:
    step = FLOW.step(FINGER, on.FingerBlocked())
    assert step.state == at.Fingerprint(ON_CARD, 1, finger=1)
    assert step.effects == (
        WriteAudit(AuditEvent.FINGER_BLOCKED),
        on.MatchFinger((), RULES.first_capture_s, 1),
    )
    after = play(step.state, on.FingerBlocked())
    assert after == at.Overriding(ON_CARD, reason=OverrideReason.CARD_BLOCKED)


def test_a_card_that_fails_while_it_compares_is_refused() -> None:
    step = FLOW.step(FINGER, on.CardFailed())
    assert step.state == at.Refused(VoterRefusal.UNREADABLE)
    assert on.ForgetHolder() in step.effects
