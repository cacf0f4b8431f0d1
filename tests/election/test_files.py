"""Files are read within limits, and written so that a failure leaves the old one or the new one."""

from __future__ import annotations

import ast
import errno
import fcntl
import io
import os
import re
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from election import files
from election.files import (
    PRIVATE,
    PUBLIC,
    FileRefusedError,
    put_in_place,
    read_file,
    replace_file,
    replacing,
    sync,
    sync_folder,
    write_new,
)
from election.reasons import FileReason

OLD, NEW = b"old" * 50_000, b"new and longer" * 50_000


def open_handles() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


# ---------------------------------------------------------------- reading


def test_reads_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    path.write_bytes(b"")
    assert read_file(path, 0) == b""
    large = os.urandom(3_000_000)
    path.write_bytes(large)
    assert read_file(path, len(large)) == large


def refusal(path: Path, limit: int = 100) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as refused:
        read_file(path, limit)
    assert refused.value.filename == str(path)
    assert refused.value.strerror
    return refused.value


def test_a_larger_file_is_not_read_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, 1 << 40)
    monkeypatch.setattr(os, "read", lambda *_: pytest.fail("it was read"))
    refused = refusal(path)
    assert refused.reason is FileReason.TOO_LARGE
    assert "1099511627776 bytes" in str(refused)


def test_only_regular_files(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"x")
    link, dangling, pipe = tmp_path / "link", tmp_path / "dangling", tmp_path / "pipe"
    link.symlink_to(tmp_path / "target")
    dangling.symlink_to(tmp_path / "nowhere")
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (link, dangling, pipe, tmp_path, tmp_path / "socket", Path("/dev/zero")):
            assert refusal(path).reason is FileReason.NOT_A_FILE


def test_missing_files_and_folders_are_said_to_be_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "file", tmp_path / "folder" / "file"):
        with pytest.raises(FileNotFoundError):
            read_file(path, 100)


@pytest.mark.parametrize("size", [0, 4, 9])
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    found = os.fstat

    def cut(handle: int) -> os.stat_result:
        told = found(handle)
        os.truncate(path, size)
        return told

    monkeypatch.setattr(os, "fstat", cut)
    assert refusal(path).reason is FileReason.VANISHED


def test_a_medium_that_is_pulled_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    before = open_handles()

    def gone(*_: object) -> bytes:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(os, "read", gone)
    refused = refusal(path)
    assert (refused.reason, refused.errno) == (FileReason.VANISHED, errno.ENODEV)
    assert open_handles() == before


# ---------------------------------------------------------------- writing


def replaced(path: Path) -> None:
    replace_file(path, NEW)


def in_pieces(path: Path) -> None:
    with replacing(path) as stream:
        for at in range(0, len(NEW), 1000):
            stream.write(NEW[at : at + 1000])


def created(path: Path) -> None:
    path.unlink(missing_ok=True)
    write_new(path, NEW)


WRITERS = (replaced, in_pieces, created)


@pytest.mark.parametrize("write", WRITERS)
def test_writes(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    write(path)
    assert path.read_bytes() == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_modes(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        for number, mode in enumerate((PRIVATE, PUBLIC)):
            replace_file(tmp_path / "one", b"x", mode)
            write_new(tmp_path / f"new-{number}", b"x", mode)
            for name in ("one", f"new-{number}"):
                assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode
    finally:
        os.umask(before)
    replace_file(tmp_path / "default", b"x")
    assert stat.S_IMODE((tmp_path / "default").stat().st_mode) == 0o600


def test_what_is_there_is_never_replaced_by_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for taken in (path, tmp_path / "link"):
        with pytest.raises(FileExistsError) as refused:
            write_new(taken, NEW)
        assert refused.value.filename == str(taken)
    assert path.read_bytes() == OLD
    assert not (tmp_path / "nowhere").exists()
    assert len(list(tmp_path.iterdir())) == 2


def test_links_are_replaced_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(OLD)
    link = tmp_path / "link"
    link.symlink_to(outside)
    replace_file(link, NEW)
    assert outside.read_bytes() == OLD
    assert not link.is_symlink()
    assert link.read_bytes() == NEW


def test_errors_name_the_file_that_was_to_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for write in (replace_file, write_new):
        with pytest.raises(OSError, match="folder") as refused:
            write(folder, NEW)
        assert refused.value.filename == str(folder)
        with pytest.raises(FileNotFoundError):
            write(tmp_path / "missing" / "file", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_put_in_place(tmp_path: Path) -> None:
    built, path = tmp_path / "built", tmp_path / "file"
    path.write_bytes(OLD)
    built.write_bytes(NEW)
    put_in_place(built, path)
    assert path.read_bytes() == NEW
    assert not built.exists()
    with pytest.raises(FileNotFoundError):
        put_in_place(built, path)


def test_an_error_of_the_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    for error in (ValueError("x"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            write_and_fail(path, error)
    assert path.read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def write_and_fail(path: Path, error: BaseException) -> None:
    with replacing(path) as stream:
        stream.write(NEW)
        raise error


def test_two_writers_at_once(tmp_path: Path) -> None:
    """Neither takes the other's unfinished file for a left-over; the last one wins, whole."""
    path = tmp_path / "file"
    with replacing(path) as slow:
        slow.write(OLD)
        replace_file(path, NEW)
        assert path.read_bytes() == NEW
    assert path.read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_medium_that_is_exchanged_gets_nothing(tmp_path: Path) -> None:
    """The folder is held open: what lies at its path meanwhile is another one."""
    drive = tmp_path / "drive"
    drive.mkdir()
    with replacing(drive / "file") as stream:
        stream.write(NEW)
        drive.rename(tmp_path / "pulled")
        drive.mkdir()
    assert list(drive.iterdir()) == []
    assert (tmp_path / "pulled" / "file").read_bytes() == NEW


def test_file_systems_without_links_and_folder_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As FAT does it."""

    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    through = os.fsync

    def files_only(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        through(handle)

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(os, "fsync", files_only)
    path = tmp_path / "file"
    write_new(path, NEW)
    with pytest.raises(FileExistsError):
        write_new(path, OLD)
    assert path.read_bytes() == NEW
    replace_file(path, OLD)
    assert path.read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_folder_is_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    through: list[str] = []

    def noted(handle: int) -> None:
        kind = os.fstat(handle).st_mode
        through.append("folder" if stat.S_ISDIR(kind) else "file")

    monkeypatch.setattr(os, "fsync", noted)
    replace_file(tmp_path / "a", b"x")
    write_new(tmp_path / "b", b"x")
    put_in_place(tmp_path / "a", tmp_path / "c")
    assert through == ["file", "folder"] * 3
    sync_folder(tmp_path)
    with (tmp_path / "b").open("ab") as stream:
        stream.write(b"more")
        sync(stream)
        sync(stream.fileno())
        assert (tmp_path / "b").read_bytes() == b"xmore"
    assert through[6:] == ["folder", "file", "file"]

    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        sync_folder(tmp_path)


# ---------------------------------------------------------------- failures at every system call


class Stream(io.BufferedWriter):
    """Half of what is written reaches the file, then `at` is told."""

    def __init__(self, raw: io.RawIOBase, at: Callable[[str], None]) -> None:
        super().__init__(raw)
        self._at = at

    def write(self, data: object, /) -> int:
        assert isinstance(data, bytes)
        half = len(data) // 2
        super().write(data[:half])
        super().flush()
        self._at("write")
        return half + super().write(data[half:])

    def flush(self) -> None:
        self._at("flush")
        super().flush()


@contextmanager
def watched(at: Callable[[str], None]) -> Iterator[None]:
    """Tell `at` the name of each system call, before it is made (a write: in its middle)."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("open", "fsync", "replace", "link", "unlink", "close", "listdir"):
            real = getattr(os, name)

            def told(
                *given: object, name: str = name, real: object = real, **named: object
            ) -> object:
                at(name)
                assert callable(real)
                return real(*given, **named)

            patch.setattr(os, name, told)

        def fdopen(handle: int, mode: str) -> BinaryIO:
            return Stream(io.FileIO(handle, mode), at)

        patch.setattr(os, "fdopen", fdopen)
        yield


def calls_of(write: Callable[[Path], None], path: Path) -> list[str]:
    made: list[str] = []
    with watched(made.append):
        write(path)
    return made


def error_of(
    write: Callable[[Path], None], path: Path, at: Callable[[str], None]
) -> OSError | None:
    try:
        with watched(at):
            write(path)
    except OSError as error:
        return error
    return None


def replaced_one(path: Path) -> None:
    replace_file(path, NEW)


def new_one(path: Path) -> None:
    write_new(path.with_name("another"), NEW)


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("write", [replaced_one, new_one])
def test_errors_at_every_system_call(
    tmp_path: Path, write: Callable[[Path], None], trouble: int
) -> None:
    """The old state or the new one, and nothing beside it."""
    path = tmp_path / "file"
    path.write_bytes(OLD)
    before = state(tmp_path)
    made = calls_of(write, path)
    after = state(tmp_path)
    assert before != after
    assert {"open", "write", "flush", "fsync", "unlink", "close"} <= set(made)
    failed = 0
    for place, name in enumerate(made):
        (tmp_path / "another").unlink(missing_ok=True)
        path.write_bytes(OLD)
        left = list(range(place + 1))

        def at(_: str, left: list[int] = left) -> None:
            if left and left.pop() == 0:
                raise OSError(trouble, os.strerror(trouble))

        handles = len(open_handles())
        error = error_of(write, path, at)
        if error is None:  # only the removal of a name that is gone anyhow may fail unseen
            assert name == "unlink"
            assert state(tmp_path).keys() >= after.keys()
        else:
            failed += 1
            assert error.errno == trouble
            renamed = place > max(i for i, call in enumerate(made) if call in {"replace", "link"})
            assert state(tmp_path) == (after if renamed else before), name
        if name != "close":
            assert len(open_handles()) == handles, name
    assert failed >= len(made) - 1


@pytest.mark.parametrize("write", [replaced_one, new_one])
def test_killed_at_every_system_call(tmp_path: Path, write: Callable[[Path], None]) -> None:
    """As a power cut: old or new, and the next writer takes away what was left."""
    path = tmp_path / "file"
    path.write_bytes(OLD)
    before = state(tmp_path)
    made = calls_of(write, path)
    after = state(tmp_path)
    seen = set()
    for place in range(len(made)):
        (tmp_path / "another").unlink(missing_ok=True)
        path.write_bytes(OLD)
        child = os.fork()
        if child == 0:
            left = list(range(place + 1))

            def at(_: str, left: list[int] = left) -> None:
                if left.pop() == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            try:
                with watched(at):
                    write(path)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        found = state(tmp_path)
        left_over = {name for name in found if name.endswith(".unfinished")}
        whole = {name: data for name, data in found.items() if name not in left_over}
        assert whole in (before, after), made[place]
        seen.add((whole == after, bool(left_over)))
        replace_file(path, NEW)
        assert {path.name for path in tmp_path.iterdir()} == whole.keys()
    assert {(False, False), (False, True), (True, False)} <= seen


def test_a_full_medium(tmp_path: Path) -> None:
    """The kernel's own limit, in a process of its own."""
    path = tmp_path / "file"
    path.write_bytes(OLD)
    child = os.fork()
    if child == 0:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        failed = 0
        for write in (replaced_one, new_one, in_pieces):
            try:
                write(path)
            except OSError as error:
                failed += error.errno == errno.EFBIG
        os._exit(failed)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 3
    assert state(tmp_path) == {"file": OLD}


def test_locked_files_of_running_writers_stay(tmp_path: Path) -> None:
    running, cut_off = tmp_path / ".amin-1.unfinished", tmp_path / ".amin-2.unfinished"
    cut_off.write_bytes(b"half")
    with running.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        replace_file(tmp_path / "file", NEW)
        assert running.exists()
        assert not cut_off.exists()
    replace_file(tmp_path / "file", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# ---------------------------------------------------------------- nobody else does it

ROOMS = (
    "commands",
    "crypto",
    "drivers",
    "election",
    "headquarters",
    "kiosk",
    "registry",
    "simulators",
    "ui",
)
RENAMING = frozenset({"replace", "rename", "renames", "fsync", "fdatasync", "link"})
CALLED = re.compile(rf"\.(?:{'|'.join(RENAMING)})\b")
"""In every file that renames; the others need not be parsed."""
OWN_MEANS = {
    "crypto/_core/build.py": "puts a compiled module in its place; the program writes none",
    "drivers/media/journal.py": "writes zeros over what SQLite leaves of a journal, in its place",
    "drivers/media/medium_test.py": "fills a medium and empties it again; copies go to an empty folder",
    "drivers/media/presence.py": "writes a few bytes through, under no name, to see whether that can be done",
    "drivers/media/room.py": "writes zeros that only take room",
    "election/log_copies.py": "writes a line of the log behind the others, in its place",
    "election/anchors.py": "writes the newer of two anchors over the older one, in its place",
    "election/aside.py": "sets a damaged database aside, as it is; nothing is replaced",
    "election/wiping.py": "overwrites what is never read again, and removes it",
    "registry/telling.py": "writes an export of any size beside its place, puts it there once it is signed",
    "simulators/benchmarks/storage.py": "writes and syncs what SQLite does for a vote, to time that alone",
    "simulators/demo/by_hand.py": "pulls a simulated memory: a folder that is not under its name",
    "simulators/demo/office.py": "carries the folder of the root away",
    "headquarters/site/place.py": "exchanges whole folders, in one step",
    "headquarters/beginning.py": "renames whole folders; their files go through election.files",
    "simulators/fingerprint/zfm_store.py": "the memory of a simulated module, which knows no room",
    "simulators/serial_line.py": "renames a symbolic link to a pseudo-terminal, no file",
}
"""Modules that rename by themselves, and why."""


def test_files_are_replaced_by_one_module() -> None:
    root = Path(files.__file__).parents[1]
    found = set()
    for room in ROOMS:
        for path in (root / room).rglob("*.py"):
            text = path.read_text("utf-8")
            if path != Path(files.__file__) and CALLED.search(text) and _renames(ast.parse(text)):
                found.add(str(path.relative_to(root)))
    assert found == set(OWN_MEANS)


def _renames(tree: ast.Module) -> bool:
    """A call of `os.replace` and the like, or of `Path.replace`, which has one argument."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr=name)):
                if name in RENAMING:
                    return True
            case ast.Call(func=ast.Attribute(attr="replace" | "rename"), args=[_], keywords=[]):
                return True
    return False
