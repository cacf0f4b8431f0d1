"""Read a USB drive into a value, and write it so that pulling it at any moment harms nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from crypto.errors import CryptoError
from election import files
from election.because import because
from election.files import PRIVATE, PUBLIC, FileRefusedError
from election.reasons import FileReason
from headquarters.ceremony.definition import (
    DEFINITION_FILE,
    Ceremony,
    CeremonyStep,
    file_name,
    parse_ceremony,
)
from headquarters.ceremony.errors import CeremonyError
from words.message import m

T = TypeVar("T")

TRUSTEES_FILE = "trustees.json"
TRANSCRIPT_FILE = "transcript.json"
LARGEST_FILE = 1024 * 1024
"""Bytes. The largest, a polynomial among 16 trustees, has some 20,000."""


@dataclass(frozen=True, slots=True)
class CeremonyFiles:
    """The files of a ceremony on a USB drive. Nothing but ceremony.json is checked yet."""

    ceremony: Ceremony
    files: Mapping[tuple[CeremonyStep, int], bytes]
    trustees: bytes | None = None
    transcript: bytes | None = None

    def get(self, step: CeremonyStep, index: int) -> bytes | None:
        """Return the file of a trustee (from 1) at a step; None if it is not there."""
        return self.files.get((step, index))

    def missing(self, step: CeremonyStep) -> tuple[int, ...]:
        """Return the trustees (from 1) whose file of this step is not there."""
        return tuple(i for i in self.ceremony.indices if (step, i) not in self.files)

    @property
    def due(self) -> CeremonyStep | None:
        """The first step that somebody has not done; None if everybody has done everything."""
        return next((step for step in self.ceremony.steps if self.missing(step)), None)

    def all_of(self, step: CeremonyStep) -> list[bytes]:
        """Return the files of a step that everybody has done, in the order of the trustees."""
        return [self.files[step, index] for index in self.ceremony.indices]

    def having(self, step: CeremonyStep, index: int, content: bytes) -> CeremonyFiles:
        """Return the same files with one more."""
        files = {**self.files, (step, index): content}
        return CeremonyFiles(self.ceremony, files, self.trustees, self.transcript)


def read_ceremony_files(folder: Path) -> CeremonyFiles:
    """Read a USB drive. Files of other names are left alone.

    Raises CeremonyError (`stick`, `format`).
    """
    definition = read_file(folder / DEFINITION_FILE)
    if definition is None:
        raise CeremonyError(
            "stick",
            m(
                "no ceremony is in {folder}: put in the right USB drive, or give its folder",
                folder=folder,
            ),
        )
    ceremony = parse_ceremony(definition)
    files: dict[tuple[CeremonyStep, int], bytes] = {}
    for step in ceremony.steps:
        for index in ceremony.indices:
            content = read_file(folder / file_name(step, index))
            if content is not None:
                files[step, index] = content
    return CeremonyFiles(
        ceremony, files, read_file(folder / TRUSTEES_FILE), read_file(folder / TRANSCRIPT_FILE)
    )


def read_file(path: Path) -> bytes | None:
    """Read a file; None if it is not there. Raises CeremonyError (`stick`, `format`)."""
    try:
        return files.read_file(path, LARGEST_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        if isinstance(error, FileRefusedError) and error.reason is not FileReason.VANISHED:
            raise CeremonyError("format", because(error), path.name) from error
        raise CeremonyError(
            "stick",
            m(
                "cannot be read ({reason}); put the USB drive in again and repeat the command",
                reason=because(error),
            ),
            path.name,
        ) from error


def write_file(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """Write a file that appears whole or not at all, and is on the medium when this returns.

    Raises CeremonyError (`stick`).
    """
    try:
        files.replace_file(path, content, mode)
    except OSError as error:
        raise CeremonyError(
            "stick",
            m(
                "cannot be written ({reason}); nothing is lost: put the USB drive in again, with room "
                "and write access, and repeat the command",
                reason=because(error),
            ),
            path.name,
        ) from error


def read_own(path: Path, parse: Callable[[bytes], T]) -> T | None:
    """Read a file of a trustee's own folder; None if it is not there. Raises CeremonyError (`secret`)."""
    content = read_file(path)
    try:
        return None if content is None else parse(content)
    except CryptoError as error:
        message = m("is damaged; restore the copy of your secret folder")
        raise CeremonyError("secret", message, path.name) from error


def write_own(path: Path, content: bytes) -> None:
    """Write a file of a trustee's own folder, readable by its owner only.

    Raises CeremonyError (`secret`).
    """
    try:
        write_file(path, content, PRIVATE)
    except CeremonyError as error:
        message = m(
            "{folder} cannot be written; make room there and repeat the command", folder=path.parent
        )
        raise CeremonyError("secret", message, path.name) from error
