"""What a thread waits for, as the kernel tells it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from drivers.media.stall import waits_on


def test_a_thread_that_reads(tmp_path: Path) -> None:
    path = tmp_path / "medium"
    os.mkfifo(path)
    reading, writing = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    thread = threading.Thread(target=os.read, args=(reading, 1), daemon=True)
    thread.start()
    limit = time.monotonic() + 10
    while waits_on(thread.native_id or 0) != path:
        assert time.monotonic() < limit
        time.sleep(0.01)
    os.write(writing, b"x")
    thread.join()
    assert waits_on(thread.native_id or 0) is None
    for handle in (reading, writing):
        os.close(handle)


@pytest.mark.parametrize(
    "line", ["running", "", "-1 0x7f", "74 0x3", "74 0xffffffffffffffff 0x0", "74 zz", "\0"]
)
def test_what_is_no_file_is_not_known(tmp_path: Path, line: str) -> None:
    place = tmp_path / "task" / "7"
    place.mkdir(parents=True)
    (place / "syscall").write_text(line)
    (tmp_path / "fd").mkdir()
    (tmp_path / "fd" / "3").symlink_to("socket:[1234]")
    assert waits_on(7, tmp_path) is None
    assert waits_on(8, tmp_path) is None
