"""Keep on a device who took over from whom in its branch, and exchange it with drives.

    <memory>/takeovers/<spare>.takeover     an act that was verified (`election.takeover`)
    <memory>/takeovers/<spare>.key          on that spare alone: the branch's card key, sealed to it

An act that is about this device is its *tombstone*: it serves nobody any more, and closes and exports. So
a memory of a dead device that is looked at here gets one, too, in a folder of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from crypto.hybrid import HybridKey
from election.aside import make_folder, put
from election.definition import BranchId, DeviceId, Election, EnrolledDevice, Role
from election.device_acts import DeviceActError
from election.errors import PollsStateError
from election.files import read_file
from election.handover import (
    HANDOVER_SUFFIX,
    MAX_HANDOVER,
    TAKEOVER_SUFFIX,
    Completed,
    HandoverDraft,
    chosen,
    complete,
    draft,
    entry_of,
    hand_over,
    replaceable,
    with_spares,
)
from election.package import LoadedPackage
from election.pairing import MARKER
from election.reasons import DeviceActReason
from election.register import PublishedRegister
from election.rescue import Rescue
from election.spare import MAX_SPARE, SPARE_SUFFIX, VerifiedSpare, open_spare
from election.takeover import TakeOver, VerifiedTakeOver, open_takeover
from election.usb_drive import UsbDrive, open_drive
from words.message import m

FOLDER: Final = "takeovers"
_KEY: Final = ".key"


class TakeOvers:
    """Those that a device knows; empty until `read`."""

    def __init__(self, device: DeviceId, data: Path, mirror: Path) -> None:
        self._device = device
        self._memories = data / FOLDER, mirror / FOLDER
        self._acts: dict[DeviceId, tuple[bytes, VerifiedTakeOver]] = {}
        self._key = b""
        self.taken: TakeOver | None = None
        """By this device, and in memory alone: nothing was loaded with it yet."""
        self._published: PublishedRegister | None = None
        self._draft: HandoverDraft | None = None

    @property
    def verified(self) -> tuple[VerifiedTakeOver, ...]:
        """The acts, by spare."""
        return tuple(act for _, (_, act) in sorted(self._acts.items()))

    @property
    def own(self) -> EnrolledDevice | None:
        """This device as a spare that took over; None if it is none, or has not yet."""
        act = self._acts.get(self._device)
        if act is None or self._published is None:
            return None
        return entry_of(act[1], self._published, self._key)

    @property
    def own_act(self) -> bytes:
        """The act by which this device took over; empty if it did not."""
        return self._acts[self._device][0] if self.own is not None else b""

    @property
    def branch(self) -> BranchId | None:
        """Where this device took over."""
        return None if self.own is None else self.own.branch

    @property
    def is_replaced(self) -> bool:
        """A spare took over from this device."""
        return any(act.statement.replaces == self._device for act in self.verified)

    def check_serves(self) -> None:
        """Raise `PollsStateError` where a spare took over: nobody is served here any more."""
        if self.is_replaced:
            raise PollsStateError(m("a spare took over from this device; it closes and exports"))

    def read(self, published: PublishedRegister) -> None:
        """Verify what lies on either memory by the register; what does not hold is nothing."""
        self._published = published
        for memory in self._memories:
            with suppress(OSError):  # a memory that does not answer is told elsewhere
                for path in sorted(memory.glob(f"*{TAKEOVER_SUFFIX}")):
                    with suppress(DeviceActError):
                        self._know(_read(path), published)
            self._key = self._key or _read(memory / f"{self._device}{_KEY}")

    def read_second_key(self) -> None:
        """Believe the second memory's card key: the first one's opens nothing."""
        self._key = _read(self._memories[1] / f"{self._device}{_KEY}") or self._key

    def take(self, usb: Path, key: HybridKey, published: PublishedRegister) -> None:
        """Become a device of the branch that handed over; nothing is kept yet.

        `key`: this spare's. Raises `DeviceActError`, `OSError`.
        """
        self._published = published
        made = max(
            self._handed_over(usb, key, published), key=lambda each: each.verified.statement.at
        )
        self._acts[self._device], self._key = (made.act, made.verified), made.card_key
        self.taken = made.verified.statement

    def give_up(self) -> None:
        """Be of no branch again, if this spare took one and was not loaded for it."""
        if self.taken is not None:
            del self._acts[self._device]
            self._key, self.taken = b"", None

    def replaceable(self, election: Election) -> tuple[DeviceId, ...]:
        """List the devices from which a spare may take over by the hand of this one; a spare has none."""
        own = election.device(self._device)
        if own is None or self.own is not None or self.is_replaced:
            return ()
        return replaceable(election, own, self.verified)

    def begin_handover(
        self,
        typed: str,
        usb: Path,
        election: Election,
        published: PublishedRegister | None,
        found: Callable[[DeviceId], Rescue | None],
        at: datetime,
    ) -> bytes:
        """Freeze who takes over; return what both cards sign.

        `typed`: a number of `replaceable`; `usb`: with the spare's file; `found`: what was rescued here of a
        dead terminal. Raises `DeviceActError`, `PollsStateError`, `OSError`.
        """
        own = election.device(self._device)
        if published is None or own is None:
            raise PollsStateError(m("no election package is loaded; load it first"))
        gone, spare = chosen(typed, self.replaceable(election)), spare_on(usb, published)
        made = draft(spare, election, published, own.branch, gone, self.verified, found(gone), at)
        self._draft = made
        return made.message

    def hand_over(
        self,
        cards: Mapping[Role, tuple[bytes, bytes]],
        usb: Path,
        election: Election,
        key: HybridKey,
        card_key: bytes,
    ) -> TakeOver:
        """Write the spare's file onto its drive. Raises `PollsStateError`, `OSError`."""
        made, self._draft = self._draft, None
        own = election.device(self._device)
        if made is None or own is None:
            raise PollsStateError(m("the act was given up; begin it again"))
        data = hand_over(made, cards, key, own.certificate, card_key)
        with open_drive(usb) as drive:
            drive.write(made.statement.spare, HANDOVER_SUFFIX, data)
        return made.statement

    def keep(self, *, mirrored: bool) -> None:
        """Write what is known onto both memories, where it is not yet; `mirrored`: the second one is there.

        Raises `OSError`.
        """
        files = {f"{spare}{TAKEOVER_SUFFIX}": data for spare, (data, _) in self._acts.items()}
        if self.own is not None:
            files[f"{self._device}{_KEY}"] = self._key
        for memory in self._memories[: 1 + mirrored] if files else ():
            make_folder(memory)
            for name, data in files.items():
                if _read(memory / name) != data:
                    put(memory / name, data)
        self.taken = None

    def admit(self, usb: Path, branch: BranchId) -> tuple[VerifiedTakeOver, ...]:
        """Take the acts of a drive that are new, and write those onto it that it lacks.

        Raises `DeviceActError` for one of another branch or a second one about a device, `OSError`;
        `PollsStateError` before a package is loaded.
        """
        published = self._published
        if published is None:
            raise PollsStateError(m("no election package is loaded; load it first"))
        before = dict(self._acts)
        try:
            for data in _acts_on(usb):
                act = open_takeover(data, published)
                if act.statement.branch != branch:
                    raise DeviceActError(DeviceActReason.ACT_BRANCH)
                self._know(data, published)
            self.leave(usb)
        except BaseException:
            self._acts = before  # all of a drive or nothing
            raise
        return tuple(act for act in self.verified if act.statement.spare not in before)

    def leave(self, usb: Path) -> None:
        """Write the acts onto a drive; onto a device's memory in a folder of their own. Raises `OSError`."""
        if not self._acts:
            return
        place = usb
        if (usb / MARKER).exists():
            place = usb / FOLDER
            make_folder(place)
        with open_drive(place) as drive:
            self.write(drive)

    def write(self, drive: UsbDrive) -> None:
        """Write the acts beside what else leaves the device. Raises `OSError`."""
        for spare, (data, _) in sorted(self._acts.items()):
            drive.write(spare, TAKEOVER_SUFFIX, data)

    def join(self, package: LoadedPackage) -> LoadedPackage:
        """Return a package with the spares that took over in its enrolment list."""
        published = self._published
        if published is None or not self._acts:
            return package
        own = self.own
        entries = [
            own if own is not None and own.id == act.statement.spare else entry_of(act, published)
            for act in self.verified
        ]
        return replace(package, election=with_spares(package.election, entries))

    def _handed_over(
        self, usb: Path, key: HybridKey, published: PublishedRegister
    ) -> list[Completed]:
        """Read every handover to this spare; of those of two tries the last one is meant."""
        made, refused = list[Completed](), DeviceActError(DeviceActReason.ACT_HANDOVER)
        files = list[bytes]()
        with suppress(FileNotFoundError), open_drive(usb) as drive:
            files = [drive.read(name, MAX_HANDOVER) for name in drive.named(HANDOVER_SUFFIX)]
        for given in files:
            try:
                made.append(complete(given, self._device, key, published))
            except DeviceActError as error:
                refused = error
        if not made:
            raise refused
        return made

    def _know(self, data: bytes, published: PublishedRegister) -> None:
        act = open_takeover(data, published)
        said = act.statement
        replaced = self._acts.get(said.replaces)
        if replaced is not None and replaced[1].statement.branch != said.branch:
            raise DeviceActError(DeviceActReason.ACT_BRANCH)
        for other in self.verified:
            known = other.statement
            if known != said and (known.spare == said.spare or known.replaces == said.replaces):
                raise DeviceActError(DeviceActReason.ACT_TWICE)
        self._acts.setdefault(said.spare, (data, act))


def _read(path: Path) -> bytes:
    """Read a kept file; nothing of what cannot be read."""
    with suppress(OSError):
        return read_file(path, MAX_HANDOVER)
    return b""


def spare_on(usb: Path, published: PublishedRegister) -> VerifiedSpare:
    """Read the one spare's file of a drive. Raises `DeviceActError` (`ACT_DRIVE`: none, or several)."""
    with open_drive(usb) as drive:
        names = drive.named(SPARE_SUFFIX)
        if len(names) != 1:
            raise DeviceActError(DeviceActReason.ACT_DRIVE)
        return open_spare(drive.read(names[0], MAX_SPARE), published)


def _acts_on(usb: Path) -> Iterator[bytes]:
    yield from _acts_in(usb)
    with suppress(FileNotFoundError, NotADirectoryError):  # a drive has no such folder
        yield from _acts_in(usb / FOLDER)


def _acts_in(folder: Path) -> Iterator[bytes]:
    with open_drive(folder) as drive:
        for name in drive.named(TAKEOVER_SUFFIX):
            yield drive.read(name, MAX_HANDOVER)
