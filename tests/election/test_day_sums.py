"""What a device counts, and which of it CLOSE may say, because CLOSE becomes public."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from election.acts import ActRefusedError, Closing, freeze, read_statement, verify_act
from election.audit_events import AuditEvent, EventForm
from election.closing_order import Standing
from election.day_sums import DaySum, is_about_device
from election.reasons import ActReason, StartReason
from tests.acts import sign_act
from tests.election.samples import NOW, TERMINAL
from tests.election.test_acts import CLOSE, HASH, refused, signed
from tests.election.test_bundle import CARDS, SAMPLE

ABOUT_VOTERS = [event for event in AuditEvent if event.form is not EventForm.DAY]
DEVICE_SUMS = [
    *(DaySum(AuditEvent.SET_BACK.value, reason.value, 1) for reason in StartReason),
    *(
        DaySum(AuditEvent.CLOSED_WITHOUT.value, f"b0001-t1 {s.value}", 1)
        for s in Standing
        if s.value != "closed"
    ),
    DaySum(AuditEvent.CARDS_MISSING.value, "", 3),
    DaySum(AuditEvent.VOTES_BEHIND.value, "", 2),
    DaySum(AuditEvent.ONE_MEMORY_HOURS.value, "", 4),
    DaySum(AuditEvent.CLOCK_BACK.value, "", 1),
    DaySum(AuditEvent.PAPER_PRINTED.value, "", 5),
    DaySum(AuditEvent.PAPER_VOID.value, "", 2),
    DaySum(AuditEvent.PAPER_UNMARKED.value, "", 1),
]


def closed_with(*sums: DaySum) -> Closing:
    return Closing(HASH, HASH, 1, sums)


def test_one_table_says_what_may_become_public() -> None:
    """What the log's table calls an event of the day, in one form of its reason at least."""
    of_device = {event.value for event in AuditEvent if event.form is EventForm.DAY}
    assert {each.event for each in DEVICE_SUMS} == of_device


@pytest.mark.parametrize("each", DEVICE_SUMS, ids=lambda each: f"{each.event} {each.reason}")
def test_sums_about_the_device_stand_in_close(each: DaySum) -> None:
    assert is_about_device(each)


@pytest.mark.parametrize("event", ABOUT_VOTERS, ids=lambda event: event.value)
def test_no_sum_about_voters_does(event: AuditEvent) -> None:
    assert not is_about_device(DaySum(event.value, "", 1))


@pytest.mark.parametrize(
    "each",
    [
        DaySum("finger-matched", "try 1", 412),
        DaySum("no-such-event", "", 1),
        DaySum(AuditEvent.CARDS_MISSING.value, "of the teacher", 1),
        DaySum(AuditEvent.CLOSED_WITHOUT.value, "b0001-t1 open, the teacher waited", 1),
        DaySum(AuditEvent.CLOSED_WITHOUT.value, "open", 1),
        DaySum(AuditEvent.SET_BACK.value, "Driving licence", 1),
        DaySum(AuditEvent.SET_BACK.value, "log-set-back\n", 1),
        DaySum(AuditEvent.VOTES_BEHIND.value, " ", 1),
        DaySum(AuditEvent.PAPER_VOID.value, "voter", 1),
        DaySum(AuditEvent.PAPER_UNMARKED.value, "void", 1),
    ],
    ids=repr,
)
def test_a_closing_with_more_is_refused_at_headquarters_and_by_everybody(each: DaySum) -> None:
    """Whatever two cards signed, blindly: a program that says more about voters is no branch's."""
    act = signed(replace(CLOSE, closing=closed_with(each)))
    assert refused(act) is ActReason.VOTERS


@given(st.sampled_from(ABOUT_VOTERS), st.text(max_size=30), st.integers(0, 500))
def test_nothing_about_voters_passes_beside_what_may(
    event: AuditEvent, reason: str, number: int
) -> None:
    sums = (DEVICE_SUMS[-1], DaySum(event.value, reason, number))
    assert not all(map(is_about_device, sums))


@pytest.mark.parametrize("member", ["evidence", "signers", "refusals"])
def test_a_closing_with_another_member_is_refused(member: str) -> None:
    """As it was up to version 2: sums of evidence in CLOSE."""
    plain = canonical.decode(freeze(CLOSE))
    assert isinstance(plain, dict)
    assert isinstance(plain["closing"], dict)
    plain["closing"][member] = []
    act = replace(signed(CLOSE), statement=canonical.encode(plain))
    with pytest.raises(ActRefusedError) as refusal:
        read_statement(act)
    assert refusal.value.reason is ActReason.FORMAT


def test_what_may_stand_there_is_accepted() -> None:
    key = SAMPLE.device_keys[TERMINAL]
    act = sign_act(replace(CLOSE, closing=closed_with(*DEVICE_SUMS)), CARDS, key)
    assert verify_act(act, key.public, SAMPLE.root, NOW).statement.closing is not None
