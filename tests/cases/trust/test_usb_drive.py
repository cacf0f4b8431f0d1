"""Follow nothing on a USB drive, wait for nothing, and replace nothing on it."""

from __future__ import annotations

import os
import resource
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.canonical import MAX_SIZE
from election import usb_drive
from election.audit_log import AUDIT_SUFFIX
from election.errors import PackageError
from election.files import FileRefusedError
from election.package.portraits import (
    PACKAGE_FILE,
    PORTRAITS_FILE,
    portraits_beside,
    write_portraits,
)
from election.reasons import PackageReason
from election.usb_drive import (
    MOST_FILES,
    GatheredFiles,
    folded,
    is_plain,
    open_drive,
    read_brought,
)
from headquarters.preparation import load_requests
from headquarters.workspace import ElectionFolder, FolderError, read_brought_file
from kiosk.flows.operator.states import ConsoleAct
from kiosk.station.export import BUNDLE_SUFFIX
from tests.election.samples import sample
from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import TERMINAL
from words.languages import installed
from words.text import PERSIAN

Put = Callable[[Path], object]
GIB = 1 << 30


def of_size(size: int) -> Put:
    """Make a sparse file: it takes no room on the drive."""

    def put(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return put


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's whole path has 107 bytes at most
        try:
            listening.bind(path.name)
        finally:
            os.chdir(before)


def with_twin(name: str) -> Put:
    def put(path: Path) -> None:
        path.write_bytes(b"one")
        (path.parent / name).write_bytes(b"the other")

    return put


def a_crowd(path: Path) -> None:
    path.write_bytes(b"one")
    for number in range(MOST_FILES):
        (path.parent / str(number)).touch()


TRAPS: dict[str, tuple[str, Put]] = {
    "endless-device": ("not-a-file", lambda path: path.symlink_to("/dev/zero")),
    "link-to-a-file": ("not-a-file", lambda path: path.symlink_to("/etc/hostname")),
    "link-to-nothing": ("not-a-file", lambda path: path.symlink_to("nothing")),
    "pipe": ("not-a-file", os.mkfifo),
    "socket": ("not-a-file", a_socket),
    "folder": ("not-a-file", Path.mkdir),
    "one-gib": ("too-large", of_size(GIB)),
    "three-gib": ("too-large", of_size(3 * GIB)),
    "one-byte-too-many": ("too-large", of_size(MAX_SIZE + 1)),
    "twin-in-capitals": ("twin", with_twin("PACKAGE.AMIN")),
    "twin-with-a-control-character": ("twin", with_twin("package.amin\x07")),
    "twin-with-a-direction-mark": ("twin", with_twin("package\u200e.amin")),
    "twin-with-a-dot-behind": ("twin", with_twin("package.amin.")),
    "twin-in-wide-letters": ("twin", with_twin("ｐackage.amin")),
    "crowd": ("crowded", a_crowd),
}
EVERY_TRAP = pytest.mark.parametrize(("reason", "put"), TRAPS.values(), ids=list(TRAPS))


def peak() -> int:
    """Return the most memory this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


@EVERY_TRAP
def test_loading_refuses_at_once(new_terminal: TerminalBench, reason: str, put: Put) -> None:
    put(new_terminal.config.usb / PACKAGE_FILE)
    before = peak()
    new_terminal.sign_in()
    outcome = new_terminal.act(ConsoleAct.LOAD_PACKAGE)
    assert not outcome.ok
    assert peak() - before < 100, "read before it was refused"
    assert new_terminal.logged("act-failed") == [f"load-package {reason}"]
    text = installed().speaker(PERSIAN)(outcome.message)
    assert text != str(outcome.message), "told in Persian, too"
    assert new_terminal.package is None


@EVERY_TRAP
def test_headquarters_refuses_at_once(tmp_path: Path, reason: str, put: Put) -> None:
    path = tmp_path / PACKAGE_FILE
    put(path)
    with pytest.raises(FileRefusedError) as refused:
        read_brought(path, MAX_SIZE)
    assert refused.value.reason == reason
    if put is not TRAPS["one-byte-too-many"][1]:  # headquarters takes larger files than a device
        with pytest.raises(FolderError):
            read_brought_file(path)


@EVERY_TRAP
def test_portraits_beside_a_package_are_read_as_carefully(
    tmp_path: Path, reason: str, put: Put
) -> None:
    put(tmp_path / PORTRAITS_FILE)
    if reason == "twin":  # of the package: these need one of their own
        beside = write_portraits(sample().portraits)
        (tmp_path / PORTRAITS_FILE).write_bytes(beside)
        assert portraits_beside(tmp_path, sample().election)
        (tmp_path / PORTRAITS_FILE.upper()).write_bytes(beside)
    with pytest.raises(PackageError) as refused:
        portraits_beside(tmp_path, sample().election)
    assert refused.value.reason is PackageReason.PORTRAITS


@EVERY_TRAP
def test_many_files_of_a_folder_are_read_as_carefully(
    tmp_path: Path, reason: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / PACKAGE_FILE
    put(path)
    if reason == "crowded":  # a country brings more files than a drive has, and not without end
        assert GatheredFiles().read(path, MAX_SIZE) == b"one"
        monkeypatch.setattr(usb_drive, "MOST_GATHERED", MOST_FILES)
    gathered = GatheredFiles()
    for _ in range(2):  # also when the names of the folder are known
        with pytest.raises(FileRefusedError) as refused:
            gathered.read(path, MAX_SIZE)
        assert refused.value.reason == reason


def test_one_more_file_costs_what_one_file_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading each of a country's requests looked at the names of all of them."""
    for number in range(300):
        (tmp_path / f"{number}.json").write_bytes(b"%d" % number)
    looked: list[str] = []
    real = usb_drive.folded

    def counted(name: str) -> str:
        looked.append(name)
        return real(name)

    monkeypatch.setattr(usb_drive, "folded", counted)
    gathered = GatheredFiles()
    for number in range(300):
        assert gathered.read(tmp_path / f"{number}.json", 10) == b"%d" % number
    assert len(looked) <= 600


@given(st.text(st.characters(max_codepoint=0x2FFF), max_size=8))
def test_names_of_plain_letters_are_folded_as_all_are(name: str) -> None:
    """The short way gives what the long way gives."""
    longer = folded(f"{name}\u0661")  # a digit that no short way is for
    assert folded(name) == longer.removesuffix("\u0661").rstrip(" .")


@pytest.mark.parametrize("put", [os.mkfifo, with_twin("A.JSON"), of_size(GIB)])
def test_requests_are_read_from_their_folder_alone(tmp_path: Path, put: Put) -> None:
    folder = ElectionFolder(tmp_path)
    folder.requests.mkdir()
    put(folder.requests / "a.json")
    with pytest.raises(FolderError):
        load_requests(folder)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\nb", "a\x00b", "a\u202eb", "e\u0301"])
def test_names_that_are_never_asked_for(tmp_path: Path, name: str) -> None:
    assert not is_plain(name)
    with open_drive(tmp_path) as drive, pytest.raises(FileRefusedError) as refused:
        drive.read(name, 10)
    assert refused.value.reason == "name"


def test_names_that_are_told_apart() -> None:
    names = ["terminal-1.bundle", "terminal-2.bundle", "terminal-1.audit.jsonl", "نامزد.csv"]
    assert all(map(is_plain, names))
    assert len({folded(name) for name in names}) == len(names)


def test_file_of_another_medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a medium was put in over a file: file and folder are of different devices."""
    (tmp_path / "file").write_bytes(b"1")
    real = os.fstat

    def of_another(handle: int) -> os.stat_result:
        found = real(handle)
        if not stat.S_ISREG(found.st_mode):
            return found
        return os.stat_result((*found[:2], found.st_dev + 1, *found[3:]))

    with open_drive(tmp_path) as drive:
        assert drive.read("file", 1) == b"1"
        monkeypatch.setattr(os, "fstat", of_another)
        with pytest.raises(FileRefusedError) as refused:
            drive.read("file", 1)
    assert refused.value.reason == "other-medium"


# ---------------------------------------------------------------- writing


def closed(bench: TerminalBench) -> dict[str, Path]:
    """Close the polls after a vote; what must never be written by an export."""
    bench.vote(bench.office.voting_card())
    assert bench.do(ConsoleAct.CLOSE).ok
    files, config = bench.files, bench.config
    return {
        "votes": files.votes,
        "mirror": files.votes_mirror,
        "polls": files.polls,
        "log": files.audit,
        "signing key": config.signing_key,
        "sealing key": config.sealing_key,
    }


def on_drive(bench: TerminalBench, suffix: str) -> list[Path]:
    """Return the regular files of this kind on the drive, the first one first."""
    found = bench.config.usb.glob(f"{TERMINAL}*{suffix}")
    return sorted(x for x in found if x.is_file() and not x.is_symlink())


@pytest.mark.parametrize("aim", ["votes", "mirror", "signing key", "sealing key", "polls", "log"])
@pytest.mark.parametrize("suffix", [BUNDLE_SUFFIX, AUDIT_SUFFIX, ".part"])
def test_export_follows_no_link(terminal: TerminalBench, aim: str, suffix: str) -> None:
    kept = closed(terminal)
    before = {name: path.read_bytes()[:100] for name, path in kept.items()}
    (terminal.config.usb / f"{TERMINAL}{suffix}").symlink_to(kept[aim])
    assert terminal.do(ConsoleAct.EXPORT).ok
    assert {name: path.read_bytes()[:100] for name, path in kept.items()} == before
    assert (terminal.config.usb / f"{TERMINAL}{suffix}").is_symlink()
    assert len(on_drive(terminal, BUNDLE_SUFFIX)) == 1
    assert len(on_drive(terminal, AUDIT_SUFFIX)) == 1


def kept_of(path: Path) -> tuple[int, ...]:
    """What nobody may change of a file. Who looks at it may change the time of its last reading."""
    told = path.lstat()
    return told.st_dev, told.st_ino, told.st_mode, told.st_size, told.st_mtime_ns


@pytest.mark.parametrize(
    "put", [os.mkfifo, a_socket, Path.mkdir, of_size(0), of_size(GIB)], ids=lambda x: x.__name__
)
def test_export_replaces_nothing(terminal: TerminalBench, put: Put) -> None:
    closed(terminal)
    taken = terminal.config.usb / f"{TERMINAL}{BUNDLE_SUFFIX}"
    put(taken)
    before = kept_of(taken)
    outcome = terminal.do(ConsoleAct.EXPORT)
    assert outcome.ok, str(outcome.message)
    assert kept_of(taken) == before
    assert (terminal.config.usb / f"{TERMINAL}-2{BUNDLE_SUFFIX}").stat().st_size > 1000
    assert not list(terminal.config.usb.glob(".amin*")), "nothing half-written stays"


def test_export_without_a_drive(terminal: TerminalBench) -> None:
    closed(terminal)
    terminal.config.usb.rename(terminal.config.usb.with_name("pulled"))
    outcome = terminal.do(ConsoleAct.EXPORT)
    assert not outcome.ok
    terminal.config.usb.with_name("pulled").rename(terminal.config.usb)
    assert terminal.do(ConsoleAct.EXPORT).ok
    assert len(on_drive(terminal, BUNDLE_SUFFIX)) == 1


def test_written_files_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive that holds other bytes than were written gets no file with a name."""
    real = os.read

    def worn(handle: int, size: int) -> bytes:
        return bytes(len(real(handle, size)))

    with open_drive(tmp_path) as drive:
        monkeypatch.setattr(os, "read", worn)
        with pytest.raises(OSError, match="does not read as it was written"):
            drive.write("device", BUNDLE_SUFFIX, b"content")
        monkeypatch.undo()
        assert list(tmp_path.iterdir()) == []
        assert drive.write("device", BUNDLE_SUFFIX, b"content") == "device.bundle"
    assert (tmp_path / "device.bundle").read_bytes() == b"content"


def test_names_of_written_files(tmp_path: Path) -> None:
    (tmp_path / "DEVICE.bundle").write_bytes(b"a twin")
    with open_drive(tmp_path) as drive:
        assert drive.write("device", ".bundle", b"one") == "device-2.bundle"
        assert drive.write("device", ".bundle", b"two") == "device-3.bundle"
        assert drive.write("device", ".bundle", b"one") == "device-2.bundle", "there already"
    assert len(list(tmp_path.iterdir())) == 3


def test_drive_that_is_exchanged_during_the_work(tmp_path: Path) -> None:
    """What was begun on one drive goes on there, or nowhere."""
    mounted, pulled = tmp_path / "usb", tmp_path / "pulled"
    mounted.mkdir()
    with open_drive(mounted) as drive:
        drive.write("device", ".bundle", b"bundle")
        mounted.rename(pulled)
        mounted.mkdir()
        drive.write("device", ".audit.jsonl", b"log")
    assert {x.name for x in pulled.iterdir()} == {"device.bundle", "device.audit.jsonl"}
    assert list(mounted.iterdir()) == []
