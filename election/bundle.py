"""The closing bundle: what a device hands to headquarters when its polls are closed.

An envelope (`election.envelope`) signed by the device; its content is the canonical CBOR of
`_Content`, read after the signature was verified with the certificate of an enrolled device. A
ballot terminal gives its sealed records in the order of their digests, its signed root and the hashes
of spent authorizations; an identity station gives numbers, and its provisional check-ins sealed to
the reconciliation office. The two numbers that become public it signs once more by themselves
(`election.issued`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto import canonical, hybrid, signing
from crypto.election import parse_election
from crypto.errors import CryptoError, SignatureError
from crypto.hybrid import HybridKey
from election.because import because
from election.definition import BranchId, ContestId, Device, DeviceId, Election, Role
from election.envelope import (
    Envelope,
    EnvelopeFormat,
    EnvelopeRefused,
    Opened,
    read_envelope,
    write_envelope,
)
from election.errors import ElectionError, PollsStateError
from election.issued import IssuedCount
from election.polls import Act, ActKind, Operator, check_operators
from election.provisional import ENTRY_SIZE
from election.reasons import BundleReason, EnvelopeReason, SignatureReason
from election.records import (
    RecordKind,
    RecordVerifier,
    SignedRoot,
    StoredRecord,
    same_sets,
    summary,
)
from election.signed import SignatureRefused
from words.message import Latin, Message, m

FORMAT, VERSION = "amin-closing-bundle", 5
_CONTEXT = "amin closing bundle"
_ENVELOPE = {
    EnvelopeReason.FORMAT: BundleReason.FORMAT,
    EnvelopeReason.TOO_LARGE: BundleReason.FORMAT,
    EnvelopeReason.VERSION: BundleReason.VERSION,
}


class BundleError(ElectionError):
    """A bundle is refused."""

    def __init__(self, reason: BundleReason, message: Message | str | None = None) -> None:
        super().__init__(message or reason.sentence)
        self.args = (reason, message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class BallotBox:
    """A ballot terminal's part."""

    records: tuple[StoredRecord, ...]
    """In the order of their digests."""
    root: SignedRoot
    spent: tuple[bytes, ...]
    """Hashes of the spent nonces (`records.spent_hash`), sorted."""


@dataclass(frozen=True, slots=True)
class CheckIns:
    """An identity station's part."""

    by_contests: tuple[tuple[tuple[ContestId, ...], int], ...]
    """Issued authorizations by the contests they allow, which stands for the ballot style."""
    claimed_not_issued: int
    refusals: tuple[tuple[str, int], ...]
    """(reason, number), sorted."""
    overrides: tuple[tuple[str, int], ...]
    """(reason, number), sorted."""
    provisional: tuple[bytes, ...] = ()
    """Sealed entries (`election.provisional`), sorted: one for every voter claimed without an answer."""
    signature: bytes = field(default=b"", compare=False)
    """Of `issued_count`, with both keys; `write_bundle` makes it."""


@dataclass(frozen=True, slots=True)
class Bundle:
    election: str
    """uuid"""
    package_digest: bytes
    """SHA-256 of the package the device worked with."""
    device: DeviceId
    role: Role
    branch: BranchId
    acts: tuple[Act, ...]
    """Who loaded, opened, paused and closed, oldest first; the last one closes."""
    audit_tail: bytes
    """Hash of the last entry of the audit log."""
    content: BallotBox | CheckIns


def form() -> EnvelopeFormat:
    """Which envelope a bundle is."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT)


def issued_count(bundle: Bundle, said: CheckIns) -> IssuedCount:
    """The numbers of a station that become public."""
    issued = sum(number for _, number in said.by_contests)
    return IssuedCount(
        bundle.election, bundle.device, bundle.branch, issued, said.claimed_not_issued
    )


def write_bundle(bundle: Bundle, device_key: HybridKey, certificate: bytes) -> bytes:
    """Encode and sign; `certificate`: the device's, as on the enrolment list."""
    if isinstance(said := bundle.content, CheckIns):
        signed = issued_count(bundle, said).sign(device_key)
        bundle = replace(bundle, content=replace(said, signature=signed))
    content = canonical.encode(_from_bundle(bundle).model_dump())
    return write_envelope(form(), content, [(device_key, certificate)])


def read_bundle(data: bytes, election: Election, root_certificate: bytes, now: datetime) -> Bundle:
    """Verify a bundle of an enrolled device of this election, and everything in it.

    Raises `BundleError` with a reason; nothing of a refused bundle may be used.
    """
    envelope = _envelope(data)
    device = _enrolled(envelope, election)
    opened = _open(envelope, device, root_certificate, now)
    bundle = decode_bundle(opened.content)
    if (bundle.device, bundle.role, bundle.branch) != (device.id, device.role, device.branch):
        raise BundleError(BundleReason.NOT_ENROLLED, m("the bundle names another device"))
    if bundle.election != election.uuid:
        raise BundleError(BundleReason.WRONG_ELECTION)
    _check_acts(bundle.acts)
    (signer,) = opened.signers
    match bundle.content:
        case BallotBox() as box:
            fingerprint = parse_election(election.belenios_election).fingerprint
            _check_box(box, RecordVerifier(signer.signing_key, fingerprint, bundle.device))
        case CheckIns() as check_ins:
            _check_check_ins(check_ins, election)
            try:
                issued_count(bundle, check_ins).verify(
                    device.certificate, check_ins.signature, root_certificate, now
                )
            except SignatureRefused as error:
                message = "the station did not sign its numbers"
                raise BundleError(BundleReason.NUMBERS, message) from error
    return bundle


# ---------------------------------------------------------------- checks


def _envelope(data: bytes) -> Envelope:
    try:
        return read_envelope(form(), data)
    except EnvelopeRefused as error:
        raise BundleError(_ENVELOPE[error.reason]) from error


def _enrolled(envelope: Envelope, election: Election) -> Device:
    """The device of the enrolment list whose certificate is in the envelope."""
    (certificate, *others) = (each.certificate for each in envelope.signatures)
    for device in election.devices:
        if device.certificate == certificate and not others:
            return device
    raise BundleError(BundleReason.NOT_ENROLLED, m("no device is enrolled with this certificate"))


def _open(envelope: Envelope, device: Device, root: bytes, now: datetime) -> Opened:
    try:
        return envelope.open(({device.role},), root, now, branch=device.branch)
    except SignatureRefused as error:
        if error.reason is SignatureReason.SIGNATURE:
            raise BundleError(BundleReason.SIGNATURE) from error
        message = f"the device's certificate: {error}"
        raise BundleError(BundleReason.CERTIFICATE, message) from error


def _check_acts(acts: Sequence[Act]) -> None:
    if not acts or acts[-1].kind is not ActKind.CLOSE:
        raise BundleError(
            BundleReason.NOT_CLOSED, m("the polls of the device were not closed; close them first")
        )
    try:
        check_operators(ActKind.CLOSE, acts[-1].operators)
    except PollsStateError as error:
        raise BundleError(
            BundleReason.NOT_CLOSED,
            m("the polls were not closed by two roles: {error}", error=because(error)),
        ) from error


def _check_box(box: BallotBox, verifier: RecordVerifier) -> None:
    digests = [record.digest for record in box.records]
    if digests != sorted(set(digests)) or list(box.spent) != sorted(set(box.spent)):
        raise BundleError(
            BundleReason.RECORD, m("records or spent authorizations are not in their order")
        )
    if len({len(record.sealed) for record in box.records}) > 1:
        raise BundleError(
            BundleReason.RECORD, m("records differ in length, which could tell them apart")
        )
    for record in box.records:
        try:
            verifier.verify_record(record)
        except SignatureError as error:
            raise BundleError(
                BundleReason.RECORD, m("a record was not signed by the device")
            ) from error
    by_kind = {
        kind: [record.digest for record in box.records if record.kind is kind]
        for kind in RecordKind
    }
    try:
        verifier.verify_root(box.root)
    except SignatureError as error:
        raise BundleError(BundleReason.ROOT, m("the root was not signed by the device")) from error
    found = summary(by_kind[RecordKind.CAST], by_kind[RecordKind.SPOILED], box.spent)
    if not same_sets(found, box.root):
        raise BundleError(
            BundleReason.ROOT, m("records or spent authorizations are missing or too many")
        )
    if len(box.spent) != box.root.cast:
        raise BundleError(
            BundleReason.NUMBERS, m("cast ballots and spent authorizations differ in number")
        )


def _check_check_ins(check_ins: CheckIns, election: Election) -> None:
    known = {contest.id for contest in election.contests}
    granted = [contests for contests, _ in check_ins.by_contests]
    if any(not contests or not set(contests) <= known for contests in granted):
        raise BundleError(
            BundleReason.NUMBERS, m("check-ins name a contest that is not in the definition")
        )
    words = (
        granted,
        [reason for reason, _ in check_ins.refusals],
        [reason for reason, _ in check_ins.overrides],
    )
    if any(number > 1 for names in words for number in Counter[object](names).values()):
        raise BundleError(BundleReason.NUMBERS, m("a number is given twice"))
    if list(check_ins.provisional) != sorted(set(check_ins.provisional)):
        raise BundleError(BundleReason.NUMBERS, m("provisional check-ins are not in their order"))


# ---------------------------------------------------------------- models


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


_Word = Annotated[str, Field(min_length=1, max_length=200)]
_Hash = Annotated[bytes, Field(min_length=32, max_length=32)]
_Signature = Annotated[
    bytes, Field(min_length=signing.SIGNATURE_SIZE, max_length=signing.SIGNATURE_SIZE)
]
_LongSignature = Annotated[
    bytes, Field(min_length=hybrid.SIGNATURE_SIZE, max_length=hybrid.SIGNATURE_SIZE)
]
_Number = Annotated[int, Field(ge=0, le=10_000_000)]
_Second = Annotated[int, Field(ge=0, lt=7_258_118_400)]
"""Since 1970; until the year 2200."""


class _Operator(_Model):
    role: Annotated[Role, Field(strict=False)]
    name: _Word
    fingerprint: _Hash


class _Act(_Model):
    kind: Literal["load", "open", "pause", "resume", "close"]
    at: _Second
    operators: list[_Operator]


class _Record(_Model):
    kind: Literal["cast", "spoiled"]
    digest: _Hash
    sealed: bytes
    signature: _Signature


class _Root(_Model):
    cast: _Number
    spoiled: _Number
    records: _Hash
    spent: _Hash
    signature: _LongSignature


class _Box(_Model):
    records: list[_Record]
    root: _Root
    spent: list[_Hash]


class _Granted(_Model):
    contests: list[_Word]
    number: _Number


class _Reason(_Model):
    reason: _Word
    number: _Number


_Entry = Annotated[bytes, Field(min_length=ENTRY_SIZE, max_length=ENTRY_SIZE)]


class _CheckIns(_Model):
    by_contests: list[_Granted]
    claimed_not_issued: _Number
    refusals: list[_Reason]
    overrides: list[_Reason]
    provisional: list[_Entry]
    signature: _LongSignature


class _Content(_Model):
    election: _Word
    package_digest: _Hash
    device: _Word
    role: Literal["identity-station", "ballot-terminal"]
    branch: _Word
    acts: list[_Act]
    audit_tail: _Hash
    box: _Box | None
    check_ins: _CheckIns | None


_DeviceRole: TypeAlias = Literal["identity-station", "ballot-terminal"]


def decode_bundle(content: bytes) -> Bundle:
    """Read the content of a bundle; nothing in it fits to anything yet. `BundleError` (format)."""
    try:
        model = _Content.model_validate(canonical.decode(content))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BundleError(
            BundleReason.FORMAT,
            m("malformed at {place}: {detail}", place=Latin(place), detail=Latin(first["msg"])),
        ) from error
    except CryptoError as error:
        raise BundleError(BundleReason.FORMAT, m("the bundle's content is damaged")) from error
    return Bundle(
        model.election,
        model.package_digest,
        DeviceId(model.device),
        Role(model.role),
        BranchId(model.branch),
        tuple(_to_act(each) for each in model.acts),
        model.audit_tail,
        _to_content(model),
    )


def _to_content(model: _Content) -> BallotBox | CheckIns:
    match (model.role, model.box, model.check_ins):
        case ("ballot-terminal", _Box() as box, None):
            return BallotBox(
                tuple(
                    StoredRecord(RecordKind(r.kind), r.digest, r.sealed, r.signature)
                    for r in box.records
                ),
                SignedRoot(
                    box.root.cast,
                    box.root.spoiled,
                    box.root.records,
                    box.root.spent,
                    box.root.signature,
                ),
                tuple(box.spent),
            )
        case ("identity-station", None, _CheckIns() as said):
            return CheckIns(
                tuple((tuple(map(ContestId, g.contests)), g.number) for g in said.by_contests),
                said.claimed_not_issued,
                tuple((each.reason, each.number) for each in said.refusals),
                tuple((each.reason, each.number) for each in said.overrides),
                tuple(said.provisional),
                said.signature,
            )
        case _:
            raise BundleError(BundleReason.FORMAT, m("the content does not fit the device's role"))


def _to_act(model: _Act) -> Act:
    return Act(
        ActKind(model.kind),
        datetime.fromtimestamp(model.at, UTC),
        tuple(Operator(each.role, each.name, each.fingerprint) for each in model.operators),
    )


def _from_bundle(bundle: Bundle) -> _Content:
    box: _Box | None = None
    check_ins: _CheckIns | None = None
    role: _DeviceRole
    match bundle.content:
        case BallotBox() as content:
            role, box = "ballot-terminal", _from_box(content)
        case CheckIns() as content:
            role, check_ins = "identity-station", _from_check_ins(content)
    if role != bundle.role.value:
        raise ValueError("the content does not fit the device's role")
    return _Content(
        election=bundle.election,
        package_digest=bundle.package_digest,
        device=bundle.device,
        role=role,
        branch=bundle.branch,
        acts=[_from_act(act) for act in bundle.acts],
        audit_tail=bundle.audit_tail,
        box=box,
        check_ins=check_ins,
    )


def _from_act(act: Act) -> _Act:
    operators = [
        _Operator(role=each.role, name=each.name, fingerprint=each.fingerprint)
        for each in act.operators
    ]
    return _Act(kind=act.kind.value, at=int(act.at.timestamp()), operators=operators)


def _from_box(box: BallotBox) -> _Box:
    return _Box(
        records=[
            _Record(
                kind=each.kind.value,
                digest=each.digest,
                sealed=each.sealed,
                signature=each.signature,
            )
            for each in box.records
        ],
        root=_Root(
            cast=box.root.cast,
            spoiled=box.root.spoiled,
            records=box.root.records,
            spent=box.root.spent,
            signature=box.root.signature,
        ),
        spent=list(box.spent),
    )


def _from_check_ins(said: CheckIns) -> _CheckIns:
    return _CheckIns(
        by_contests=[
            _Granted(contests=list(contests), number=number)
            for contests, number in said.by_contests
        ],
        claimed_not_issued=said.claimed_not_issued,
        refusals=[_Reason(reason=reason, number=number) for reason, number in said.refusals],
        overrides=[_Reason(reason=reason, number=number) for reason, number in said.overrides],
        provisional=list(said.provisional),
        signature=said.signature,
    )
