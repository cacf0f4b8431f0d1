"""Sticks as people bring them, by file systems in user space; and what a medium's key slots hold, unmapped.

This machine's kernel has neither vfat nor exfat nor a device mapper: FUSE stands for the first two, and
cryptsetup looks into a LUKS2 header without opening a volume.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from drivers.media import medium_test
from election.usb_drive import open_drive
from tests.needs import missing

MIB = 1024 * 1024
ENV = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
KINDS = ("fat", "exfat")


def run(*command: str | Path, given: str | None = None) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, check=True, capture_output=True, env=ENV, text=True, input=given)
    return done.stdout


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program, path=ENV["PATH"]) is None:
            missing(f"{program} is not installed")
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        missing("sticks are mounted by root, through FUSE")


@contextmanager
def stick(folder: Path, kind: str) -> Iterator[Path]:
    image, place = folder / "image", folder / "stick"
    with image.open("wb") as file:
        file.truncate(24 * MIB)
    place.mkdir()
    with ExitStack() as undone:
        if kind == "fat":
            needs("mkfs.vfat", "fusefat")
            run("mkfs.vfat", image)
            run("fusefat", "-o", "rw+", image, place)
        else:
            needs("mkfs.exfat", "mount.exfat-fuse", "losetup")
            run("mkfs.exfat", image)
            device = run("losetup", "--find", "--show", image).strip()
            undone.callback(run, "losetup", "--detach", device)
            run("mount.exfat-fuse", device, place)
        undone.callback(run, "umount", place)
        yield place


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_goes_onto_it_and_comes_back(tmp_path: Path, kind: str) -> None:
    content = os.urandom(300_000)
    with stick(tmp_path, kind) as place:
        (place / "foto.jpg").write_bytes(b"somebody's")
        with open_drive(place) as drive:
            first = drive.write("terminal-1", ".bundle", content)
            second = drive.write("terminal-1", ".bundle", content[:-1])
            assert first == "terminal-1.bundle"
            assert second != first, "nothing is replaced"
            assert drive.read(first, MIB) == content
        assert (place / "foto.jpg").read_bytes() == b"somebody's"
        assert {path.name for path in place.iterdir()} == {first, second, "foto.jpg"}


def test_it_can_be_tried_out(tmp_path: Path) -> None:
    """With exfat: fusefat says of a full stick that nobody may write to it."""
    with stick(tmp_path, "exfat") as place:
        report = medium_test.test(place, None, 5, lambda *_: None)
        assert report.good, report
        assert report.right == report.written > 20 * MIB
        assert list(place.iterdir()) == []


def test_key_slots_are_tried_without_a_device_mapper(tmp_path: Path) -> None:
    """One slot and one token for each who may open it: the marker lies in the header."""
    needs("cryptsetup")
    image = tmp_path / "volume"
    with image.open("wb") as file:
        file.truncate(20 * MIB)
    keys = [tmp_path / f"key-{number}" for number in range(3)]
    for key in keys:
        key.write_bytes(os.urandom(32))
    quick = ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000")
    run("cryptsetup", "luksFormat", "-q", "--type", "luks2", *quick, image, keys[0])
    run("cryptsetup", "luksAddKey", "-q", "--key-file", keys[0], *quick, image, keys[1])
    for slot, recipient in enumerate(("b0001-t1", "district")):
        token = {"type": "amin-medium", "keyslots": [str(slot)], "recipient": recipient}
        run("cryptsetup", "token", "import", "--json-file", "-", image, given=json.dumps(token))
    for number in (0, 1):
        run("cryptsetup", "open", "--test-passphrase", "--key-file", keys[number], image)
        read = json.loads(run("cryptsetup", "token", "export", "--token-id", str(number), image))
        assert read["keyslots"] == [str(number)], "readable without a key"
    with pytest.raises(subprocess.CalledProcessError):
        run("cryptsetup", "open", "--test-passphrase", "--key-file", keys[2], image)
    run("cryptsetup", "luksKillSlot", "-q", image, "1", "--key-file", keys[0])
    with pytest.raises(subprocess.CalledProcessError):
        run("cryptsetup", "open", "--test-passphrase", "--key-file", keys[1], image)
