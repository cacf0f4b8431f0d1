"""`batches.json`: which branches are in which batch of a count, while it goes from hand to hand.

{"minimum", "batches": [{"name", "branches"}]}      name `.`: the lone batch, in the target itself
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from election.because import because
from election.files import PUBLIC, replace_file
from headquarters.archive_index import ARCHIVE_FILE, ListedBatch
from headquarters.batches import Batch
from headquarters.workspace import FolderError
from words.message import m

LIST_FILE: Final = "batches.json"
LONE: Final = "."
_NAME: Final = r"^(\.|[A-Za-z0-9][A-Za-z0-9-]{0,63})$"


@dataclass(frozen=True, slots=True)
class BatchList:
    minimum: int
    """Ballots that an archive has at least, if there are several."""
    batches: tuple[ListedBatch, ...]

    @classmethod
    def of(cls, batches: Sequence[Batch], minimum: int) -> BatchList:
        """A lone batch lies in the target itself, others in folders of their names."""
        names = [LONE] if len(batches) == 1 else [batch.name for batch in batches]
        return cls(
            minimum,
            tuple(
                ListedBatch(name, batch.branches)
                for name, batch in zip(names, batches, strict=True)
            ),
        )


def archives_in(target: Path) -> tuple[Path, ...]:
    """The archives of a target, or the one archive that `target` is. Raises `FolderError`."""
    if target.is_file():
        return (target,)
    if not (target / LIST_FILE).exists():
        raise FolderError(
            m("{target} holds no batches; begin with: amin election batches", target=target)
        )
    return tuple(target / batch.name / ARCHIVE_FILE for batch in read_batch_list(target).batches)


def write_batch_list(target: Path, batches: BatchList) -> None:
    """Replace the list of a target. Raises `OSError`."""
    value = {
        "minimum": batches.minimum,
        "batches": [
            {"name": each.name, "branches": list(each.branches)} for each in batches.batches
        ],
    }
    data = json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
    replace_file(target / LIST_FILE, data, PUBLIC)


def read_batch_list(target: Path) -> BatchList:
    """The list of a target. Raises `FolderError`."""
    path = target / LIST_FILE
    try:
        read = _List.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FolderError(
            m("{path} cannot be read: {reason}", path=path, reason=because(error))
        ) from error
    except ValidationError as error:
        raise FolderError(m("{path} is damaged; begin the batches again", path=path)) from error
    return BatchList(
        read.minimum, tuple(ListedBatch(each.name, tuple(each.branches)) for each in read.batches)
    )


class _Batch(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
    name: str = Field(pattern=_NAME)
    branches: list[str]


class _List(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
    minimum: int = Field(ge=1)
    batches: list[_Batch]
