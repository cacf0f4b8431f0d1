"""Say what a power cut can leave of what was written.

The model, for each medium by itself:

    content   a sector of 512 bytes is whole: as it was at the last sync of its file, or as after any of the
              writes since then, whatever became of other sectors and other writes
    size      follows the sectors that are there; what is missing between them reads as zeros
    names     made, renamed or taken away: through when their folder was synced; before that each may be
              there or not

Two media know nothing of each other: any state of one goes with any state of the other at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.powercut.recording import Did, Event, Recording

SECTOR: Final = 512
WHOLE: Final = -1
"""In place of a sector: an operation that has none, a name or a truncation."""

Piece = tuple[int, int]
"""Number of a pending operation of a medium, and the sector of its file, or `WHOLE`."""


@dataclass(slots=True)
class File:
    """A file as the medium has it, and as the system does."""

    kept: bytes = b""
    seen: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not through yet: a write, a truncation, or a change of names."""

    event: Event
    file: File | None
    """None for a change of names."""
    target: File
    """What was written, or has or had the name."""
    sectors: tuple[int, ...]
    content: tuple[bytes, ...] = ()
    """Of these sectors, as the system had them after the write."""

    @property
    def words(self) -> str:
        """Say what it is, short."""
        event = self.event
        name = Path(event.path).name
        match event.did:
            case Did.WRITE:
                return f"write {name} {event.offset}+{len(event.data)}"
            case Did.TRUNCATE:
                return f"truncate {name} to {event.offset}"
            case Did.RENAME | Did.LINK:
                return f"{event.did.name.lower()} {name} {Path(event.to).name}"
            case _:
                return f"{event.did.name.lower()} {name}"


@dataclass(slots=True)
class Medium:
    """One folder: its names and files, and what is pending."""

    root: str
    names: dict[str, File] = field(default_factory=dict)
    """As the medium has them, by path."""
    seen: dict[str, File] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)

    def pieces(self) -> list[Piece]:
        """All that may be there or not."""
        return [
            (number, sector)
            for number, each in enumerate(self.pending)
            for sector in each.sectors or (WHOLE,)
        ]

    def left(self, kept: Iterable[Piece]) -> dict[str, bytes]:
        """Return the files after a cut that left these pieces of what was pending, and nothing else of it."""
        pieces = set(kept)
        names = dict(self.names)
        changed: dict[int, bytearray] = {}
        for number, each in enumerate(self.pending):
            if each.file is None:
                if (number, WHOLE) in pieces:
                    _rename(names, each)
                continue
            content = changed.setdefault(id(each.file), bytearray(each.file.kept))
            if each.event.did is Did.TRUNCATE:
                if (number, WHOLE) in pieces:
                    size = each.event.offset
                    content.extend(bytes(max(0, size - len(content))))
                    del content[size:]
                continue
            for sector, data in zip(each.sectors, each.content, strict=True):
                if (number, sector) in pieces:
                    at = sector * SECTOR
                    content.extend(bytes(max(0, at + len(data) - len(content))))
                    content[at : at + len(data)] = data
        return {
            path: bytes(changed[id(file)]) if id(file) in changed else file.kept
            for path, file in names.items()
        }


def _rename(names: dict[str, File], each: Pending) -> None:
    event = each.event
    target = each.target
    match event.did:
        case Did.CREATE:
            names[event.path] = target
        case Did.LINK:
            names[event.to] = target
        case Did.UNLINK:
            names.pop(event.path, None)
        case _:
            names.pop(event.path, None)
            names[event.to] = target


class Disks:
    """All media of a recording, moved from event to event."""

    def __init__(self, recording: Recording) -> None:
        self.media = [Medium(str(root)) for root in recording.roots]
        self._inodes: dict[int, File] = {}
        for path, content in recording.before.items():
            file = File(content, bytearray(content))
            medium = self._medium(path)
            assert medium is not None
            medium.names[path] = medium.seen[path] = file
            self._inodes[recording.inodes[path]] = file

    def do(self, event: Event) -> None:
        """Go one event further."""
        medium = self._medium(event.path)
        if medium is None:
            return
        match event.did:
            case Did.WRITE | Did.TRUNCATE:
                if (file := self._inodes.get(event.inode)) is not None:
                    medium.pending.append(_change(event, file))
            case Did.SYNC:
                self._sync(medium, self._inodes.get(event.inode))
            case Did.SYNC_NAMES:
                left = [each for each in medium.pending if each.file is not None]
                medium.names = dict(medium.seen)
                medium.pending[:] = left
            case Did.MARK:
                pass
            case _:
                self._name(medium, event)

    def _name(self, medium: Medium, event: Event) -> None:
        match event.did:
            case Did.CREATE:
                file = self._inodes[event.inode] = medium.seen[event.path] = File()
            case Did.UNLINK:
                if (gone := medium.seen.pop(event.path, None)) is None:
                    return
                file = gone
            case Did.RENAME:
                file = medium.seen[event.to] = medium.seen.pop(event.path)
            case _:
                file = medium.seen[event.to] = medium.seen[event.path]
        medium.pending.append(Pending(event, None, file, ()))

    @staticmethod
    def _sync(medium: Medium, file: File | None) -> None:
        if file is not None:
            file.kept = bytes(file.seen)
            medium.pending[:] = [each for each in medium.pending if each.file is not file]

    def _medium(self, path: str) -> Medium | None:
        return next(
            (each for each in self.media if path.startswith(each.root + "/")), None
        ) or next((each for each in self.media if path == each.root), None)


def _change(event: Event, file: File) -> Pending:
    seen = file.seen
    if event.did is Did.TRUNCATE:
        seen.extend(bytes(max(0, event.offset - len(seen))))
        del seen[event.offset :]
        return Pending(event, file, file, ())
    end = event.offset + len(event.data)
    seen.extend(bytes(max(0, end - len(seen))))
    seen[event.offset : end] = event.data
    sectors = tuple(range(event.offset // SECTOR, (end - 1) // SECTOR + 1))
    content = tuple(bytes(seen[s * SECTOR : (s + 1) * SECTOR]) for s in sectors)
    return Pending(event, file, file, sectors, content)


def replay(recording: Recording) -> dict[str, bytes]:
    """Return what all events together make of the files: what is there, if the recorder missed nothing."""
    disks = Disks(recording)
    for event in recording.events:
        disks.do(event)
    return {path: bytes(file.seen) for each in disks.media for path, file in each.seen.items()}


def points(recording: Recording) -> Iterator[int]:
    """Yield where to cut: before every sync, after everything that was promised, and at the end.

    Between two syncs what is pending only grows, so that these have all states of the points between.
    """
    last = -1
    for number, event in enumerate(recording.events):
        if event.did in {Did.SYNC, Did.SYNC_NAMES}:
            here = number
        elif event.did is Did.MARK:
            here = number + 1
        else:
            continue
        if here != last:
            last = here
            yield here
    if last != len(recording.events):
        yield len(recording.events)


def shapes(medium: Medium) -> Iterator[tuple[str, frozenset[Piece]]]:
    """Yield nothing, all, each write missing, each alone, and each cut at each of its sectors."""
    every = medium.pieces()
    whole = frozenset(every)
    yield "nothing", frozenset()
    if not every:
        return
    yield "all", whole
    of: dict[int, list[Piece]] = {}
    for piece in every:
        of.setdefault(piece[0], []).append(piece)
    for number, pieces in of.items():
        yield "missing", whole.difference(pieces)
        yield "alone", frozenset(pieces)
        before = frozenset(piece for piece in every if piece[0] < number)
        yield "cut", before
        for at in range(1, len(pieces)):
            yield "cut", before.union(pieces[:at])
            yield "cut", before.union(pieces[at:])


def words(medium: Medium, kept: Iterable[Piece]) -> Sequence[str]:
    """Say what was pending and is there, and what is not."""
    pieces = set(kept)
    lines = []
    for number, each in enumerate(medium.pending):
        sectors = each.sectors or (WHOLE,)
        there = [s for s in sectors if (number, s) in pieces]
        state = (
            "there" if len(there) == len(sectors) else "lost" if not there else f"sectors {there}"
        )
        lines.append(f"{each.words}: {state}")
    return lines


def put(files: Mapping[str, bytes], old: str, new: Path) -> None:
    """Write files of a recording under another folder."""
    made: set[Path] = set()
    for path, content in files.items():
        place = Path(f"{new}{path.removeprefix(old)}")
        if place.parent not in made:
            place.parent.mkdir(parents=True, exist_ok=True)
            made.add(place.parent)
        place.write_bytes(content)
