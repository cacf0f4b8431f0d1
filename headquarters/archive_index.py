"""List and sign all archives of an election, with the sums over them, and verify such an index.

    index.json     the list below, and what all archives together give
    index.sig      headquarters' signature of index.json
    signer.der, root.der    the signer's certificate, and the root that vouches for it

    {"format", "version", "uuid", "fingerprint", "minimum", "ballots",
     "batches": [{"name", "archive", "sha256", "branches", "ballots"}],
     "sums": one per question: a list of counts, or {integer in the slots: rows}; irregular rows,
             which are no vote whatever their integers are, under "irregular", where there are some}

A batch lies in a folder of its own name beside the index (a lone one in the index's own folder):
`election.bel`, and `supplement/`. The sums are the only result of a whole election: an archive is
public by itself, but no branch's result is announced.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from annotated_types import Ge, MinLen

from crypto.certificates import MAX_CERTIFICATE_SIZE
from crypto.errors import CryptoError, DecodeError
from crypto.hybrid import SIGNATURE_SIZE
from crypto.result import QuestionCounts, SlotRows, TallyResult, add_up
from election.because import because
from election.definition import Role, Sha256Hex
from election.fields import Pattern
from election.files import PUBLIC, read_file, replace_file
from election.schema import SchemaError, from_json, to_json
from election.signed import Signature, SignatureRefusedError, verify
from headquarters.authority import Signer
from headquarters.exclusion_check import check_completeness
from headquarters.progress import ProgressCallback
from headquarters.supplement import SUPPLEMENT_FOLDER, check_supplement
from headquarters.tally.archive_reader import PublishedArchive, read_archive
from headquarters.tally.decryption_proofs import PROOFS_FILE
from headquarters.verification import ArchiveFinding, verify_archive
from headquarters.verification.report import apart
from words.message import Message, m

INDEX_FILE = "index.json"
SIGNATURE_FILE = "index.sig"
ARCHIVE_FILE = "election.bel"
IRREGULAR = "irregular"
"""In place of an integer: rows that are no vote."""
_CONTEXT = "amin archive index"
_PIECE = 1 << 20
_LARGEST = 64 * 1024 * 1024
"""Bytes of an index."""

BatchName: TypeAlias = Annotated[str, Pattern(r"\.|[A-Za-z0-9][A-Za-z0-9-]{0,63}")]
"""Of a batch and its folder; a dot for a lone one."""
BallotCount: TypeAlias = Annotated[int, Ge(0)]
Minimum: TypeAlias = Annotated[int, Ge(1)]
"""Ballots that an archive has at least, if there are several."""
Sums: TypeAlias = tuple[tuple[int, ...] | Mapping[str, int], ...]
"""By question: a list of counts, or rows by the integer in the slots, and the irregular ones."""


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

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the index, its archives and supplements."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class IndexedBatch:
    """The entry of one batch in the index."""

    name: BatchName
    archive: Literal["election.bel"] = field(default="election.bel", kw_only=True)
    sha256: Sha256Hex
    branches: Annotated[tuple[str, ...], MinLen(1)]
    ballots: BallotCount


@dataclass(frozen=True, slots=True)
class ArchiveIndex:
    """The content of index.json."""

    format: Literal["amin-archive-index"] = field(default="amin-archive-index", kw_only=True)
    version: Literal[1] = field(default=1, kw_only=True)
    uuid: str
    fingerprint: str
    minimum: Minimum
    ballots: BallotCount
    batches: Annotated[tuple[IndexedBatch, ...], MinLen(1)]
    sums: Sums


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """A batch for the index: its name (also its folder's; `.` for a lone one) and its branches."""

    name: BatchName
    branches: tuple[str, ...]


def write_index(
    folder: Path,
    batches: Sequence[ListedBatch],
    minimum: int,
    signer: Signer,
    result: TallyResult,
) -> Path:
    """Write and sign the index of finished archives, with the `result` of all together.

    Raises `OSError`, `DecodeError`.
    """
    listed, contents = [], []
    for batch in batches:
        path = folder / batch.name / ARCHIVE_FILE
        contents.append(_finished(path))
        branches, ballots = tuple(sorted(batch.branches)), len(contents[-1].ballots)
        listed.append(IndexedBatch(batch.name, _sha256(path), branches, ballots))
    data = to_json(
        ArchiveIndex(
            contents[0].election.uuid,
            contents[0].election.fingerprint,
            minimum,
            sum(len(each.ballots) for each in contents),
            tuple(listed),
            published_sums(result),
        )
    )
    index = folder / INDEX_FILE
    replace_file(folder / "root.der", signer.root, PUBLIC)
    replace_file(folder / "signer.der", signer.certificate, PUBLIC)
    replace_file(folder / SIGNATURE_FILE, signer.key.sign(_CONTEXT, data), PUBLIC)
    replace_file(index, data, PUBLIC)
    return index


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
    data = read_file(index, _LARGEST)
    try:
        listed = from_json(ArchiveIndex, data)
    except SchemaError as error:
        _fail(report, IndexReason.UNREADABLE, error.place, error.problem)
        return report
    report.fingerprint = listed.fingerprint
    found: list[PublishedArchive] = []
    for number, batch in enumerate(listed.batches, 1):
        own = _check_batch(report, listed, folder, batch, published_root, progress, executor)
        if own is not None:
            found.append(own)
        if progress is not None:
            progress("archives", number, len(listed.batches))
    times = [each.time for each in found]
    _check_signature(report, folder, data, published_root, max(times, default=0))
    _check_together(report, listed, found, folder)
    supplements = [folder / batch.name / SUPPLEMENT_FOLDER for batch in listed.batches]
    for entry, message in check_completeness(supplements):
        _fail(report, IndexReason.DECISIONS, entry, message)
    report.ballots = sum(len(each.ballots) for each in found)
    return report


# ---------------------------------------------------------------- what an archive holds


def published_sums(result: TallyResult) -> Sums:
    """Return the sums to publish, one per question: counts, or rows by the integer in the slot."""
    sums: list[tuple[int, ...] | Mapping[str, int]] = []
    for question in result.questions:
        match question:
            case QuestionCounts(counts=counts):
                sums.append(counts)
            case SlotRows():
                codes = Counter(int.from_bytes(bytes(row), "big") for row in question.regular)
                found = {str(code): rows for code, rows in sorted(codes.items())}
                irregular = len(question.irregular)
                sums.append({**found, IRREGULAR: irregular} if irregular else found)
    return tuple(sums)


def _finished(path: Path) -> PublishedArchive:
    archive = read_archive(path)
    _result(archive)
    return archive


def _result(archive: PublishedArchive) -> TallyResult:
    if archive.result is None:
        raise DecodeError("an archive that is not finished")
    return archive.result


# ---------------------------------------------------------------- checks


def _check_batch(
    report: IndexReport,
    index: ArchiveIndex,
    folder: Path,
    batch: IndexedBatch,
    root: bytes | None,
    progress: ProgressCallback | None,
    executor: Executor | None,
) -> PublishedArchive | None:
    place = folder / batch.name
    path = place / batch.archive
    supplement = place / SUPPLEMENT_FOLDER
    try:
        if _sha256(path) != batch.sha256:
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
            failures, told = apart(check_supplement(supplement, path, root))
            report.failures += _of(batch.name, failures)
            report.told += _of(batch.name, told)
        contents = _finished(path)
        contents = replace(contents, result=_result(contents).with_irregular(verdict.irregular))
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
    if ballots != batch.ballots:
        _fail(report, IndexReason.SUMS, batch.name, m("has {count} ballots", count=ballots))
    if ballots < index.minimum and len(index.batches) > 1:
        _fail(report, IndexReason.MINIMUM, batch.name, m("has only {count} ballots", count=ballots))
    report.batches.append(BatchReport(batch.name, ballots, has_supplement))
    return contents


def _of(batch: str, found: Iterable[ArchiveFinding]) -> list[ArchiveFinding]:
    return [replace(each, batch=batch) for each in found]


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
        verify(data, _CONTEXT, [Signature(signer, signature)], [{Role.HEADQUARTERS}], root, at)
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
    for each in found:
        for credential in sorted(each.credentials & seen):
            _fail(report, IndexReason.DUPLICATE, credential, m("a credential in two archives"))
        seen |= each.credentials
    if len(found) < len(index.batches):
        return
    if index.ballots != sum(len(each.ballots) for each in found):
        _fail(report, IndexReason.SUMS, "ballots", m("not what the archives hold together"))
    try:
        sums = published_sums(add_up([_result(each) for each in found]))
    except DecodeError as error:
        _fail(report, IndexReason.SUMS, "sums", because(error))
        return
    if sums != index.sums:
        _fail(report, IndexReason.SUMS, "sums", m("not what the results add up to"))


def _fail(report: IndexReport, reason: IndexReason, entry: str, message: Message) -> None:
    report.failures.append(ArchiveFinding(reason, entry, message))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
