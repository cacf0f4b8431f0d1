"""Lock a device for one program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.media.lock import AlreadyRunningError, FolderLock, is_dying, only_one, run_folder
from words.message import Message

HOLDER = """
import os, sys, time
from pathlib import Path
from drivers.media.lock import only_one
run, folder, seconds, way = sys.argv[1:]
with only_one("device", [Path(folder)], Path(run) if run else None) as lock:
    if way == "ends":
        lock.ends()
    if way == "forks" and os.fork() == 0:
        time.sleep(3)
        os._exit(0)
    print("held", flush=True)
    limit = time.monotonic() + float(seconds)
    while time.monotonic() < limit:
        time.sleep(0.02)
        if lock.was_knocked():
            print("knocked", flush=True)
"""


def holding(run: Path | None, folder: Path, seconds: float, way: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run or ""), str(folder), str(seconds), way],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def test_a_second_program_is_refused_and_the_first_one_is_told(run: Path, memory: Path) -> None:
    with holding(run, memory, 60) as first:
        assert first.stdout is not None
        with pytest.raises(AlreadyRunningError), only_one("device", [memory], run, wait_s=0.1):
            pass
        assert first.stdout.readline() == "knocked\n"
        # Another device of the same machine, with memories that are not there.
        with only_one("other", [memory / "pulled"], run, wait_s=0.1):
            pass
        first.kill()
    with only_one("device", [memory], run, wait_s=0.1):
        pass


@pytest.mark.parametrize("which", ["no folder for a file", "copied elsewhere", "memory read-only"])
def test_the_memories_are_locked_whatever_becomes_of_the_file(
    run: Path, memory: Path, tmp_path: Path, which: str
) -> None:
    """A second `station.toml`, another user's folder, a memory on which nothing can be written."""
    if which == "memory read-only":
        memory.chmod(0o500)
    with holding(None if which == "no folder for a file" else run, memory, 60) as first:
        other = tmp_path / "elsewhere"
        other.mkdir()
        with pytest.raises(AlreadyRunningError), only_one("device", [memory], other, wait_s=0.1):
            pass
        first.kill()


def test_the_file_is_locked_where_there_is_no_memory(run: Path, tmp_path: Path) -> None:
    with holding(run, tmp_path / "pulled", 60) as first:
        with (
            pytest.raises(AlreadyRunningError),
            only_one("device", [tmp_path / "pulled"], run, wait_s=0.1),
        ):
            pass
        first.kill()


def test_a_program_that_may_be_ending_is_waited_for(run: Path, memory: Path) -> None:
    with holding(run, memory, 0.5):
        began = time.monotonic()
        with only_one("device", [memory], run):
            assert time.monotonic() - began > 0.2


def test_a_program_that_says_it_is_ending_is_waited_for_without_a_limit(
    run: Path, memory: Path
) -> None:
    told: list[Message] = []
    with (
        holding(run, memory, 0.7, "ends"),
        only_one("device", [memory], run, wait_s=0, told=told.append),
    ):
        assert len(told) == 1
    # What it said does not stay: whoever runs now is not ending.
    with holding(run, memory, 60) as first:
        with pytest.raises(AlreadyRunningError), only_one("device", [memory], run, wait_s=0):
            pass
        first.kill()


def test_neither_forked_nor_started_programs_have_the_lock(run: Path, tmp_path: Path) -> None:
    with holding(run, tmp_path / "pulled", 60, "forks") as first:
        first.kill()
        with only_one("device", [], run, wait_s=1):
            child = subprocess.Popen(["sleep", "60"], close_fds=False)
    with only_one("device", [], run, wait_s=0):
        child.kill()
    child.wait()


def test_a_memory_that_failed_is_let_go_of(memory: Path) -> None:
    """So that the system can take it off, and another one comes in its place."""
    lock, other = FolderLock(memory), FolderLock(memory)
    assert lock.take()
    assert lock.take()
    assert not other.take()
    lock.let_go()
    lock.let_go()
    assert other.take()
    other.let_go()


def test_nothing_is_followed_or_believed(run: Path, memory: Path) -> None:
    """A link in the file's place, and whatever lies in it: the start is not later, nor refused."""
    (run / "device.lock").symlink_to(memory / "elsewhere")
    with only_one("device", [memory], run, wait_s=0):
        pass
    assert not (memory / "elsewhere").exists()
    (run / "device.lock").unlink()
    for content in (b"", b"1 1 ending\n", b"\0" * 100_000, b"-1 x\n"):
        (run / "device.lock").write_bytes(content)
        with only_one("device", [memory], run, wait_s=0) as lock:
            assert not lock.was_knocked()
            assert (run / "device.lock").read_bytes().startswith(b"%d " % os.getpid())


def test_a_zombie_is_dying_and_a_stopped_program_is_not(tmp_path: Path) -> None:
    child = subprocess.Popen(["sleep", "60"])
    child.send_signal(signal.SIGSTOP)
    assert not is_dying(child.pid)
    child.kill()
    limit = time.monotonic() + 10
    while not is_dying(child.pid):
        assert time.monotonic() < limit
        time.sleep(0.01)
    child.wait()
    assert not is_dying(child.pid)
    # A thread that hangs in the kernel: killed, and asleep all the same.
    status = tmp_path / "7" / "status"
    status.parent.mkdir()
    status.write_text("Name:\tpython\nState:\tD (disk sleep)\nShdPnd:\t0000000000000100\n")
    assert is_dying(7, tmp_path)
    status.write_text("State:\tD (disk sleep)\nSigPnd:\t0000000000004000\nShdPnd:\tzz\n")
    assert not is_dying(7, tmp_path)


def test_every_start_finds_the_same_folder(tmp_path: Path) -> None:
    there, given = tmp_path / "run", {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert run_folder(given, there) == there
    assert there.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    nowhere = tmp_path / "file" / "run"
    assert run_folder(given, nowhere) == tmp_path / "amin"
    home = {"XDG_STATE_HOME": str(tmp_path / "state")}
    assert run_folder(home, nowhere) == tmp_path / "state" / "amin"
    assert run_folder({"XDG_STATE_HOME": str(tmp_path / "file")}, nowhere) is None


def test_what_is_kept_stays_locked_after_the_block(run: Path, memory: Path) -> None:
    """A store that hangs in a sync may write until its process is gone."""
    with only_one("device", [memory], run) as lock:
        lock.keep()
    assert not FolderLock(memory).take()
    for folder in lock.memories.values():
        folder.let_go()
    assert FolderLock(memory).take()
