"""Whether two folders lie on two disks, on a machine that is drawn."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.media.parents import Apart, Disks, apart


@dataclass
class Machine:
    """A tree of /sys, as the kernel lays it out."""

    root: Path

    def __post_init__(self) -> None:
        self.numbers = count(1)
        self.disks = Disks(self.root / "dev", self.root / "mountinfo", {})
        self.disks.blocks.mkdir(parents=True)
        self.disks.mounts.touch()

    def _block(self, folder: Path) -> int:
        number = os.makedev(8, next(self.numbers))
        folder.mkdir(parents=True)
        name = f"{os.major(number)}:{os.minor(number)}"
        (folder / "dev").write_text(f"{name}\n")
        (self.disks.blocks / name).symlink_to(folder)
        return number

    def disk(self, device: str, name: str = "sda") -> Path:
        """A disk of what is plugged at `device`, a path below /sys/devices."""
        plugged = self.root / "devices" / device
        plugged.mkdir(parents=True, exist_ok=True)
        folder = plugged / "block" / name
        self._block(folder)
        (folder / "device").symlink_to(plugged)
        return folder

    def part(self, disk: Path, number: int) -> Path:
        folder = disk / f"{disk.name}{number}"
        self._block(folder)
        (folder / "partition").write_text(f"{number}\n")
        return folder

    def mapped(self, *below: Path) -> Path:
        """LUKS, LVM, md."""
        folder = self.root / "devices" / "virtual" / f"dm-{next(self.numbers)}"
        self._block(folder)
        (folder / "slaves").mkdir()
        for each in below:
            (folder / "slaves" / each.name).symlink_to(each)
        return folder

    def loop(self, file: Path) -> Path:
        folder = self.root / "devices" / "virtual" / f"loop{next(self.numbers)}"
        self._block(folder)
        (folder / "loop").mkdir()
        (folder / "loop" / "backing_file").write_text(f"{file}\n")
        return folder

    def mount(self, block: Path, place: str) -> Path:
        """The folder of a file system on this block device."""
        major, minor = (block / "dev").read_text().strip().split(":")
        self.disks.device_of[Path(place)] = os.makedev(int(major), int(minor))
        return Path(place)


USB = "pci0/usb1/1-1"
UNIT = f"{USB}/1-1:1.0/host0/target0:0:0/0:0:0:0"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_two_sticks(machine: Machine) -> None:
    one = machine.mount(machine.part(machine.disk(UNIT), 1), "/data")
    stick = "pci0/usb1/1-2/1-2:1.0/host1/target1:0:0/1:0:0:0"
    other = machine.mount(machine.part(machine.disk(stick, "sdb"), 1), "/mirror")
    assert machine.disks.apart(one, other) is Apart.TWO


@pytest.mark.parametrize(
    "what", ["partitions", "units", "luks", "lvm", "a loop on it", "a hub is none", "the same"]
)
def test_one_stick_in_disguise(machine: Machine, what: str) -> None:
    disk = machine.disk(UNIT)
    first = machine.part(disk, 1)
    one = machine.mount(first, "/data")
    expected = Apart.ONE
    match what:
        case "partitions":
            second = machine.part(disk, 2)
        case "units":
            second = machine.disk(UNIT.replace("0:0:0:0", "0:0:0:1"), "sdb")
        case "luks":
            second = machine.mapped(machine.part(disk, 2))
        case "lvm":
            # A volume on this stick and on another one dies with either.
            second = machine.mapped(machine.part(disk, 2), machine.disk("pci0/nvme/nvme0", "n1"))
        case "a loop on it":
            second = machine.loop(machine.mount(first, "/data/image"))
        case "a hub is none":
            second = machine.disk(UNIT.replace("1-1/1-1:1.0", "1-1/1-1.4/1-1.4:1.0"), "sdc")
            expected = Apart.TWO
        case _:
            second = first
    assert machine.disks.apart(one, machine.mount(second, "/mirror")) is expected


def test_name_spaces_of_one_disk(machine: Machine) -> None:
    one = machine.mount(machine.disk("pci0/nvme/nvme0", "nvme0n1"), "/data")
    other = machine.mount(machine.disk("pci0/nvme/nvme0", "nvme0n2"), "/mirror")
    assert machine.disks.apart(one, other) is Apart.ONE
    third = machine.mount(machine.disk("pci0/nvme/nvme1", "nvme1n1"), "/third")
    assert machine.disks.apart(one, third) is Apart.TWO


def test_file_systems_with_numbers_of_their_own(machine: Machine) -> None:
    """Two subvolumes of btrfs, and memory."""
    part = machine.part(machine.disk(UNIT), 1)
    device = machine.mount(part, "/dev/sda1")
    lines = [f"36 1 0:{number} / /m{number} rw - btrfs /dev/sda1 rw" for number in (41, 42)]
    lines.append("37 1 0:43 / /m43 rw - tmpfs tmpfs rw")
    machine.disks.mounts.write_text("\n".join(lines) + "\nbroken - \n")
    places = [Path(f"/m{number}") for number in (41, 42, 43)]
    for number, place in zip((41, 42, 43), places, strict=True):
        machine.disks.device_of[place] = os.makedev(0, number)
    assert machine.disks.device_of[device]
    assert machine.disks.apart(places[0], places[1]) is Apart.ONE
    assert machine.disks.apart(places[0], places[2]) is Apart.UNKNOWN
    assert machine.disks.apart(places[2], places[2]) is Apart.ONE


def test_what_never_ends_is_not_known(machine: Machine, tmp_path: Path) -> None:
    """A loop device in a file system on itself; nothing there; no device of that number."""
    loop = machine.loop(Path("/itself"))
    one = machine.mount(loop, "/itself")
    assert machine.disks.apart(one, one) is Apart.UNKNOWN
    assert machine.disks.apart(tmp_path / "gone", tmp_path) is Apart.UNKNOWN
    machine.disks.device_of[Path("/strange")] = os.makedev(9, 9)
    assert machine.disks.apart(Path("/strange"), one) is Apart.UNKNOWN


def test_this_machine(tmp_path: Path) -> None:
    assert apart(tmp_path, tmp_path) is Apart.ONE


@given(st.data())
def test_layers_of_any_kind_lead_to_their_disks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever stands on what: two media are apart exactly if no disk is under both."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    made: list[tuple[Path, frozenset[int]]] = [
        (machine.disk(f"pci0/nvme/nvme{number}", f"n{number}"), frozenset({number}))
        for number in range(3)
    ]
    for step in range(data.draw(st.integers(0, 6))):
        below = data.draw(st.lists(st.sampled_from(made), min_size=1, max_size=2))
        under = frozenset[int]().union(*(each for _, each in below))
        match data.draw(st.sampled_from(["mapped", "loop", "part"])):
            case "mapped":
                made.append((machine.mapped(*{path for path, _ in below}), under))
            case "loop":
                file = machine.mount(below[0][0], f"/file{step}")
                made.append((machine.loop(file), below[0][1]))
            case _ if not (below[0][0] / "partition").exists():
                made.append((machine.part(below[0][0], step), below[0][1]))
    (one, first), (other, second) = data.draw(st.tuples(*[st.sampled_from(made)] * 2))
    places = machine.mount(one, "/one"), machine.mount(other, "/other")
    assert machine.disks.apart(*places) is (Apart.ONE if first & second else Apart.TWO)
