"""Publish with which evidence voters were admitted, summed over a whole batch, and check it.

    supplement/evidence.json    {"format", "version", "sums": [{"dimension", "code", "number"}]}

A station's sums stay in its closing bundle: one with a single visitor of a kind would tell of a person.
What is published is their sum over all stations of a batch, as far as they are of at least as many voters
as a batch has ballots (`minimum`); otherwise there is no file. The index lists it with its SHA-256, so
headquarters signs it.

Anybody can see that no sum is of fewer voters, and compare each dimension with the authorizations that the
stations signed; a difference is *told*, because it says that some station's own numbers disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from annotated_types import Len

from election.because import because
from election.evidence import Dimension, EvidenceSum, add_up, in_order, total
from election.files import PUBLIC, FileRefusedError, read_file, replace_file
from election.reasons import Agreement, Notice, PublicationReason
from election.schema import SchemaError, from_json, to_json
from headquarters.finding import Finding, told, wrong
from headquarters.index_document import ArchiveIndex
from headquarters.issuance_check import StationEvidence, read_stations
from headquarters.published_acts import EVIDENCE_FILE
from headquarters.supplement import SUPPLEMENT_FOLDER
from words.message import m

_MAX_CODES: Final = 256
MAX_EVIDENCE: Final = 64 * 1024
"""Bytes of evidence.json: some sixty codes."""


@dataclass(frozen=True, slots=True)
class PublishedEvidence:
    """The content of evidence.json."""

    format: Literal["amin-evidence"] = field(default="amin-evidence", kw_only=True)
    version: Literal[1] = field(default=1, kw_only=True)
    sums: Annotated[tuple[EvidenceSum, ...], Len(0, _MAX_CODES)]
    """By dimension in its order, then code."""


def write_evidence(folder: Path, stations: Iterable[StationEvidence], minimum: int) -> None:
    """Write evidence.json into a batch's supplement, or none for too few voters. Raises `OSError`."""
    sums = add_up(station.admitted for station in stations)
    if is_enough(sums, minimum):
        replace_file(folder / EVIDENCE_FILE, to_json(PublishedEvidence(sums)), PUBLIC)
    else:
        (folder / EVIDENCE_FILE).unlink(missing_ok=True)


def read_evidence(folder: Path) -> tuple[EvidenceSum, ...]:
    """Read evidence.json of a supplement; nothing where there is none. Raises `SchemaError`, `OSError`."""
    try:
        data = read_file(folder / EVIDENCE_FILE, MAX_EVIDENCE)
    except FileNotFoundError:
        return ()
    except FileRefusedError as error:
        raise SchemaError("", because(error)) from error
    sums = from_json(PublishedEvidence, data, MAX_EVIDENCE).sums
    if not in_order(sums):
        raise SchemaError("sums", m("the sums of evidence are not in their order"))
    return sums


def is_enough(sums: Iterable[EvidenceSum], minimum: int) -> bool:
    """Return whether every dimension is of at least so many voters."""
    sums = tuple(sums)
    return all(total(sums, dimension) >= minimum for dimension in Dimension)


def check_evidence(folder: Path, index: ArchiveIndex) -> Iterator[Finding]:
    """Yield what the published sums of all batches come to; `folder`: of the index."""
    for batch in index.batches:
        supplement = folder / batch.name / SUPPLEMENT_FOLDER
        try:
            sums = read_evidence(supplement)
            stations = read_stations(supplement) if sums else ()
        except OSError:
            continue  # what is not there is named elsewhere
        except SchemaError:
            yield wrong(PublicationReason.EVIDENCE_FORMAT, EVIDENCE_FILE, batch=batch.name)
            continue
        if not sums and not (supplement / EVIDENCE_FILE).exists():
            continue
        if not is_enough(sums, index.minimum):
            yield wrong(PublicationReason.EVIDENCE_MINIMUM, EVIDENCE_FILE, batch=batch.name)
            continue
        issued = sum(station.issued for station in stations)
        differs = max(abs(total(sums, dimension) - issued) for dimension in Dimension)
        if differs:
            yield told(Notice.EVIDENCE_DIFFERS, EVIDENCE_FILE, differs, batch.name)
        else:
            yield Finding.right(Agreement.RIGHT_EVIDENCE, EVIDENCE_FILE, issued, batch.name)


def evidence_sums(folder: Path, index: ArchiveIndex) -> tuple[EvidenceSum, ...]:
    """Add up a verified publication, over its batches: what pages show. Raises `SchemaError`, `OSError`."""
    supplements = (folder / batch.name / SUPPLEMENT_FOLDER for batch in index.batches)
    return add_up(map(read_evidence, supplements))
