"""Keep what a trustee has made and seen, on the trustee's own machine.

A file is in the journal before it is on the USB drive, so a repeated step gives the same file, and no
trustee ever deals a second polynomial. What was seen when a step was done is remembered by hash:
a file that somebody exchanges later is noticed. Nothing here is secret once the ceremony is over;
before that it holds the committed file that is still held back, so only its owner may read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crypto.compact_json import (
    ParsedJson,
    as_fields,
    as_list,
    as_number,
    as_text,
    dump,
    load_compact,
)
from crypto.errors import DecodeError
from headquarters.ceremony.ceremony_files import CeremonyFiles, read_own, write_own
from headquarters.ceremony.definition import Ceremony, CeremonyStep, digest, file_name
from headquarters.ceremony.errors import CeremonyError
from words.message import m

JOURNAL_FILE = "journal.json"
_VERSION = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of trustee `trustee` (from 1) in the ceremony with this digest."""

    ceremony: str
    trustee: int
    made: Mapping[CeremonyStep, bytes]
    released: frozenset[CeremonyStep]
    """Steps whose file may be on a USB drive; the committed file is made one step earlier."""
    seen: Mapping[str, str]
    """Hashes by file name."""

    @property
    def text(self) -> bytes:
        """The bytes of the journal's file."""
        return dump(
            {
                "version": _VERSION,
                "ceremony": self.ceremony,
                "trustee": self.trustee,
                "made": [[step.value, content.decode()] for step, content in self.made.items()],
                "released": [step.value for step in CeremonyStep if step in self.released],
                "seen": [[name, sha256] for name, sha256 in sorted(self.seen.items())],
            }
        )

    def with_made(self, made: Mapping[CeremonyStep, bytes]) -> Journal:
        """Return the journal with these files added as made, not yet released."""
        return replace(self, made={**self.made, **made})

    def releasing(self, step: CeremonyStep, ceremony_files: CeremonyFiles) -> Journal:
        """Return the journal with a step's file released and all files on the drive remembered as seen."""
        seen = {file_name(*key): digest(content) for key, content in ceremony_files.files.items()}
        return replace(self, released=self.released | {step}, seen={**self.seen, **seen})

    def check_unchanged(self, ceremony_files: CeremonyFiles) -> None:
        """Raise CeremonyError (`changed`) if a file is another than at an earlier visit."""
        for key, content in ceremony_files.files.items():
            name = file_name(*key)
            if self.seen.get(name, digest(content)) != digest(content):
                raise CeremonyError(
                    "changed",
                    m(
                        "is not the file that was there at your last step; find out who exchanged it, "
                        "or use the USB drive of that step"
                    ),
                    name,
                )


def empty_journal(ceremony: Ceremony, trustee: int) -> Journal:
    """Return the journal of a trustee who has done nothing yet."""
    return Journal(ceremony.digest, trustee, {}, frozenset(), {})


def read_journal(folder: Path) -> Journal | None:
    """Read the journal; None if nothing was done yet. Raises CeremonyError (`secret`)."""
    return read_own(folder / JOURNAL_FILE, parse_journal)


def write_journal(folder: Path, journal: Journal) -> None:
    """Write the journal, readable by its owner only. Raises CeremonyError (`secret`)."""
    write_own(folder / JOURNAL_FILE, journal.text)


def parse_journal(content: bytes) -> Journal:
    """Parse the text of a journal. Raises DecodeError."""
    try:
        return _parse(content)
    except ValueError as error:
        raise DecodeError("not a journal of this version") from error


def _parse(content: bytes) -> Journal:
    version, ceremony, trustee, made, released, seen = as_fields(
        load_compact(content), "version", "ceremony", "trustee", "made", "released", "seen"
    )
    found = Journal(
        _hash(ceremony),
        as_number(trustee),
        {CeremonyStep(step): text.encode() for step, text in map(_pair, as_list(made))},
        frozenset(CeremonyStep(as_text(step)) for step in as_list(released)),
        {name: _hash(sha256) for name, sha256 in map(_pair, as_list(seen))},
    )
    if version != _VERSION or found.text != content or not found.released <= found.made.keys():
        raise DecodeError("not a journal of this version")
    return found


def _pair(value: ParsedJson) -> tuple[str, str]:
    first, second = as_list(value, 2)
    return as_text(first), as_text(second)


def _hash(value: ParsedJson) -> str:
    text = as_text(value)
    if not _SHA256.fullmatch(text):
        raise DecodeError("a hash is 64 lower-case hex digits")
    return text
