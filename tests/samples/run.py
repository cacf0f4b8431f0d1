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


def seed_of(name: str, seed: int) -> int:
    """Return a target's own seed, 32 bits, from the seed of the run."""
    return random.Random(f"{name} {seed}").getrandbits(32)


def run_all(
    targets: Mapping[str, Target], seed: int, budget_s: float, say: Callable[[str], None]
) -> list[str]:
    """Run all targets and return the names of those that failed.

    A target that does not end is ended. It has its share and what the ones before left of the
    budget; the shares of those behind it are theirs.
    """
    end = time.monotonic() + budget_s
    failed = []
    behind_s = sum(target.minutes for target in targets.values()) * MINUTE
    for name, target in targets.items():
        behind_s -= target.minutes * MINUTE
        seed_here = seed_of(name, seed)
        say(f"== {name}, seed {seed_here}, about {target.minutes:g} min")
        began = time.monotonic()
        trouble = run_one(target, seed_here, end - began - behind_s)
        say(f"== {name}: {trouble or 'passed'}, {time.monotonic() - began:.0f} s")
        if trouble:
            failed.append(name)
    return failed


def run_one(target: Target, seed: int, limit_s: float) -> str:
    """Run a target and return what went wrong; empty if nothing."""
    with tempfile.TemporaryDirectory(prefix="sample-") as folder:
        process = subprocess.Popen(
            target.words(seed, Path(folder)),
            cwd=ROOT,
            env={**os.environ, **target.environment(seed), "QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            status = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return f"failed, not done after {limit_s:.0f} s"
        finally:
            if process.poll() is None:
                # Its own children too.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return f"failed with status {status}" if status else ""
