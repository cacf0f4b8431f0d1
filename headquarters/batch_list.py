"""Read and write `batches.json`: the branches of each batch, while a count goes from hand to hand.

{"minimum", "interim", "batches": [{"name", "branches"}]}      name `.`: the lone batch, in the target itself
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from election.files import PUBLIC, replace_file
from election.schema import SchemaError, from_json, to_json
from headquarters.batches import Batch
from headquarters.index_document import ARCHIVE_FILE, ListedBatch, Minimum
from headquarters.workspace import FolderError, read_file

LIST_FILE: Final = "batches.json"
LONE: Final = "."


@dataclass(frozen=True, slots=True)
class BatchList:
    """The content of batches.json."""

    minimum: Minimum
    interim: bool
    """Devices are pending: more batches will come."""
    batches: tuple[ListedBatch, ...]

    @classmethod
    def of(
        cls,
        batches: Sequence[Batch],
        minimum: int,
        published: Sequence[ListedBatch] = (),
        *,
        interim: bool = False,
    ) -> BatchList:
        """List planned batches after those that were published before.

        A lone one lies in the target itself, others in folders of their names.
        """
        lone = len(batches) == 1 and not published and not interim
        names = [LONE] if lone else [batch.name for batch in batches]
        planned = (
            ListedBatch(name, batch.branches) for name, batch in zip(names, batches, strict=True)
        )
        return cls(minimum, interim, (*published, *planned))


def archives_in(target: Path) -> tuple[Path, ...]:
    """Return the archives of a target, or the one archive that `target` is. Raises `FolderError`."""
    if target.is_file():
        return (target,)
    if not (target / LIST_FILE).exists():
        raise FolderError.of(
            "{target} holds no batches; begin with: amin election batches", target=target
        )
    return tuple(target / batch.name / ARCHIVE_FILE for batch in read_batch_list(target).batches)


def write_batch_list(target: Path, batches: BatchList) -> None:
    """Replace the list of a target. Raises `OSError`."""
    replace_file(target / LIST_FILE, to_json(batches), PUBLIC)


def read_batch_list(target: Path) -> BatchList:
    """Read the list of a target. Raises `FolderError`."""
    path = target / LIST_FILE
    try:
        return from_json(BatchList, read_file(path))
    except SchemaError as error:
        raise FolderError.of("{path} is damaged; begin the batches again", path=path) from error
