"""Documents without a chip in the identity station's flow, and random walks through it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from election.audit_events import AuditEvent
from election.definition import Rules, StyleId, Text
from election.evidence import DocumentKind, HolderCode, RollCode, of_document_check
from election.signing_in import (
    NeedCard,
    OperatorCardRemoved,
    OperatorCardSeen,
    OperatorProven,
    PinEntered,
)
from kiosk.flows.common import (
    CheckReadiness,
    ClosedReason,
    DeviceFault,
    PollsChanged,
    Step,
    WriteAudit,
)
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.flow import IdentityFlow
from kiosk.flows.identity.states import EntryProblem, VoterRefusal
from tests.kiosk.flows.samples import (
    HOLDER,
    NUMBER,
    OFFICER,
    PERSONAL,
    PIN,
    SUPERVISOR,
    WALKS,
    inside,
    pick,
)
from words.conventions import Calendar

STYLES = (
    at.StyleChoice(HOLDER.style, Text("هر دو", "Both")),
    at.StyleChoice(StyleId("one"), Text("یکی", "One")),
)
FLOW = IdentityFlow(Rules(), styles=STYLES)
ONE_STYLE = IdentityFlow(Rules(), styles=STYLES[:1])
BIRTH = "13660315"
CERTIFICATE = DocumentKind.BIRTH_CERTIFICATE
TYPED = on.PersonEntered(NUMBER, BIRTH, Calendar.JALALI)
BY_EYE = replace(
    HOLDER,
    name="",
    latin_name="",
    photo=b"",
    templates=(),
    document=CERTIFICATE,
    evidence=of_document_check(CERTIFICATE, RollCode.FITS, dead=False),
)
SIGN = (OperatorCardSeen(), PinEntered(PIN))
BOTH = (*SIGN, OperatorProven(OFFICER), OperatorCardRemoved(), *SIGN, OperatorProven(SUPERVISOR))


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


CHOOSING = play(at.Idle(), on.DocumentOffered())
ENTERING = play(CHOOSING, on.DocumentChosen(CERTIFICATE), on.StyleChosen(HOLDER.style))
CHECKING = play(ENTERING, TYPED)
assert isinstance(CHECKING, at.CheckingPerson)
CHECK = on.CheckPerson(CHECKING.choice, NUMBER, BIRTH, Calendar.JALALI, last=False)
CONFIRMING = play(CHECKING, on.PersonChecked(BY_EYE, CHECK))
SIGNED = play(CONFIRMING, on.FormPrinted(17, True, BY_EYE), on.FormSigned())
STATES = {
    "choosing": CHOOSING,
    "style": play(CHOOSING, on.DocumentChosen(CERTIFICATE)),
    "entering": ENTERING,
    "checking": CHECKING,
    "printing": CONFIRMING,
    "not printed": play(CONFIRMING, on.FormPrinted(17, False, BY_EYE)),
    "form": play(CONFIRMING, on.FormPrinted(17, True, BY_EYE)),
    "signed": SIGNED,
    "first": play(SIGNED, *SIGN, OperatorProven(OFFICER)),
}


def test_from_a_document_to_a_card() -> None:
    assert effects(ENTERING, TYPED) == [CHECK]
    assert effects(CHECKING, on.PersonChecked(BY_EYE, CHECK)) == [on.PrintForm(CERTIFICATE, BY_EYE)]
    claim = on.ClaimVoter(NUMBER, HOLDER.style, evidence=BY_EYE.evidence)
    done = effects(SIGNED, *BOTH)
    assert done[-1] == claim
    assert claim.evidence is not None
    assert claim.evidence.holder is HolderCode.DOCUMENT_CHECK
    signers = f"{OFFICER.fingerprint.hex()[:16]} {SUPERVISOR.fingerprint.hex()[:16]}"
    assert done[-2] == WriteAudit(AuditEvent.DOCUMENT_CHECKED, f"birth-certificate {signers}")
    assert not any(isinstance(effect, on.Count) for effect in done)
    claiming = play(SIGNED, *BOTH)
    written = effects(claiming, on.VoterClaimed(), on.AuthorizationWritten())
    assert on.Count(on.CountKind.DOCUMENT) in written
    assert on.Count(on.CountKind.CHECKED_IN) in written
    assert (
        play(claiming, on.VoterClaimed(), on.AuthorizationWritten(), on.AuthorizationCardRemoved())
        == at.Idle()
    )


@pytest.mark.parametrize("name", STATES)
def test_everywhere_it_can_be_ended_and_nothing_stays(name: str) -> None:
    step = FLOW.step(STATES[name], on.DocumentGivenUp())
    assert step.state == at.Idle()
    assert on.ForgetHolder() in step.effects
    assert CheckReadiness() in step.effects
    assert not any(isinstance(effect, on.ClaimVoter) for effect in step.effects)


@pytest.mark.parametrize("name", STATES)
def test_polls_that_close_and_devices_that_fail_end_it(name: str) -> None:
    for event in (PollsChanged(ClosedReason.CLOSED), DeviceFault("MEDIA")):
        step = FLOW.step(STATES[name], event)
        assert on.ForgetHolder() in step.effects
        assert not list(inside(step.state, at.CardHolder))
    assert FLOW.step(STATES[name], PollsChanged(ClosedReason.POWER)).state == STATES[name]


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_kind_with_a_chip_takes_a_chip_that_was_found_dead(kind: DocumentKind) -> None:
    chosen = play(CHOOSING, on.DocumentChosen(kind))
    assert (chosen == CHOOSING) is kind.has_chip
    reading = play(at.Idle(), on.IdentityCardInserted())
    dead = play(reading, on.HolderRefused(VoterRefusal.CHIP_DEAD), on.DocumentOffered())
    assert isinstance(dead, at.ChoosingDocument)
    entering = play(dead, on.DocumentChosen(kind), on.StyleChosen(HOLDER.style))
    assert isinstance(entering, at.EnteringPerson)
    assert entering.choice.dead
    assert play(entering, on.IdentityCardRemoved()) == entering


@pytest.mark.parametrize("reason", sorted(set(VoterRefusal) - {VoterRefusal.CHIP_DEAD}))
def test_no_other_refusal_of_a_card_leads_to_a_document(reason: VoterRefusal) -> None:
    reading = play(at.Idle(), on.IdentityCardInserted())
    refused = play(reading, on.HolderRefused(reason))
    assert play(refused, on.DocumentOffered()) == refused


def test_where_documents_are_not_checked_nothing_begins() -> None:
    off = IdentityFlow(Rules())
    assert off.step(at.Idle(), on.DocumentOffered()).state == at.Idle()


def test_one_ballot_style_is_no_question() -> None:
    state: at.IdentityState = at.Idle()
    for event in (on.DocumentOffered(), on.DocumentChosen(CERTIFICATE)):
        state = ONE_STYLE.step(state, event).state
    assert isinstance(state, at.EnteringPerson)


def test_two_roles_sign_only_what_the_voter_has_signed() -> None:
    for name in ("printing", "not printed", "form"):
        assert play(STATES[name], *BOTH) == STATES[name]
    twice = play(SIGNED, *SIGN, OperatorProven(OFFICER), OperatorCardRemoved(), *SIGN)
    assert not isinstance(play(twice, OperatorProven(OFFICER)), at.ClaimingBallot)
    again = FLOW.step(STATES["not printed"], on.PrintAgain())
    assert again.effects == (on.PrintForm(CERTIFICATE, BY_EYE),)


def test_a_form_of_somebody_who_has_left_is_nobodys() -> None:
    """The printer may answer when that person was given up and the next one's form is being printed."""
    left = replace(BY_EYE, national_number="0499370899")
    for late in (on.FormPrinted(16, True, left), on.FormPrinted(None, False, left)):
        assert play(CONFIRMING, late) == CONFIRMING
    assert (
        play(CONFIRMING, on.FormPrinted(16, True, left), on.FormPrinted(17, True, BY_EYE))
        == (STATES["form"])
    )


def test_an_answer_about_somebody_who_has_left_is_nobodys() -> None:
    """It may be on its way when the officer gives a person up, and comes while the next one is checked."""
    left = replace(CHECK, national_number="0499370899")
    for late in (
        on.PersonChecked(BY_EYE, left),
        on.PersonNotRead(EntryProblem.DOES_NOT_FIT, left),
        on.PersonRefused(VoterRefusal.NOT_ON_ROLL, left),
    ):
        assert FLOW.step(CHECKING, late) == Step(CHECKING)
    assert isinstance(play(CHECKING, on.PersonRefused(VoterRefusal.STORE)), at.Refused)


def test_the_roll_says_no_twice_at_most() -> None:
    state = ENTERING
    asked = []
    for _ in range(2):
        step = FLOW.step(state, TYPED)
        (check,) = [each for each in step.effects if isinstance(each, on.CheckPerson)]
        asked.append(check.last)
        state = play(step.state, on.PersonNotRead(EntryProblem.DOES_NOT_FIT, check))
    assert asked == [False, True]
    mistyped = play(CHECKING, on.PersonNotRead(EntryProblem.BIRTH, CHECK))
    assert effects(mistyped, TYPED) == effects(ENTERING, TYPED)


def test_a_claim_whose_card_was_not_written_takes_two_roles_again() -> None:
    claiming = play(SIGNED, *BOTH)
    asked = play(claiming, on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED))
    assert isinstance(asked, at.Overriding)
    assert asked.reissue
    assert play(asked, on.IdentityCardRemoved()) == asked
    (claim,) = [each for each in effects(asked, *BOTH) if isinstance(each, on.ClaimVoter)]
    assert claim.way is on.ClaimWay.REISSUE
    assert claim.evidence == BY_EYE.evidence
    refused = play(claiming, on.ClaimRefused(VoterRefusal.ALREADY_VOTED))
    assert isinstance(refused, at.Refused)
    assert refused.card_out


ANY: tuple[on.IdentityEvent, ...] = (
    on.DocumentOffered(),
    *(on.DocumentChosen(kind) for kind in DocumentKind),
    on.StyleChosen(HOLDER.style),
    on.StyleChosen(StyleId("of another election")),
    TYPED,
    on.PersonNotRead(EntryProblem.NUMBER, CHECK),
    on.PersonNotRead(EntryProblem.DOES_NOT_FIT, CHECK),
    on.PersonChecked(BY_EYE, CHECK),
    on.PersonRefused(VoterRefusal.NOT_ON_ROLL, CHECK),
    on.PersonRefused(VoterRefusal.STORE),
    on.FormPrinted(1, True, BY_EYE),
    on.FormPrinted(None, False, BY_EYE),
    on.PrintAgain(),
    on.FormSigned(),
    on.DocumentGivenUp(),
    *BOTH,
    on.IdentityCardInserted(),
    on.IdentityCardRemoved(),
    on.HolderRefused(VoterRefusal.CHIP_DEAD),
    on.VoterClaimed(),
    on.ClaimRefused(VoterRefusal.CLAIMED_NOT_ISSUED),
    on.AuthorizationWritten(),
    on.AuthorizationCardRemoved(),
)


def fitting(state: at.IdentityState) -> tuple[on.IdentityEvent, ...]:
    match state:
        case at.Idle():
            return (on.DocumentOffered(),)
        case at.ChoosingDocument(kind=None):
            return (on.DocumentChosen(CERTIFICATE),)
        case at.ChoosingDocument():
            return (on.StyleChosen(HOLDER.style),)
        case at.EnteringPerson():
            return (TYPED,)
        case at.CheckingPerson():
            return (on.PersonChecked(BY_EYE, CHECK),)
        case at.ConfirmingDocument(printed=None):
            return (on.FormPrinted(1, True, BY_EYE),)
        case at.ConfirmingDocument(signed=False):
            return (on.FormSigned(), on.PrintAgain())
        case at.ConfirmingDocument(signin=NeedCard()):
            return (OperatorCardSeen(),)
        case at.ConfirmingDocument():
            return (PinEntered(PIN), OperatorProven(OFFICER), OperatorProven(SUPERVISOR), BOTH[3])
        case at.ClaimingBallot():
            return (on.VoterClaimed(),)
        case at.WritingAuthorization():
            return (on.AuthorizationWritten(),)
        case _:
            return (on.AuthorizationCardRemoved(), on.IdentityCardRemoved())


@settings(max_examples=200, deadline=None)
@given(walk=WALKS)
def test_whatever_happens(walk: list[int]) -> None:
    state: at.IdentityState = at.Idle()
    for number in walk:
        event = pick(number, fitting(state), ANY)
        step = FLOW.step(state, event)
        shown = repr(step.state) + repr(step.effects)
        assert not any(secret in shown for secret in (*PERSONAL, PIN, BIRTH))
        for effect in step.effects:
            if isinstance(effect, on.ClaimVoter) and isinstance(state, at.ConfirmingDocument):
                assert state.signed
                assert state.printed
                assert state.first is not None
                assert event == OperatorProven(SUPERVISOR if state.first == OFFICER else OFFICER)
        if isinstance(step.state, at.Idle | at.OutOfService | at.Closed):
            assert not list(inside(step.state, at.CardHolder))
        state = step.state
