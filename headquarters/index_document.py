"""Describe, write and sign the index of all archives of an election.

    index.json     the list below, and what all archives together give
    index.sig      headquarters' signature of index.json
    signer.der, root.der    the signer's certificate, and the root that vouches for it
    earlier/       the interim indexes before it (`headquarters.index_chain`)

    {"format", "version", "uuid", "fingerprint", "minimum", "ballots",
     "interim", "predecessor",                   devices are pending; SHA-256 of the index before it
     "documents": [{"name", "sha256"}], "missing",        acts and lists beside it; devices that are lost
     "batches": [{"name", "archive", "sha256", "branches", "devices", "ballots"}],
     "sums": one per question: a list of counts, or {integer in the slots: rows}; irregular rows,
             which are no vote whatever their integers are, under "irregular", where there are some}

A batch lies in a folder of its own name beside the index (a lone one in the index's own folder):
`election.bel`, and `supplement/`. The sums are the only result of a whole election: an archive is
public by itself, but no branch's result is announced.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from annotated_types import Ge, MinLen

from crypto.errors import DecodeError
from crypto.result import QuestionCounts, SlotRows, TallyResult
from election.definition import DeviceId, Sha256Hex
from election.fields import Pattern
from election.files import PUBLIC, read_file, replace_file
from election.schema import SchemaError, from_json, to_json
from headquarters.authority import Signer
from headquarters.published_acts import documents_in
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.tally.archive_reader import PublishedArchive, read_archive

INDEX_FILE = "index.json"
SIGNATURE_FILE = "index.sig"
ARCHIVE_FILE = "election.bel"
EARLIER_FOLDER: Final = "earlier"
IRREGULAR = "irregular"
"""In place of an integer: rows that are no vote."""
CONTEXT: Final = "amin archive index"
MAX_INDEX: Final = 64 * 1024 * 1024
"""Bytes of an index."""
_PIECE = 1 << 20

BatchName: TypeAlias = Annotated[str, Pattern(r"\.|[A-Za-z0-9][A-Za-z0-9-]{0,63}")]
"""Of a batch and its folder; a dot for a lone one."""
BallotCount: TypeAlias = Annotated[int, Ge(0)]
Minimum: TypeAlias = Annotated[int, Ge(1)]
"""Ballots that an archive has at least, if there are several."""
Sums: TypeAlias = tuple[tuple[int, ...] | Mapping[str, int], ...]
"""By question: a list of counts, or rows by the integer in the slots, and the irregular ones."""


@dataclass(frozen=True, slots=True)
class IndexedBatch:
    """The entry of one batch in the index."""

    name: BatchName
    archive: Literal["election.bel"] = field(default="election.bel", kw_only=True)
    sha256: Sha256Hex
    branches: Annotated[tuple[str, ...], MinLen(1)]
    devices: tuple[DeviceId, ...]
    """Whose certificates are in the supplement, in order."""
    ballots: BallotCount


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """An act or a list beside the index (`headquarters.published_acts`)."""

    name: Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9./-]{0,99}")]
    sha256: Sha256Hex


@dataclass(frozen=True, slots=True)
class ArchiveIndex:
    """The content of index.json."""

    format: Literal["amin-archive-index"] = field(default="amin-archive-index", kw_only=True)
    version: Literal[2] = field(default=2, kw_only=True)
    uuid: str
    fingerprint: str
    minimum: Minimum
    ballots: BallotCount
    interim: bool
    """Devices are pending: more batches will come."""
    predecessor: Sha256Hex | None
    """SHA-256 of the interim index before it."""
    documents: tuple[IndexedDocument, ...]
    """By name."""
    missing: tuple[DeviceId, ...]
    """Devices that are finally missing, in order."""
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
    *,
    interim: bool = False,
    missing: Sequence[DeviceId] = (),
) -> Path:
    """Write and sign the index of finished archives, with the `result` of all together.

    An interim index that is there is kept as its predecessor. Raises `OSError`, `DecodeError`.
    """
    listed, contents = [], []
    for batch in batches:
        path = folder / batch.name / ARCHIVE_FILE
        contents.append(finished(path))
        branches, ballots = tuple(sorted(batch.branches)), len(contents[-1].ballots)
        devices = devices_in(folder / batch.name)
        listed.append(IndexedBatch(batch.name, sha256_of(path), branches, devices, ballots))
    data = to_json(
        ArchiveIndex(
            contents[0].election.uuid,
            contents[0].election.fingerprint,
            minimum,
            sum(len(content.ballots) for content in contents),
            interim,
            _keep_interim(folder),
            tuple(
                IndexedDocument(path.relative_to(folder).as_posix(), sha256_of(path))
                for path in sorted(documents_in(folder))
            ),
            tuple(sorted(missing)),
            tuple(listed),
            published_sums(result),
        )
    )
    index = folder / INDEX_FILE
    replace_file(folder / "root.der", signer.root, PUBLIC)
    replace_file(folder / "signer.der", signer.certificate, PUBLIC)
    replace_file(folder / SIGNATURE_FILE, signer.key.sign(CONTEXT, data), PUBLIC)
    replace_file(index, data, PUBLIC)
    return index


def read_index(path: Path) -> ArchiveIndex:
    """Read an index, without believing it. Raises `SchemaError`, `OSError`."""
    return from_json(ArchiveIndex, read_file(path, MAX_INDEX))


def interim_index(folder: Path) -> ArchiveIndex | None:
    """Return the index of a folder if it is an interim one, which is gone on with."""
    try:
        index = read_index(folder / INDEX_FILE)
    except (OSError, SchemaError):
        return None
    return index if index.interim else None


def devices_in(batch: Path) -> tuple[DeviceId, ...]:
    """Return the devices whose certificates are in a batch's supplement, in order."""
    found = (batch / SUPPLEMENT_FOLDER / "devices").glob("*.der")
    return tuple(sorted(DeviceId(path.stem) for path in found))


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


def finished(path: Path) -> PublishedArchive:
    """Read an archive that has a result. Raises `DecodeError`, `OSError`."""
    archive = read_archive(path)
    result_of(archive)
    return archive


def result_of(archive: PublishedArchive) -> TallyResult:
    """Return the result of an archive. Raises `DecodeError` if there is none."""
    if archive.result is None:
        raise DecodeError("an archive that is not finished")
    return archive.result


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file of any size, in hex. Raises `OSError`."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _keep_interim(folder: Path) -> str | None:
    """Keep an interim index and its signature under its hash; return the hash."""
    if interim_index(folder) is None:
        return None
    data = read_file(folder / INDEX_FILE, MAX_INDEX)
    name = hashlib.sha256(data).hexdigest()
    kept = folder / EARLIER_FOLDER
    kept.mkdir(exist_ok=True)
    signature = read_file(folder / SIGNATURE_FILE, MAX_INDEX)
    replace_file(kept / f"{name}.sig", signature, PUBLIC)
    replace_file(kept / f"{name}.json", data, PUBLIC)
    return name
