"""Judge the acts of a device's day by the register: whose cards, whose device, which election.

`election.acts` says whether signatures and chain hold; here the certificates have to stand in the register,
for the act's branch or its district, and are judged as of when they began: the time of an act is what
its device writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from crypto.hybrid import HybridPublicKey
from election.acts import ActRefusedError, SignedAct, Statement, check_chain, verify_act
from election.definition import BranchId, DeviceId
from election.reasons import ActReason
from election.register import PublishedRegister


@dataclass(frozen=True, slots=True)
class RegisteredAct:
    """An act that registered cards and a registered device signed."""

    statement: Statement
    cards: tuple[bytes, ...]
    """SHA-256 of the certificates."""
    by_reserves: bool
    """A reserve of the district signed it."""


def check_registered_acts(
    acts: Sequence[SignedAct],
    key: HybridPublicKey,
    device: DeviceId,
    branch: BranchId,
    published: PublishedRegister,
) -> tuple[RegisteredAct, ...]:
    """Verify all acts of a device by the register; raise `ActRefusedError`.

    `key`: of the device's registered certificate; `branch`: the device's, by register and take-overs.
    """
    root = published.register.root
    verified = check_chain([verify_act(act, key, root, None) for act in acts], acts)
    return tuple(
        _registered(act, each.statement, device, branch, published)
        for act, each in zip(acts, verified, strict=True)
    )


def _registered(
    act: SignedAct,
    statement: Statement,
    device: DeviceId,
    branch: BranchId,
    published: PublishedRegister,
) -> RegisteredAct:
    register = published.register
    if statement.number is None or statement.number.hex() != published.number:
        raise ActRefusedError(ActReason.NUMBER)
    if statement.device != device or statement.election != register.election:
        raise ActRefusedError(ActReason.CHAIN)
    if statement.branch != branch:
        raise ActRefusedError(ActReason.BRANCH)
    cards = tuple(sha256(card.certificate).digest() for card in act.cards)
    if not register.may_operate(branch) >= set(cards):
        raise ActRefusedError(ActReason.OPERATOR)
    return RegisteredAct(statement, cards, not register.operators_of(branch) >= set(cards))
