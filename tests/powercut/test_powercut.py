"""A share of `make powercut`, and the model of a medium that it cuts."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from drivers.media.journal import journal_of
from drivers.media.sqlite import connect
from tests.needs import missing
from tests.powercut.disk import SECTOR, Disks, points, replay, shapes, words
from tests.powercut.recording import Did, Event, Recording, build, preloaded, read_events
from tests.powercut.settling import Settling

ROOT = Path(__file__).parents[2]
OLD, NEW = bytes([1]) * 3 * SECTOR, bytes([2]) * 2 * SECTOR


def of(*events: Event) -> Recording:
    """Return a recording of one medium with one file, whose inode is 7."""
    return Recording(
        Path("/m"), (Path("/m/data"),), {"/m/data/a": OLD}, {"/m/data/a": 7}, [*events]
    )


def write(offset: int, data: bytes, inode: int = 7) -> Event:
    return Event(Did.WRITE, "/m/data/a", inode=inode, offset=offset, data=data)


def all_of(recording: Recording) -> set[bytes | None]:
    """Return every content of the file after a cut at the end."""
    disks = Disks(recording)
    for event in recording.events:
        disks.do(event)
    (medium,) = disks.media
    return {medium.left(kept).get("/m/data/a") for _, kept in shapes(medium)}


def test_a_write_is_there_by_sectors() -> None:
    half = OLD[:SECTOR]
    assert all_of(of(write(0, NEW))) == {
        OLD,
        NEW + half,
        NEW[:SECTOR] + OLD[SECTOR:],
        half + NEW[SECTOR:] + half,
    }


def test_what_is_synced_stays() -> None:
    assert all_of(of(write(0, NEW), Event(Did.SYNC, "/m/data/a", inode=7))) == {
        NEW + OLD[len(NEW) :]
    }


def test_a_sector_that_was_written_twice_is_never_mixed() -> None:
    """A later write of it goes out with what the earlier one had changed."""
    first, second = write(0, b"x" * 10), write(10, b"y" * 10)
    rest = OLD[20:]
    assert all_of(of(first, second)) == {
        OLD,
        b"x" * 10 + OLD[10:],
        b"x" * 10 + b"y" * 10 + rest,
    }


def test_what_is_missing_of_a_longer_file_reads_as_zeros() -> None:
    longer = write(3 * SECTOR, b"z" * (2 * SECTOR))
    assert OLD + bytes(SECTOR) + b"z" * SECTOR in all_of(of(longer))


def test_names_are_through_with_their_folder() -> None:
    made = Event(Did.CREATE, "/m/data/b", inode=8)
    filled = Event(Did.WRITE, "/m/data/b", inode=8, data=b"new")
    synced = Event(Did.SYNC, "/m/data/b", inode=8)
    renamed = Event(Did.RENAME, "/m/data/b", "/m/data/a")
    assert all_of(of(made, filled, synced, renamed)) == {OLD, b"new"}
    through = Event(Did.SYNC_NAMES, "/m/data")
    assert all_of(of(made, filled, synced, renamed, through)) == {b"new"}
    gone = Event(Did.UNLINK, "/m/data/a")
    assert all_of(of(gone)) == {OLD, None}
    assert all_of(of(gone, through)) == {None}
    assert all_of(of(made, filled, renamed, through)) == {b"", b"new"}


def test_points_and_words() -> None:
    recording = of(write(0, NEW), Event(Did.SYNC, "/m/data/a", inode=7), Event(Did.MARK, ""))
    assert list(points(recording)) == [1, 3]
    assert replay(recording) == {"/m/data/a": NEW + OLD[len(NEW) :]}
    disks = Disks(recording)
    disks.do(recording.events[0])
    assert words(disks.media[0], [(0, 1)]) == [f"write a 0+{len(NEW)}: sectors [1]"]


def test_what_a_start_takes_back_has_the_name_of_what_was_before(tmp_path: Path) -> None:
    """States of one name are judged once: it has to be that of what an opening leaves, and no wider."""
    path = tmp_path / "a.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE t(a)")
        connection.executemany("INSERT INTO t VALUES (randomblob(3000))", [()] * 60)
        before = path.read_bytes()
        connection.execute("PRAGMA cache_size=1")
        connection.execute("BEGIN")
        connection.execute("UPDATE t SET a = randomblob(3000)")
        half, hot = path.read_bytes(), journal_of(path).read_bytes()
        connection.execute("ROLLBACK")
    settling = Settling(tmp_path / "media")
    name, journal = "/m/data/a.db", "/m/data/a.db-journal"
    lying: list[dict[str, bytes]] = [
        {name: before},
        {name: half, journal: hot},
        {name: before, journal: bytes(28) + hot[28:]},
    ]
    others: list[dict[str, bytes]] = [
        {name: half},
        {name: half, journal: bytes(28) + hot[28:]},
        {journal: hot},
        {name: before, "/m/data/b": b""},
    ]
    assert half != before
    assert len({settling.names(files)[1] for files in lying}) == 1
    assert len({settling.names(files)[1] for files in [lying[0], *others]}) == 1 + len(others) - 1
    assert len({settling.names(files)[0] for files in [*lying, *others]}) == len(lying) + len(
        others
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_share_of_it() -> None:
    """Some hundred states, some chains to the import, second cuts, and a mistake that is found."""
    if build() is None:
        missing("a C compiler")
    seed = os.environ.get("SEED", str(secrets.randbits(32)))
    counts = ["--raw", "200", "--chains", "4", "--second", "1", "--processes", "0"]
    mistakes = ["--no-mistakes", "--mistake", "deleted-full"]
    command = [sys.executable, "-m", "tests.powercut", *counts, *mistakes, "--seed", seed]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"seed {seed}\n{done.stdout}{done.stderr}"
    assert "deleted-full         found" in done.stdout


@pytest.mark.slow
def test_nothing_is_missed(tmp_path: Path) -> None:
    """What is recorded makes of the files what they are, whoever writes: C, Python or SQLite."""
    if (library := build()) is None:
        missing("a C compiler")
    done = subprocess.run(
        [sys.executable, "-m", "tests.powercut.writing", str(tmp_path)],
        cwd=ROOT,
        env=preloaded(library),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


_TAKES_ITS_OWN_PLACE = """
import os, subprocess, sys
from pathlib import Path
place = Path(sys.argv[1])
if len(sys.argv) == 2:
    os.execv(sys.executable, [sys.executable, "-c", os.environ["PROGRAM"], str(place), "anew"])
subprocess.run([sys.executable, "-c", "import sys; open(sys.argv[1], 'w')", str(place / "child")], check=True)
(place / "own").write_bytes(b"1")
(place / "own").write_bytes(b"2")
(place / "never").write_bytes(b"3")
"""


def test_a_program_that_begins_itself_anew_is_still_recorded(tmp_path: Path) -> None:
    """`amin station` does; what goes unseen is then put back as if none of it had ever been written."""
    if (library := build()) is None:
        missing("a C compiler")
    place, told = tmp_path / "medium", tmp_path / "told"
    place.mkdir()
    environment = {
        **preloaded(library),
        "PROGRAM": _TAKES_ITS_OWN_PLACE,
        "POWERCUT_ROOTS": str(place),
        "POWERCUT_FILE": str(told),
        "POWERCUT_AFTER": "4",
    }
    command = [sys.executable, "-c", _TAKES_ITS_OWN_PLACE, str(place)]
    done = subprocess.run(command, env=environment, check=False, stderr=subprocess.DEVNULL)
    own = str(place / "own")
    assert done.returncode == -signal.SIGKILL
    assert [(event.did, event.path, event.data) for event in read_events(told.read_bytes())] == [
        (Did.CREATE, own, b""),
        (Did.WRITE, own, b"1"),
        (Did.TRUNCATE, own, b""),
        (Did.WRITE, own, b"2"),
    ]
    assert {path.name for path in place.iterdir()} == {"own", "child"}


_WAITS_AND_WRITES = """
import sys
from pathlib import Path
place, left = map(Path, sys.argv[1:])
(place / "first").write_bytes(b"1")
left.write_bytes((2).to_bytes(8, "little"))
for number in range(9):
    (place / str(number)).touch()
"""


def test_a_program_is_killed_so_many_calls_after_somebody_said_so(tmp_path: Path) -> None:
    if (library := build()) is None:
        missing("a C compiler")
    place, told, left = tmp_path / "medium", tmp_path / "told", tmp_path / "left"
    place.mkdir()
    left.write_bytes(bytes(8))
    environment = {
        **preloaded(library),
        "POWERCUT_ROOTS": str(place),
        "POWERCUT_FILE": str(told),
        "POWERCUT_LEFT": str(left),
    }
    command = [sys.executable, "-c", _WAITS_AND_WRITES, str(place), str(left)]
    done = subprocess.run(command, env=environment, check=False, stderr=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL
    assert {path.name for path in place.iterdir()} == {"first", "0", "1"}
    assert len(list(read_events(told.read_bytes()))) == 4
