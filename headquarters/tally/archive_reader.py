"""Read an archive's events and what is published in it, for every step after the verifier's.

Nothing here judges: an archive of another person is verified first (`headquarters.verification`,
which has a stricter reader of its own and shares none of this one).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crypto.archive import EVENT, HEADER_NAME, event_kind, read_entries
from crypto.compact_json import as_list, as_text, load_compact
from crypto.election import BeleniosElection, parse_election
from crypto.errors import DecodeError
from crypto.result import TallyResult, parse_result
from election.files import open_file


@dataclass(frozen=True, slots=True)
class ArchiveEvent:
    """An event with the objects in front of it."""

    kind: str
    objects: tuple[bytes, ...]
    time: int
    """Seconds since 1970, the same for all events of an archive."""
    digest: str
    """SHA-256 (hex) of the event."""

    def object(self, place: int, of: int) -> bytes:
        """Return object number `place` of `of`. Raises DecodeError for another number of objects."""
        if len(self.objects) != of:
            raise DecodeError(f"{len(self.objects)} objects in front of {self.kind}")
        return self.objects[place]


@dataclass(frozen=True, slots=True)
class PublishedArchive:
    """The content of an archive that a reader learns without a key."""

    election: BeleniosElection
    time: int
    """Seconds since 1970."""
    credentials: frozenset[str]
    ballots: tuple[str, ...]
    """SHA-256 (hex) of the ballots, in the order of the archive."""
    result: TallyResult | None
    """None in an archive that is not finished."""


def read_events(path: Path) -> Iterator[ArchiveEvent]:
    """Yield the events in their order. Raises DecodeError, or OSError if it cannot be read."""
    objects: list[bytes] = []
    with open_file(path) as stream:
        for entry in read_entries(stream):
            if entry.name == HEADER_NAME:
                continue
            if not entry.name.endswith(EVENT):
                objects.append(entry.content)
                continue
            digest = hashlib.sha256(entry.content).hexdigest()
            yield ArchiveEvent(event_kind(entry.content), tuple(objects), entry.time, digest)
            objects.clear()


def read_archive(path: Path) -> PublishedArchive:
    """Read what an archive publishes.

    Raises DecodeError for a file that is no archive, OSError if it cannot be read.
    """
    election: BeleniosElection | None = None
    credentials: frozenset[str] = frozenset()
    ballots: list[str] = []
    result: TallyResult | None = None
    time = 0
    for event in read_events(path):
        time = event.time
        match event.kind:
            case "Setup":
                election = parse_election(event.object(0, of=4))
                listed = load_compact(event.object(2, of=4))
                credentials = frozenset(as_text(item) for item in as_list(listed))
            case "Ballot":
                ballots.append(hashlib.sha256(event.object(0, of=1)).hexdigest())
            case "Result" if election is not None:
                result = parse_result(election, event.object(0, of=1))
    if election is None:
        raise DecodeError(f"{path.name} has no Setup event")
    return PublishedArchive(election, time, credentials, tuple(ballots), result)
