"""Name the lists of recordings and films that a package vouches for, and read the one a folder holds.

The package holds of a list its SHA-256, length and languages; the list holds that of its files, and
lies beside them (`election.clips`, `election.signs`). A list that is missing, or is not the one of the
package, is none at all. A file that is missing, of another length or not the listed one is never
played. Nothing here stops a terminal.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from annotated_types import Interval, MaxLen

from election.definition import Sha256Hex
from election.errors import ElectionError
from election.fields import Pattern
from election.files import read_file
from election.schema import SchemaError, from_json
from words.message import Latin, Message, m

LanguageTag: TypeAlias = Annotated[str, Pattern("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")]
FileName: TypeAlias = Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")]
"""In the folder of its list."""


class RecordedKind(StrEnum):
    """What a list lists."""

    SPEECH = "speech"
    SIGNS = "signs"
    """Films in sign language."""
    ROLL = "roll"
    """Who may vote, in one table that nobody can read (`election.roll`)."""


@dataclass(frozen=True, slots=True)
class RecordedList:
    """A list as the package vouches for it."""

    kind: RecordedKind
    languages: Annotated[tuple[LanguageTag, ...], MaxLen(100)]
    """None of a roll."""
    files: Annotated[int, Interval(ge=1, le=100_000)]
    size: Annotated[int, Interval(ge=1, le=8_000_000)]
    """Bytes of the list."""
    sha256: Sha256Hex
    """Of the list."""

    def __post_init__(self) -> None:
        """Refuse a list that nobody could hear, and a roll with a language."""
        if bool(self.languages) is (self.kind is RecordedKind.ROLL):
            raise ValueError("lists of recordings have languages, a roll has none")


class RecordedFile(Protocol):
    """A file that a list names."""

    @property
    def file(self) -> str:
        """Its name."""

    @property
    def language(self) -> str:
        """What is said or signed in it."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def sha256(self) -> str:
        """Hex."""


Listed: TypeAlias = Callable[[], RecordedList | None]
"""Returns what the loaded package vouches for, which may change with the package."""
ListT = TypeVar("ListT")
KeyT = TypeVar("KeyT")
FileT = TypeVar("FileT", bound=RecordedFile)


class RecordedFolder(ABC, Generic[ListT, KeyT, FileT]):
    """A folder with a list and its files; empty while no package vouches for its list."""

    list_file: ClassVar[str]

    def __init__(self, folder: Path, listed: Listed) -> None:
        """Read nothing yet: the list is read when a package is there. Never raises."""
        self._folder, self._listed = folder, listed
        self._read: tuple[RecordedList | None, ListT | None] = (None, None)
        self._by_key: Mapping[KeyT, FileT] = {}

    @abstractmethod
    def parse(self, data: bytes) -> ListT:
        """Read the list's bytes. Raises SchemaError."""

    @abstractmethod
    def keyed(self, found: ListT) -> Mapping[KeyT, FileT]:
        """Return the files by what is looked for."""

    @property
    def usable(self) -> bool:
        """Whether the folder's list is the one of the package."""
        self.found()
        return self._read[1] is not None

    def __len__(self) -> int:
        return len(self.found())

    def found(self) -> Mapping[KeyT, FileT]:
        """Return the files of the list; none while there is no package, or another list."""
        listed = self._listed()
        if listed is not self._read[0]:
            made = None if listed is None else self._open(listed)
            self._read = (listed, made)
            self._by_key = {} if made is None else self.keyed(made)
        return self._by_key

    def path(self, found: FileT) -> Path:
        """Return where a file lies."""
        return self._folder / found.file

    def whole(self, found: FileT) -> bytes:
        """Return a file's bytes; empty if it is missing, of another length, or not the listed one."""
        return whole(self.path(found), found)

    def trouble(self) -> Message | None:
        """Say what is wrong with the list or its files, all of which are read; None if nothing is."""
        files = self.found()
        if self._listed() is None:
            return m(
                "{path}: no package vouches for these, so they are not played", path=self._folder
            )
        if not self.usable:
            return m(
                "{path}: its list is missing, or not the one of the package", path=self._folder
            )
        wrong = sorted({found.file for found in files.values() if not self.whole(found)})
        if not wrong:
            return None
        return m(
            "{wrong} of {count} files are missing or damaged, the first is {file}",
            wrong=len(wrong),
            count=len(files),
            file=Latin(wrong[0]),
        )

    def _open(self, listed: RecordedList) -> ListT | None:
        try:
            data = read_file(self._folder / self.list_file, listed.size)
            if (len(data), _sum(data)) != (listed.size, listed.sha256):
                return None
            return self.parse(data)
        except (OSError, SchemaError, ElectionError, ValueError):
            return None


def whole(path: Path, found: RecordedFile) -> bytes:
    """Return the bytes of a file if they are the listed ones; empty otherwise. Never raises."""
    try:
        data = read_file(path, found.size)
    except (OSError, ElectionError, ValueError):
        return b""
    return data if (len(data), _sum(data)) == (found.size, found.sha256) else b""


def describe(kind: RecordedKind, data: bytes, files: Iterable[RecordedFile]) -> RecordedList:
    """Return what a package says of a list, from its bytes and its files."""
    known = tuple(files)
    languages = tuple(sorted({found.language for found in known}))
    return RecordedList(kind, languages, len(known), len(data), _sum(data))


def of_kind(lists: Iterable[RecordedList], kind: RecordedKind) -> RecordedList | None:
    """Return the list of a kind that a package vouches for, None if it has none."""
    return next((one for one in lists if one.kind is kind), None)


def read_list(form: type[ListT], data: bytes, most: int) -> ListT:
    """Read a list. Raises SchemaError."""
    return from_json(form, data, most)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
