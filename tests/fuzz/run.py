"""Tries inputs on a target and keeps the first one that goes wrong."""

from __future__ import annotations

import hashlib
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from tests.fuzz.mutate import Mutator
from tests.fuzz.target import Target

CRASHES: Final = Path(__file__).parent / "crashes"
SLOW_S: Final = 2.0
"""Processor time of one input from which on it counts as a hang: thousands of times the usual."""
HANG_S: Final = 30
"""Processor time after which an input is broken off, where that can be done."""


class TooLong(Exception):
    """An input did not come to an end."""


@dataclass(frozen=True, slots=True)
class Crash:
    """What went wrong with which input."""

    data: bytes
    error: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many inputs, in how many seconds; `accepted` were read without any error."""

    name: str
    inputs: int
    accepted: int
    seconds: float
    slowest_ms: float
    crash: Crash | None = None

    def and_then(self, other: Outcome | None) -> Outcome:
        """Both runs of one target as one."""
        if other is None:
            return self
        return Outcome(
            self.name,
            self.inputs + other.inputs,
            self.accepted + other.accepted,
            self.seconds + other.seconds,
            max(self.slowest_ms, other.slowest_ms),
            self.crash or other.crash,
        )


def attempt(target: Target, data: bytes) -> tuple[bool, str]:
    """Whether the input was read without an error, and what went wrong, empty if nothing."""
    begun = time.thread_time()
    accepted, wrong = True, ""
    try:
        target.read(data)
    except target.allowed:
        accepted = False
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        accepted, wrong = False, f"{type(error).__name__}: {error}"
    if not wrong and (spent := time.thread_time() - begun) > SLOW_S:
        wrong = f"took {spent:.1f} s"
    return accepted, wrong


def fuzz(
    name: str,
    target: Target,
    inputs: int,
    seed: str,
    *,
    limit_s: float | None = None,
    break_off: bool = False,
) -> Outcome:
    """Try `inputs` inputs, or as many as `limit_s` seconds allow; stop at the first crash.

    `break_off`: end inputs that run for ever; on the main thread of a process of its own only.
    """
    mutator = Mutator(target.corpus, random.Random(f"{name} {seed}"), framed=target.framed)
    if break_off:
        signal.signal(signal.SIGVTALRM, _too_long)
    begun = time.perf_counter()
    accepted = 0
    slowest = 0.0
    for number in range(inputs):
        data = mutator.next()
        before = time.perf_counter()
        if break_off:
            signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S)
        read, wrong = attempt(target, data)
        now = time.perf_counter()
        accepted += read
        slowest = max(slowest, now - before)
        if wrong:
            crash = Crash(data, wrong)
            return Outcome(name, number + 1, accepted, now - begun, 1000 * slowest, crash)
        if limit_s is not None and now - begun > limit_s:
            inputs = number + 1
            break
    return Outcome(name, inputs, accepted, time.perf_counter() - begun, 1000 * slowest)


def keep(name: str, crash: Crash, folder: Path = CRASHES) -> Path:
    """Write the input to a file that `python -m tests.fuzz --input` tries again."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(crash.data).hexdigest()[:12]}.bin"
    path.write_bytes(crash.data)
    return path


def _too_long(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise TooLong(f"more than {HANG_S} s of processor time")
