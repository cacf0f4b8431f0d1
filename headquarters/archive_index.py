"""Verify an index and everything it lists: archives, supplements, acts, and that they fit together.

`headquarters.index_document` describes the files. Whose signatures count says the register
(`headquarters.anchoring`); here every signature, proof, number and sum is checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from crypto.certificates import MAX_CERTIFICATE_SIZE
from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import SIGNATURE_SIZE
from crypto.result import add_up
from election.because import because
from election.definition import Role
from election.files import read_file
from election.schema import SchemaError, from_json
from election.signed import Signature, SignatureRefusedError, verify
from headquarters.exclusion_check import check_completeness
from headquarters.index_document import (
    CONTEXT,
    MAX_INDEX,
    SIGNATURE_FILE,
    ArchiveIndex,
    IndexedBatch,
    devices_in,
    finished,
    published_sums,
    result_of,
    sha256_of,
)
from headquarters.progress import ProgressCallback
from headquarters.published_acts import PublishedActs, read_acts, register_in
from headquarters.receipts import Coverage
from headquarters.supplement import SUPPLEMENT_FOLDER, judge_supplement
from headquarters.tally.archive_reader import PublishedArchive
from headquarters.tally.decryption_proofs import PROOFS_FILE
from headquarters.verification import ArchiveFinding, verify_archive
from headquarters.verification.report import NoticeReason, apart
from words.message import Message, m


class IndexReason(StrEnum):
    """Categories of what can be wrong with an index, beside those of its archives."""

    UNREADABLE = "index-unreadable"
    SIGNATURE = "index-signature"
    ARCHIVE = "index-archive"
    """An archive or supplement that is missing, or an archive that is not the one signed for."""
    ELECTION = "index-election"
    """Archives of different elections."""
    DUPLICATE = "index-duplicate"
    """A credential, a branch or a device in two archives."""
    MINIMUM = "index-minimum"
    SUMS = "index-sums"
    DECISIONS = "index-decisions"
    """Supplements with different decisions, or an excluded ballot that is in no batch, or in two."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The findings about one batch."""

    name: str
    ballots: int
    supplement: bool


@dataclass(slots=True)
class IndexReport:
    """The verdict on an index and everything it lists."""

    fingerprint: str = ""
    ballots: int = 0
    batches: list[BatchReport] = field(default_factory=list)
    failures: list[ArchiveFinding] = field(default_factory=list)
    told: list[ArchiveFinding] = field(default_factory=list)
    """What breaks no rule, such as invalid votes."""
    receipts: Coverage = Coverage()
    """How many of the votes receipts cover."""
    archives: dict[str, PublishedArchive] = field(default_factory=dict)
    """What was verified, by batch: results with their irregular rows apart."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the index, its archives and supplements."""
        return not self.failures


def verify_index(
    index: Path,
    published_root: bytes | None = None,
    *,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> IndexReport:
    """Check the signature, every archive with its supplement, and that they fit together.

    `published_root`: headquarters' root certificate from a source the reader trusts; without it the
    check only says that everything fits together. Raises `OSError` if the index cannot be read.
    """
    report = IndexReport()
    folder = index.parent
    data = read_file(index, MAX_INDEX)
    try:
        listed = from_json(ArchiveIndex, data)
    except SchemaError as error:
        _fail(report, IndexReason.UNREADABLE, error.place, error.problem)
        return report
    report.fingerprint = listed.fingerprint
    acts = read_acts(folder, register_in(folder))
    found: list[PublishedArchive] = []
    for number, batch in enumerate(listed.batches, 1):
        own = _check_batch(report, listed, folder, batch, acts, published_root, progress, executor)
        if own is not None:
            found.append(own)
            report.archives[batch.name] = own
        if progress is not None:
            progress("archives", number, len(listed.batches))
    times = [archive.time for archive in found]
    _check_signature(report, folder, data, published_root, max(times, default=0))
    _check_together(report, listed, found, folder)
    supplements = [folder / batch.name / SUPPLEMENT_FOLDER for batch in listed.batches]
    for entry, message in check_completeness(supplements):
        _fail(report, IndexReason.DECISIONS, entry, message)
    report.ballots = sum(len(archive.ballots) for archive in found)
    if report.receipts.covered < report.receipts.votes:
        told = ArchiveFinding(NoticeReason.RECEIPTS_COVER, index.name, cover(report.receipts))
        report.told.append(told)
    return report


def cover(receipts: Coverage) -> Message:
    """Say how many of the votes receipts cover."""
    return m(
        "receipts cover {covered} of {votes} votes", covered=receipts.covered, votes=receipts.votes
    )


# ---------------------------------------------------------------- checks


def _check_batch(
    report: IndexReport,
    index: ArchiveIndex,
    folder: Path,
    batch: IndexedBatch,
    acts: PublishedActs,
    root: bytes | None,
    progress: ProgressCallback | None,
    executor: Executor | None,
) -> PublishedArchive | None:
    place = folder / batch.name
    path = place / batch.archive
    supplement = place / SUPPLEMENT_FOLDER
    try:
        if sha256_of(path) != batch.sha256:
            _fail(report, IndexReason.ARCHIVE, batch.name, m("not the archive that was signed for"))
        verdict = verify_archive(
            path, progress=progress, executor=executor, proofs=supplement / PROOFS_FILE
        )
        report.failures += _of(batch.name, verdict.failures)
        report.told += _of(batch.name, verdict.told)
        has_supplement = supplement.is_dir()
        if not has_supplement:
            _fail(report, IndexReason.ARCHIVE, batch.name, m("has no supplement"))
        elif verdict.ok_but_for_proofs:
            checked = judge_supplement(supplement, path, root, acts)
            report.receipts += checked.coverage
            failures, told = apart(checked.findings)
            report.failures += _of(batch.name, failures)
            report.told += _of(batch.name, told)
        contents = finished(path)
        contents = replace(contents, result=result_of(contents).with_irregular(verdict.irregular))
    except OSError as error:
        _fail(report, IndexReason.ARCHIVE, batch.name, because(error))
        return None
    except CryptoError as error:
        if not any(failure.batch == batch.name for failure in report.failures):
            _fail(report, IndexReason.ARCHIVE, batch.name, because(error))
        return None
    ballots, election = len(contents.ballots), contents.election
    if (election.uuid, election.fingerprint) != (index.uuid, index.fingerprint):
        _fail(report, IndexReason.ELECTION, batch.name, m("an archive of another election"))
    if devices_in(place) != batch.devices:
        _fail(report, IndexReason.ARCHIVE, batch.name, m("the supplement is of other devices"))
    if ballots != batch.ballots:
        _fail(report, IndexReason.SUMS, batch.name, m("has {count} ballots", count=ballots))
    if ballots < index.minimum and len(index.batches) > 1:
        _fail(report, IndexReason.MINIMUM, batch.name, m("has only {count} ballots", count=ballots))
    report.batches.append(BatchReport(batch.name, ballots, has_supplement))
    return contents


def _of(batch: str, found: Iterable[ArchiveFinding]) -> list[ArchiveFinding]:
    return [replace(archive, batch=batch) for archive in found]


def _check_signature(
    report: IndexReport, folder: Path, data: bytes, published_root: bytes | None, time: int
) -> None:
    try:
        root = read_file(folder / "root.der", MAX_CERTIFICATE_SIZE)
        signer = read_file(folder / "signer.der", MAX_CERTIFICATE_SIZE)
        signature = read_file(folder / SIGNATURE_FILE, SIGNATURE_SIZE)
    except OSError as error:
        missing = Path(error.filename or "").name
        _fail(report, IndexReason.SIGNATURE, missing, m("cannot be read"))
        return
    if published_root not in (None, root):
        _fail(report, IndexReason.SIGNATURE, "root.der", m("is not the published root certificate"))
    try:
        at = datetime.fromtimestamp(time, UTC)
        verify(data, CONTEXT, [Signature(signer, signature)], [{Role.HEADQUARTERS}], root, at)
    except SignatureRefusedError as error:
        _fail(report, IndexReason.SIGNATURE, SIGNATURE_FILE, error.message)


def _check_together(
    report: IndexReport, index: ArchiveIndex, found: Sequence[PublishedArchive], folder: Path
) -> None:
    devices = Counter(
        certificate.stem
        for name in {batch.name for batch in index.batches}
        for certificate in (folder / name / SUPPLEMENT_FOLDER / "devices").glob("*.der")
    )
    branches = Counter(branch for batch in index.batches for branch in batch.branches)
    names = Counter(batch.name for batch in index.batches)
    for message, counter in (
        (m("a branch that is listed more than once"), branches),
        (m("a batch that is listed more than once"), names),
        (m("a device that is listed more than once"), devices),
    ):
        for name, times in counter.items():
            if times > 1:
                _fail(report, IndexReason.DUPLICATE, name, message)
    seen: set[str] = set()
    for archive in found:
        for credential in sorted(archive.credentials & seen):
            _fail(report, IndexReason.DUPLICATE, credential, m("a credential in two archives"))
        seen |= archive.credentials
    if len(found) < len(index.batches):
        return
    if index.ballots != sum(len(archive.ballots) for archive in found):
        _fail(report, IndexReason.SUMS, "ballots", m("not what the archives hold together"))
    try:
        sums = published_sums(add_up([result_of(archive) for archive in found]))
    except DecodeError as error:
        _fail(report, IndexReason.SUMS, "sums", because(error))
        return
    if sums != index.sums:
        _fail(report, IndexReason.SUMS, "sums", m("not what the results add up to"))


def _fail(report: IndexReport, reason: IndexReason, entry: str, message: Message) -> None:
    report.failures.append(ArchiveFinding(reason, entry, message))
