"""Lock a device for one program."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.media.lock import AlreadyRunningError, only_one

HOLDER = """
import sys, time
from pathlib import Path
from drivers.media.lock import only_one
with only_one([Path(sys.argv[1])]):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holding(path: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("what", ["folder", "file"])
def test_second_program_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "file":
        path.write_bytes(b"key")
    else:
        path.mkdir()
    with holding(path, 60) as first:
        with pytest.raises(AlreadyRunningError), only_one([path], wait_s=0.2):
            pass
        first.kill()
    with only_one([path], wait_s=0.2):
        pass


def test_program_that_is_ending_is_waited_for(tmp_path: Path) -> None:
    with holding(tmp_path, 0.5):
        began = time.monotonic()
        with only_one([tmp_path]):
            assert time.monotonic() - began > 0.2


def test_children_inherit_nothing(tmp_path: Path) -> None:
    with only_one([tmp_path]):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    with only_one([tmp_path], wait_s=0.2):
        child.kill()
    child.wait()


def test_missing_folder_is_passed_over(tmp_path: Path) -> None:
    with only_one([tmp_path / "pulled"]):
        pass
