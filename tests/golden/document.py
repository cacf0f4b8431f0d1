"""A document that travels, and its golden files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.golden.day import World
from tests.golden.vault import FOLDER

MESSAGES = "messages.txt"


@dataclass(frozen=True, slots=True)
class Document:
    """`read` verifies; what it gives is what `says` gives."""

    name: str
    write: Callable[[World], Mapping[str, bytes]]
    """Files by name. Signs with the fixed keys."""
    read: Callable[[World, Mapping[str, bytes]], object]
    says: Callable[[World], object]


def stored(name: str) -> dict[str, bytes]:
    """All golden files of a document."""
    place = FOLDER / name
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def stored_files(name: str) -> dict[str, bytes]:
    """The document's own golden files, as `write` names them."""
    files = stored(name)
    return {
        file: data
        for file, data in files.items()
        if file != MESSAGES and file.removesuffix(".txt") + ".cbor" not in files
    }


def unpack_into(place: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
