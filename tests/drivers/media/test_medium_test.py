"""A medium is tried out: what lies about its size is found, and nothing else on it is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.errors import DriverError
from drivers.media import medium_test
from tests.needs import missing

MIB = 1024 * 1024
ROOT = Path(__file__).parents[3]


def silent(step: str, done: int, total: int) -> None:
    del step, done, total


def try_out(folder: Path, aside: Path | None = None) -> medium_test.MediumReport:
    return medium_test.test(folder, aside, 20, silent)


class Media:
    """Loop devices, mounted."""

    def __init__(self, folder: Path) -> None:
        if os.geteuid() != 0 or not Path("/dev/loop-control").exists():
            missing("media are loop devices, which root mounts")
        self.folder = folder
        self.undone = ExitStack()

    def mount(self, image: Path, *options: str) -> Path:
        place = self.folder / "stick"
        place.mkdir()
        self._run("mkfs.ext4", "-q", "-F", *options, str(image))
        self._run("mount", "-o", "loop", str(image), str(place))
        self.undone.callback(self._run, "umount", "--lazy", str(place))
        return place

    def image(self, size: int) -> Path:
        path = self.folder / "image"
        with path.open("wb") as file:
            file.truncate(size)
        return path

    def false(self, claimed: int, real: int, kind: str) -> Path:
        if shutil.which("fusermount") is None and shutil.which("fusermount3") is None:
            missing("fuse is not installed")
        place = self.folder / "fuse"
        place.mkdir()
        words = [str(place), str(claimed), str(real), kind]
        daemon = subprocess.Popen(
            [sys.executable, "-m", "tests.drivers.media.false_stick", *words], cwd=ROOT
        )
        self.undone.callback(daemon.wait)
        self.undone.callback(self._run, "umount", "--lazy", str(place))
        limit = time.monotonic() + 20
        while not (place / "disk.img").exists():
            assert time.monotonic() < limit, "FUSE did not mount"
            time.sleep(0.05)
        return place / "disk.img"

    @staticmethod
    def _run(*command: str) -> None:
        env = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
        subprocess.run(command, check=True, capture_output=True, env=env)


@pytest.fixture
def media(tmp_path: Path) -> Iterator[Media]:
    made = Media(tmp_path)
    with made.undone:
        yield made


def leaves_nothing(stick: Path) -> bool:
    return {path.name for path in stick.iterdir()} <= {"lost+found", "old.txt"}


def test_an_honest_stick_is_good_and_empty_again(media: Media) -> None:
    stick = media.mount(media.image(24 * MIB))
    told: list[tuple[str, int, int]] = []
    report = medium_test.test(stick, None, 20, lambda *step: told.append(step))
    assert report.good, report
    assert report.right == report.written > 15 * MIB
    assert 0 < report.half_ms <= report.most_ms <= report.longest_ms
    assert {step for step, _, _ in told} == {"writing", "reading back", "small writes"}
    assert all(done <= total for _, done, total in told)
    assert leaves_nothing(stick)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drops", "wraps"])
def test_a_stick_that_lies_about_its_size_is_found(media: Media, tmp_path: Path, kind: str) -> None:
    # As FAT, which most sticks have, without a journal: that would lie in the room that is not there.
    stick = media.mount(media.false(32 * MIB, 12 * MIB, kind), "-O", "^has_journal")
    (stick / "old.txt").write_bytes(b"what lay on it")
    aside = tmp_path / "aside"
    report = try_out(stick, aside)
    assert not report.good
    assert "false capacity" in str(report.findings[0])
    assert report.right < report.written
    assert report.first_wrong is not None
    kept = aside / "old.txt"
    there = kept if kept.exists() else stick / "old.txt"
    assert there.read_bytes() == b"what lay on it", "nothing is lost"


def test_files_are_copied_compared_and_the_copies_go(media: Media, tmp_path: Path) -> None:
    stick = media.mount(media.image(16 * MIB))
    (stick / "old.txt").write_bytes(b"old" * 1000)
    (stick / "link").symlink_to("old.txt")
    with pytest.raises(DriverError, match="name a folder elsewhere"):
        try_out(stick)
    with pytest.raises(DriverError, match="name a folder elsewhere"):
        try_out(stick, stick / "aside")
    assert try_out(stick, tmp_path / "aside").good
    assert (stick / "old.txt").read_bytes() == b"old" * 1000
    assert not (tmp_path / "aside").exists()
    assert (stick / "link").is_symlink()


def test_a_harmed_file_is_named_and_its_copy_stays(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = media.mount(media.image(16 * MIB))
    (stick / "old.txt").write_bytes(b"old")
    small_writes = medium_test._small_writes

    def harm(*arguments: object) -> list[float]:
        (stick / "old.txt").write_bytes(b"new")
        return small_writes(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(medium_test, "_small_writes", harm)
    report = try_out(stick, tmp_path / "aside")
    assert not report.good
    assert "old.txt" in str(report.findings[0])
    assert (tmp_path / "aside" / "old.txt").read_bytes() == b"old"
    assert (tmp_path / "aside").stat().st_mode & 0o077 == 0, "what a device recorded, perhaps"


@pytest.mark.parametrize("step", ["writing", "reading back", "small writes"])
def test_an_interruption_leaves_nothing(media: Media, step: str) -> None:
    stick = media.mount(media.image(16 * MIB))

    def stop(name: str, done: int, total: int) -> None:
        if name == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        medium_test.test(stick, None, 20, stop)
    assert leaves_nothing(stick)


def test_what_a_cut_left_is_taken_away(media: Media) -> None:
    stick = media.mount(media.image(16 * MIB))
    (stick / "amin-medium-test").mkdir()
    (stick / "amin-medium-test" / "000000").write_bytes(bytes(MIB))
    assert medium_test.files_on(stick) == ()
    assert try_out(stick).good
    assert leaves_nothing(stick)


def test_a_locked_stick_is_told(media: Media) -> None:
    stick = media.mount(media.image(16 * MIB))
    media._run("mount", "-o", "remount,ro", str(stick))
    report = try_out(stick)
    assert not report.good
    assert "stopped answering" in str(report.findings[0])
