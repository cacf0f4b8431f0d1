"""The identity station's flow where voters get ballot papers: checked in without a card."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from election.audit_events import AuditEvent
from election.definition import Rules, Text
from kiosk.flows.common import CheckReadiness, ClosedReason, DeviceFault, Tick, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.flow import LINGER_S, IdentityFlow
from kiosk.flows.identity.states import VoterRefusal
from tests.kiosk.flows import test_identity_walks as walks
from tests.kiosk.flows.samples import HOLDER, NUMBER, WALKS, inside, pick

FLOW = IdentityFlow(Rules(), on_paper=True)
PAPERS = (Text("شورا", "Council"), Text("خبرگان", "Experts"))
CLAIMED = on.VoterClaimed(PAPERS)
CUT = on.ClaimRefused(VoterRefusal.PAPERS_CUT)
CLAIMING = at.ClaimingBallot(HOLDER)
DONE = at.Done(HOLDER, authorization_out=True, papers=PAPERS)


def play(state: at.IdentityState, *events: on.IdentityEvent) -> at.IdentityState:
    for event in events:
        state = FLOW.step(state, event).state
    return state


def test_a_voter_is_checked_in_without_a_card() -> None:
    step = FLOW.step(CLAIMING, CLAIMED)
    assert step.state == DONE
    assert step.effects == (
        on.Count(on.CountKind.CHECKED_IN),
        WriteAudit(AuditEvent.CHECKED_IN),
    )
    after = FLOW.step(DONE, on.IdentityCardRemoved())
    assert isinstance(after.state, at.Idle)
    assert {on.ForgetHolder(), CheckReadiness()} <= set(after.effects)


def test_which_papers_to_give_is_told_although_the_document_is_back_already() -> None:
    early = play(CLAIMING, on.IdentityCardRemoved(), CLAIMED)
    assert early == at.Done(HOLDER, identity_out=True, authorization_out=True, papers=PAPERS)
    waits = play(early, Tick(100.0), Tick(100.0 + LINGER_S - 0.1))
    assert isinstance(waits, at.Done)
    assert isinstance(play(waits, Tick(100.0 + LINGER_S)), at.Idle)
    step = FLOW.step(waits, on.IdentityCardInserted())
    assert isinstance(step.state, at.Idle), "the next voter need not wait"
    assert CheckReadiness() in step.effects
    assert play(DONE, Tick(100.0), Tick(900.0)) == DONE, "while the document lies there it stays"


@pytest.mark.parametrize(
    "event",
    [on.AuthorizationCardInserted(), on.AuthorizationCardRemoved(), on.AuthorizationWritten()],
    ids=lambda event: type(event).__name__,
)
def test_no_card_has_a_part_in_a_visit(event: on.IdentityEvent) -> None:
    for state in (CLAIMING, DONE, at.Fingerprint(HOLDER, 1)):
        step = FLOW.step(state, event)
        assert (step.state, step.effects) == (state, ())


def test_a_card_where_none_is_used_is_told_counted_for_nobody_and_goes_by_itself() -> None:
    step = FLOW.step(at.Idle(), on.AuthorizationCardInserted())
    assert step.state == at.Refused(VoterRefusal.NO_CARDS, card_out=True)
    assert step.effects == (), "it is no voter"
    assert isinstance(play(step.state, Tick(1.0), Tick(1.0 + LINGER_S)), at.Idle)
    assert isinstance(play(step.state, on.IdentityCardInserted()), at.Idle)
    elsewhere = IdentityFlow(Rules()).step(at.Idle(), on.AuthorizationCardInserted())
    assert isinstance(elsewhere.state, at.Idle)


def test_two_roles_finish_what_the_power_cut_and_it_is_counted_once() -> None:
    step = FLOW.step(CLAIMING, CUT)
    finishing = at.Overriding(HOLDER, reissue=True, reason=at.OverrideReason.PAPERS)
    assert step.state == finishing
    assert finishing.is_fixed, "nobody chooses another reason"
    assert step.effects == (WriteAudit(AuditEvent.REISSUE_ASKED),)
    denied = FLOW.step(finishing, on.OverrideDenied())
    assert isinstance(denied.state, at.Refused)
    assert denied.state.reason is VoterRefusal.ALREADY_VOTED
    again = FLOW.step(replace(CLAIMING, reissue=True), on.VoterClaimed(PAPERS, again=True))
    assert (again.state, again.effects) == (DONE, ())
    twice = FLOW.step(replace(CLAIMING, reissue=True), CUT)
    assert isinstance(twice.state, at.Refused), "they are not asked in a circle"


def test_a_fault_leaves_what_was_given_on_the_screen() -> None:
    assert play(DONE, DeviceFault(walks.INCIDENT)) == DONE


def fitting(state: at.IdentityState) -> tuple[on.IdentityEvent, ...]:
    match state:
        case at.ClaimingBallot():
            again = on.VoterClaimed(PAPERS, again=True)
            return CLAIMED, again, CUT, on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED)
        case at.Done():
            return on.IdentityCardRemoved(), Tick(10.0), Tick(500.0)
        case _:
            return walks.fitting(state)


# The store answers with papers wherever a branch votes on paper, and never with a card to be written.
ANY = tuple(CLAIMED if event == on.VoterClaimed() else event for event in walks.ANY)


@settings(max_examples=150, deadline=None)
@given(walk=WALKS)
def test_whatever_happens_no_card_is_written_and_each_visit_counts_once(walk: list[int]) -> None:
    state: at.IdentityState = at.Closed(ClosedReason.NO_PACKAGE)
    for number in walk:
        event = pick(number, fitting(state), ANY)
        step = FLOW.step(state, event)
        assert not isinstance(step.state, at.WritingAuthorization)
        assert not list(inside(step.effects, on.WriteAuthorization))
        counted = step.effects.count(on.Count(on.CountKind.CHECKED_IN))
        assert counted == (isinstance(state, at.ClaimingBallot) and event == CLAIMED)
        assert counted == step.effects.count(WriteAudit(AuditEvent.CHECKED_IN))
        assert WriteAudit(AuditEvent.AUTHORIZATION_ISSUED) not in step.effects
        for claim in inside(step.effects, on.ClaimVoter):
            assert claim.national_number == NUMBER
        state = step.state
    # Nobody is kept for ever: the document is taken, and time passes.
    for event in (on.OverrideDenied(), on.ClaimRefused(VoterRefusal.STORE), on.CardFailed()):
        state = play(state, event)
    state = play(state, on.IdentityCardRemoved(), Tick(1e6), Tick(2e6))
    assert isinstance(state, at.Idle | at.Closed | at.OutOfService)
