"""Run targets one after the other, the time of each limited, whatever becomes of the ones before."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.samples.registry import Target

ROOT: Final = Path(__file__).parents[2]
MINUTE: Final = 60.0
_USUAL_S: Final = 0.2
"""Seconds for `_TURNS` on the machine whose minutes the shares are."""
_TURNS: Final = 3_000_000
_SLOWEST: Final = 2.0
"""Nothing is waited for longer than on a machine of half the speed."""


def seed_of(name: str, seed: int) -> int:
    """Return a target's own seed, 32 bits, from the seed of the run."""
    return random.Random(f"{name} {seed}").getrandbits(32)


def run_all(
    targets: Mapping[str, Target],
    seed: int,
    budget_s: float,
    say: Callable[[str], None],
    slow: Callable[[], float] | None = None,
) -> list[str]:
    """Run all targets and return the names of those that failed.

    A target that does not end is ended. It has its share and what the ones before left of the
    budget; the shares of those behind it are theirs. `slow`: see `run_one`.
    """
    end = time.monotonic() + budget_s
    failed = []
    behind_s = sum(target.minutes for target in targets.values()) * MINUTE
    for name, target in targets.items():
        behind_s -= target.minutes * MINUTE
        seed_here = seed_of(name, seed)
        say(f"== {name}, seed {seed_here}, about {target.minutes:g} min")
        began = time.monotonic()
        limit_s = end - began - behind_s
        trouble = run_one(target, seed_here, limit_s, slow)
        took_s = time.monotonic() - began
        end += max(0.0, took_s - limit_s)
        say(f"== {name}: {trouble or 'passed'}, {took_s:.0f} s")
        if trouble:
            failed.append(name)
    return failed


def slowness() -> float:
    """Return how many times as long as usual this machine takes now: from 1 to `_SLOWEST`."""
    taken = []
    for _ in range(5):
        began, total = time.perf_counter(), 0
        for turn in range(_TURNS):
            total += turn
        taken.append(time.perf_counter() - began)
    return min(max(max(taken) / _USUAL_S, 1.0), _SLOWEST)


def run_one(
    target: Target, seed: int, limit_s: float, slow: Callable[[], float] | None = None
) -> str:
    """Run a target and return what went wrong; empty if nothing.

    Where it is not done in time it gets `slow` times as much: else an hour in which a machine is slow would
    be told as a fault of the program.
    """
    with tempfile.TemporaryDirectory(prefix="sample-") as folder:
        process = subprocess.Popen(
            target.words(seed, Path(folder)),
            cwd=ROOT,
            env={**os.environ, **target.environment(seed), "QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            try:
                status = process.wait(limit_s)
            except subprocess.TimeoutExpired:
                more_s = limit_s * ((slow or slowness)() - 1)
                limit_s += more_s
                status = process.wait(more_s)
        except subprocess.TimeoutExpired:
            return f"failed, not done after {limit_s:.0f} s"
        finally:
            if process.poll() is None:
                # Its own children too.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return f"failed with status {status}" if status else ""
