"""Name the files of a publication, and copy them: only what the index lists or a verifier reads.

What else lies in the folder (numbers on the way, notes) is nobody's to read, and stays. So does an interim
`result.json`: it allocates seats, and nobody is elected before the final index.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from election.definition_file import DEFINITION_FILE
from election.files import PUBLIC, open_file, replacing
from election.lots import FILES, LotKind
from election.register import REGISTER_FILE
from headquarters.index_document import (
    EARLIER_FOLDER,
    INDEX_FILE,
    SIGNATURE_FILE,
    ArchiveIndex,
)
from headquarters.published_acts import acts_in
from headquarters.result import RESULT_FILE
from headquarters.supplement import SUPPLEMENT_FOLDER
from headquarters.workspace import ElectionFolder, FolderError

_BESIDE: Final = (
    INDEX_FILE,
    SIGNATURE_FILE,
    "signer.der",
    "root.der",
    REGISTER_FILE,
    DEFINITION_FILE,
    FILES[LotKind.SEATS],
    RESULT_FILE,
)
_OF_A_SUPPLEMENT: Final = frozenset({".json", ".der"})


def publication_in(folder: Path) -> Path:
    """Return the folder with the index: this one, or the result's in an election's. Raises `FolderError`."""
    for place in (folder, ElectionFolder(folder).result):
        if (place / INDEX_FILE).is_file():
            return place
    raise FolderError.of(
        "{folder} has no index.json: count first (`amin election tally` or `conclude`), or give the "
        "folder that the result was written to",
        folder=folder,
    )


def publication_files(folder: Path, index: ArchiveIndex) -> tuple[Path, ...]:
    """Return the files of a publication that are there, relative to its folder, by name."""
    return tuple(sorted(set(_files(folder, index))))


def copy_publication(folder: Path, index: ArchiveIndex, target: Path) -> tuple[Path, ...]:
    """Copy a publication into a new folder; return its files. Raises `OSError`, also for a link."""
    files = publication_files(folder, index)
    for name in files:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with open_file(folder / name) as source, replacing(place, PUBLIC) as copy:
            shutil.copyfileobj(source, copy)
    return files


def _files(folder: Path, index: ArchiveIndex) -> Iterator[Path]:
    for name in _BESIDE:
        if (folder / name).exists() and not (name == RESULT_FILE and index.interim):
            yield Path(name)
    for path in acts_in(folder):
        yield path.relative_to(folder)
    for path in (folder / EARLIER_FOLDER).glob("*"):
        if path.suffix in {".json", ".sig"}:
            yield path.relative_to(folder)
    for batch in index.batches:
        yield Path(batch.name) / batch.archive
        supplement = folder / batch.name / SUPPLEMENT_FOLDER
        for path in (*supplement.glob("*"), *(supplement / "devices").glob("*.der")):
            if path.suffix in _OF_A_SUPPLEMENT:
                yield path.relative_to(folder)
