"""Write, sign and verify `decisions.json`: which provisional ballots count, by handle.

    {"format", "version", "election", "fingerprint", "undecided", "lot",
     "read": [{"device", "content"}],                        closings and rescues that the office read
     "decisions": [{"handle", "decision", "reason"}],        by handle, each once
     "signatures": [{"role", "certificate", "signature"}]}   reconciliation officer and observer

A handle is 32 hex digits. Both sign the canonical CBOR of format, version, election (uuid),
fingerprint φ, `undecided`, `lot`, `read` and the decisions with both of their keys (`crypto.hybrid`), so the
file's spaces and its order of keys do not matter, and nothing else in it can change. `undecided`
says what happens to provisional ballots the file does not name: `refuse` (nothing is counted
before they are decided) or `exclude`. `lot` is the SHA-256 of `lot-decisions.json` (`election.lots`), by
which one of several equal ballots of one person was chosen; null if none had several. `read` names what the
decisions rest on (`headquarters.read_boxes`), in order.

The file names nobody and becomes public beside the archive. What is decided stays decided: a later
file takes the place of an earlier one only if it repeats all its decisions, and read every device again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeAlias

from annotated_types import Len, MaxLen

from crypto import canonical
from crypto.certificates import Subject, read_subject
from crypto.errors import DecodeError
from crypto.hybrid import HybridKey
from election import signed as signing
from election.because import because
from election.definition import DeviceId, Role
from election.errors import RefusedError
from election.fields import Hash, LongSignature, Mark, OneOf, Word
from election.provisional import HANDLE_SIZE, ORDINARY
from election.reasons import DecisionReason
from election.roles import ROLES
from election.schema import from_json, to_json
from election.signed import SignatureRefusedError
from words.message import Latin, m

SIGNERS: Final = (Role.RECONCILIATION_OFFICER, Role.OBSERVER)
"""Both sign, in this order."""
MAX_SIZE: Final = 64 * 1024 * 1024
"""Bytes of the file."""
_CONTEXT = "amin provisional decisions"

Handle: TypeAlias = Annotated[bytes, Len(HANDLE_SIZE, HANDLE_SIZE)]
"""Stands for a voter with a provisional ballot (`election.provisional`)."""


class DecisionError(RefusedError[DecisionReason]):
    """A file of decisions is refused."""


class DecisionVerdict(StrEnum):
    """The verdict on a provisional ballot; the value is signed."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


class DecisionGround(StrEnum):
    """The ground of a decision; the value is signed."""

    ELIGIBLE = "eligible"
    """The only reason to include."""
    ALREADY_VOTED = "already-voted"
    """The registry knows of a ballot of the same person."""
    ANOTHER_PROVISIONAL = "another-provisional"
    """Another provisional ballot of the same person counts: the lot chose among equals."""
    PROVEN_BY_CHIP = "proven-by-chip"
    """Another provisional ballot of the same person counts, because a chip has proven that one."""
    NOT_ELIGIBLE = "not-eligible"
    UNKNOWN_HANDLE = "unknown-handle"
    """No identity station handed in a check-in with this handle."""
    CONTRADICTION = "contradiction"
    """Several check-ins have the same handle."""


class Undecided(StrEnum):
    """The treatment of provisional ballots that are not decided on."""

    REFUSE = "refuse"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about the ballot with one handle."""

    handle: Handle
    decision: DecisionVerdict
    reason: DecisionGround


@dataclass(frozen=True, slots=True)
class ReadBox:
    """A closing or a rescue that the office read, by what it holds (`headquarters.read_boxes`)."""

    device: DeviceId
    content: Hash


@dataclass(frozen=True, slots=True)
class DecisionList:
    """The signed statement: all decisions of one election."""

    format: Literal["amin-provisional-decisions"] = field(
        default="amin-provisional-decisions", kw_only=True
    )
    version: Literal[3] = field(default=3, kw_only=True)
    election: Word
    """uuid"""
    fingerprint: Word
    """φ"""
    undecided: Undecided = field(default=Undecided.REFUSE, kw_only=True)
    lot: Hash | None = field(default=None, kw_only=True)
    """SHA-256 of the recorded lot; None if nothing was chosen by it."""
    read: Annotated[tuple[ReadBox, ...], MaxLen(1_000_000)] = field(default=(), kw_only=True)
    """By device and content, each once."""
    decisions: Annotated[tuple[Decision, ...], MaxLen(1_000_000)]
    """By handle."""

    @property
    def by_handle(self) -> Mapping[bytes, Decision]:
        """The decisions by handle (16 bytes)."""
        return {decision.handle: decision for decision in self.decisions}

    @property
    def devices(self) -> frozenset[DeviceId]:
        """The devices of which something was read."""
        return frozenset(box.device for box in self.read)


@dataclass(frozen=True, slots=True)
class DecisionSignature:
    """The signature of one role, with the signer's certificate."""

    role: Annotated[Role, OneOf(SIGNERS)]
    certificate: Annotated[bytes, MaxLen(15_000), Mark.BASE64]
    """DER."""
    signature: LongSignature


@dataclass(frozen=True, slots=True)
class Signed:
    """A file of decisions as it came; nothing in it is believed before `verify`."""

    statement: DecisionList
    signatures: tuple[DecisionSignature, ...]


def check_statement(statement: DecisionList) -> None:
    """Raise `DecisionError` for a handle that occurs twice, is none, or has no fitting reason.

    Who chose among ballots of one person names the lot by which.
    """
    handles = [decision.handle for decision in statement.decisions]
    if twice := [handle for handle, times in Counter(handles).items() if times > 1]:
        raise DecisionError(
            DecisionReason.HANDLE,
            m("decided twice: {twice}; decide each handle once", twice=twice[0].hex()),
        )
    if handles != sorted(handles):
        raise DecisionError(
            DecisionReason.HANDLE, m("the decisions are not in the order of their handles")
        )
    boxes = [(box.device, box.content) for box in statement.read]
    if boxes != sorted(set(boxes)):
        raise DecisionError(
            DecisionReason.BOXES, m("what was read is not in the order of its devices")
        )
    chosen = any(
        decision.reason is DecisionGround.ANOTHER_PROVISIONAL for decision in statement.decisions
    )
    if chosen and statement.lot is None:
        raise DecisionError(DecisionReason.LOT, DecisionReason.LOT.sentence)
    for decision in statement.decisions:
        if len(decision.handle) != len(ORDINARY) or decision.handle == ORDINARY:
            raise DecisionError(
                DecisionReason.HANDLE, m("no handle: {handle}", handle=decision.handle.hex())
            )
        if (decision.decision is DecisionVerdict.INCLUDE) != (
            decision.reason is DecisionGround.ELIGIBLE
        ):
            raise DecisionError(
                DecisionReason.HANDLE,
                m(
                    "{verdict} does not go with {reason}",
                    verdict=decision.decision,
                    reason=decision.reason,
                ),
            )


def sign(statement: DecisionList, key: HybridKey, certificate: bytes) -> DecisionSignature:
    """Sign for one role. Raises `DecisionError` for what is not to be signed."""
    check_statement(statement)
    holder = read_subject(certificate)
    roles = [role for role in SIGNERS if role == holder.role]
    if not roles or holder.pair != key.public:
        raise DecisionError(
            DecisionReason.SIGNATURE, m("key and certificate are not of one of the two roles")
        )
    return DecisionSignature(roles[0], certificate, key.sign(_CONTEXT, _to_be_signed(statement)))


def add_signature(signed: Signed, own: DecisionSignature) -> Signed:
    """Put a signature in its role's place; an earlier one of the same role is replaced."""
    others = [signature for signature in signed.signatures if signature.role != own.role]
    ordered = sorted((*others, own), key=lambda signature_: SIGNERS.index(signature_.role))
    return Signed(signed.statement, tuple(ordered))


def verify(
    signed: Signed, root: bytes, now: datetime, election: str, fingerprint: str
) -> tuple[Subject, ...]:
    """Return who signed, if both roles did, for this election. Raises `DecisionError`."""
    statement = signed.statement
    check_statement(statement)
    if (statement.election, statement.fingerprint) != (election, fingerprint):
        raise DecisionError(DecisionReason.ELECTION, m("the decisions are for another election"))
    if tuple(signature.role for signature in signed.signatures) != SIGNERS:
        raise DecisionError(
            DecisionReason.SIGNATURE,
            m("the decisions need two signatures: {signers}", signers=" and ".join(SIGNERS)),
        )
    try:
        return signing.verify(
            _to_be_signed(statement),
            _CONTEXT,
            [
                signing.Signature(signature.certificate, signature.signature)
                for signature in signed.signatures
            ],
            [{role} for role in SIGNERS],
            root,
            now,
        )
    except SignatureRefusedError as error:
        message = m(
            "the signature of the {role}: {error}",
            role=ROLES[SIGNERS[error.place]],
            error=because(error),
        )
        raise DecisionError(DecisionReason.SIGNATURE, message) from error


def check_successor(earlier: DecisionList, later: DecisionList) -> None:
    """Raise `DecisionError` if `later` drops or changes what `earlier` decided, or the lot."""
    new = later.by_handle
    if earlier.lot not in (None, later.lot):
        raise DecisionError(
            DecisionReason.CHANGED, m("the earlier decisions name another lot; it stays")
        )
    for decision in earlier.decisions:
        if new.get(decision.handle) != decision:
            raise DecisionError(
                DecisionReason.CHANGED,
                m(
                    "{handle} was decided otherwise; what is decided stays",
                    handle=decision.handle.hex(),
                ),
            )


def check_still_read(earlier: DecisionList, later: DecisionList) -> None:
    """Raise `DecisionError` if a device that `earlier` rests on was not read for `later`."""
    if gone := sorted(earlier.devices - later.devices):
        raise DecisionError(
            DecisionReason.BOXES,
            m(
                "the earlier decisions rest on {device}, too, and these do not: reconcile with all again",
                device=Latin(gone[0]),
            ),
        )


def check_coverage(statement: DecisionList | None, handles: Iterable[bytes]) -> None:
    """Raise `DecisionError` if the decisions do not fit the handles of the ballots that were cast."""
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


@dataclass(frozen=True, slots=True)
class _File(DecisionList):
    """A statement with its signatures beside its members."""

    signatures: Annotated[tuple[DecisionSignature, ...], MaxLen(len(SIGNERS))]


def write_decisions(signed: Signed) -> bytes:
    """Write the bytes of decisions.json."""
    said = signed.statement
    return to_json(
        _File(
            said.election,
            said.fingerprint,
            said.decisions,
            signed.signatures,
            undecided=said.undecided,
            lot=said.lot,
            read=said.read,
        )
    )


def read_decisions(data: bytes) -> Signed:
    """Parse, without believing anything yet. Raises `DecisionError`."""
    try:
        file = from_json(_File, data, MAX_SIZE)
    except DecodeError as error:
        raise DecisionError(DecisionReason.FORMAT, because(error)) from error
    statement = DecisionList(
        file.election,
        file.fingerprint,
        file.decisions,
        undecided=file.undecided,
        lot=file.lot,
        read=file.read,
    )
    check_statement(statement)
    return Signed(statement, file.signatures)


def _to_be_signed(statement: DecisionList) -> bytes:
    return canonical.encode(
        [
            statement.format,
            statement.version,
            statement.election,
            statement.fingerprint,
            statement.undecided.value,
            statement.lot,
            [[box.device, box.content] for box in statement.read],
            [
                [decision.handle, decision.decision.value, decision.reason.value]
                for decision in statement.decisions
            ],
        ]
    )
