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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

from crypto.ballot import Ballot
from crypto.election import BeleniosElection as EncryptedElection
from crypto.election import parse_election
from crypto.packing import KeptBallot
from crypto.sealing import SealingKey
from election.acts import SignedAct
from election.bundle import Bundle, issued_count
from election.challenge import tracking_code
from election.definition import DeviceId, Election
from election.records import RecordKind, SignedRoot, SpentAuthorization, StoredRecord
from election.sealed import Opening, Origin, committed_in
from headquarters.acts_check import act_findings
from headquarters.authorizations import Authorizations
from headquarters.branch_numbers import branch_numbers, findings, missing_bundles, odd_handles
from headquarters.closings import (
    CountedClosings,
    SettledDevices,
)
from headquarters.evidence_check import branch_evidence, counted_voters, evidence_findings
from headquarters.handed_in import Believed, verified_bundle
from headquarters.import_report import (
    AcceptedBundle,
    FindingKind,
    ImportReport,
    RecordReason,
    RefusedRecord,
    RejectedBundle,
)
from headquarters.issuance_check import StationEvidence
from headquarters.read_boxes import box_of
from headquarters.record_check import CheckedRecord, check_boxes
from headquarters.tally.admission import Uniqueness
from headquarters.tally.work import Work


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
    ballot: KeptBallot
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
    ballots: tuple[KeptBallot, ...]
    """For the count, in the order of their hashes; no provisional one."""
    spoiled: tuple[SpoiledBallot, ...]
    evidence: tuple[DeviceEvidence, ...]
    provisional: tuple[ProvisionalBallot, ...] = ()
    """By handle; each handle once."""
    again: tuple[ProvisionalBallot, ...] = ()
    """Not to be counted whatever is decided: another ballot with the same handle has the smaller hash."""
    stations: tuple[StationEvidence, ...] = ()
    receipts: Mapping[DeviceId, int] = field(default_factory=dict)
    """Receipts of each terminal that the branches' stations hold."""
    boxes: Mapping[DeviceId, bytes] = field(default_factory=dict)
    """The content of every closing and rescue that counts (`headquarters.read_boxes`)."""


def whole(
    election: Election,
    parts: Iterable[ImportReport],
    rejected: Iterable[RejectedBundle],
    closings: CountedClosings,
    settled: SettledDevices,
) -> ImportReport:
    """Put the reports of what was compared together, and add what is said of files and devices."""
    every = [*parts]
    accepted = sorted(
        (each for part in every for each in part.accepted), key=lambda each: each.device
    )
    findings = [*closings.findings, *(each for part in every for each in part.findings)]
    here = {each.device for each in accepted} | settled.missing
    findings += missing_bundles(election, here)
    refused = (each for part in every for each in part.refused)
    numbers = (each for part in every for each in part.branches)
    evidence = (each for part in every for each in part.evidence)
    voters = (each for part in every for each in part.voters)
    return ImportReport(
        tuple(accepted),
        (*rejected, *closings.rejected),
        tuple(sorted(refused, key=lambda refusal: (refusal.device, refusal.tracking))),
        tuple(sorted(findings, key=lambda each: (_ORDER[each.kind], each.subject))),
        tuple(sorted(numbers, key=lambda number: number.branch)),
        sum(part.ballots for part in every),
        sum(part.spoiled for part in every),
        sum(part.provisional for part in every),
        tuple(sorted(evidence, key=lambda branch: branch.branch)),
        tuple(sorted(voters, key=lambda each: each.device)),
    )


_ORDER: Final = {kind: at for at, kind in enumerate(FindingKind)}


@dataclass(frozen=True, slots=True)
class CountedBundle:
    """A bundle that counts, with what became of its records one by one."""

    name: str
    bundle: Bundle
    records: tuple[CheckedRecord, ...]
    """In their order in the bundle; empty of an identity station."""


class Office:
    """What bundles are checked with and against at headquarters."""

    def __init__(self, by: Believed, sealing_key: SealingKey) -> None:
        self.by = by
        self.election = by.election
        self.encrypted = parse_election(by.election.belenios_election)
        self._key = sealing_key

    def read(self, data: bytes, now: datetime) -> Bundle:
        """Verify a bundle as a whole; its records are not opened. Raises `BundleError`."""
        return verified_bundle(data, self.by, now)

    def check(self, bundles: Sequence[Bundle], work: Work) -> Iterator[tuple[CheckedRecord, ...]]:
        """Yield for every bundle what became of its records, each by itself."""
        boxes = [() if bundle.box is None else bundle.box.records for bundle in bundles]
        return check_boxes(self.encrypted, self._key, boxes, work)

    def compare(self, counted: Sequence[CountedBundle], settled: SettledDevices) -> Imported:
        """Compare bundles that count with each other; the report knows nothing of other files.

        `settled`: branches whose station is finally missing are judged otherwise.
        """
        election, bundles = self.election, [each.bundle for each in counted]
        records = _Records(self.encrypted)
        for each in counted:
            records.add(each)
        authorizations = Authorizations(election, self._key)
        for bundle in bundles:
            authorizations.add(bundle)
        balances = authorizations.balances()
        ballots, provisional, again = records.admit()
        branch_of = {bundle.device: bundle.branch for bundle in bundles}
        unfit = odd_handles(bundles, records.handles())
        numbers = branch_numbers(
            election, bundles, Counter(branch_of[entry.device] for entry in provisional)
        )
        report = ImportReport(
            tuple(
                AcceptedBundle(each.name, each.bundle.device, each.bundle.role, each.bundle.branch)
                for each in counted
            ),
            (),
            tuple(records.refused),
            (
                *findings(election, bundles, numbers, settled),
                *unfit,
                *authorizations.findings(settled.stationless),
                *act_findings(election, bundles),
                *evidence_findings(bundles),
            ),
            tuple(replace(number, receipted=balances[number.branch].covered) for number in numbers),
            len(ballots),
            len(records.spoiled),
            len(provisional),
            branch_evidence(bundles),
            counted_voters(bundles),
        )
        return Imported(
            report,
            ballots,
            tuple(records.spoiled),
            tuple(self._evidence(bundle) for bundle in bundles if bundle.box is not None),
            provisional,
            again,
            tuple(
                StationEvidence(
                    issued_count(bundle, bundle.check_ins),
                    self._certificate(bundle.device),
                    bundle.check_ins.signature,
                    bundle.acts,
                    authorizations.held[bundle.device],
                    bundle.check_ins.evidence,
                )
                for bundle in bundles
                if bundle.check_ins is not None
            ),
            authorizations.receipts,
            {box.device: box.content for box in map(box_of, bundles)},
        )

    def _certificate(self, device: DeviceId) -> bytes:
        enrolled = self.election.device(device)
        assert enrolled is not None  # its bundle was read with its certificate
        return enrolled.certificate

    def _evidence(self, bundle: Bundle) -> DeviceEvidence:
        box = bundle.box
        assert box is not None  # of a terminal
        return DeviceEvidence(
            bundle.device,
            self._certificate(bundle.device),
            box.root,
            tuple(sorted(box.records, key=lambda record: record.digest)),
            box.spent,
            box.handles,
            box.signature,
            bundle.acts,
        )


# ---------------------------------------------------------------- records

Admitted: TypeAlias = tuple[
    tuple[KeptBallot, ...], tuple[ProvisionalBallot, ...], tuple[ProvisionalBallot, ...]
]
"""Ballots to be counted, ballots that wait for a decision, and others with a handle of these."""


class _Records:
    """Sorts the checked records of terminals into ballots, challenged ones, and refused ones."""

    def __init__(self, election: EncryptedElection) -> None:
        self._election = election
        self._cast: list[_Cast] = []
        self._challenged: set[str] = set()
        self.spoiled: list[SpoiledBallot] = []
        self.refused: list[RefusedRecord] = []

    def add(self, counted: CountedBundle) -> None:
        """Take the records of a box. A rescued one has no order of its own: pairs stand side by side."""
        box, device = counted.bundle.box, counted.bundle.device
        for stored, record in zip(box.records if box else (), counted.records, strict=True):
            code = tracking_code(record.digest)
            if record.kind is RecordKind.SPOILED:
                self._challenged.add(code)
            if record.reason in _OF_BALLOTS:
                self._cast.append(_Cast(record.digest, device, record.reason))
            elif record.reason is not None:
                self._refuse(device, code, record.reason, record.kind)
            elif record.kind is RecordKind.CAST:
                kept = record.kept(self._election, committed_in(stored.sealed))
                self._cast.append(_Cast(record.digest, device, None, *kept))
            else:
                opened = record.opened(self._election, committed_in(stored.sealed))
                assert opened.opening is not None  # of a challenged ballot
                self.spoiled.append(SpoiledBallot(device, opened.ballot, opened.opening))

    def handles(self) -> dict[DeviceId, list[bytes | None]]:
        """Return the handle of every cast record that could be opened, by its terminal; None: ordinary."""
        found: dict[DeviceId, list[bytes | None]] = defaultdict(list)
        for cast in self._cast:
            if cast.origin is not None:
                found[cast.device].append(cast.origin.handle)
        return found

    def admit(self) -> Admitted:
        """Return the ballots to be counted, and those that wait for a decision."""
        admitted: list[tuple[DeviceId, KeptBallot, Origin]] = []
        first = Uniqueness()
        for cast in sorted(self._cast, key=lambda each: (each.digest, each.device)):
            code = tracking_code(cast.digest)
            if code in self._challenged:
                self._refuse(cast.device, code, RecordReason.CHALLENGED)
            elif cast.reason is not None:
                self._refuse(cast.device, code, cast.reason)
            elif cast.ballot is not None and cast.origin is not None:
                if first.admits(cast.ballot):
                    admitted.append((cast.device, cast.ballot, cast.origin))
                else:
                    self._refuse(cast.device, code, RecordReason.DUPLICATE)
        return self._apart(admitted)

    def _apart(self, admitted: Iterable[tuple[DeviceId, KeptBallot, Origin]]) -> Admitted:
        """Separate ordinary and provisional ballots; of those with one handle the smallest hash stays."""
        ordinary: list[KeptBallot] = []
        provisional: dict[bytes, ProvisionalBallot] = {}
        again: list[ProvisionalBallot] = []
        for device, ballot, origin in admitted:
            if origin.handle is None:
                ordinary.append(ballot)
                continue
            found = ProvisionalBallot(device, ballot, origin.handle, origin.salt)
            if provisional.setdefault(origin.handle, found) is not found:
                self._refuse(device, tracking_code(ballot.digest), RecordReason.HANDLE_TWICE)
                again.append(found)
        waiting = tuple(provisional[handle] for handle in sorted(provisional))
        return tuple(ordinary), waiting, tuple(again)

    def _refuse(
        self,
        device: DeviceId,
        tracking: str,
        reason: RecordReason,
        kind: RecordKind = RecordKind.CAST,
    ) -> None:
        self.refused.append(RefusedRecord(device, tracking, kind, reason))


@dataclass(frozen=True, slots=True)
class _Cast:
    """A cast record in the right form, with its ballot if that is proven."""

    digest: bytes
    device: DeviceId
    reason: RecordReason | None
    ballot: KeptBallot | None = None
    origin: Origin | None = None


_OF_BALLOTS: Final = frozenset({RecordReason.BALLOT_SIGNATURE, RecordReason.BALLOT_PROOF})
"""Told only of ballots that nobody challenged."""
