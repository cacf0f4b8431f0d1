"""Name the files of a device, on its two memories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from election.aside import make_folder, put
from election.definition import DeviceId, Election
from election.device_acts import DeviceActError
from election.files import read_file
from election.package.portraits import PACKAGE_FILE
from election.register import REGISTER_FILE, PublishedRegister
from election.rescue import (
    MAX_RESCUE,
    Rescue,
    RescueFile,
    covers,
    has_all_votes,
    read_rescue,
    said_in,
)
from election.rescuing import RESCUE_SUFFIX, sound, sound_one


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

    def rescue_copies(self, name: str) -> tuple[bytes, ...]:
        """Read a rescue from the first memory and the second: what can be read, and the same only once."""
        found = (_read(_rescues(memory) / name) for memory in (self.data, self.mirror))
        return tuple(dict.fromkeys(data for data in found if data is not None))

    def keep_rescue(self, device: DeviceId, data: bytes, *, mirrored: bool) -> None:
        """Keep a rescue, in the place of those that it covers; `mirrored`: on the second memory, too.

        One that has no record more than a kept one is left. Raises `OSError`.
        """
        new, name = read_rescue(data), f"{device}{RESCUE_SUFFIX}"
        for number in count(2):
            kept = tuple(self._parsed(name))
            if all(covers(new, each) for each in kept):
                break
            if any(covers(each, new) for each in kept):
                return
            name = f"{device}-{number}{RESCUE_SUFFIX}"
        for memory in (self.data, *([self.mirror] if mirrored else [])):
            _put_rescue(memory, name, data)

    def join_rescues(self, election: Election, published: PublishedRegister) -> None:
        """Give either memory the rescues that it lacks, or that hold on the other one. Raises `OSError`."""
        for name in self.rescues:
            if (held := sound_one(self.rescue_copies(name), election, published)) is None:
                continue
            for memory in (self.data, self.mirror):
                if _read(_rescues(memory) / name) != held:
                    _put_rescue(memory, name, held)

    def rescues_for(
        self, election: Election, published: PublishedRegister
    ) -> Iterator[tuple[str, bytes | None, bool]]:
        """Yield the rescues for headquarters, by name without suffix; None for what no memory reads.

        And whether headquarters will take it. One that does not hold goes there all the same.
        """
        for name in self.rescues:
            copies = self.rescue_copies(name)
            held = next((data for data, _ in sound(copies, election, published)), None)
            data = next(iter(copies), None) if held is None else held
            yield name.removesuffix(RESCUE_SUFFIX), data, held is not None

    def rescued(self, election: Election, published: PublishedRegister | None) -> frozenset[bytes]:
        """Return the hashes of the authorizations whose votes were rescued here.

        None of a rescue that headquarters would refuse, nor of one that has fewer votes than authorizations:
        whose vote is missing, nobody knows.
        """
        if published is None:
            return frozenset()
        copies = [self.rescue_copies(name) for name in self.rescues]
        files = [file for each in copies for _, file in sound(each, election, published)]
        return frozenset(each.hash for file in files if has_all_votes(file) for each in file.spent)

    def rescue_of(self, device: DeviceId) -> Rescue | None:
        """Return what was said of a dead terminal when it was rescued here; None if it was not.

        Of several rescues, what the one with the most votes says.
        """
        said = [found for file in self._kept() if (found := said_in(file)) is not None]
        own = (each for each in said if each.device == device)
        return max(own, key=lambda each: each.found.cast, default=None)

    def _kept(self) -> Iterator[RescueFile]:
        for name in self.rescues:
            yield from self._parsed(name)

    def _parsed(self, name: str) -> Iterator[RescueFile]:
        """Yield the copies of a rescue that can be read; damage may have made them say two things."""
        for data in self.rescue_copies(name):
            if (parsed := _parse(data)) is not None:
                yield parsed

    @property
    def added_lists(self) -> tuple[Path, Path]:
        """Revocation lists beside those of the package, on either medium."""
        return self.data / "added.lists", self.mirror / "added.lists"


def _rescues(memory: Path) -> Path:
    return memory / "rescues"


def _put_rescue(memory: Path, name: str, data: bytes) -> None:
    make_folder(_rescues(memory))
    put(_rescues(memory) / name, data)


def _read(path: Path) -> bytes | None:
    with suppress(OSError):
        return read_file(path, MAX_RESCUE)
    return None


def _parse(data: bytes) -> RescueFile | None:
    with suppress(DeviceActError):
        return read_rescue(data)
    return None
