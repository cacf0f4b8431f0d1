"""Refuse certificates in a role, branch, time or place that is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from crypto.certificates import issue, verify_chain
from crypto.errors import CryptoError
from election.definition import Role
from tests.cases.day import AFTER, Day
from tests.headquarters.small import BRANCH, NOON

TERMINAL = Role.BALLOT_TERMINAL


def verify(
    day: Day,
    *roles: Role,
    leaf: bytes | None = None,
    root: bytes | None = None,
    at: datetime = AFTER,
    branch: str | None = None,
) -> None:
    """Verify terminal-1 below the day's root, or what stands in for either."""
    certificate, above = leaf or day.certificate("terminal-1"), root or day.hq.authority.root
    verify_chain(certificate, above, at, set(roles), branch)


def card_with_a_device_role(day: Day) -> None:
    """A card has one key; a device signs with two."""
    authority = day.hq.authority
    leaf = issue(
        authority.root,
        authority.root_key,
        "terminal-1",
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        role=TERMINAL,
        branch=BRANCH,
        not_before=NOON - timedelta(days=1),
        not_after=NOON + timedelta(days=9),
    )
    chain = verify_chain(leaf, authority.root, AFTER, {TERMINAL})
    assert chain.signing_key


WRONG: dict[str, Callable[[Day], None]] = {
    "of-a-card-with-a-device-role": card_with_a_device_role,
    "of-a-device-as-operator": lambda day: verify(day, Role.OFFICER, Role.SUPERVISOR),
    "of-a-device-as-package-signer": lambda day: verify(day, Role.HEADQUARTERS),
    "root-as-leaf": lambda day: verify(day, Role.HEADQUARTERS, leaf=day.hq.authority.root),
    "of-a-device-as-root": lambda day: verify(
        day, TERMINAL, leaf=day.certificate("terminal-2"), root=day.certificate("terminal-1")
    ),
    "expired": lambda day: verify(day, TERMINAL, at=AFTER + timedelta(days=400)),
    "of-another-branch": lambda day: verify(day, TERMINAL, branch="b-2"),
    "with-a-byte-behind": lambda day: verify(
        day, TERMINAL, leaf=day.certificate("terminal-1") + b"\0"
    ),
}


def test_certificate_in_its_role(voted: Day) -> None:
    verify(voted, TERMINAL, branch=BRANCH)


@pytest.mark.parametrize("attempt", WRONG.values(), ids=[f"certificate-{name}" for name in WRONG])
def test_certificate_is_refused(voted: Day, attempt: Callable[[Day], None]) -> None:
    with pytest.raises(CryptoError):
        attempt(voted)
