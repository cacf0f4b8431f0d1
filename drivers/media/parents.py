"""Tell whether two folders lie on different physical disks: two partitions of one stick are one medium.

The number of a file system's device says little: two partitions, two volumes of dm-crypt and two subvolumes
of btrfs have different ones, and lie on one stick. From it the way leads through /sys/dev/block: a partition
to its disk, a mapped device (LUKS, LVM, md) to what it is made of, a loop device to the file behind it, and
a disk to what is plugged: several logical units, slots or name spaces of one device are one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

_MOST_STEPS: Final = 16
"""From a file system down to a disk; each layer is one."""
_USB_DEVICE: Final = re.compile(r"[0-9]+-[0-9]+(\.[0-9]+)*")
_UNIT: Final = re.compile(r"[0-9]+:[0-9]+:[0-9]+:[0-9a-fx]+")
"""Host, channel, target and logical unit of SCSI."""


class Apart(Enum):
    """Whether two media are two."""

    TWO = auto()
    ONE = auto()
    UNKNOWN = auto()
    """A file system in memory, of another machine, or of a program."""


@dataclass(frozen=True, slots=True)
class Disks:
    """Where the kernel tells of block devices and mounts; another place in tests."""

    blocks: Path = Path("/sys/dev/block")
    mounts: Path = Path("/proc/self/mountinfo")
    device_of: dict[Path, int] = field(default_factory=dict)
    """Numbers of the devices of folders and files, where a test says them."""

    def apart(self, one: Path, other: Path) -> Apart:
        """Compare what two folders lie on. Never raises."""
        try:
            first, second = self.under(one), self.under(other)
        except (OSError, ValueError, RecursionError):
            return Apart.UNKNOWN
        if not (first and second):
            same = first == second and self._number(one) == self._number(other)
            return Apart.ONE if same else Apart.UNKNOWN
        return Apart.ONE if first & second else Apart.TWO

    def under(self, place: Path) -> frozenset[Path]:
        """Return what is plugged under a folder, as paths below /sys; empty if it cannot be told.

        Raises `OSError`, `ValueError` for what never ends.
        """
        number = self._number(place)
        if os.major(number) == 0 and (source := self._source(number)) is not None:
            # btrfs and others have numbers of their own; the mount names the device.
            number = self.device_of.get(source) or source.stat().st_rdev
        return self._plugged(number, _MOST_STEPS)

    def _number(self, place: Path) -> int:
        return self.device_of.get(place) or place.stat().st_dev

    def _source(self, number: int) -> Path | None:
        wanted = f"{os.major(number)}:{os.minor(number)}"
        for line in self.mounts.read_text(errors="replace").splitlines():
            left, _, right = line.partition(" - ")
            fields, kind = left.split(), right.split()
            if len(fields) > 2 and fields[2] == wanted and len(kind) > 1 and kind[1][:5] == "/dev/":
                return Path(kind[1])
        return None

    def _plugged(self, number: int, steps: int) -> frozenset[Path]:
        if steps == 0:
            raise ValueError("block devices that never end")
        here = self.blocks / f"{os.major(number)}:{os.minor(number)}"
        if not here.exists():
            return frozenset()
        disk = here.resolve()
        if (disk / "partition").exists():
            disk = disk.parent
        behind = disk / "loop" / "backing_file"
        if behind.exists():
            file = Path(behind.read_text().rstrip("\n"))
            return self._plugged(self._number(file), steps - 1)
        found = frozenset[Path]()
        for slave in sorted((disk / "slaves").glob("*")):
            major, _, minor = (slave / "dev").read_text().strip().partition(":")
            below = self._plugged(os.makedev(int(major), int(minor)), steps - 1)
            if not below:
                return below
            found |= below
        return found or frozenset({_device(disk)})


def _device(disk: Path) -> Path:
    """Return what is plugged, of which this disk is one unit."""
    link = disk / "device"
    device = link.resolve() if link.exists() else disk
    above = [place for place in (device, *device.parents) if _USB_DEVICE.fullmatch(place.name)]
    if above:
        return above[0]
    return device.parent if _UNIT.fullmatch(device.name) else device


def apart(one: Path, other: Path) -> Apart:
    """Compare what two folders of this machine lie on. Never raises."""
    return Disks().apart(one, other)
