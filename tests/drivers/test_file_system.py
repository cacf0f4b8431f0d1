"""File systems that keep what was overwritten are told from those that do not."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import file_system


def mounts(folder: Path, *lines: str) -> Path:
    """Write a table of mounts, with an ordinary disk at the root."""
    table = folder / "mountinfo"
    root = "21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"
    table.write_text("\n".join((root, *lines)) + "\n")
    return table


def mount(at: Path, kind: str, options: str = "rw") -> str:
    return f"40 21 8:1 / {str(at).replace(' ', chr(92) + '040')} rw,nosuid - {kind} /dev/sda1 {options}"


@pytest.mark.parametrize(
    ("kind", "options", "found"),
    [
        ("ext4", "rw", None),
        ("ext4", "rw,data=ordered", None),
        ("ext4", "rw,data=journal", "ext4 data=journal"),
        ("xfs", "rw", None),
        ("vfat", "rw", None),
        ("btrfs", "rw,ssd", "btrfs"),
        ("nilfs2", "rw", "nilfs2"),
        ("f2fs", "rw", "f2fs"),
        ("zfs", "rw", "zfs"),
        ("overlay", "rw", "overlay"),
        ("something-new", "rw", "something-new"),
    ],
)
def test_file_systems(tmp_path: Path, kind: str, options: str, found: str | None) -> None:
    medium = tmp_path / "a medium"
    (medium / "votes").mkdir(parents=True)
    table = mounts(tmp_path, mount(medium, kind, options))
    assert file_system.keeps_old_blocks(medium / "votes", table) == found
    assert file_system.keeps_old_blocks(tmp_path, table) is None


def test_a_later_mount_covers_the_one_before(tmp_path: Path) -> None:
    table = mounts(tmp_path, mount(tmp_path, "btrfs"), mount(tmp_path, "ext4"))
    assert file_system.keeps_old_blocks(tmp_path, table) is None


def test_what_cannot_be_found_out_is_not_called_good(tmp_path: Path) -> None:
    assert file_system.keeps_old_blocks(tmp_path, tmp_path / "nothing") == ""


def test_btrfs_is_asked_to_overwrite_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = [0x10]

    def ioctl(_: int, request: int, data: bytes) -> bytes:
        if request == file_system._SET_FLAGS:
            (flags[0],) = struct.unpack("L", data)
        return struct.pack("L", flags[0])

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    table = mounts(tmp_path, mount(tmp_path, "btrfs"))
    assert file_system.keeps_old_blocks(tmp_path, table) == "btrfs"
    file_system.overwrite_in_place(tmp_path, table)
    assert flags == [0x10 | file_system._NO_COPY_ON_WRITE]
    assert file_system.keeps_old_blocks(tmp_path, table) is None


def test_a_file_system_that_takes_no_flags_is_left_alone(tmp_path: Path) -> None:
    """Here as on most machines: nothing is raised."""
    file_system.overwrite_in_place(tmp_path, mounts(tmp_path, mount(tmp_path, "btrfs")))
    file_system.overwrite_in_place(tmp_path / "nowhere")


@given(st.text(max_size=200))
def test_any_table_of_mounts_is_read(text: str) -> None:
    kind, options = file_system._mount_of(Path("/data"), text)
    assert isinstance(kind, str)
    assert isinstance(options, list)


@pytest.mark.parametrize("kept", [(), (4096,), (0, 4096, 12_288)])
def test_a_page_that_stays_in_memory_has_the_whole_file_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: tuple[int, ...]
) -> None:
    path, told = tmp_path / "file", list[tuple[int, int, int]]()
    path.write_bytes(bytes(20_000))
    monkeypatch.setattr(os, "posix_fadvise", lambda _, *advice: told.append(advice))
    monkeypatch.setattr(file_system, "_is_cached", lambda _, asked: bool({*asked} & {*kept}))
    places = (12_288, 4096, 0)
    file_system.forget_cached(path, places, 4096)
    joined = ((0, 8192), (12_288, 4096))  # what is side by side is one request
    dropped = [(*place, os.POSIX_FADV_DONTNEED) for place in joined]
    whole = [(0, 0, os.POSIX_FADV_DONTNEED)] if kept else []
    asked = [(*place, os.POSIX_FADV_WILLNEED) for place in joined]
    assert told == dropped + whole + asked
    told.clear()
    file_system.forget_cached(path)
    assert told == [(0, 0, os.POSIX_FADV_DONTNEED)]


def test_a_look_at_what_is_in_memory_reads_nothing() -> None:
    """One that has the system read finds what it has read itself, and the whole file is dropped for it."""
    # On a disk: what lies in memory (tmpfs) is never dropped.
    with TemporaryDirectory(dir="/var/tmp") as folder:
        path, pages = Path(folder) / "file", range(0, 64 * 4096, 4096)
        path.write_bytes(bytes(64 * 4096))
        handle = os.open(path, os.O_RDWR)

        def cached() -> set[int]:
            return {page for page in pages if file_system._is_cached(handle, [page])}

        os.pread(handle, 64 * 4096, 0)
        assert cached() == {*pages}
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        kept = cached()
        dropped = [page for page in pages if page not in kept]
        assert dropped, "the system forgot nothing: is /var/tmp on a disk?"
        assert cached() <= kept, "a look brought in what it looked for"
        assert not file_system._is_cached(handle, dropped)
        read = dropped[len(dropped) // 2]
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)  # no page is read ahead
        os.pread(handle, 1, read)
        assert {read} <= cached() <= {read, *kept}
        assert file_system._is_cached(handle, dropped)
        os.close(handle)


def test_what_cannot_be_told_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    handle = os.open(tmp_path / "empty", os.O_RDONLY)
    assert file_system._is_cached(handle, [0])
    os.close(handle)


def test_the_device_may_look() -> None:
    """Where the unit forbids it, nothing is known, and the whole file is dropped at every vote."""
    unit = Path(__file__).parents[2] / "packaging/device/amin.service"
    assert "SystemCallFilter=mincore" in unit.read_text().splitlines()
