"""Write in every way that the program does, under the recorder, and compare: `FOLDER`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections import Counter
from pathlib import Path

from election.files import replace_file, sync_folder, write_new
from tests.powercut.disk import replay
from tests.powercut.recording import Did, contents, recording


def write(folder: Path) -> None:
    """Make, change, rename and remove files."""
    replace_file(folder / "replaced", b"one")
    replace_file(folder / "replaced", b"another")
    write_new(folder / "new", b"new" * 1000)
    shutil.copyfile(folder / "new", folder / "copied")
    (folder / "copied").rename(folder / "renamed")
    with (folder / "log").open("ab") as stream:
        stream.write(b"line\n" * 200)
    handle = os.open(folder / "log", os.O_WRONLY | os.O_APPEND)
    os.write(handle, b"last")
    os.fsync(handle)
    os.close(handle)
    os.truncate(folder / "log", 700)
    (folder / "gone").write_bytes(b"x")
    (folder / "gone").unlink()
    for mode in ("DELETE", "PERSIST", "TRUNCATE"):
        connection = sqlite3.connect(folder / "a.db", isolation_level=None)
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE IF NOT EXISTS t(a)")
        connection.execute("INSERT INTO t VALUES (randomblob(20000))")
        connection.execute("VACUUM")
        connection.execute("VACUUM INTO ?", (str(folder / f"{mode}.db"),))
        connection.close()
    sync_folder(folder)


def main(folder: Path) -> None:
    """Fail if the recording does not lead to what is there."""
    (folder / "before").write_bytes(b"before")
    with recording(folder, (folder,)) as made:
        write(folder)
    found, _ = contents((folder,))
    assert replay(made) == found
    assert Counter(event.did for event in made.events).keys() >= set(Did) - {Did.MARK}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
