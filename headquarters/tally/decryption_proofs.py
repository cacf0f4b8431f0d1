"""Keep the trustees' strong decryption proofs beside an archive, in its supplement.

    supplement/decryptions.json
    {"format": "amin-decryption-proofs", "version": 1, "event": hex,
     "proofs": [{"owner", "challenge", "response"}, …]}        by owner, each once; compact JSON

`event` is the last event before the first partial decryption, so a file tells which archive it is
about. The archive itself has no place for the proofs: the reference tool compares every byte of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
from crypto.group import scalar_from_text
from crypto.proofs import Proof
from election.files import PUBLIC, read_file, replace_file

SUPPLEMENT_FOLDER: Final = "supplement"
PROOFS_FILE: Final = "decryptions.json"
FORMAT: Final = "amin-decryption-proofs"
VERSION: Final = 1
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LARGEST: Final = 1 << 20
"""Bytes; a proof has about 200."""


@dataclass(frozen=True, slots=True)
class DecryptionProofs:
    """The proofs of an archive's partial decryptions, by owner."""

    event: str
    """SHA-256 (hex) of the last event before the first partial decryption."""
    proofs: Mapping[int, Proof]

    @property
    def text(self) -> bytes:
        """The file's bytes."""
        proofs: list[ParsedJson] = [
            {"owner": owner, "challenge": str(proof.challenge), "response": str(proof.response)}
            for owner, proof in sorted(self.proofs.items())
        ]
        return dump({"format": FORMAT, "version": VERSION, "event": self.event, "proofs": proofs})


def parse_proofs(text: bytes) -> DecryptionProofs:
    """Parse the text of `DecryptionProofs`. Raises DecodeError for everything else."""
    kind, version, event, listed = as_fields(
        load_compact(text), "format", "version", "event", "proofs"
    )
    if kind != FORMAT or version != VERSION:
        raise DecodeError("not decryption proofs of this version")
    if not _DIGEST.fullmatch(as_text(event)):
        raise DecodeError("decryption proofs without an event")
    proofs: dict[int, Proof] = {}
    for item in as_list(listed):
        owner, challenge, response = as_fields(item, "owner", "challenge", "response")
        proofs[as_number(owner)] = Proof(
            scalar_from_text(as_text(challenge)), scalar_from_text(as_text(response))
        )
    found = DecryptionProofs(as_text(event), proofs)
    if found.text != text:
        raise DecodeError("decryption proofs of which one is there twice, or not in their order")
    return found


def proofs_path(archive: Path) -> Path:
    """Return the path of the proofs of an archive."""
    return archive.parent / SUPPLEMENT_FOLDER / PROOFS_FILE


def read_proofs(archive: Path) -> DecryptionProofs | None:
    """Read the proofs of an archive; None if there are none.

    Raises DecodeError for a file that is none, OSError if it cannot be read.
    """
    try:
        text = read_file(proofs_path(archive), _LARGEST)
    except FileNotFoundError:
        return None
    return parse_proofs(text)


def write_proofs(archive: Path, proofs: DecryptionProofs) -> None:
    """Replace the proofs of an archive; they are on the medium afterwards. Raises OSError."""
    path = proofs_path(archive)
    path.parent.mkdir(exist_ok=True)
    replace_file(path, proofs.text, PUBLIC)


def forget_proofs(archive: Path) -> None:
    """Remove what an earlier archive of this name left. Raises OSError."""
    proofs_path(archive).unlink(missing_ok=True)
