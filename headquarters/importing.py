"""Check the closing bundles of the branches: ballots for the count, and a report of everything odd.

    bundle      signatures, records, roots (`election.bundle`); package; one per device
                → accepted, or rejected with a reason
    record      unsealing, decoding → ballot, or refused with a reason
    ballot      proofs; there only once, also across terminals
    spoiled     the opening makes the same ballot again; never counted
    provisional kept apart, by handle, until people have decided (`headquarters.exclusion`)
    numbers     spent authorizations are unique across terminals, and no more than were issued
    vouchers    every spent authorization has one; lists and receipts agree (`headquarters.authorizations`)

Nothing odd is repaired or dropped silently: the report names it, people decide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.ballot import Ballot
from crypto.casting import open_challenge
from crypto.certificates import named_pair
from crypto.election import BeleniosElection as EncryptedElection
from crypto.election import parse_election
from crypto.errors import CryptoError, ProofError, UnsealError
from crypto.group import hash_base64
from crypto.sealing import SealingKey
from election.acts import ActRefusedError, SignedAct
from election.because import because
from election.bundle import BallotBox, Bundle, BundleError, issued_count, read_bundle
from election.challenge import tracking_code
from election.definition import DeviceId, Election
from election.reasons import BundleReason
from election.records import RecordKind, SignedRoot, SpentAuthorization, StoredRecord
from election.register import PublishedRegister
from election.registered_acts import check_registered_acts
from election.sealed import Opening, Origin, unseal
from headquarters.acts_check import act_findings
from headquarters.authorizations import Authorizations
from headquarters.branch_numbers import branch_numbers, findings
from headquarters.closings import NOTHING_SETTLED, SettledDevices, choose
from headquarters.evidence_check import branch_evidence, evidence_findings
from headquarters.import_report import (
    AcceptedBundle,
    ImportReport,
    RecordReason,
    RefusedRecord,
    RejectedBundle,
)
from headquarters.issuance_check import StationEvidence
from headquarters.tally.admission import RefusalReason, admit_ballots
from headquarters.tally.work import ALONE, Work
from words.message import m


@dataclass(frozen=True, slots=True)
class BundleFile:
    """The bytes of a closing bundle, not checked yet."""

    name: str
    """Where it came from, for the report."""
    data: bytes


@dataclass(frozen=True, slots=True)
class SpoiledBallot:
    """A challenged ballot whose opening holds."""

    device: DeviceId
    ballot: Ballot
    opening: Opening


@dataclass(frozen=True, slots=True)
class ProvisionalBallot:
    """A sound ballot that counts only if its handle is decided to be included."""

    device: DeviceId
    ballot: Ballot
    handle: bytes
    """16 bytes."""
    salt: bytes
    """16 bytes: with the handle it opens the commitment beside the record (`election.provisional`)."""


@dataclass(frozen=True, slots=True)
class DeviceEvidence:
    """The evidence by which others check which records a terminal handed over."""

    device: DeviceId
    certificate: bytes
    root: SignedRoot
    records: tuple[StoredRecord, ...]
    """By digest."""
    spent: tuple[SpentAuthorization, ...] = ()
    """By hash."""
    handles: tuple[bytes, ...] = ()
    """Hashes, sorted."""
    handles_signature: bytes = b""
    acts: tuple[SignedAct, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of an import: ballots by their fate, the evidence for them, and the report."""

    report: ImportReport
    ballots: tuple[Ballot, ...]
    """For the count, in the order of their hashes; no provisional one."""
    spoiled: tuple[SpoiledBallot, ...]
    evidence: tuple[DeviceEvidence, ...]
    provisional: tuple[ProvisionalBallot, ...] = ()
    """By handle; each handle once."""
    stations: tuple[StationEvidence, ...] = ()
    receipts: Mapping[DeviceId, int] = field(default_factory=dict)
    """Receipts of each terminal that the branches' stations hold."""


def import_bundles(
    election: Election,
    package_digest: bytes,
    root_certificate: bytes,
    sealing_key: SealingKey,
    files: Iterable[BundleFile],
    now: datetime,
    work: Work = ALONE,
    *,
    earlier: Collection[bytes] = (),
    settled: SettledDevices = NOTHING_SETTLED,
    published: PublishedRegister | None = None,
) -> Imported:
    """Read, check, unseal and compare everything; the order of the files does not matter.

    `package_digest`: SHA-256 of the package that was sent to the branches; `earlier`: of revisions of
    it that count, too; `settled`: what acts and two offices said about devices; `published`: the
    register, by which the acts of every bundle are judged. Whatever is wrong with a bundle or a record is in
    the report; only a definition that is no election raises (`DecodeError`).
    """
    encrypted = parse_election(election.belenios_election)
    by_device, rejected = _read_all(
        election, {package_digest, *earlier}, root_certificate, files, now, published
    )
    counted = choose(by_device, election, settled)
    bundles = [bundle for _, bundle in counted.accepted]
    records = _Records(encrypted, sealing_key)
    boxes = [(bundle, bundle.box) for bundle in bundles if bundle.box is not None]
    total = sum(len(box.records) for _, box in boxes)
    done = 0
    for bundle, box in boxes:
        for record in box.records:
            records.add(bundle.device, record)
            done += 1
            work.progress("unseal", done, total)
    authorizations = Authorizations(election, sealing_key)
    for bundle in bundles:
        authorizations.add(bundle)
    balances = authorizations.balances()
    ballots, provisional = records.admit(work)
    branch_of = {device.id: device.branch for device in election.devices}
    numbers = branch_numbers(bundles, Counter(branch_of[entry.device] for entry in provisional))
    report = ImportReport(
        tuple(AcceptedBundle(name, b.device, b.role, b.branch) for name, b in counted.accepted),
        (*rejected, *counted.rejected),
        tuple(sorted(records.refused, key=lambda refusal: (refusal.device, refusal.tracking))),
        (
            *counted.findings,
            *findings(election, bundles, numbers, settled),
            *authorizations.findings(settled.stationless),
            *act_findings(election, bundles),
            *evidence_findings(bundles),
        ),
        tuple(replace(number, receipted=balances[number.branch].covered) for number in numbers),
        len(ballots),
        len(records.spoiled),
        len(provisional),
        branch_evidence(bundles),
    )
    certificates = {device.id: device.certificate for device in election.devices}
    evidence = tuple(_evidence(bundle, box, certificates) for bundle, box in boxes)
    stations = tuple(
        StationEvidence(
            issued_count(bundle, bundle.check_ins),
            certificates[bundle.device],
            bundle.check_ins.signature,
            bundle.acts,
            authorizations.held[bundle.device],
        )
        for bundle in bundles
        if bundle.check_ins is not None
    )
    return Imported(
        report,
        ballots,
        tuple(records.spoiled),
        evidence,
        provisional,
        stations,
        authorizations.receipts,
    )


# ---------------------------------------------------------------- bundles


def _read_all(
    election: Election,
    package_digests: Collection[bytes],
    root_certificate: bytes,
    files: Iterable[BundleFile],
    now: datetime,
    published: PublishedRegister | None,
) -> tuple[dict[DeviceId, list[tuple[str, Bundle]]], list[RejectedBundle]]:
    """Read and verify the bundles, by device; each with its name."""
    by_device: dict[DeviceId, list[tuple[str, Bundle]]] = defaultdict(list)
    rejected: list[RejectedBundle] = []
    for file in sorted(files, key=lambda each: each.name):
        try:
            bundle = read_bundle(file.data, election, root_certificate, now)
            if bundle.package_digest not in package_digests:
                raise BundleError(BundleReason.OTHER_PACKAGE)
            if published is not None:
                _check_registered(bundle, election, published)
        except BundleError as error:
            rejected.append(RejectedBundle(file.name, error.reason, error.message))
            continue
        by_device[bundle.device].append((file.name, bundle))
    return by_device, rejected


def _check_registered(bundle: Bundle, election: Election, published: PublishedRegister) -> None:
    """Raise `BundleError` for acts by cards, or with a number, that the register does not name."""
    device = election.device(bundle.device)
    assert device is not None  # the bundle was read with its certificate
    key = named_pair(device.certificate)
    try:
        check_registered_acts(bundle.acts, key, bundle.device, bundle.branch, published)
    except ActRefusedError as error:
        raise BundleError(
            BundleReason.ACTS, m("the acts of the device: {error}", error=because(error))
        ) from error


def _evidence(
    bundle: Bundle, box: BallotBox, certificates: Mapping[DeviceId, bytes]
) -> DeviceEvidence:
    records = tuple(sorted(box.records, key=lambda record: record.digest))
    return DeviceEvidence(
        bundle.device,
        certificates[bundle.device],
        box.root,
        records,
        box.spent,
        box.handles,
        box.signature,
        bundle.acts,
    )


# ---------------------------------------------------------------- records


class _Records:
    """Sorts the records of all terminals into ballots, challenged ones, and refused ones."""

    def __init__(self, election: EncryptedElection, sealing_key: SealingKey) -> None:
        self._election = election
        self._sealing_key = sealing_key
        self._cast: list[tuple[DeviceId, bytes]] = []
        self._origins: dict[tuple[DeviceId, str], Origin] = {}
        self._challenged: set[str] = set()
        self.spoiled: list[SpoiledBallot] = []
        self.refused: list[RefusedRecord] = []

    def add(self, device: DeviceId, record: StoredRecord) -> None:
        tracking = tracking_code(record.digest)
        if record.kind is RecordKind.SPOILED:
            self._challenged.add(tracking)
        try:
            opened = unseal(
                self._election, record.kind, record.digest, record.sealed, self._sealing_key
            )
            if opened.opening is not None:
                opening, text = opened.opening, opened.ballot.text
                open_challenge(self._election, text, opening.seed, opening.answers)
                self.spoiled.append(SpoiledBallot(device, opened.ballot, opening))
        except UnsealError:
            self._refuse(device, tracking, RecordReason.SEAL, record.kind)
        except ProofError:
            self._refuse(device, tracking, RecordReason.OPENING, record.kind)
        except CryptoError:
            self._refuse(device, tracking, RecordReason.MALFORMED, record.kind)
        else:
            if opened.origin is not None:
                self._cast.append((device, opened.ballot.text))
                self._origins[device, opened.ballot.tracking] = opened.origin

    def admit(self, work: Work) -> tuple[tuple[Ballot, ...], tuple[ProvisionalBallot, ...]]:
        """Return the ballots to be counted, and those that wait for a decision."""
        texts: list[bytes] = []
        holders: dict[str, list[DeviceId]] = defaultdict(list)
        for device, text in sorted(self._cast):
            code = hash_base64(text)
            if code in self._challenged:
                self._refuse(device, code, RecordReason.CHALLENGED)
                continue
            texts.append(text)
            holders[code].append(device)
        admission = admit_ballots(self._election, texts, work)
        for refusal in admission.refused:
            device = holders[refusal.tracking].pop()
            self._refuse(device, refusal.tracking, _REASONS[refusal.reason])
        return self._apart(admission.ballots, holders)

    def _apart(
        self, ballots: Iterable[Ballot], holders: Mapping[str, Sequence[DeviceId]]
    ) -> tuple[tuple[Ballot, ...], tuple[ProvisionalBallot, ...]]:
        """Separate ordinary and provisional ballots; of those with one handle the smallest hash stays."""
        ordinary: list[Ballot] = []
        provisional: dict[bytes, ProvisionalBallot] = {}
        for ballot in ballots:
            (device,) = holders[ballot.tracking]
            origin = self._origins[device, ballot.tracking]
            if origin.handle is None:
                ordinary.append(ballot)
            elif origin.handle in provisional:
                self._refuse(device, ballot.tracking, RecordReason.HANDLE_TWICE)
            else:
                provisional[origin.handle] = ProvisionalBallot(
                    device, ballot, origin.handle, origin.salt
                )
        return tuple(ordinary), tuple(provisional[handle] for handle in sorted(provisional))

    def _refuse(
        self,
        device: DeviceId,
        tracking: str,
        reason: RecordReason,
        kind: RecordKind = RecordKind.CAST,
    ) -> None:
        self.refused.append(RefusedRecord(device, tracking, kind, reason))


_REASONS = {
    RefusalReason.MALFORMED: RecordReason.MALFORMED,
    RefusalReason.BAD_SIGNATURE: RecordReason.BALLOT_SIGNATURE,
    RefusalReason.BAD_PROOF: RecordReason.BALLOT_PROOF,
    RefusalReason.DUPLICATE: RecordReason.DUPLICATE,
}
