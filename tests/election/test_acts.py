"""Acts that two cards sign: who may, what is signed, and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from crypto.hybrid import HybridKey
from election.acts import (
    FIRST,
    ActRefusedError,
    Closing,
    LogPosition,
    SignedAct,
    SignedActKind,
    Statement,
    act_hash,
    card_message,
    countersign,
    freeze,
    read_statement,
    verify_act,
    verify_chain_of_acts,
)
from election.definition import DeviceId, Role
from election.reasons import ActReason
from election.schema import from_cbor, to_cbor
from tests.acts import Card, sign_act, sign_chain
from tests.election.samples import BRANCH, ELSEWHERE, NOW, OTHER_BRANCH, TERMINAL, UUID
from tests.election.test_bundle import CARDS, SAMPLE, card

KEY = SAMPLE.device_keys[TERMINAL]
AT = datetime(2026, 6, 14, 4, tzinfo=UTC)
HASH = hashlib.sha256(b"anything").digest()
LOAD = Statement(
    UUID,
    None,
    TERMINAL,
    Role.BALLOT_TERMINAL,
    BRANCH,
    SignedActKind.LOAD,
    AT,
    FIRST,
    HASH,
    0,
    LogPosition(HASH, 7, 0),
)
OPEN = replace(LOAD, kind=SignedActKind.OPEN, at=AT + timedelta(hours=1))
CLOSE = replace(
    LOAD,
    kind=SignedActKind.CLOSE,
    at=AT + timedelta(hours=11),
    cast=3,
    log=LogPosition(HASH, 90, 3),
    closing=Closing(HASH, HASH, 1, ()),
)


def signed(
    statement: Statement = LOAD, cards: Sequence[Card] = CARDS, key: HybridKey = KEY
) -> SignedAct:
    return sign_act(statement, cards, key)


def refused(act: SignedAct, now: datetime = NOW) -> ActReason:
    with pytest.raises(ActRefusedError) as refusal:
        verify_act(act, KEY.public, SAMPLE.root, now)
    return refusal.value.reason


def chain_refused(acts: Sequence[SignedAct]) -> ActReason:
    with pytest.raises(ActRefusedError) as refusal:
        verify_chain_of_acts(acts, KEY.public, SAMPLE.root, NOW)
    return refusal.value.reason


@pytest.mark.parametrize("statement", [LOAD, OPEN, CLOSE])
def test_two_cards_and_the_device(statement: Statement) -> None:
    act = from_cbor(SignedAct, to_cbor(signed(statement)))
    verified = verify_act(act, KEY.public, SAMPLE.root, NOW)
    assert verified.statement == statement
    assert {operator.role for operator in verified.operators} == {Role.OFFICER, Role.SUPERVISOR}
    assert [operator.fingerprint for operator in verified.operators] == [
        hashlib.sha256(card.certificate).digest() for card in CARDS
    ]


def test_a_card_with_an_rsa_key() -> None:
    from crypto import certificates

    key = rsa.generate_private_key(65537, 2048)
    issued = certificates.issue(
        SAMPLE.root,
        SAMPLE.root_key,
        "کارت",
        key.public_key(),
        role=Role.SUPERVISOR,
        branch=BRANCH,
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=1),
    )
    act = signed(cards=(CARDS[0], Card(issued, key)))
    assert verify_act(act, KEY.public, SAMPLE.root, NOW).statement == LOAD


def test_either_may_sign_first() -> None:
    verified = verify_act(signed(cards=CARDS[::-1]), KEY.public, SAMPLE.root, NOW)
    assert verified.operators[0].role is Role.SUPERVISOR


SAME = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ((CARDS[0], CARDS[0]), ActReason.ROLES),
        ((CARDS[0], card(Role.OFFICER)), ActReason.ROLES),
        ((CARDS[0], card(Role.OBSERVER)), ActReason.ROLES),
        ((card(Role.OFFICER, SAME), card(Role.SUPERVISOR, SAME)), ActReason.SAME_KEY),
        ((CARDS[0], card(Role.SUPERVISOR, branch=OTHER_BRANCH)), ActReason.BRANCH),
        ((CARDS[0], replace(CARDS[1], key=SAME)), ActReason.SIGNATURE),
        ((CARDS[0], replace(CARDS[1], certificate=b"no certificate")), ActReason.CERTIFICATE),
    ],
)
def test_who_does_not_sign(cards: Sequence[Card], reason: ActReason) -> None:
    assert refused(signed(cards=cards)) is reason


def test_a_card_that_ran_out() -> None:
    assert refused(signed(), NOW + timedelta(days=900)) is ActReason.CERTIFICATE


def test_both_cards_sign_the_same_bytes() -> None:
    """A second card that saw another statement does not make an act of the first one's."""
    frozen, other = freeze(LOAD), freeze(replace(LOAD, at=AT + timedelta(minutes=1)))
    act = countersign(frozen, [CARDS[0].sign(frozen), CARDS[1].sign(other)], KEY)
    assert refused(act) is ActReason.SIGNATURE
    assert card_message(frozen) != card_message(other)


@pytest.mark.parametrize(
    "change",
    [
        lambda act: replace(act, countersignature=bytes(3373)),
        lambda act: replace(act, countersignature=signed(OPEN).countersignature),
        lambda _: sign_act(LOAD, CARDS, SAMPLE.device_keys[ELSEWHERE]),
        lambda act: replace(act, cards=act.cards[::-1]),
    ],
)
def test_what_the_device_did_not_countersign(change: Callable[[SignedAct], SignedAct]) -> None:
    assert refused(change(signed())) is ActReason.DEVICE


def test_a_statement_that_is_none() -> None:
    assert refused(replace(signed(), statement=b"\xa0")) is ActReason.FORMAT


@pytest.mark.parametrize(
    "part",
    [
        {"closing": CLOSE.closing},
        {"trusted": HASH},
    ],
)
def test_parts_belong_to_one_kind(part: dict[str, object]) -> None:
    """Roots stand in CLOSE alone."""
    with pytest.raises(ValueError, match="another kind"):
        replace(LOAD, **part)  # type: ignore[arg-type]


def test_a_closing_has_its_part() -> None:
    with pytest.raises(ValueError, match="another kind"):
        replace(CLOSE, closing=None)


def test_fields_that_are_filled_later_are_there() -> None:
    full = replace(LOAD, number=HASH, program=HASH, bags=("bag 1",), seals=("s 1", "s 2"))
    assert verify_act(signed(full), KEY.public, SAMPLE.root, NOW).statement == full
    assert read_statement(signed(replace(OPEN, trusted=HASH))).trusted == HASH


# ---------------------------------------------------------------- chains


def test_a_day_is_one_chain() -> None:
    acts = sign_chain([LOAD, LOAD, OPEN, CLOSE], CARDS, KEY)
    found = verify_chain_of_acts(acts, KEY.public, SAMPLE.root, NOW)
    assert [each.statement.kind.value for each in found] == [
        "load",
        "load",
        "open",
        "close",
    ]
    assert found[0].statement.previous == FIRST
    assert found[1].statement.previous == act_hash(acts[0])
    assert verify_chain_of_acts((), KEY.public, SAMPLE.root, NOW) == ()
    assert verify_chain_of_acts(acts, KEY.public, SAMPLE.root, None) == found


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ([OPEN, CLOSE], ActReason.ORDER),
        ([LOAD, CLOSE], ActReason.ORDER),
        ([LOAD, OPEN, OPEN], ActReason.ORDER),
        ([LOAD, OPEN, LOAD], ActReason.ORDER),
        ([LOAD, OPEN, CLOSE, CLOSE], ActReason.ORDER),
        ([LOAD, OPEN, CLOSE, OPEN], ActReason.ORDER),
        ([LOAD, replace(OPEN, device=DeviceId("b0001-t2"))], ActReason.CHAIN),
        ([LOAD, replace(OPEN, election="AnotherE1ection2")], ActReason.CHAIN),
    ],
)
def test_what_is_no_day(statements: Sequence[Statement], reason: ActReason) -> None:
    assert chain_refused(sign_chain(statements, CARDS, KEY)) is reason


def test_an_act_that_was_left_out_or_exchanged() -> None:
    acts = sign_chain([LOAD, LOAD, OPEN, CLOSE], CARDS, KEY)
    assert chain_refused((acts[0], *acts[2:])) is ActReason.CHAIN
    assert chain_refused(acts[1:]) is ActReason.CHAIN
    again = sign_chain([LOAD, LOAD, OPEN, CLOSE], CARDS, KEY)
    assert chain_refused((*again[:2], *acts[2:])) is ActReason.CHAIN, "signed a second time"
