"""Check a document by eye: one without a chip, or whose chip does not answer.

    ChoosingDocument → EnteringPerson ⇄ CheckingPerson → ConfirmingDocument → ClaimingBallot …
           │                 │                │ refused          │
           └─────────────────┴── given up ────┴──────────────────┘

A kind that has a chip is chosen only where a card was in the reader and did not answer. Number and
birth date are typed; they travel in one event and one effect, and stand in a state only from the moment
they are checked, so that two roles can compare them with the document. Leaving is possible everywhere
before two roles have signed; then nothing was claimed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from election import signing_in as signin
from election.audit_events import AuditEvent
from election.evidence import HolderCode
from kiosk.flows.common import Step, WriteAudit
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.ends import IdentityStep, claim, free, refuse, sign

DocumentState: TypeAlias = (
    at.ChoosingDocument | at.EnteringPerson | at.CheckingPerson | at.ConfirmingDocument
)


def step(state: DocumentState, event: on.IdentityEvent) -> IdentityStep:
    """Return the next state and what to do. Never raises for any pair of state and event."""
    if isinstance(event, on.DocumentGivenUp):
        return _given_up(state)
    match state:
        case at.ChoosingDocument():
            return _choose(state, event)
        case at.EnteringPerson(choice, _, failures):
            if isinstance(event, on.PersonEntered):
                check = on.CheckPerson(
                    choice,
                    event.national_number,
                    event.birth,
                    event.calendar,
                    last=failures + 1 >= _TRIES,
                )
                return Step(at.CheckingPerson(choice, failures, check), (check,))
        case at.CheckingPerson():
            return _checked(state, event)
        case at.ConfirmingDocument():
            return _confirm(state, event)
        case _:
            assert_never(state)
    return Step(state)


_TRIES = 2
"""Times that the roll is asked about one voter: it must not tell who searches for a birth date."""


def _given_up(state: DocumentState) -> IdentityStep:
    formed = isinstance(state, at.ConfirmingDocument)
    return free(WriteAudit(AuditEvent.DOCUMENT_GIVEN_UP, "form" if formed else ""))


def _choose(state: at.ChoosingDocument, event: on.IdentityEvent) -> IdentityStep:
    match event:
        case on.DocumentChosen(kind) if state.dead or not kind.has_chip:
            chosen = replace(state, kind=kind)
            only = state.styles[0] if len(state.styles) == 1 else None
            return Step(chosen) if only is None else _enter(chosen, only.style)
        case on.StyleChosen(style):
            return _enter(state, style)
        case _:
            return Step(state)


def _enter(state: at.ChoosingDocument, style: str) -> IdentityStep:
    chosen = next((each for each in state.styles if each.style == style), None)
    if state.kind is None or chosen is None:
        return Step(state)
    return Step(at.EnteringPerson(at.DocumentChoice(state.kind, chosen, state.dead)))


def _checked(state: at.CheckingPerson, event: on.IdentityEvent) -> IdentityStep:
    match event:
        case on.PersonNotRead(problem, check) if check == state.check:
            failed = problem is at.EntryProblem.DOES_NOT_FIT
            return Step(
                at.EnteringPerson(state.choice, problem, state.failures + failed),
                (on.ForgetHolder(),),
            )
        case on.PersonRefused(reason, check) if check in (None, state.check):
            return refuse(reason, card_out=True)
        case on.PersonChecked(holder, check) if check == state.check:
            return Step(at.ConfirmingDocument(holder), (on.PrintForm(state.choice.kind, holder),))
        case _:
            return Step(state)


def _confirm(state: at.ConfirmingDocument, event: on.IdentityEvent) -> IdentityStep:
    kind = state.holder.document
    match event:
        case on.FormPrinted(form, printed, state.holder) if state.printed is None:
            return Step(replace(state, form=form, printed=printed))
        case on.PrintAgain() if state.printed is False and kind is not None:
            return Step(replace(state, printed=None), (on.PrintForm(kind, state.holder),))
        case on.FormSigned() if state.printed:
            return Step(replace(state, signed=True))
        case _ if isinstance(event, signin.SignInEvent) and state.signed:
            return _sign(state, event)
        case _:
            return Step(state)


def _sign(state: at.ConfirmingDocument, event: signin.SignInEvent) -> IdentityStep:
    signing, second = sign(state, event)
    if state.first is None or second is None:
        return signing
    kind = "" if state.holder.document is None else state.holder.document.value
    checked = WriteAudit(
        AuditEvent.DOCUMENT_CHECKED, f"{kind} {state.first.logged_as} {second.logged_as}"
    )
    claiming, asked = claim(state.holder, HolderCode.DOCUMENT_CHECK)
    return Step(claiming, (checked, asked))
