"""Lists of recordings and films as a package vouches for them, for tests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from election import clips, signs
from election.recorded import Listed, RecordedKind, RecordedList

FILES = {RecordedKind.SPEECH: clips.LIST_FILE, RecordedKind.SIGNS: signs.LIST_FILE}


def vouched(folder: Path, kind: RecordedKind) -> RecordedList:
    """What a package says of the list that lies in a folder, whatever that is."""
    data = (folder / FILES[kind]).read_bytes()
    return RecordedList(kind, ("fa",), 1, max(1, len(data)), hashlib.sha256(data).hexdigest())


def written(folder: Path, kind: RecordedKind, *entries: dict[str, object]) -> Listed:
    """Write a list; what vouches for it."""
    member = "clips" if kind is RecordedKind.SPEECH else "films"
    text = json.dumps({member: list(entries)}, ensure_ascii=False).encode()
    (folder / FILES[kind]).write_bytes(text)
    listed = vouched(folder, kind)
    return lambda: listed


def clip_entry(data: bytes, text: str = "دەنگدان", file: str = "0001.ogg") -> dict[str, object]:
    digest = hashlib.sha256(data).hexdigest()
    return {"language": "ckb", "text": text, "file": file, "size": len(data), "sha256": digest}


def film_entry(data: bytes, step: str = "marking", file: str = "marking.webp") -> dict[str, object]:
    digest = hashlib.sha256(data).hexdigest()
    return {"step": step, "language": "psc", "file": file, "size": len(data), "sha256": digest}
