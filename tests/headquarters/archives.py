"""Taking archives apart and writing altered ones whose hashes are right again."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from crypto.archive import ArchiveEntry, ArchiveWriter, read_entries, tar_header
from crypto.compact_json import ParsedJson, dump


@dataclass(slots=True)
class Step:
    """An event with the objects that carry its content; links between objects are made anew.

    `owner` is that of a shuffle or decryption, `size` the number stated with a tally.
    """

    kind: str
    objects: list[bytes] = field(default_factory=list)
    owner: int | None = None
    size: int | None = None


def take_apart(path: Path) -> list[Step]:
    """The events of a well-formed archive."""
    steps: list[Step] = []
    waiting: list[bytes] = []
    with path.open("rb") as stream:
        for entry in list(read_entries(stream))[1:]:
            if entry.name.endswith(".data.json"):
                waiting.append(entry.content)
                continue
            step = Step(json.loads(entry.content)["type"], waiting)
            if step.kind in ("Setup", "EncryptedTally", "Shuffle", "PartialDecryption"):
                link = json.loads(step.objects.pop())
                step.owner, step.size = link.get("owner"), link.get("num_tallied")
            steps.append(step)
            waiting = []
    return steps


def put_together(path: Path, steps: list[Step]) -> Path:
    """Write the events with hashes and parents that fit."""
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, 1795328752)
    for step in steps:
        hashes = [writer.data(content) for content in step.objects]
        link: ParsedJson = None
        match step.kind:
            case "Setup":
                link = dict(zip(("election", "trustees", "credentials"), hashes, strict=True))
            case "EncryptedTally":
                counts = {"num_tallied": step.size, "total_weight": step.size}
                link = {**counts, "encrypted_tally": hashes[0]}
            case "Shuffle" | "PartialDecryption":
                link = {"owner": step.owner, "payload": hashes[0]}
        if link is not None:
            hashes.append(writer.data(dump(link)))
        writer.event(step.kind, hashes[-1] if hashes else None)
    path.write_bytes(stream.getvalue())
    return path


def rewrite(path: Path, source: Path, change: Callable[[int, bytes], bytes]) -> Path:
    """Pass every entry (number from 1, content) through `change`; names and parents fit again."""
    with source.open("rb") as stream:
        header, *entries = read_entries(stream)
    parent: str | None = None
    written = [header]
    for number, entry in enumerate(entries, 1):
        content, kind = entry.content, "data"
        if entry.name.endswith(".event.json"):
            kind = "event"
            event = json.loads(content)
            content = dump({**event, "parent": parent} if parent else event)
        content = change(number, content)
        digest = hashlib.sha256(content).hexdigest()
        parent = digest if kind == "event" else parent
        written.append(ArchiveEntry(f"{digest}.{kind}.json", content))
    with path.open("wb") as stream:
        for entry in written:
            stream.write(tar_header(entry.name, len(entry.content), 1795331831))
            stream.write(entry.content + bytes(-len(entry.content) % 512))
    return path
