"""Flash memory of a simulated ZFM module: settings, templates by place, and the notepad."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from drivers.fingerprint.zfm_wire import ADDRESS_DEFAULT, LIST_BYTES, NOTEPAD_BYTES

FORMAT = "amin-zfm-flash-1"
CAPACITY = 162
_NUMBERS = ("capacity", "password", "address", "security", "packet_size_code", "baud_factor")
PAGE_PLACES = 8 * LIST_BYTES


@dataclass(slots=True)
class Flash:
    """Memory with factory values; with a `file`, every change is kept there and read by `load`."""

    file: Path | None = None
    capacity: int = CAPACITY
    password: int = 0
    address: int = ADDRESS_DEFAULT
    security: int = 3
    packet_size_code: int = 2
    baud_factor: int = 6
    templates: dict[int, bytes] = field(default_factory=dict, repr=False)
    notepad: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path, capacity: int = CAPACITY) -> Self:
        """Return what a module kept in `file`, or a new memory. Raises ValueError for another file."""
        if not file.exists():
            return cls(file, capacity)
        kept = json.loads(file.read_text("utf-8"))
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            raise ValueError(f"{file} is no memory of a simulated module; choose another file")
        numbers = {name: kept[name] for name in _NUMBERS}
        templates, notepad = (
            {int(place): bytes.fromhex(data) for place, data in kept[name].items()}
            for name in ("templates", "notepad")
        )
        return cls(file, **numbers, templates=templates, notepad=notepad)

    def save(self) -> None:
        """Write the memory to its file, if it has one."""
        if self.file is None:
            return
        kept = {
            "format": FORMAT,
            **{name: getattr(self, name) for name in _NUMBERS},
            "templates": {str(place): data.hex() for place, data in self.templates.items()},
            "notepad": {str(page): data.hex() for page, data in self.notepad.items()},
        }
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(kept), "utf-8")
        fresh.replace(self.file)

    def note(self, page: int) -> bytes:
        """Return a page of the notepad, zeros if nothing was written."""
        return self.notepad.get(page, bytes(NOTEPAD_BYTES))

    def listing(self, page: int) -> bytes:
        """Return one bit for each of 256 places; the first byte's lowest bit is the first place."""
        bits = bytearray(LIST_BYTES)
        for place in self.templates:
            if place // PAGE_PLACES == page:
                bits[place % PAGE_PLACES // 8] |= 1 << place % 8
        return bytes(bits)
