"""Whatever a person does, the log gets one line of the visit at most; everything else is a sum."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings

from election.audit_events import AuditEvent, EventForm
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as ballot
from kiosk.flows.common import ClosedReason, DeviceFault, DeviceRecovered, WriteAudit
from kiosk.flows.identity import events as person
from kiosk.flows.identity import states as identity
from tests.kiosk.flows import test_ballot_walks, test_identity_walks
from tests.kiosk.flows.samples import WALKS, pick

OF_DEVICES = {AuditEvent.OUT_OF_SERVICE, AuditEvent.MENDED}
"""Lines with their second: they tell of a cable, not of a person."""


def check(event: object, effects: tuple[object, ...]) -> Counter[AuditEvent]:
    """Count the lines of visits; any other line has to come from a device."""
    lines: Counter[AuditEvent] = Counter()
    for effect in effects:
        if not isinstance(effect, WriteAudit) or effect.what.is_sum:
            continue
        if effect.what.form is EventForm.VOTER:
            lines[effect.what] += 1
        else:
            assert effect.what in OF_DEVICES
            assert isinstance(event, DeviceFault | DeviceRecovered)
    return lines


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_a_vote_is_the_only_line_of_a_voter(walk: list[int]) -> None:
    state: ballot.BallotState = ballot.Closed(ClosedReason.NO_PACKAGE)
    for number in walk:
        event = pick(number, test_ballot_walks.fitting(state), test_ballot_walks.ANY)
        step = test_ballot_walks.FLOW.step(state, event)
        recorded = isinstance(state, ballot.Recording) and isinstance(event, voter.VoteRecorded)
        wanted = Counter({AuditEvent.VOTE_RECORDED: 1} if recorded else {})
        assert check(event, step.effects) == wanted
        state = step.state


@settings(max_examples=150, deadline=None)
@given(WALKS)
def test_a_visit_is_one_line_at_a_station(walk: list[int]) -> None:
    state: identity.IdentityState = identity.Closed(ClosedReason.NO_PACKAGE)
    lines = 0
    for number in walk:
        event = pick(number, test_identity_walks.fitting(state), test_identity_walks.ANY)
        step = test_identity_walks.FLOW.step(state, event)
        told = check(event, step.effects)
        assert told.keys() <= {AuditEvent.AUTHORIZATION_ISSUED, AuditEvent.REFUSED}
        if isinstance(event, person.AuthorizationWritten) and told:
            # Idle: both cards were out before the answer came.
            assert isinstance(step.state, identity.Done | identity.Idle)
        lines += told.total()
        assert lines <= 1, "a second line would tell what kind of visit it was"
        if isinstance(step.state, identity.Idle | identity.Closed | identity.OutOfService):
            lines = 0
        state = step.state
