"""Steps that every way through the station ends with: a claim, a refusal, the next voter."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, TypeVar

from election import signing_in as signin
from election.audit_events import AuditEvent
from election.evidence import HolderCode
from election.polls import Operator
from kiosk.flows.common import CheckReadiness, Step, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at

_SignedT = TypeVar("_SignedT", at.Overriding, at.ConfirmingDocument)
"""States in which two roles sign."""

IdentityStep: TypeAlias = Step[at.IdentityState, on.IdentityEffect]


def claim(
    holder: at.CardHolder, shown: HolderCode, way: on.ClaimWay = on.ClaimWay.FIRST
) -> tuple[at.ClaimingBallot, on.ClaimVoter]:
    """Claim a ballot for a holder; `shown`: by what, unless the document was checked by eye."""
    evidence = holder.evidence
    if evidence is not None and holder.document is None:
        evidence = replace(evidence, holder=shown)
    reissue = way in (on.ClaimWay.REISSUE, on.ClaimWay.RENEWAL)
    return (
        at.ClaimingBallot(holder, reissue, shown, identity_out=holder.document is not None),
        on.ClaimVoter(holder.national_number, holder.style, way, evidence),
    )


def sign(
    state: _SignedT, event: signin.SignInEvent
) -> tuple[Step[_SignedT, signin.SignInEffect], Operator | None]:
    """Let an officer and a supervisor sign, one after the other; with the second operator it is done."""
    first = state.first
    inner, effects = signin.step(state.signin, event, not_role=first.role if first else None)
    if inner is state.signin or not isinstance(inner, signin.SignedIn):
        return Step(replace(state, signin=inner), effects), None
    if first is None:
        # The first card has to come out before the second can go in.
        return Step(replace(state, first=inner.operator, signin=inner)), None
    return Step(state), inner.operator


def refuse(
    reason: at.VoterRefusal,
    holder: at.CardHolder | None = None,
    *,
    card_out: bool = False,
    shown: HolderCode | None = None,
) -> IdentityStep:
    """Give no ballot, and count why. What is checked by eye was never in the reader."""
    out = card_out or (holder is not None and holder.document is not None)
    told = () if shown is not None else _told(reason)
    return Step(at.Refused(reason, holder, out, shown=shown), (on.ForgetHolder(), *told))


def put_off(before: at.IdentityState, step: IdentityStep) -> IdentityStep:
    """Tell a refusal that may be protested against when it is left, unless a ballot is claimed after all.

    A line of it, and then of a card without a finger between, would mark the provisional ballot.
    """
    over = not (_is_open(step.state) or isinstance(step.state, at.ClaimingBallot | at.Refused))
    already = _told(at.VoterRefusal.ALREADY_VOTED)
    return Step(step.state, (*already, *step.effects)) if _is_open(before) and over else step


def _is_open(state: at.IdentityState) -> bool:
    protest = isinstance(state, at.Overriding) and state.reason is at.OverrideReason.PROTEST
    return protest or (isinstance(state, at.Refused) and state.shown is not None)


def _told(reason: at.VoterRefusal) -> tuple[on.IdentityEffect, ...]:
    return (on.Count(on.CountKind.REFUSED, reason), WriteAudit(AuditEvent.REFUSED, reason.value))


def free(*effects: on.IdentityEffect) -> IdentityStep:
    """Wait for the next voter; what changed meanwhile is looked at."""
    return Step(at.Idle(), (*effects, on.ForgetHolder(), CheckReadiness()))
