"""Let a voter pass without a finger, or once more: a reason, then officer and supervisor sign."""

from __future__ import annotations

from dataclasses import replace

from election import signing_in as signin
from election.audit_events import AuditEvent
from kiosk.flows.common import Step, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.ends import IdentityStep, claim, refuse, sign

_WAYS = {
    at.OverrideReason.REISSUE: on.ClaimWay.REISSUE,
    at.OverrideReason.PAPERS: on.ClaimWay.REISSUE,
    at.OverrideReason.RENEWAL: on.ClaimWay.RENEWAL,
    at.OverrideReason.NO_ANSWER: on.ClaimWay.WITHOUT_ANSWER,
    at.OverrideReason.PROTEST: on.ClaimWay.PROTEST,
}
_ALREADY = (at.OverrideReason.RENEWAL, at.OverrideReason.PAPERS, at.OverrideReason.PROTEST)
"""Those of whoever has a ballot, if nobody signs otherwise."""
_SUMS = {
    at.OverrideReason.NO_ANSWER: AuditEvent.WITHOUT_ANSWER,
    at.OverrideReason.PROTEST: AuditEvent.PROTESTED,
}
"""Sums: a line in the log would tell provisional ballots from others by their hour."""


def step(state: at.Overriding, event: on.IdentityEvent) -> IdentityStep:
    """Return the next state and what to do. Never raises for any pair of state and event."""
    match event:
        case on.ReasonChosen(reason) if not state.is_fixed and reason not in (
            state.reason,
            *at.FOUND,
        ):
            if state.first is None:
                return Step(replace(state, reason=reason))
            # Who has signed, has signed for another reason.
            return Step(replace(state, reason=reason, first=None, signin=signin.NeedCard()))
        case on.TryAgain() if state.reason is at.OverrideReason.NO_ANSWER:
            claiming, asked = claim(state.holder, state.shown)
            return Step(claiming, (asked,))
        case on.OverrideDenied():
            denied = refuse(_denied(state), state.holder)
            if state.reason is not at.OverrideReason.OF_AGE:
                return denied
            return Step(denied.state, (on.BarNumber(state.holder.national_number), *denied.effects))
        case _ if isinstance(event, signin.SignInEvent) and state.reason is not None:
            return _sign(state, event, state.reason)
        case _:
            return Step(state)


def _denied(state: at.Overriding) -> at.VoterRefusal:
    if state.reason in _ALREADY:
        return at.VoterRefusal.ALREADY_VOTED
    if state.reason is at.OverrideReason.OF_AGE:
        return at.VoterRefusal.AGE_UNKNOWN
    if state.reason is at.OverrideReason.NO_ANSWER:
        return at.VoterRefusal.REGISTRY_UNREACHABLE
    reissue = at.VoterRefusal.CLAIMED_NOT_ISSUED
    return reissue if state.reissue else at.VoterRefusal.FINGERPRINT


def _sign(
    state: at.Overriding, event: signin.SignInEvent, reason: at.OverrideReason
) -> IdentityStep:
    signing, second = sign(state, event)
    if state.first is None or second is None:
        return signing
    passed = (
        (WriteAudit(_SUMS[reason]),)
        if reason in _SUMS
        else (
            WriteAudit(
                AuditEvent.OVERRIDE,
                f"{reason.value} {state.first.logged_as} {second.logged_as}",
            ),
            on.Count(on.CountKind.OVERRIDE, reason),
        )
    )
    claiming, asked = claim(state.holder, state.shown, _WAYS.get(reason, on.ClaimWay.FIRST))
    return Step(claiming, (*passed, asked))
