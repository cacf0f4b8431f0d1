"""`decisions.json`: which provisional ballots count, by handle, signed by two roles.

    {"format", "version", "election", "fingerprint", "undecided",
     "decisions": [{"handle", "decision", "reason"}],        by handle, each once
     "signatures": [{"role", "certificate", "signature"}]}   reconciliation officer and observer

A handle is 32 hex digits. Both sign the canonical CBOR of format, version, election (uuid),
fingerprint φ, `undecided` and the decisions with both of their keys (`crypto.hybrid`), so the
file's spaces and its order of keys do not matter, and nothing else in it can change. `undecided`
says what happens to provisional ballots the file does not name: `refuse` (nothing is counted
before they are decided) or `exclude`.

The file names nobody and becomes public beside the archive. What is decided stays decided: a later
file takes the place of an earlier one only if it repeats all its decisions.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto import canonical, hybrid
from crypto.certificates import Holder, read_holder
from crypto.hybrid import HybridKey
from election import signed as signing
from election.definition import Role
from election.errors import ElectionError
from election.provisional import ORDINARY
from election.reasons import DecisionReason
from election.signed import SignatureRefused
from words.message import Latin, Message, m

FORMAT: Final = "amin-provisional-decisions"
VERSION: Final = 1
SIGNERS: Final = (Role.RECONCILIATION_OFFICER, Role.OBSERVER)
"""Both sign, in this order."""
MAX_SIZE: Final = 64 * 1024 * 1024
_CONTEXT = "amin provisional decisions"
_HANDLE = r"^[0-9a-f]{32}$"
_BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_SIGNATURE = rf"^([0-9a-f]{{2}}){{{hybrid.SIGNATURE_SIZE}}}$"


class DecisionError(ElectionError):
    """A file of decisions is refused."""

    def __init__(self, reason: DecisionReason, message: Message | str | None = None) -> None:
        super().__init__(message or reason.sentence)
        self.args = (reason, message)
        self.reason = reason


class Verdict(StrEnum):
    INCLUDE = "include"
    EXCLUDE = "exclude"


class Reason(StrEnum):
    ELIGIBLE = "eligible"
    """The only reason to include."""
    ALREADY_VOTED = "already-voted"
    """The registry knows of a ballot of the same person."""
    ANOTHER_PROVISIONAL = "another-provisional"
    """Another provisional ballot of the same person counts."""
    NOT_ELIGIBLE = "not-eligible"
    UNKNOWN_HANDLE = "unknown-handle"
    """No identity station handed in a check-in with this handle."""
    CONTRADICTION = "contradiction"
    """Several check-ins have the same handle."""


class Undecided(StrEnum):
    """What happens to provisional ballots that are not decided on."""

    REFUSE = "refuse"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Decision:
    handle: bytes
    """16 bytes."""
    verdict: Verdict
    reason: Reason


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed."""

    election: str
    """uuid"""
    fingerprint: str
    """φ"""
    decisions: tuple[Decision, ...]
    """By handle."""
    undecided: Undecided = Undecided.REFUSE

    @property
    def by_handle(self) -> Mapping[bytes, Decision]:
        return {each.handle: each for each in self.decisions}


@dataclass(frozen=True, slots=True)
class Signature:
    role: Role
    certificate: bytes
    """DER."""
    signature: bytes
    """With both keys."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A file of decisions as it came; nothing in it is believed before `verify`."""

    statement: Statement
    signatures: tuple[Signature, ...]


def check_statement(statement: Statement) -> None:
    """Raise `DecisionError` for a handle that occurs twice, is none, or has no fitting reason."""
    handles = [each.handle for each in statement.decisions]
    if twice := [handle for handle, times in Counter(handles).items() if times > 1]:
        raise DecisionError(
            DecisionReason.HANDLE,
            m("decided twice: {twice}; decide each handle once", twice=twice[0].hex()),
        )
    if handles != sorted(handles):
        raise DecisionError(
            DecisionReason.HANDLE, m("the decisions are not in the order of their handles")
        )
    for each in statement.decisions:
        if len(each.handle) != len(ORDINARY) or each.handle == ORDINARY:
            raise DecisionError(
                DecisionReason.HANDLE, m("no handle: {handle}", handle=each.handle.hex())
            )
        if (each.verdict is Verdict.INCLUDE) != (each.reason is Reason.ELIGIBLE):
            raise DecisionError(
                DecisionReason.HANDLE,
                m("{verdict} does not go with {reason}", verdict=each.verdict, reason=each.reason),
            )


def sign(statement: Statement, key: HybridKey, certificate: bytes) -> Signature:
    """One role's signature. Raises `DecisionError` for what is not to be signed."""
    check_statement(statement)
    holder = read_holder(certificate)
    roles = [role for role in SIGNERS if role == holder.role]
    if not roles or holder.pair != key.public:
        raise DecisionError(
            DecisionReason.SIGNATURE, m("key and certificate are not of one of the two roles")
        )
    return Signature(roles[0], certificate, key.sign(_CONTEXT, _to_be_signed(statement)))


def add_signature(signed: Signed, own: Signature) -> Signed:
    """With `own` in its place; a signature of the same role before is replaced."""
    others = [each for each in signed.signatures if each.role != own.role]
    ordered = sorted((*others, own), key=lambda each: SIGNERS.index(each.role))
    return Signed(signed.statement, tuple(ordered))


def verify(
    signed: Signed, root: bytes, now: datetime, election: str, fingerprint: str
) -> tuple[Holder, ...]:
    """Who signed, if both roles did, for this election. Raises `DecisionError`."""
    statement = signed.statement
    check_statement(statement)
    if (statement.election, statement.fingerprint) != (election, fingerprint):
        raise DecisionError(DecisionReason.ELECTION, m("the decisions are for another election"))
    if tuple(each.role for each in signed.signatures) != SIGNERS:
        raise DecisionError(
            DecisionReason.SIGNATURE,
            m("the decisions need two signatures: {signers}", signers=" and ".join(SIGNERS)),
        )
    try:
        return signing.verify(
            _to_be_signed(statement),
            _CONTEXT,
            [signing.Signature(each.certificate, each.signature) for each in signed.signatures],
            [{role} for role in SIGNERS],
            root,
            now,
        )
    except SignatureRefused as error:
        message = f"the signature of the {SIGNERS[error.place]}: {error}"
        raise DecisionError(DecisionReason.SIGNATURE, message) from error


def check_successor(earlier: Statement, later: Statement) -> None:
    """Raise `DecisionError` if `later` drops or changes what `earlier` decided."""
    new = later.by_handle
    for each in earlier.decisions:
        if new.get(each.handle) != each:
            raise DecisionError(
                DecisionReason.CHANGED,
                m(
                    "{handle} was decided otherwise; what is decided stays",
                    handle=each.handle.hex(),
                ),
            )


def check_coverage(statement: Statement | None, handles: Iterable[bytes]) -> None:
    """Do the decisions fit the handles of the ballots that were cast? Raises `DecisionError`."""
    cast = frozenset(handles)
    decided = {} if statement is None else statement.by_handle
    if unknown := sorted(decided.keys() - cast):
        raise DecisionError(
            DecisionReason.UNKNOWN,
            m(
                "{unknown} is the handle of no ballot; {count} are unknown",
                unknown=unknown[0].hex(),
                count=len(unknown),
            ),
        )
    may_wait = statement is not None and statement.undecided is Undecided.EXCLUDE
    if (open_ := len(cast - decided.keys())) and not may_wait:
        raise DecisionError(
            DecisionReason.UNDECIDED,
            m(
                "{count} provisional ballots are not decided on; reconcile them first "
                "(amin election reconcile, then exclude)",
                count=open_,
            ),
        )


# ---------------------------------------------------------------- the file


def write_decisions(signed: Signed) -> bytes:
    """The file's bytes."""
    statement = signed.statement
    value = {
        "format": FORMAT,
        "version": VERSION,
        "election": statement.election,
        "fingerprint": statement.fingerprint,
        "undecided": statement.undecided.value,
        "decisions": [
            {
                "handle": each.handle.hex(),
                "decision": each.verdict.value,
                "reason": each.reason.value,
            }
            for each in statement.decisions
        ],
        "signatures": [
            {
                "role": each.role.value,
                "certificate": base64.b64encode(each.certificate).decode(),
                "signature": each.signature.hex(),
            }
            for each in signed.signatures
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def read_decisions(data: bytes) -> Signed:
    """Parse, without believing anything yet. Raises `DecisionError`."""
    if len(data) > MAX_SIZE:
        raise DecisionError(DecisionReason.FORMAT, m("the file is too large for decisions"))
    try:
        model = _File.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DecisionError(
            DecisionReason.FORMAT,
            m("malformed at {place}: {detail}", place=Latin(place), detail=Latin(first["msg"])),
        ) from error
    statement = Statement(
        model.election,
        model.fingerprint,
        tuple(
            Decision(bytes.fromhex(each.handle), Verdict(each.decision), Reason(each.reason))
            for each in model.decisions
        ),
        Undecided(model.undecided),
    )
    check_statement(statement)
    return Signed(
        statement,
        tuple(
            Signature(
                Role(each.role), base64.b64decode(each.certificate), bytes.fromhex(each.signature)
            )
            for each in model.signatures
        ),
    )


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _Decision(_Model):
    handle: str = Field(pattern=_HANDLE)
    decision: Literal["include", "exclude"]
    reason: Literal[
        "eligible",
        "already-voted",
        "another-provisional",
        "not-eligible",
        "unknown-handle",
        "contradiction",
    ]


class _Signature(_Model):
    role: Literal["reconciliation-officer", "supervision-observer"]
    certificate: str = Field(pattern=_BASE64, max_length=20_000)
    signature: str = Field(pattern=_SIGNATURE)


class _File(_Model):
    format: Literal["amin-provisional-decisions"]
    version: Literal[1]
    election: Annotated[str, Field(min_length=1, max_length=200)]
    fingerprint: Annotated[str, Field(min_length=1, max_length=200)]
    undecided: Literal["refuse", "exclude"]
    decisions: list[_Decision] = Field(max_length=1_000_000)
    signatures: list[_Signature] = Field(max_length=len(SIGNERS))


def _to_be_signed(statement: Statement) -> bytes:
    return canonical.encode(
        [
            FORMAT,
            VERSION,
            statement.election,
            statement.fingerprint,
            statement.undecided.value,
            [[each.handle, each.verdict.value, each.reason.value] for each in statement.decisions],
        ]
    )
