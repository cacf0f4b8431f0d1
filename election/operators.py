"""Decide by certificate and register who may act as an operator on a device of a branch."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from crypto.certificates import Subject, valid_from, valid_until, verify_chain
from crypto.errors import CertificateRefusedError, DecodeError
from election.acts import RESERVE
from election.definition import BranchId, Role
from election.register import Register
from election.spare import SPARE


class Rejection(StrEnum):
    """Why a card is no operator's here."""

    UNKNOWN_CARD = "unknown-card"
    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    OTHER_ISSUER = "other-issuer"
    OTHER_BRANCH = "other-branch"
    NOT_REGISTERED = "not-registered"
    """The register does not name the card for this branch or its district."""
    NOT_AN_OPERATOR = "not-an-operator"
    PIN_BLOCKED = "pin-blocked"
    PUK_BLOCKED = "puk-blocked"
    """No try of the sealed letter's PUK is left either: the card is lost."""
    WRONG_PROOF = "wrong-proof"
    """The card holds somebody's certificate, but not its key."""
    BLOCKED = "blocked"
    """Two other cards blocked it at this device (`election.blocked_cards`)."""
    SAME_ROLE = "same-role"
    """Two different roles are asked for."""


_OPERATORS: Final = frozenset({Role.OFFICER.value, Role.SUPERVISOR.value})
_REJECTIONS: Final = {
    "expired": Rejection.EXPIRED,
    "not-yet-valid": Rejection.NOT_YET_VALID,
    "issuer": Rejection.OTHER_ISSUER,
    "signature": Rejection.OTHER_ISSUER,
}


def admit(
    certificate: bytes, root: bytes, at: datetime, branch: BranchId, register: Register | None
) -> Subject | Rejection:
    """Return whose card it is, or why its holder may not act on a device of this branch.

    `certificate`: of the card (DER); `at`: as of when it is judged; `register`: of the loaded election. A
    reserve's certificate names no branch, so it takes the register to let one in: not before a package is
    loaded. A district's spare has no branch before it took over: any branch's operators begin with it, and
    the handover says whose cards sign (`election.handover`).
    """
    try:
        holder = verify_chain(certificate, root, at, roles=_OPERATORS)
    except CertificateRefusedError as refused:
        return _REJECTIONS.get(refused.reason, Rejection.NOT_AN_OPERATOR)
    except DecodeError:
        return Rejection.UNKNOWN_CARD
    if branch == SPARE and holder.branch != RESERVE:
        return holder
    if holder.branch not in (RESERVE, branch):
        return Rejection.OTHER_BRANCH
    if register is None:
        known = holder.branch == branch
    else:
        known = holder.fingerprint in register.may_operate(branch)
    return holder if known else Rejection.NOT_REGISTERED


def admit_for_clock(
    certificate: bytes, root: bytes, at: datetime, branch: BranchId
) -> Subject | Rejection:
    """Return who may set a clock that refuses the card, before a package is loaded; or why nobody may.

    The clock is wrong for certain where it shows a time before headquarters signed the card, or outside the
    years of its root. A card that has expired by a clock that may be right is refused all the same.
    """
    try:
        began = max(valid_from(certificate), valid_from(root))
        wrong = at < began or at > valid_until(root)
    except DecodeError:
        return Rejection.UNKNOWN_CARD
    return admit(certificate, root, began if wrong else at, branch, None)
