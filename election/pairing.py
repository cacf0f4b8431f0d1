"""Know the second memory by a marker, not by the folder where it is mounted.

When a package is loaded, both memories get the same random name. From the opening on a folder without
it is no mirror: the mount point of a memory that was pulled is an ordinary folder of the system's disk,
and takes votes as gladly as any other. A new memory, or another one of this device, serves once two
roles have confirmed it.

    amin-medium    {"device", "name": 16 random bytes, "mounted", "drive_mounted", "data_mounted"}

The file is canonical CBOR.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Annotated, Final

from annotated_types import Len

from crypto.errors import DecodeError
from drivers.media.errors import MediumLostError, StorageError
from drivers.media.lock import FolderLock
from election.aside import put
from election.definition import DeviceId
from election.files import FileRefusedError, read_file
from election.schema import from_cbor, to_cbor
from words.message import Latin, Message, m

MARKER: Final = "amin-medium"
"""Name of the file on both memories."""
_MAX_SIZE: Final = 1024
"""Bytes."""


class Mirror(Enum):
    """What is where the second memory belongs."""

    THERE = auto()
    MISSING = auto()
    """Nothing, or the bare mount point."""
    FOREIGN = auto()
    """The memory of another device."""
    NEW = auto()
    """A memory without a marker, or another one of this device."""


@dataclass(frozen=True, slots=True)
class Marker:
    """Content of the marker."""

    device: DeviceId
    name: Annotated[bytes, Len(16, 16)]
    mounted: bool
    """The second memory was a mount of its own; on a bench both are folders of one disk."""
    drive_mounted: bool
    """So was the USB drive that the package came on."""
    data_mounted: bool
    """So was the first memory: what the second one holds is not restored onto its bare mount point."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The two memories of a device, and the drive."""

    data: Path
    mirror: Path
    usb: Path
    device: DeviceId
    lock: FolderLock | None = None
    """Of the second memory, held while it is there; None where nothing is locked."""

    def make(self) -> None:
        """Name both memories anew. Raises `StorageError`: no memory, or another device's."""
        theirs = self._read(self.mirror)
        if theirs is not None and theirs.device != self.device:
            raise StorageError(
                m(
                    "the second memory belongs to {device}: put in this device's own, or an empty one",
                    device=Latin(theirs.device),
                )
            )
        known = self._read(self.data)
        drive_mounted = os.path.ismount(self.usb) if known is None else known.drive_mounted
        self._write(
            Marker(
                self.device,
                secrets.token_bytes(16),
                os.path.ismount(self.mirror),
                drive_mounted or os.path.ismount(self.usb),
                os.path.ismount(self.data),
            )
        )

    def look(self) -> Mirror:
        """Say what is in the mirror's place now; one that another program uses is another device's.

        Raises `MediumLostError` where the first memory's place is its bare mount point.
        """
        found = self._look()
        if self.lock is not None:
            if found is not Mirror.THERE:
                self.lock.let_go()
            elif not self.lock.take():
                return Mirror.FOREIGN
        return found

    def _look(self) -> Mirror:
        if not self.mirror.is_dir():
            return Mirror.MISSING
        mine = self._read(self.data)
        try:
            theirs = self._read(self.mirror)
        except MediumLostError:
            return Mirror.MISSING
        if theirs is None:
            bare = mine is not None and mine.mounted and not os.path.ismount(self.mirror)
            return Mirror.MISSING if bare else Mirror.NEW
        if theirs.device != self.device:
            return Mirror.FOREIGN
        if mine is None:
            if theirs.data_mounted and not os.path.ismount(self.data):
                raise _lost(_PRIMARY)
            # The first memory lost the name; the second one says which it was.
            with suppress(OSError):
                put(self.data / MARKER, to_cbor(theirs))
            return Mirror.THERE
        return Mirror.THERE if theirs.name == mine.name else Mirror.NEW

    def drive_is_out(self) -> bool:
        """Tell whether the folder of the USB drive is a bare mount point."""
        mine = self._read(self.data)
        return mine is not None and mine.drive_mounted and not os.path.ismount(self.usb)

    def _write(self, marker: Marker) -> None:
        try:
            # The mirror first: a name that only the data folder has would find no memory.
            for folder in (self.mirror, self.data):
                put(folder / MARKER, to_cbor(marker))
        except OSError as error:
            raise _lost(_MIRROR) from error

    @staticmethod
    def _read(folder: Path) -> Marker | None:
        """None if there is none that can be read; `MediumLostError` if the medium does not answer."""
        try:
            return from_cbor(Marker, read_file(folder / MARKER, _MAX_SIZE))
        except (FileNotFoundError, FileRefusedError, NotADirectoryError, DecodeError):
            return None
        except OSError as error:
            raise _lost(_MIRROR) from error


_PRIMARY: Final = m("primary memory")
_MIRROR: Final = m("mirror memory")


def _lost(medium: Message) -> MediumLostError:
    return MediumLostError(
        m("the {medium} is missing or cannot be written: check it", medium=medium)
    )
