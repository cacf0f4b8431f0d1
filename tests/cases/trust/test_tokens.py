"""Refuse tokens on authorization cards that the branch's station did not issue for this hour."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crypto import canonical
from election import token
from election.authorization import Authorization
from election.authorization import AuthorizationRefusal as Reason
from election.definition import BranchId, DeviceId, StyleId
from election.token import TokenRefusedError
from tests.cases.day import Day
from tests.headquarters.small import BRANCH, COUNCIL, EXPERTS, NOON


def authorization(day: Day) -> Authorization:
    """Return an authorization as station-1 gives it, good for half an hour."""
    return Authorization(
        day.hq.election.uuid,
        BRANCH,
        DeviceId("station-1"),
        StyleId("both"),
        (COUNCIL, EXPERTS),
        NOON + timedelta(minutes=30),
        secrets.token_bytes(16),
        None,
    )


def issued(day: Day, signer: str = "station-1") -> bytes:
    """Return a token that `signer` signed."""
    return token.issue(authorization(day), day.hq.devices[signer].signing.classical)


def other_issuer(day: Day) -> bytes:
    made = replace(authorization(day), issuer=DeviceId("terminal-1"))
    return token.issue(made, day.hq.devices["terminal-1"].signing.classical)


def other_style(day: Day) -> bytes:
    made = replace(authorization(day), style=StyleId("one"))
    return token.issue(made, day.hq.devices["station-1"].signing.classical)


def signature_of_a_record(day: Day) -> bytes:
    record = day.one.store.records()[0]
    parts = canonical.decode(issued(day))
    assert isinstance(parts, list)
    return canonical.encode([parts[0], parts[1], record.signature])


def refusal(day: Day, data: bytes, at: datetime = NOON, branch: BranchId = BRANCH) -> Reason | None:
    """Return why a terminal does not accept a token; None if it does."""
    try:
        token.check(data, day.hq.election, branch, at)
    except TokenRefusedError as refused:
        return refused.reason
    return None


WRONG: dict[str, tuple[Reason, Callable[[Day], bytes]]] = {
    "signed-by-a-terminal": (Reason.BAD_SIGNATURE, lambda day: issued(day, "terminal-1")),
    "that-names-a-terminal-as-issuer": (Reason.UNKNOWN_STATION, other_issuer),
    "with-a-contest-its-style-has-not": (Reason.UNKNOWN_STYLE, other_style),
    "too-large": (Reason.MALFORMED, lambda _: b"\x9b" + b"\xff" * 8 + bytes(700)),
    "that-announces-two-to-the-64-items": (Reason.MALFORMED, lambda _: b"\x9b" + b"\xff" * 8),
    "nested-200-deep": (Reason.MALFORMED, lambda _: b"\x81" * 200 + b"\x00"),
    "with-the-signature-of-a-record": (Reason.BAD_SIGNATURE, signature_of_a_record),
}


def test_token_as_issued_is_accepted(voted: Day) -> None:
    assert refusal(voted, issued(voted)) is None


@pytest.mark.parametrize(
    ("reason", "make"), WRONG.values(), ids=[f"token-{name}" for name in WRONG]
)
def test_token_is_refused(voted: Day, reason: Reason, make: Callable[[Day], bytes]) -> None:
    assert refusal(voted, make(voted)) is reason


def test_token_expired(voted: Day) -> None:
    late = NOON + timedelta(minutes=30)
    assert refusal(voted, issued(voted), late) is Reason.EXPIRED


def test_token_of_another_branch(voted: Day) -> None:
    other = BranchId("b-2")
    assert refusal(voted, issued(voted), branch=other) is Reason.WRONG_BRANCH
