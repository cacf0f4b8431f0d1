"""Name the files of a device, on its two memories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from election.aside import put
from election.definition import DeviceId
from election.device_acts import DeviceActError
from election.files import read_file
from election.package.portraits import PACKAGE_FILE
from election.register import REGISTER_FILE
from election.rescue import (
    MAX_RESCUE,
    Rescue,
    RescueFile,
    covers,
    has_all_votes,
    read_rescue,
    said_in,
)
from election.rescuing import RESCUE_SUFFIX


class _Place:
    """A file in a folder of a device."""

    def __init__(self, name: str, *, mirrored: bool = False) -> None:
        """`mirrored`: in the folder on the second memory."""
        self._name = name
        self._mirrored = mirrored

    def __get__(self, files: Files, owner: type[Files]) -> Path:
        return (files.mirror if self._mirrored else files.data) / self._name


@dataclass(frozen=True, slots=True)
class Files:
    """Where a device keeps what."""

    data: Path
    mirror: Path

    package = _Place(PACKAGE_FILE)
    """The installed election package."""
    register = _Place(REGISTER_FILE)
    """The register that names the installed package."""
    bundle = _Place("closing.bundle")
    """The closing bundle, from the closing on."""
    polls = _Place("polls.db")
    """State of the polls, with the acts that led to it."""
    polls_mirror = _Place("polls.db", mirrored=True)
    """Its copy on the second medium."""
    audit = _Place("audit.jsonl")
    """The audit log."""
    audit_mirror = _Place("audit.jsonl", mirrored=True)
    """Its copy on the second medium."""
    votes = _Place("votes.db")
    """Ballots on the first medium."""
    votes_mirror = _Place("votes.db", mirrored=True)
    """Ballots on the second medium."""
    pollbook = _Place("pollbook.db")
    """Who has been given a ballot, by keyed hash."""
    pollbook_mirror = _Place("pollbook.db", mirrored=True)
    """Its copy on the second medium."""
    pollbook_lost = _Place("pollbook.lost")
    """There while two roles have not confirmed that the pollbook begins anew."""
    one_memory = _Place("one-memory")
    """There while two roles let the device go on without a second memory."""
    counters = _Place("counters.db")
    """Refusals, overrides and the sums of the day."""
    counters_mirror = _Place("counters.db", mirrored=True)
    """Their copy on the second medium."""

    @property
    def anchors(self) -> tuple[Path, Path]:
        """Where the log and the number of votes stood (`election.anchors`), on either medium."""
        return self.data / "anchor", self.mirror / "anchor"

    @property
    def rescues(self) -> dict[str, Path]:
        """The rescues of dead terminals that were made here, by file name; on whichever memory."""
        found: dict[str, Path] = {}
        for memory in (self.mirror, self.data):
            with suppress(OSError):  # a memory that does not answer is told elsewhere
                found |= {path.name: path for path in sorted(_rescues(memory).glob("*.rescue"))}
        return found

    def keep_rescue(self, device: DeviceId, data: bytes, *, mirrored: bool) -> None:
        """Keep a rescue, in the place of those that it covers; `mirrored`: on the second memory, too.

        One that has no record more than a kept one is left. Raises `OSError`.
        """
        new, name = read_rescue(data), f"{device}{RESCUE_SUFFIX}"
        for number in count(2):
            path = self.rescues.get(name)
            kept = None if path is None else _read_kept(path)
            if kept is None or covers(new, kept):
                break
            if covers(kept, new):
                return
            name = f"{device}-{number}{RESCUE_SUFFIX}"
        for memory in (self.data, *([self.mirror] if mirrored else [])):
            _rescues(memory).mkdir(exist_ok=True)
            put(_rescues(memory) / name, data)

    @property
    def rescued(self) -> frozenset[bytes]:
        """Hashes of the authorizations whose votes were rescued here.

        None of a rescue that has fewer votes than authorizations: whose vote is missing, nobody knows.
        """
        whole = (file for file in self._kept() if has_all_votes(file))
        return frozenset(each.hash for file in whole for each in file.spent)

    def rescue_of(self, device: DeviceId) -> Rescue | None:
        """Return what was said of a dead terminal when it was rescued here; None if it was not.

        Of several rescues, what the one with the most votes says.
        """
        said = [found for file in self._kept() if (found := said_in(file)) is not None]
        own = (each for each in said if each.device == device)
        return max(own, key=lambda each: each.found.cast, default=None)

    def _kept(self) -> Iterator[RescueFile]:
        for path in self.rescues.values():
            if (kept := _read_kept(path)) is not None:
                yield kept

    @property
    def added_lists(self) -> tuple[Path, Path]:
        """Revocation lists beside those of the package, on either medium."""
        return self.data / "added.lists", self.mirror / "added.lists"


def _rescues(memory: Path) -> Path:
    return memory / "rescues"


def _read_kept(path: Path) -> RescueFile | None:
    """Read a kept rescue; None for what is none any more."""
    with suppress(OSError, DeviceActError):
        return read_rescue(read_file(path, MAX_RESCUE))
    return None
