"""The token on the authorization card."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election import token
from election.authorization import Authorization, AuthorizationRefusal
from election.definition import BranchId, ContestId, DeviceId, StyleId
from election.token import TokenRefusedError
from tests.election.samples import (
    BOTH,
    BRANCH,
    COUNCIL,
    EXPERTS,
    NOW,
    ONE,
    STATION,
    TERMINAL,
    UUID,
    sample,
)

SAMPLE = sample()
KEY = SAMPLE.device_keys[STATION].classical
AUTHORIZATION = Authorization(
    UUID,
    BRANCH,
    STATION,
    BOTH,
    (COUNCIL, EXPERTS),
    NOW.astimezone(UTC) + timedelta(minutes=30),
    secrets.token_bytes(16),
)
DATA = token.issue(AUTHORIZATION, KEY)


def refusal(
    data: bytes, branch: BranchId = BRANCH, late: timedelta = timedelta()
) -> AuthorizationRefusal:
    with pytest.raises(TokenRefusedError) as refused:
        token.check(data, SAMPLE.election, branch, NOW + late)
    return refused.value.reason


def issued(**changes: object) -> bytes:
    return token.issue(replace(AUTHORIZATION, **changes), KEY)  # type: ignore[arg-type]


def test_round_trip() -> None:
    assert token.check(DATA, SAMPLE.election, BRANCH, NOW) == AUTHORIZATION
    fewer = issued(contests=(COUNCIL,))
    assert token.check(fewer, SAMPLE.election, BRANCH, NOW).contests == (COUNCIL,)
    assert len(DATA) < 270


def test_a_provisional_token_has_the_size_of_an_ordinary_one() -> None:
    handle = secrets.token_bytes(16)
    data = issued(handle=handle)
    assert token.check(data, SAMPLE.election, BRANCH, NOW).handle == handle
    assert len(data) == len(DATA)
    for wrong in (bytes(16), b"", b"x" * 15):
        with pytest.raises(ValueError, match="handle"):
            issued(handle=wrong)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", AuthorizationRefusal.NO_TOKEN),
        (b"\x00", AuthorizationRefusal.MALFORMED),
        (DATA + b"\x00", AuthorizationRefusal.MALFORMED),
        (bytes(2000), AuthorizationRefusal.MALFORMED),
        (issued(election="another"), AuthorizationRefusal.WRONG_ELECTION),
        (issued(branch=BranchId("b0002")), AuthorizationRefusal.WRONG_BRANCH),
        (issued(issuer=DeviceId("nobody")), AuthorizationRefusal.UNKNOWN_STATION),
        (issued(issuer=TERMINAL), AuthorizationRefusal.UNKNOWN_STATION),
        (
            token.issue(AUTHORIZATION, SAMPLE.device_keys[TERMINAL].classical),
            AuthorizationRefusal.BAD_SIGNATURE,
        ),
        (issued(style=StyleId("x")), AuthorizationRefusal.UNKNOWN_STYLE),
        (issued(style=ONE), AuthorizationRefusal.UNKNOWN_STYLE),
        (issued(contests=(ContestId("x"),)), AuthorizationRefusal.UNKNOWN_STYLE),
        (issued(contests=(COUNCIL, COUNCIL)), AuthorizationRefusal.MALFORMED),
        (issued(contests=()), AuthorizationRefusal.MALFORMED),
    ],
)
def test_refusals(data: bytes, reason: AuthorizationRefusal) -> None:
    assert refusal(data) is reason


def test_expiry() -> None:
    token.check(DATA, SAMPLE.election, BRANCH, NOW + timedelta(minutes=29, seconds=59))
    assert refusal(DATA, late=timedelta(minutes=30)) is AuthorizationRefusal.EXPIRED


def test_another_branch() -> None:
    assert refusal(DATA, BranchId("b0002")) is AuthorizationRefusal.WRONG_BRANCH


def test_what_does_not_fit() -> None:
    for changes in ({"nonce": bytes(15)}, {"election": "x" * 1_200}):
        with pytest.raises(ValueError, match=r"nonce|fit"):
            issued(**changes)


def test_every_changed_byte() -> None:
    for place in range(len(DATA)):
        for flip in (1, 0x20, 0x80, 0xFF):
            changed = bytearray(DATA)
            changed[place] ^= flip
            refusal(bytes(changed))


@pytest.mark.fuzz
@given(st.binary(min_size=1, max_size=700))
def test_random_bytes(data: bytes) -> None:
    assert refusal(data) is AuthorizationRefusal.MALFORMED
