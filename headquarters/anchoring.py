"""Compare what is published after the day with the register that was published before it.

    verify --number N      register.json beside the index has this SHA-256: the publication is *anchored*
    without a number       the same comparison; but anybody may have made the register, too

A verdict has three classes. *Wrong*: another election, definition, minimum, trustees, or a device, signer
or grouping that the register does not name. *Told*, each with a number: what breaks no rule. *Right*: what
was compared and agrees. As long as registered devices are missing the publication is *interim*
(`headquarters.completeness`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from crypto.certificates import MAX_CERTIFICATE_SIZE, read_subject
from crypto.errors import CryptoError, DecodeError
from crypto.group import point_text
from crypto.trustees import parse_trustees
from election.definition import BranchId, DeviceId
from election.definition_file import DEFINITION_FILE
from election.files import read_file
from election.reasons import Agreement, PublicationReason, RegisterReason
from election.register import (
    MAX_REGISTER,
    REGISTER_FILE,
    ElectionNumber,
    PublishedRegister,
    Register,
    RegisteredDevice,
    RegisterError,
    number_of,
    open_published_register,
)
from election.report_code import ReportedNumbers
from election.schema import MAX_JSON, SchemaError, from_json
from headquarters.completeness import check_completeness, read_numbers, told_acts
from headquarters.day_acts_check import check_day_acts
from headquarters.decisions import MAX_SIZE, SIGNERS, DecisionError, read_decisions
from headquarters.exclusion import DECISIONS_FILE
from headquarters.finding import Finding, FindingClass, wrong
from headquarters.index_chain import check_chain, check_documents, is_in_chain
from headquarters.index_document import INDEX_FILE, ArchiveIndex, IndexedBatch
from headquarters.lot_check import check_lots
from headquarters.published_acts import read_acts
from headquarters.published_evidence import check_evidence
from headquarters.receipts_check import proven_receipts
from headquarters.report_check import expected_reports
from headquarters.seat_rules import check_seats
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.tally.archive_reader import read_events
from headquarters.verification import ArchiveFinding

ROOT_FILE: Final = "root.der"
SIGNER_FILE: Final = "signer.der"


@dataclass(slots=True)
class AnchorReport:
    """The comparison of a publication with its register."""

    number: ElectionNumber | None = None
    """Of the register beside the index; None if there is none."""
    anchored: bool = False
    """The register has the number that was given."""
    findings: list[Finding] = field(default_factory=list)
    published: PublishedRegister | None = None
    """The register, if it is believed."""
    reports: tuple[ReportedNumbers, ...] = ()
    """What the closing report of each device that is in must show."""

    def of(self, verdict: FindingClass) -> tuple[ArchiveFinding, ...]:
        """Return the findings of one class."""
        return tuple(
            finding.as_archive_finding for finding in self.findings if finding.verdict is verdict
        )

    @property
    def interim(self) -> bool:
        """Whether registered devices are still missing."""
        return self.pending > 0

    @property
    def pending(self) -> int:
        """The number of registered devices that are still missing."""
        return sum(finding.reason is RegisterReason.REGISTER_PENDING for finding in self.findings)


def check_register(
    index: Path, number: ElectionNumber | None = None, kept: Path | None = None
) -> AnchorReport:
    """Compare an index, its archives and supplements with the register beside it.

    `number`: as it was published before the day. `kept`: an earlier index that the reader kept.
    Signatures and proofs are `headquarters.archive_index`'s; here it is only asked whose they are. Raises
    `OSError` if the index cannot be read.
    """
    report, folder = AnchorReport(), index.parent
    listed = _listed(index)
    published = _register(report, folder, number)
    if published is None or listed is None:
        return report
    report.published, register = published, published.register
    batches = {batch.name: batch for batch in listed.batches}
    acts, numbers = read_acts(folder, published), read_numbers(folder, listed)
    supplements = [folder / name / SUPPLEMENT_FOLDER for name in batches]
    numbers = replace(numbers, receipts=proven_receipts(supplements, register))
    found = [
        *_election(register, listed),
        *_definition(register, folder),
        *_signers(register, folder, batches),
        *_groups(register, listed.batches),
        *_devices(register, folder, batches, acts.branches),
        *check_completeness(register, listed, acts, numbers),
        *told_acts(acts),
        *check_lots(published, index, listed, acts),
        *check_day_acts(folder, listed, published, acts, numbers),
        *check_evidence(folder, listed),
        *check_seats(register, folder),
        *_chain(folder, index, listed, kept),
        *_trustees(register, folder, batches),
    ]
    if register.rehearsal:
        found.append(Finding(FindingClass.TOLD, RegisterReason.REGISTER_REHEARSAL, INDEX_FILE))
    report.findings += found
    report.reports = expected_reports(published, numbers)
    return report


# ---------------------------------------------------------------- the register


def _listed(index: Path) -> ArchiveIndex | None:
    """Return the index; None for one that `verify_index` calls unreadable."""
    try:
        return from_json(ArchiveIndex, read_file(index, MAX_JSON))
    except SchemaError:
        return None


def _register(
    report: AnchorReport, folder: Path, number: ElectionNumber | None
) -> PublishedRegister | None:
    def refuse(reason: RegisterReason, entry: str = REGISTER_FILE) -> None:
        report.findings.append(wrong(reason, entry))

    path = folder / REGISTER_FILE
    if number is None and not path.exists():
        return None
    try:
        data = read_file(path, MAX_REGISTER)
        root = read_file(folder / ROOT_FILE, MAX_CERTIFICATE_SIZE)
    except OSError as error:
        refuse(RegisterReason.REGISTER_MISSING, Path(error.filename or REGISTER_FILE).name)
        return None
    report.number = number_of(data)
    if number not in (None, report.number):
        refuse(RegisterReason.REGISTER_NUMBER)
        return None
    report.anchored = number is not None
    try:
        published = open_published_register(data, root)
    except RegisterError as error:
        refuse(error.reason)
        return None
    report.findings.append(
        Finding(
            FindingClass.RIGHT,
            Agreement.RIGHT_NUMBER if report.anchored else Agreement.RIGHT_REGISTER,
            REGISTER_FILE,
        )
    )
    return published


# ---------------------------------------------------------------- comparisons


def _compared(same: bool, reason: RegisterReason, right: Agreement, entry: str) -> Finding:
    if same:
        return Finding(FindingClass.RIGHT, right, entry)
    return Finding(FindingClass.WRONG, reason, entry)


def _election(register: Register, index: ArchiveIndex) -> Iterator[Finding]:
    same = (index.uuid, index.fingerprint) == (register.election, register.fingerprint)
    yield _compared(same, RegisterReason.REGISTER_ELECTION, Agreement.RIGHT_ELECTION, INDEX_FILE)
    same = index.minimum == register.minimum
    yield _compared(same, RegisterReason.REGISTER_MINIMUM, Agreement.RIGHT_MINIMUM, INDEX_FILE)


def _definition(register: Register, folder: Path) -> Iterator[Finding]:
    digest = _digest(folder / DEFINITION_FILE, MAX_JSON)
    same = digest == register.definition
    yield _compared(
        same, RegisterReason.REGISTER_DEFINITION, Agreement.RIGHT_DEFINITION, DEFINITION_FILE
    )


def _signers(
    register: Register, folder: Path, batches: Mapping[str, IndexedBatch]
) -> Iterator[Finding]:
    named = {hashlib.sha256(each).digest() for each in register.signers.index}
    same = _digest(folder / SIGNER_FILE, MAX_CERTIFICATE_SIZE) in named
    yield _compared(same, RegisterReason.REGISTER_SIGNER, Agreement.RIGHT_SIGNERS, SIGNER_FILE)
    root = hashlib.sha256(register.root).digest()
    believed = {
        role: set(certificates)
        for role, certificates in zip(
            SIGNERS, (register.signers.reconciliation, register.signers.observer), strict=True
        )
    }
    for name in batches:
        place = folder / name / SUPPLEMENT_FOLDER
        if _digest(place / ROOT_FILE, MAX_CERTIFICATE_SIZE) != root:
            yield Finding(FindingClass.WRONG, RegisterReason.REGISTER_ROOT, ROOT_FILE, batch=name)
        try:
            signed = read_decisions(read_file(place / DECISIONS_FILE, MAX_SIZE))
        except (OSError, DecisionError):  # none, or what the check of the supplement calls wrong
            continue
        strangers = sum(
            signature.certificate not in believed[signature.role] for signature in signed.signatures
        )
        if strangers:
            yield Finding(
                FindingClass.WRONG, RegisterReason.REGISTER_SIGNER, DECISIONS_FILE, strangers, name
            )
        else:
            yield Finding(
                FindingClass.RIGHT,
                Agreement.RIGHT_SIGNERS,
                DECISIONS_FILE,
                len(signed.signatures),
                name,
            )


def _groups(register: Register, batches: Sequence[IndexedBatch]) -> Iterator[Finding]:
    """Every branch is registered, and a group is in one batch, whole."""
    group_of = {branch: group for group in register.groups for branch in group}
    wrong = 0
    for batch in batches:
        for branch in batch.branches:
            group = group_of.get(BranchId(branch), ())
            if not set(group) <= set(batch.branches) or not group:
                wrong += 1
                yield Finding(
                    FindingClass.WRONG, RegisterReason.REGISTER_GROUP, branch, batch=batch.name
                )
    if not wrong:
        number = sum(len(batch.branches) for batch in batches)
        yield Finding(FindingClass.RIGHT, Agreement.RIGHT_GROUPS, INDEX_FILE, number)


def _chain(folder: Path, index: Path, listed: ArchiveIndex, kept: Path | None) -> Iterator[Finding]:
    """Nothing that was published is taken back, also not what the reader kept."""
    chain = check_chain(folder, listed)
    problems = [*chain.problems, *check_documents(folder, listed)]
    if kept is not None and not is_in_chain(kept, index, chain):
        problems.append((PublicationReason.INDEX_BRANCHED, kept.name))
    for reason, entry in problems:
        yield wrong(reason, entry)
    if not problems and chain.predecessors:
        yield Finding.right(Agreement.RIGHT_CHAIN, INDEX_FILE, len(chain.predecessors))


def _devices(
    register: Register,
    folder: Path,
    batches: Mapping[str, IndexedBatch],
    branches: Mapping[DeviceId, BranchId],
) -> Iterator[Finding]:
    """Every device of a supplement is registered, and of a branch of its batch."""
    registered = {device.id: device for device in register.devices}
    right = 0
    for name, batch in batches.items():
        for path in sorted((folder / name / SUPPLEMENT_FOLDER / "devices").glob("*.der")):
            device = DeviceId(path.stem)
            reason = _device(registered.get(device), path, batch, branches.get(device))
            if reason is not None:
                yield Finding(FindingClass.WRONG, reason, device, batch=name)
                continue
            right += 1
    if right:
        yield Finding(FindingClass.RIGHT, Agreement.RIGHT_DEVICES, "devices", right)


def _device(
    registered: RegisteredDevice | None,
    path: Path,
    batch: IndexedBatch,
    branch: BranchId | None,
) -> RegisterReason | None:
    """Return why a device's certificate is not the registered one; None if it is.

    `branch`: the device's by register and take-overs.
    """
    try:
        certificate = read_file(path, MAX_CERTIFICATE_SIZE)
        subject = read_subject(certificate)
    except (OSError, CryptoError):
        return RegisterReason.REGISTER_DEVICE
    digest = hashlib.sha256(certificate).digest()
    if registered is None or registered.certificate != digest:
        return RegisterReason.REGISTER_DEVICE
    if branch is None:
        return RegisterReason.REGISTER_SPARE
    same = (subject.role, subject.branch) == (registered.role, registered.branch or "")
    return None if same and branch in batch.branches else RegisterReason.REGISTER_DEVICE


def _trustees(
    register: Register, folder: Path, batches: Mapping[str, IndexedBatch]
) -> Iterator[Finding]:
    for name, batch in batches.items():
        try:
            setup = next(read_events(folder / name / batch.archive))
            trustees = parse_trustees(setup.object(1, of=4))
        except (OSError, DecodeError, StopIteration):  # the check of the archive names it
            continue
        keys = tuple(point_text(owner.public_key) for _, owner in sorted(trustees.owners.items()))
        same = keys == register.trustees
        found = _compared(
            same, RegisterReason.REGISTER_TRUSTEES, Agreement.RIGHT_TRUSTEES, batch.archive
        )
        yield replace(found, count=len(keys), batch=name)


def _digest(path: Path, limit: int) -> bytes | None:
    """Return the SHA-256 of a file; None if it cannot be read."""
    try:
        return hashlib.sha256(read_file(path, limit)).digest()
    except OSError:
        return None
