"""Processes that work for a command end with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_ASKING = """
import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import os, sys, time
from headquarters.tally.workers import workers
os.sched_getaffinity = lambda pid: {0, 1}
with workers() as executor:
    pids = {executor.submit(os.getpid).result() for _ in range(4)}
    busy = [executor.submit(time.sleep, 60) for _ in range(4)]
    while not all(one.running() for one in busy[:2]):
        time.sleep(0.01)
    print(*pids, *executor._processes, flush=True)
    time.sleep(60)
"""


def _is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_workers_end_with_who_asked(ended_by: signal.Signals) -> None:
    """A kill of the command leaves nobody who holds memory and cores, also in the middle of a piece."""
    with subprocess.Popen(
        [sys.executable, "-c", _ASKING], stdout=subprocess.PIPE, text=True
    ) as asking:
        assert asking.stdout is not None
        pids = {int(pid) for pid in asking.stdout.readline().split()}
        assert len(pids) == 2
        os.kill(asking.pid, ended_by)
        limit = time.monotonic() + 20
        while left := {pid for pid in pids if _is_there(pid)}:
            assert time.monotonic() < limit, f"{len(left)} of {len(pids)} still work"
            time.sleep(0.05)
