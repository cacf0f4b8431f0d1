"""Room that is kept on a medium."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from drivers.media.room import RESERVE, SIZE, release, reserve


def test_it_is_taken_whatever_was_left_there_and_given_back(tmp_path: Path) -> None:
    (tmp_path / RESERVE).write_bytes(b"of a start that was cut off")
    for _ in range(2):
        reserve(tmp_path)
        found = (tmp_path / RESERVE).stat()
        assert (found.st_size, found.st_blocks * 512 >= SIZE) == (SIZE, True)
    release(tmp_path)
    release(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_full_medium_keeps_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, start: int, size: int) -> None:
        os.pwrite(handle, bytes(size // 2), start)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="full"):
        reserve(tmp_path)
    assert not list(tmp_path.iterdir())
