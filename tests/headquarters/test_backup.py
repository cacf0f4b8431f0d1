"""Headquarters' folder is copied and brought back whole, or somebody is told which file is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headquarters import backup
from headquarters.authority import load_root
from headquarters.backup import BackupError, back_up, restore
from headquarters.beginning import BeginningError
from headquarters.key_folder import open_key_folder
from headquarters.workspace import ElectionFolder, load_plan
from tests.headquarters.unlocking import run_election, unlock

MANY = 256_000_000
"""Bytes of a roll; the program itself takes less than half of them."""
MEASURED = """
import sys
from pathlib import Path
from commands.main import main
sys.argv = ["amin", "election", *sys.argv[1:]]
try:
    main()
finally:
    # Not ru_maxrss: that is at least what the process held that started this one.
    held = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    print(held, file=sys.stderr)
"""
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> ElectionFolder:
    folder = ElectionFolder(tmp_path_factory.mktemp("hq") / "e")
    day = ("--name", "x", "--day", "2099-01-01", "--yes")
    assert run_election("new", folder.path, *day).exit_code == 0
    return folder


@pytest.fixture
def copy(begun: ElectionFolder, tmp_path: Path) -> Path:
    back_up(begun, tmp_path / "copy", NOW)
    return tmp_path / "copy"


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_comes_back_is_the_election(begun: ElectionFolder, copy: Path, tmp_path: Path) -> None:
    back = ElectionFolder(tmp_path / "back")
    restore(copy, back.path)
    assert content(back.path) == content(begun.path)
    assert load_plan(back) == load_plan(begun)
    assert load_root(back.keys) == load_root(begun.keys)
    open_key_folder(back.keys, unlock)
    modes = {path.name: path.stat().st_mode & 0o777 for path in back.keys.iterdir()}
    assert modes == {path.name: path.stat().st_mode & 0o777 for path in begun.keys.iterdir()}


def test_folders_come_back_too_and_are_their_owners(
    begun: ElectionFolder, copy: Path, tmp_path: Path
) -> None:
    def folders(place: Path) -> dict[str, int]:
        found = (path for path in place.rglob("*") if path.is_dir())
        return {str(path.relative_to(place)): path.stat().st_mode & 0o077 for path in found}

    assert {"offices", "requests"} <= set(folders(begun.path)), "empty at the beginning"
    restore(copy, tmp_path / "back")
    for place in (copy / "files", tmp_path / "back"):
        assert folders(place) == dict.fromkeys(folders(begun.path), 0)


def test_the_secret_of_a_roll_that_is_being_made_is_not_copied(
    begun: ElectionFolder, tmp_path: Path
) -> None:
    folder = ElectionFolder(tmp_path / "e")
    shutil.copytree(begun.path, folder.path)
    folder.roll.mkdir()
    folder.roll_seed.write_bytes(bytes(32))
    (folder.roll / "roll.json").write_bytes(b"x")
    back_up(folder, tmp_path / "copy", NOW)
    restore(tmp_path / "copy", tmp_path / "back")
    brought = content(tmp_path / "back")
    assert {*content(folder.path)} - {*brought} == {"roll/seed"}
    assert "roll/roll.json" in brought


def test_entries_in_the_order_of_the_register_are_removed_and_never_copied(
    begun: ElectionFolder, tmp_path: Path
) -> None:
    """An earlier version made a roll in a folder with a name, and was killed."""
    shutil.copytree(begun.path, tmp_path / "e")
    folder = ElectionFolder(tmp_path / "e")
    (folder.roll / "tmp0a1b2c3d").mkdir(parents=True)
    (folder.roll / "tmp0a1b2c3d" / "0").write_bytes(b"entry--9entry--1")
    (folder.roll / "tmpx").symlink_to(begun.plan)
    (folder.roll / "roll.json").write_bytes(b"x")
    back_up(folder, tmp_path / "copy", NOW)
    assert [path.name for path in folder.roll.iterdir()] == ["roll.json"]
    assert begun.plan.exists()
    assert not any("tmp" in name for name in content(tmp_path / "copy"))


def test_a_roll_of_a_country_is_never_held(begun: ElectionFolder, tmp_path: Path) -> None:
    """32 million people, copied and brought back by the real commands."""
    shutil.copytree(begun.path, tmp_path / "e")
    (tmp_path / "e" / "roll").mkdir()
    with (tmp_path / "e" / "roll" / "roll.bin").open("wb") as table:
        table.truncate(MANY)
    for command in (("backup", "e", "copy"), ("restore", "copy", "back")):
        asked = [sys.executable, "-P", "-c", MEASURED, *command]
        done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert int(done.stderr.split()[-1]) * 1024 < MANY, "it was held whole"
    assert (tmp_path / "back" / "roll" / "roll.bin").stat().st_size == MANY
    for copied in ("copy", "back"):
        shutil.rmtree(tmp_path / copied)


def test_by_the_commands(begun: ElectionFolder, tmp_path: Path) -> None:
    made = run_election("backup", begun.path, tmp_path / "c")
    assert made.exit_code == 0, made.output
    again = run_election("backup", begun.path, tmp_path / "c")
    assert again.exit_code == 2, "a copy is not overwritten"
    back = run_election("restore", tmp_path / "c", tmp_path / "b")
    assert back.exit_code == 0, back.output
    assert content(tmp_path / "b") == content(begun.path)
    assert run_election("restore", tmp_path / "c", begun.path).exit_code == 2, "nor an election"


def turned(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "changed": turned,
    "shortened": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "gone": Path.unlink,
    "link": linked,
    "folder": folder_instead,
}


@pytest.mark.parametrize("how", DAMAGES)
def test_no_file_of_a_copy_can_be_damaged_unseen(copy: Path, tmp_path: Path, how: str) -> None:
    whole = copy.parent / "whole"
    shutil.copytree(copy, whole)
    for path in sorted(whole.rglob("*")):
        if not path.is_file() or path.name == "backup.json":
            continue
        one = copy / path.relative_to(whole)
        DAMAGES[how](one)
        with pytest.raises(BackupError):
            restore(copy, tmp_path / "back")
        assert not (tmp_path / "back").exists(), "nothing half"
        shutil.rmtree(copy)
        shutil.copytree(whole, copy)
    restore(copy, tmp_path / "back")


def test_a_file_too_many_is_told(copy: Path, tmp_path: Path) -> None:
    (copy / "files" / "keys" / "other.key").write_bytes(b"x")
    with pytest.raises(BackupError, match=r"other\.key"):
        restore(copy, tmp_path / "back")


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a/../../x", "./a", ""])
def test_a_list_names_nothing_outside(copy: Path, tmp_path: Path, name: str) -> None:
    text = (copy / "backup.json").read_text()
    (copy / "backup.json").write_text(text.replace('"election.toml"', f'"{name}"'))
    with pytest.raises(BackupError):
        restore(copy, tmp_path / "back")
    assert not (tmp_path / "out").exists()


def test_a_copy_without_its_list_is_none(copy: Path, tmp_path: Path) -> None:
    (copy / "backup.json").unlink()
    with pytest.raises(BackupError, match="no finished copy"):
        restore(copy, tmp_path / "back")


def test_a_copy_that_is_cut_off_is_not_there(
    begun: ElectionFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise OSError(28, "no room")

    monkeypatch.setattr(backup, "forget_cached", cut)
    with pytest.raises(OSError, match="no room"):
        back_up(begun, tmp_path / "copy", NOW)
    assert not (tmp_path / "copy").exists()


def test_a_copy_lies_elsewhere(begun: ElectionFolder, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="another medium"):
        back_up(begun, begun.path / "copy", NOW)
    with pytest.raises(BackupError, match="no election"):
        back_up(ElectionFolder(tmp_path), tmp_path / "x", NOW)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(BeginningError):
        back_up(begun, tmp_path / "full", NOW)
