"""All archives of an election as one: which there are, what each holds, and the sums, signed.

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
import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crypto.certificates import verify_chain
from crypto.errors import CryptoError, DecodeError
from crypto.result import Counts, Result, SlotRows, add_up
from election.definition import Role
from headquarters.authority import Signer
from headquarters.exclusion_check import check_completeness
from headquarters.supplement import SUPPLEMENT_FOLDER, check_supplement
from headquarters.tally.archive_reader import PublishedArchive, read_archive
from headquarters.tally.decryption_proofs import PROOFS_FILE
from headquarters.verification import Report, verify_archive

INDEX_FILE = "index.json"
SIGNATURE_FILE = "index.sig"
ARCHIVE_FILE = "election.bel"
FORMAT, VERSION = "amin-archive-index", 1
_CONTEXT = "amin archive index"
_HEX32 = r"^[0-9a-f]{64}$"
_NAME = r"^(\.|[A-Za-z0-9][A-Za-z0-9-]{0,63})$"
_PIECE = 1 << 20

Told = Callable[[str, int, int], None]


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
class IndexFailure:
    """One thing that does not hold: of the index, or of the archive or supplement of `batch`."""

    reason: str
    batch: str
    entry: str
    message: str


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What was found about one batch."""

    name: str
    ballots: int
    supplement: bool


@dataclass(slots=True)
class IndexReport:
    """The verdict on an index and everything it lists."""

    fingerprint: str = ""
    ballots: int = 0
    batches: list[BatchReport] = field(default_factory=list)
    failures: list[IndexFailure] = field(default_factory=list)
    told: list[IndexFailure] = field(default_factory=list)
    """What breaks no rule, such as invalid votes."""

    @property
    def ok(self) -> bool:
        return not self.failures


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _Batch(_Model):
    name: str = Field(pattern=_NAME)
    archive: Literal["election.bel"]
    sha256: str = Field(pattern=_HEX32)
    branches: list[str] = Field(min_length=1)
    ballots: int = Field(ge=0)


class _Index(_Model):
    format: Literal["amin-archive-index"]
    version: Literal[1]
    uuid: str
    fingerprint: str
    minimum: int = Field(ge=1)
    ballots: int = Field(ge=0)
    batches: list[_Batch] = Field(min_length=1)
    sums: list[list[int] | dict[str, int]]


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """A batch for the index: its name (also its folder's; `.` for a lone one) and its branches."""

    name: str
    branches: tuple[str, ...]


def write_index(
    folder: Path,
    batches: Sequence[ListedBatch],
    minimum: int,
    signer: Signer,
    result: Result,
) -> Path:
    """Write and sign the index of finished archives, with the `result` of all together.

    Raises `OSError`, `DecodeError`.
    """
    listed, contents = [], []
    for batch in batches:
        path = folder / batch.name / ARCHIVE_FILE
        contents.append(_finished(path))
        listed.append(
            {
                "name": batch.name,
                "archive": ARCHIVE_FILE,
                "sha256": _sha256(path),
                "branches": sorted(batch.branches),
                "ballots": len(contents[-1].ballots),
            }
        )
    value = {
        "format": FORMAT,
        "version": VERSION,
        "uuid": contents[0].election.uuid,
        "fingerprint": contents[0].election.fingerprint,
        "minimum": minimum,
        "ballots": sum(len(each.ballots) for each in contents),
        "batches": listed,
        "sums": sums_json(result),
    }
    data = json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
    index = folder / INDEX_FILE
    (folder / "root.der").write_bytes(signer.root)
    (folder / "signer.der").write_bytes(signer.certificate)
    (folder / SIGNATURE_FILE).write_bytes(signer.key.sign(_CONTEXT, data))
    index.write_bytes(data)
    return index


def verify_index(
    index: Path,
    published_root: bytes | None = None,
    *,
    progress: Told | None = None,
    executor: Executor | None = None,
) -> IndexReport:
    """Check the signature, every archive with its supplement, and that they fit together.

    `published_root`: headquarters' root certificate from a source the reader trusts; without it the
    check only says that everything fits together. Raises `OSError` if the index cannot be read.
    """
    report = IndexReport()
    folder = index.parent
    data = index.read_bytes()
    try:
        listed = _Index.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        _fail(report, IndexReason.UNREADABLE, ".".join(map(str, first["loc"])), first["msg"])
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


def sums_json(result: Result) -> list[list[int] | dict[str, int]]:
    """What the results of all batches add up to: counts, and slots counted by their integer."""
    sums: list[list[int] | dict[str, int]] = []
    for question in result.questions:
        match question:
            case Counts(counts=counts):
                sums.append(list(counts))
            case SlotRows():
                codes = Counter(int.from_bytes(bytes(row), "big") for row in question.regular)
                found = {str(code): rows for code, rows in sorted(codes.items())}
                irregular = len(question.irregular)
                sums.append({**found, "irregular": irregular} if irregular else found)
    return sums


def _finished(path: Path) -> PublishedArchive:
    archive = read_archive(path)
    _result(archive)
    return archive


def _result(archive: PublishedArchive) -> Result:
    if archive.result is None:
        raise DecodeError("an archive that is not finished")
    return archive.result


# ---------------------------------------------------------------- checks


def _check_batch(
    report: IndexReport,
    index: _Index,
    folder: Path,
    batch: _Batch,
    root: bytes | None,
    progress: Told | None,
    executor: Executor | None,
) -> PublishedArchive | None:
    place = folder / batch.name
    path = place / batch.archive
    supplement = place / SUPPLEMENT_FOLDER
    try:
        if _sha256(path) != batch.sha256:
            _fail(report, IndexReason.ARCHIVE, batch.name, "not the archive that was signed for")
        verdict = verify_archive(
            path, progress=progress, executor=executor, proofs=supplement / PROOFS_FILE
        )
        _take_over(report, batch.name, verdict)
        has_supplement = supplement.is_dir()
        if not has_supplement:
            _fail(report, IndexReason.ARCHIVE, batch.name, "has no supplement")
        elif verdict.ok:
            for each in check_supplement(supplement, path, root):
                report.failures.append(
                    IndexFailure(each.reason, batch.name, each.entry, each.message)
                )
        contents = _finished(path)
        contents = replace(contents, result=_result(contents).with_irregular(verdict.irregular))
    except OSError as error:
        _fail(report, IndexReason.ARCHIVE, batch.name, f"cannot be read: {error.strerror}")
        return None
    except CryptoError as error:
        if not any(failure.batch == batch.name for failure in report.failures):
            _fail(report, IndexReason.ARCHIVE, batch.name, str(error))
        return None
    ballots, election = len(contents.ballots), contents.election
    if (election.uuid, election.fingerprint) != (index.uuid, index.fingerprint):
        _fail(report, IndexReason.ELECTION, batch.name, "an archive of another election")
    if ballots != batch.ballots:
        _fail(report, IndexReason.SUMS, batch.name, f"has {ballots} ballots")
    if ballots < index.minimum and len(index.batches) > 1:
        _fail(report, IndexReason.MINIMUM, batch.name, f"has only {ballots} ballots")
    report.batches.append(BatchReport(batch.name, ballots, has_supplement))
    return contents


def _take_over(report: IndexReport, batch: str, verdict: Report) -> None:
    report.failures += [
        IndexFailure(failure.reason, batch, failure.entry, failure.message)
        for failure in verdict.failures
    ]
    report.told += [
        IndexFailure(notice.reason, batch, notice.entry, notice.message) for notice in verdict.told
    ]


def _check_signature(
    report: IndexReport, folder: Path, data: bytes, published_root: bytes | None, time: int
) -> None:
    try:
        root = (folder / "root.der").read_bytes()
        signer = (folder / "signer.der").read_bytes()
        signature = (folder / SIGNATURE_FILE).read_bytes()
    except OSError as error:
        missing = Path(error.filename or "").name
        _fail(report, IndexReason.SIGNATURE, missing, "cannot be read")
        return
    if published_root not in (None, root):
        _fail(report, IndexReason.SIGNATURE, "root.der", "is not the published root certificate")
    try:
        at = datetime.fromtimestamp(time, UTC)
        holder = verify_chain(signer, root, at, {Role.HEADQUARTERS})
        holder.signing_key.verify(_CONTEXT, data, signature)
    except CryptoError as error:
        _fail(report, IndexReason.SIGNATURE, SIGNATURE_FILE, str(error))


def _check_together(
    report: IndexReport, index: _Index, found: Sequence[PublishedArchive], folder: Path
) -> None:
    devices = Counter(
        certificate.stem
        for name in {batch.name for batch in index.batches}
        for certificate in (folder / name / SUPPLEMENT_FOLDER / "devices").glob("*.der")
    )
    branches = Counter(branch for batch in index.batches for branch in batch.branches)
    names = Counter(batch.name for batch in index.batches)
    for what, counter in (("branch", branches), ("batch", names), ("device", devices)):
        for name, times in counter.items():
            if times > 1:
                _fail(report, IndexReason.DUPLICATE, name, f"a {what} that is listed {times} times")
    seen: set[str] = set()
    for each in found:
        for credential in sorted(each.credentials & seen):
            _fail(report, IndexReason.DUPLICATE, credential, "a credential in two archives")
        seen |= each.credentials
    if len(found) < len(index.batches):
        return
    if index.ballots != sum(len(each.ballots) for each in found):
        _fail(report, IndexReason.SUMS, "ballots", "not what the archives hold together")
    try:
        sums = sums_json(add_up([_result(each) for each in found]))
    except DecodeError as error:
        _fail(report, IndexReason.SUMS, "sums", str(error))
        return
    if sums != index.sums:
        _fail(report, IndexReason.SUMS, "sums", "not what the results add up to")


def _fail(report: IndexReport, reason: IndexReason, entry: str, message: str) -> None:
    report.failures.append(IndexFailure(reason, "", entry, message))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
