"""Take bundles in one by one, each checked once, and report what is here by now.

    check      what is in the folder and not remembered: read, verified, its records opened, remembered
    compare    branch by branch, and together those that share something: a ballot, a handle, an
               authorization that was spent twice; only where something came

One more bundle costs its own checking and the comparison of its branch, however many are here. What is said
is what comparing everything at once says (`headquarters.importing`), which the count does.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from crypto import canonical
from crypto.canonical import CanonicalValue
from crypto.election import parse_election
from crypto.sealing import SealingKey
from election.bundle import Bundle, BundleError, ReasonCount, reread_bundle
from election.day_sums import DaySum
from election.definition import BranchId, DeviceId, Role
from election.evidence import Dimension, EvidenceSum, SignerCount
from election.reasons import BundleReason
from election.records import RecordKind
from election.rescue import RescueFile
from election.sealed import committed_in
from headquarters.closings import Closing, SettledDevices, as_bundle, choose, rescue_name
from headquarters.handed_in import Believed
from headquarters.import_report import (
    AcceptedBundle,
    BranchEvidence,
    BranchNumbers,
    CountedVoters,
    FindingKind,
    ImportFinding,
    ImportReport,
    RecordReason,
    RefusedRecord,
    RejectedBundle,
)
from headquarters.importing import CountedBundle, Imported, Office, whole
from headquarters.journal import Journal, Remembered, components
from headquarters.record_check import CheckedRecord
from headquarters.set_aside import BundleFolder
from headquarters.stored_message import message_from_json, message_to_json
from headquarters.tally.work import Work
from headquarters.workspace import FolderError, read_file
from words.message import Message, m

_AT_A_TIME: Final = 32
_BYTES_AT_A_TIME: Final = 16 * 1024 * 1024
"""Bundles that are read before their records are spread over processes: few, so that memory stays flat."""
_MAY_CHANGE: Final = frozenset({BundleReason.CERTIFICATE, BundleReason.ACTS})
"""Rejections that may end by themselves: they depend on the hour."""
_NO_BUNDLE: Final = frozenset({BundleReason.FORMAT, BundleReason.VERSION})
"""Why a file is something else than a closing bundle, or only a part of one: told once."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What an import found: the report, the handles to be decided on, and what was checked for it."""

    report: ImportReport
    handles: tuple[bytes, ...]
    checked: int
    """Files that were read and checked now."""
    known: int
    """Files that were checked before."""
    board_problem: Message | None = None
    """Why the board of arrivals could not be written, which changes nothing of what was imported."""


@dataclass(slots=True)
class Arrivals:
    """The bundles of an election's folder, and the journal of what became of them."""

    office: Office
    journal: Journal
    folder: BundleFolder
    settled: SettledDevices
    context: bytes
    """What all bundles are checked against (`context_of`)."""
    told: list[RejectedBundle] = field(default_factory=list)
    """Files of this import that are no bundles at all."""

    def check(self, now: datetime, work: Work) -> int:
        """Check what is not remembered; return the number of files that were read."""
        remembered = self.journal.bundles
        places = self.folder.places()
        rescues = {rescue_name(rescue) for rescue, _ in self.settled.rescues}
        self.journal.forget(remembered.keys() - places.keys() - rescues)
        new = [
            path
            for name, path in sorted(places.items())
            if not self._is_known(path, remembered.get(name))
        ]
        sizes = {path: path.stat().st_size for path in new}
        done, total = 0, sum(sizes.values())
        for paths in _batches(new, sizes):
            work.progress("import", done >> 10, total >> 10)
            self._check(paths, now, work)
            done += sum(sizes[path] for path in paths)
        if new:
            work.progress("import", total >> 10, total >> 10)
        self._check_rescues(work)
        return len(new)

    def report(self, checked: int) -> Arrived:
        """Report what is here, by the comparisons that are remembered and those that are new."""
        accepted, rejected = self._outcomes()
        closings = choose(accepted, self.settled)
        members: dict[BranchId, list[Closing]] = defaultdict(list)
        for closing in (*closings.accepted, *map(self._rescued, closings.rescued)):
            members[closing.branch].append(closing)
        contents = {
            closing.content: branch for branch, found in members.items() for closing in found
        }
        parts: list[ImportReport] = []
        handles: list[bytes] = []
        for together in components(members, self.journal.linked(contents)):
            found = sorted(
                (closing for branch in together for closing in members[branch]), key=_key
            )
            report, provisional = self._part(found)
            parts.append(report)
            handles += provisional
        report = whole(
            self.office.election,
            parts,
            sorted((*rejected, *self.told), key=lambda each: each.name),
            closings,
            self.settled,
        )
        here = len(self.folder.places()) + len(self.told)
        return Arrived(report, tuple(handles), checked, here - checked)

    def imported(self) -> Imported:
        """Compare everything at once, for the count. Relies on no mark or link in the journal."""
        accepted, rejected = self._outcomes()
        closings = choose(accepted, self.settled)
        counted = [
            self._counted(closing)
            for closing in (*closings.accepted, *map(self._rescued, closings.rescued))
        ]
        compared = self.office.compare(counted, self.settled)
        report = whole(self.office.election, [compared.report], rejected, closings, self.settled)
        return replace(compared, report=report)

    # ------------------------------------------------------------ checking

    def _is_known(self, path: Path, remembered: Remembered | None) -> bool:
        if remembered is None:
            return False
        outcome = remembered.outcome
        if isinstance(outcome, Closing):
            context = self._context(outcome.device, outcome.branch)
            return self.folder.is_kept(path) and remembered.context == context
        if self.folder.is_kept(path) or outcome.reason in _MAY_CHANGE:
            return False
        return remembered.context == self._all_devices()

    def _check(self, paths: Sequence[Path], now: datetime, work: Work) -> None:
        """Check some files together, and remember each by itself."""
        read: list[tuple[Path, bytes, Bundle]] = []
        for path in paths:
            data = read_file(path)
            digest = hashlib.sha256(data).digest()
            try:
                read.append((path, digest, self.office.read(data, now)))
            except BundleError as error:
                rejection = RejectedBundle(path.name, error.reason, error.message)
                self.folder.set_aside(path, error.reason)
                if error.reason in _NO_BUNDLE:
                    self.told.append(rejection)
                    self.journal.forget([path.name])
                else:
                    self.journal.keep(Remembered(digest, self._all_devices(), rejection))
        checked = self.office.check([bundle for _, _, bundle in read], work)
        for (path, digest, bundle), records in zip(read, checked, strict=True):
            closing = Closing.of(path.name, bundle)
            context = self._context(closing.device, closing.branch)
            tags = self._tags(bundle, records)
            self.folder.keep(path)
            self.journal.keep(Remembered(digest, context, closing), records, tags)

    def _check_rescues(self, work: Work) -> None:
        for rescue, file in self.settled.rescues:
            closing = self._rescued((rescue, file))
            context = self._context(closing.device, closing.branch)
            before = self.journal.bundles.get(closing.name)
            if before is None or before.outcome != closing or before.context != context:
                bundle = as_bundle(rescue, file, self.office.election)
                (records,) = self.office.check([bundle], work)
                tags = self._tags(bundle, records)
                self.journal.keep(Remembered(closing.content, context, closing), records, tags)

    def _tags(
        self, bundle: Bundle, records: Iterable[CheckedRecord]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield what no other closing may share: if one does, both branches are compared together."""
        stored = () if bundle.box is None else bundle.box.records
        for record, sealed in zip(records, stored, strict=True):
            yield b"ballot", record.digest
            if record.reason is None and record.kind is RecordKind.CAST:
                ballot, origin = record.kept(self.office.encrypted, committed_in(sealed.sealed))
                yield from ((b"point", point) for point in ballot.unique_points)
                if origin.handle is not None:
                    yield b"handle", origin.handle
        if bundle.box is not None:
            yield from ((b"spent", spent) for spent in bundle.box.spent_hashes)

    # ------------------------------------------------------------ comparing

    def _outcomes(self) -> tuple[list[Closing], list[RejectedBundle]]:
        accepted: list[Closing] = []
        rejected: list[RejectedBundle] = []
        rescues = {rescue_name(rescue) for rescue, _ in self.settled.rescues}
        for name, remembered in sorted(self.journal.bundles.items()):
            if isinstance(remembered.outcome, RejectedBundle):
                rejected.append(remembered.outcome)
            elif name not in rescues:
                accepted.append(remembered.outcome)
        return accepted, rejected

    def _part(self, closings: Sequence[Closing]) -> tuple[ImportReport, tuple[bytes, ...]]:
        """Compare what belongs together, or remember what came of it."""
        branches = {closing.branch for closing in closings}
        members: CanonicalValue = [
            self.context,
            [[each.name, each.device, each.content] for each in closings],
            sorted(branches & self.settled.stationless),
        ]
        key = hashlib.sha256(canonical.encode(members)).digest()
        if (plain := self.journal.part(key)) is not None:
            return _part_from_plain(plain, closings)
        compared = self.office.compare(
            [self._counted(closing) for closing in closings], self.settled
        )
        handles = tuple(entry.handle for entry in compared.provisional)
        self.journal.keep_part(key, _part_to_plain(compared.report, handles))
        return compared.report, handles

    def _counted(self, closing: Closing) -> CountedBundle:
        """Read a bundle again, with what became of its records. Raises `FolderError` if it was changed."""
        records = self.journal.records(closing)
        for rescue, file in self.settled.rescues:
            if rescue_name(rescue) == closing.name and records is not None:
                bundle = as_bundle(rescue, file, self.office.election)
                return CountedBundle(closing.name, bundle, records)
        path = self.folder.kept(closing.name)
        data = read_file(path)
        remembered = self.journal.bundles.get(closing.name)
        digest = hashlib.sha256(data).digest()
        if records is None or remembered is None or remembered.sha256 != digest:
            self.journal.forget([closing.name])
            raise FolderError(
                m("{path} was changed since it was checked; repeat the command", path=path)
            )
        return CountedBundle(closing.name, reread_bundle(data), records)

    def _rescued(self, rescued: tuple[Any, RescueFile]) -> Closing:
        rescue, file = rescued
        device = self.office.election.device(rescue.device)
        assert device is not None  # the act was verified by the register
        digest = hashlib.sha256(file.act)
        for record in file.records:
            digest.update(hashlib.sha256(record.sealed).digest() + record.signature)
        name = rescue_name(rescue)
        return Closing(name, device.id, Role(device.role), rescue.branch, digest.digest())

    # ------------------------------------------------------------ contexts

    def _context(self, device: DeviceId, branch: BranchId) -> bytes:
        return _digest([self.context, device, branch])

    def _all_devices(self) -> bytes:
        devices = [[device.id, device.branch] for device in self.office.election.devices]
        return _digest([self.context, devices])


def context_of(by: Believed, key: SealingKey, version: int = 2) -> bytes:
    """Return the SHA-256 of all that every bundle is checked against; with another, all are checked again.

    `version`: of the checks of this program.
    """
    fingerprint = parse_election(by.election.belenios_election).fingerprint
    number = "" if by.published is None else by.published.number
    sent = sorted(by.packages)
    return _digest(
        [version, by.root, sent, by.election.uuid, fingerprint, key.public_bytes, number]
    )


def _digest(value: CanonicalValue) -> bytes:
    return hashlib.sha256(canonical.encode(value)).digest()


def _key(closing: Closing) -> tuple[str, str]:
    return closing.device, closing.name


def _batches(paths: Iterable[Path], sizes: Mapping[Path, int]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    held = 0
    for path in paths:
        if batch and (len(batch) == _AT_A_TIME or held + sizes[path] > _BYTES_AT_A_TIME):
            yield batch
            batch, held = [], 0
        batch.append(path)
        held += sizes[path]
    if batch:
        yield batch


# ---------------------------------------------------------------- parts as data

_NUMBERS: Final = tuple(BranchNumbers.__dataclass_fields__)


def _part_to_plain(report: ImportReport, handles: Sequence[bytes]) -> CanonicalValue:
    return [
        [[r.device, r.tracking, r.kind.value, r.reason.value] for r in report.refused],
        [[f.kind.value, f.subject, message_to_json(f.message)] for f in report.findings],
        [[getattr(numbers, name) for name in _NUMBERS] for numbers in report.branches],
        [report.ballots, report.spoiled, report.provisional],
        [
            [
                each.branch,
                [[row.dimension.value, row.code, row.number] for row in each.sums],
                [[row.signer, row.number] for row in each.signers],
            ]
            for each in report.evidence
        ],
        [
            [
                each.device,
                [[row.event, row.reason, row.number] for row in each.events],
                [[row.reason, row.number] for row in each.refusals],
                [[row.reason, row.number] for row in each.overrides],
                [[row.dimension.value, row.code, row.number] for row in each.evidence],
            ]
            for each in report.voters
        ],
        list(handles),
    ]


def _part_from_plain(
    plain: CanonicalValue, closings: Iterable[Closing]
) -> tuple[ImportReport, tuple[bytes, ...]]:
    refused, findings, branches, (ballots, spoiled, provisional), evidence, voters, handles = cast(
        list[Any], plain
    )
    report = ImportReport(
        tuple(AcceptedBundle(c.name, c.device, c.role, c.branch) for c in closings),
        (),
        tuple(
            RefusedRecord(DeviceId(device), tracking, RecordKind(kind), RecordReason(reason))
            for device, tracking, kind, reason in refused
        ),
        tuple(
            ImportFinding(FindingKind(kind), subject, message_from_json(message))
            for kind, subject, message in findings
        ),
        tuple(BranchNumbers(*row) for row in branches),
        ballots,
        spoiled,
        provisional,
        tuple(
            BranchEvidence(
                BranchId(branch),
                _sums_from_plain(sums),
                tuple(SignerCount(*row) for row in signers),
            )
            for branch, sums, signers in evidence
        ),
        tuple(
            CountedVoters(
                DeviceId(device),
                tuple(DaySum(*row) for row in events),
                tuple(ReasonCount(*row) for row in refusals),
                tuple(ReasonCount(*row) for row in overrides),
                _sums_from_plain(sums),
            )
            for device, events, refusals, overrides, sums in voters
        ),
    )
    return report, tuple(handles)


def _sums_from_plain(rows: Iterable[Any]) -> tuple[EvidenceSum, ...]:
    return tuple(EvidenceSum(Dimension(name), code, number) for name, code, number in rows)
