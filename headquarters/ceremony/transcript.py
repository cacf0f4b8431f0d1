"""Write and check trustees.json and transcript.json, which a ceremony leaves.

transcript.json = {"statement":{…},"confirmations":[signed message of every trustee]}; the
statement names the ceremony, every file up to the confirmations with its SHA-256, the hash of
trustees.json and the election key:

    {"version":1,"ceremony":hex,"files":[{"name":…,"sha256":hex}…],"trustees":hex,"public_key":S(Y)}
"""

from __future__ import annotations

from collections.abc import Sequence

from crypto.compact_json import ParsedJson, dump, load_compact
from crypto.group import point_text
from crypto.threshold.messages import SignedMessage
from crypto.trustees import Trustees
from headquarters.ceremony.ceremony_files import CeremonyFiles
from headquarters.ceremony.definition import (
    DEFINITION_FILE,
    VERSION,
    CeremonyStep,
    digest,
    file_name,
)


def statement_of(ceremony_files: CeremonyFiles, trustees: Trustees) -> bytes:
    """Write what every trustee signs at the end, once all earlier steps are done."""
    files = {DEFINITION_FILE: ceremony_files.ceremony.text}
    for step in ceremony_files.ceremony.steps:
        if step is not CeremonyStep.CONFIRMATION:
            for index, content in zip(
                ceremony_files.ceremony.indices, ceremony_files.all_of(step), strict=True
            ):
                files[file_name(step, index)] = content
    return dump(
        {
            "version": VERSION,
            "ceremony": ceremony_files.ceremony.digest,
            "files": [{"name": name, "sha256": digest(data)} for name, data in files.items()],
            "trustees": digest(trustees.text),
            "public_key": point_text(trustees.election_key),
        }
    )


def transcript_of(statement: bytes, confirmations: Sequence[SignedMessage]) -> bytes:
    """Write transcript.json."""
    signatures: list[ParsedJson] = [confirmation.as_json() for confirmation in confirmations]
    return dump({"statement": load_compact(statement), "confirmations": signatures})
