"""Write and read the closing bundle, which a device hands to headquarters when its polls are closed.

An envelope (`election.envelope`) signed by the device; its content is the canonical CBOR of
`Bundle`, read after the signature was verified with the certificate of an enrolled device. A
ballot terminal gives its sealed records in the order of their digests, its signed root, the hashes
of spent authorizations with their vouchers, and those of the handles it recorded; an identity station
gives numbers, the hashes of all authorizations it issued, what cards brought back, sealed to
headquarters (`election.cards_back`), and its provisional check-ins sealed to the reconciliation office.
What becomes public is signed once more by itself (`election.issuance`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Final

from annotated_types import Len

from crypto.election import parse_election
from crypto.errors import SignatureError
from crypto.hybrid import HybridKey, HybridPublicKey
from election.acts import (
    MAX_ACTS,
    ActRefusedError,
    SignedAct,
    SignedActKind,
    VerifiedAct,
    read_statement,
    verify_chain_of_acts,
)
from election.because import because
from election.cards_back import MAX_CARDS_BACK
from election.day_sums import DaySum
from election.definition import (
    BranchId,
    ContestId,
    DeviceId,
    DeviceRole,
    Election,
    EnrolledDevice,
    Role,
)
from election.envelope import (
    Envelope,
    EnvelopeFormat,
    EnvelopeRefusedError,
    Opened,
    read_envelope,
    write_envelope,
)
from election.errors import RefusedError
from election.evidence import EvidenceSum, SignerCount
from election.fields import Hash, LongSignature, Number, Word
from election.issuance import NO_RECEIPTS, IssuedCount, RecordedHandles
from election.provisional import ENTRY_SIZE
from election.reasons import BundleReason, EnvelopeReason, SignatureReason
from election.records import (
    RecordKind,
    RecordVerifier,
    SignedRoot,
    SpentAuthorization,
    StoredRecord,
    same_sets,
    summary,
)
from election.schema import SchemaError, from_cbor, to_cbor
from election.signed import SignatureRefusedError
from words.message import m

FORMAT, VERSION = "amin-closing-bundle", 10
_CONTEXT = "amin closing bundle"


class BundleError(RefusedError[BundleReason]):
    """A bundle is refused."""


@dataclass(frozen=True, slots=True)
class BallotBox:
    """A ballot terminal's part."""

    records: tuple[StoredRecord, ...]
    """In the order of their digests."""
    root: SignedRoot
    spent: tuple[SpentAuthorization, ...]
    """In the order of their hashes."""
    handles: tuple[Hash, ...] = ()
    """Hashes of the handles of recorded ballots (`records.handle_hash`), sorted."""
    signature: LongSignature = field(default=b"", compare=False)
    """Of `recorded_handles`, with both keys; `write_bundle` makes it."""

    @property
    def spent_hashes(self) -> tuple[bytes, ...]:
        """The hashes alone."""
        return tuple(each.hash for each in self.spent)


@dataclass(frozen=True, slots=True)
class GrantedCount:
    """The number of authorizations given for these contests, which stand for the ballot style."""

    contests: tuple[ContestId, ...]
    number: Number


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """The number of times something happened for this reason."""

    reason: Word
    number: Number


@dataclass(frozen=True, slots=True)
class CheckIns:
    """An identity station's part."""

    by_contests: tuple[GrantedCount, ...]
    claimed_not_issued: Number
    refusals: tuple[ReasonCount, ...]
    """By reason."""
    overrides: tuple[ReasonCount, ...]
    """By reason."""
    provisional: tuple[Annotated[bytes, Len(ENTRY_SIZE, ENTRY_SIZE)], ...] = ()
    """Sealed entries (`election.provisional`), sorted: one for every voter claimed without an answer."""
    issued: tuple[Hash, ...] = ()
    """Hashes of the nonces of all authorizations it issued, sorted."""
    receipts: Number = 0
    """Receipts of terminals that cards brought back."""
    returned: Number = 0
    """Authorizations that came back on their cards as if they were not used."""
    receipts_root: Hash = NO_RECEIPTS
    """Of these receipts (`election.issuance.receipts_root`); it becomes public."""
    cards_back: Annotated[bytes, Len(0, MAX_CARDS_BACK)] = field(default=b"", compare=False)
    """Both, sealed to headquarters (`election.cards_back`)."""
    signature: LongSignature = field(default=b"", compare=False)
    """Of `issued_count`, with both keys; `write_bundle` makes it."""
    evidence: tuple[EvidenceSum, ...] = ()
    """With which evidence it admitted its voters; by dimension, then code. Never published by station."""
    signers: tuple[SignerCount, ...] = ()
    """Who signed the chips of its voters, by SHA-256; few cards of one signer are not told."""
    claims: tuple[Annotated[bytes, Len(ENTRY_SIZE, ENTRY_SIZE)], ...] = ()
    """Sealed entries of ordinary check-ins that a registry answered, sorted."""


MAX_SUMS: Final = 1 << 12
"""Events and reasons: some fifty are known."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The statement of a device at its closing. `ValueError` for another part than its role has."""

    election: Word
    """uuid"""
    package_digest: Hash
    """SHA-256 of the package the device worked with."""
    device: DeviceId
    role: DeviceRole
    branch: BranchId
    acts: Annotated[tuple[SignedAct, ...], Len(0, MAX_ACTS)]
    """Loaded, opened, closed; each signed by two cards; oldest first, and the last one closes."""
    audit_tail: Hash
    """Hash of the last entry of the audit log."""
    box: BallotBox | None = None
    """Of a ballot terminal."""
    check_ins: CheckIns | None = None
    """Of an identity station."""
    sums: Annotated[tuple[DaySum, ...], Len(0, MAX_SUMS)] = ()
    """What happened to voters, by event and reason, sorted: never published, unlike the acts."""

    def __post_init__(self) -> None:
        of_terminal = self.role is Role.BALLOT_TERMINAL
        if (self.box is not None, self.check_ins is not None) != (of_terminal, not of_terminal):
            raise ValueError("the content does not fit the device's role")


def form() -> EnvelopeFormat:
    """Return the envelope format of a bundle."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT)


def issued_count(bundle: Bundle, check_ins: CheckIns) -> IssuedCount:
    """Return the numbers of an identity station that become public."""
    issued = sum(row.number for row in check_ins.by_contests)
    return IssuedCount(
        bundle.election,
        bundle.device,
        bundle.branch,
        issued,
        check_ins.claimed_not_issued,
        len(check_ins.provisional),
        check_ins.issued,
        check_ins.receipts_root,
    )


def recorded_handles(bundle: Bundle, box: BallotBox) -> RecordedHandles:
    """Return the list of a terminal's handles that becomes public."""
    return RecordedHandles(bundle.election, bundle.device, bundle.branch, box.handles)


def write_bundle(bundle: Bundle, device_key: HybridKey, certificate: bytes) -> bytes:
    """Encode and sign; `certificate`: the device's, as on the enrolment list.

    `ValueError` for values outside their bounds.
    """
    if (check_ins := bundle.check_ins) is not None:
        signed = issued_count(bundle, check_ins).sign(device_key)
        bundle = replace(bundle, check_ins=replace(check_ins, signature=signed))
    if (box := bundle.box) is not None:
        signed = recorded_handles(bundle, box).sign(device_key)
        bundle = replace(bundle, box=replace(box, signature=signed))
    return write_envelope(form(), to_cbor(bundle), [(device_key, certificate)])


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
    (signer,) = opened.signers
    verified_acts(bundle, signer.signing_key, root_certificate, now)
    if bundle.box is not None:
        fingerprint = parse_election(election.belenios_election).fingerprint
        _check_box(bundle.box, RecordVerifier(signer.signing_key, fingerprint, bundle.device))
        try:
            recorded_handles(bundle, bundle.box).verify(
                device.certificate, bundle.box.signature, root_certificate, now
            )
        except SignatureRefusedError as error:
            message = "the terminal did not sign its handles"
            raise BundleError(BundleReason.NUMBERS, message) from error
    if (check_ins := bundle.check_ins) is not None:
        _check_check_ins(check_ins, election)
        try:
            issued_count(bundle, check_ins).verify(
                device.certificate, check_ins.signature, root_certificate, now
            )
        except SignatureRefusedError as error:
            message = "the station did not sign its numbers"
            raise BundleError(BundleReason.NUMBERS, message) from error
    return bundle


def reread_bundle(data: bytes) -> Bundle:
    """Read a bundle again whose bytes were verified before, on this machine. Raises `BundleError`."""
    return decode_bundle(_envelope(data).reopen())


# ---------------------------------------------------------------- checks


def says_the_same(kept: Bundle, made: Bundle) -> bool:
    """Compare what two bundles of a device say; roots and hashes of the log are signed or grow anew."""
    if kept.box is not None and made.box is not None:
        if not same_sets(kept.box.root, made.box.root):
            return False
        made = replace(made, box=replace(made.box, root=kept.box.root))
    return kept == replace(made, audit_tail=kept.audit_tail)


def _envelope(data: bytes) -> Envelope:
    try:
        return read_envelope(form(), data)
    except EnvelopeRefusedError as error:
        of_version = error.reason is EnvelopeReason.VERSION
        raise BundleError(BundleReason.VERSION if of_version else BundleReason.FORMAT) from error


def _enrolled(envelope: Envelope, election: Election) -> EnrolledDevice:
    """Return the device of the enrolment list whose certificate is in the envelope."""
    (certificate, *others) = (signature.certificate for signature in envelope.signatures)
    device = election.holder_of(certificate)
    if device is not None and not others:
        return device
    raise BundleError(BundleReason.NOT_ENROLLED, m("no device is enrolled with this certificate"))


def _open(envelope: Envelope, device: EnrolledDevice, root: bytes, now: datetime) -> Opened:
    try:
        # The certificate is the enrolled one, byte for byte; a spare's names no branch.
        return envelope.open(({device.role},), root, now)
    except SignatureRefusedError as error:
        if error.reason is SignatureReason.SIGNATURE:
            raise BundleError(BundleReason.SIGNATURE) from error
        message = m("the device's certificate: {error}", error=because(error))
        raise BundleError(BundleReason.CERTIFICATE, message) from error


def verified_acts(
    bundle: Bundle, key: HybridPublicKey, root: bytes, now: datetime
) -> tuple[VerifiedAct, ...]:
    """Verify who loaded, opened and closed the device whose key is given.

    Raises `BundleError` for a device that was not closed, acts that do not hold, or are of another
    device, election or package than the bundle.
    """
    try:
        if not bundle.acts or read_statement(bundle.acts[-1]).kind is not SignedActKind.CLOSE:
            raise BundleError(
                BundleReason.NOT_CLOSED,
                m("the polls of the device were not closed; close them first"),
            )
        found = verify_chain_of_acts(bundle.acts, key, root, now)
    except ActRefusedError as error:
        message = m("the acts of the device: {error}", error=because(error))
        raise BundleError(BundleReason.ACTS, message) from error
    last = found[-1].statement
    if (last.election, last.device, last.role, last.branch, last.package_digest) != (
        bundle.election,
        bundle.device,
        bundle.role,
        bundle.branch,
        bundle.package_digest,
    ):
        raise BundleError(BundleReason.ACTS, m("the acts are of another device or package"))
    return found


def _check_box(box: BallotBox, verifier: RecordVerifier) -> None:
    digests = [record.digest for record in box.records]
    if any(list(given) != sorted(set(given)) for given in (digests, box.spent_hashes, box.handles)):
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
    found = summary(by_kind[RecordKind.CAST], by_kind[RecordKind.SPOILED], box.spent_hashes)
    if not same_sets(found, box.root):
        raise BundleError(
            BundleReason.ROOT, m("records or spent authorizations are missing or too many")
        )
    if len(box.spent) != box.root.cast:
        raise BundleError(
            BundleReason.NUMBERS, m("cast ballots and spent authorizations differ in number")
        )
    if len(box.handles) > box.root.cast:
        raise BundleError(BundleReason.NUMBERS, m("there are more handles than cast ballots"))


def _check_check_ins(check_ins: CheckIns, election: Election) -> None:
    known = {contest.id for contest in election.contests}
    granted = [row.contests for row in check_ins.by_contests]
    if any(not contests or not set(contests) <= known for contests in granted):
        raise BundleError(
            BundleReason.NUMBERS, m("check-ins name a contest that is not in the definition")
        )
    words = (
        granted,
        [refusal.reason for refusal in check_ins.refusals],
        [override.reason for override in check_ins.overrides],
    )
    if any(number > 1 for names in words for number in Counter[object](names).values()):
        raise BundleError(BundleReason.NUMBERS, m("a number is given twice"))
    for entries in (check_ins.provisional, check_ins.claims):
        if list(entries) != sorted(set(entries)):
            raise BundleError(BundleReason.NUMBERS, m("sealed check-ins are not in their order"))
    if list(check_ins.issued) != sorted(set(check_ins.issued)):
        raise BundleError(BundleReason.NUMBERS, m("issued authorizations are not in their order"))


# ---------------------------------------------------------------- content


def decode_bundle(content: bytes) -> Bundle:
    """Read the content of a bundle; nothing in it fits to anything yet. `BundleError` (format)."""
    try:
        return from_cbor(Bundle, content)
    except SchemaError as error:
        raise BundleError(BundleReason.FORMAT, error.message) from error
