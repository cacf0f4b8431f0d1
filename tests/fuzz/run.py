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
"""Processor time after which an input is broken off, where that can be done; twice that at most."""


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
    begun = time.perf_counter()
    accepted, wrong = _read(target, data)
    if not wrong and time.perf_counter() - begun > SLOW_S:
        # Once more: others may have had the processor. Asking for its time each time would cost more
        # than most readers take.
        began = time.thread_time()
        _read(target, data)
        if (spent := time.thread_time() - began) > SLOW_S:
            wrong = f"took {spent:.1f} s"
    return accepted, wrong


def _read(target: Target, data: bytes) -> tuple[bool, str]:
    try:
        target.read(data)
    except target.allowed:
        return False, ""
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return False, f"{type(error).__name__}: {error}"
    return True, ""


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
    watch = _Watch()
    if not break_off:
        return _fuzz(name, target, inputs, seed, limit_s, watch)
    signal.signal(signal.SIGVTALRM, watch.tick)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_S, HANG_S)
    try:
        return _fuzz(name, target, inputs, seed, limit_s, watch)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _fuzz(
    name: str, target: Target, inputs: int, seed: str, limit_s: float | None, watch: _Watch
) -> Outcome:
    mutator = Mutator(target.corpus, random.Random(f"{name} {seed}"), framed=target.framed)
    begun = time.perf_counter()
    accepted = 0
    slowest = 0.0
    for number in range(inputs):
        data = mutator.next()
        before = time.perf_counter()
        watch.number = number
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


@dataclass(slots=True)
class _Watch:
    """Breaks off an input that is there for two ticks of the processor's timer."""

    number: int = -1
    before: int = -1

    def tick(self, signal_number: int, frame: FrameType | None) -> None:
        """Raise `TooLong` if nothing was done since the last tick."""
        del signal_number, frame
        if self.number == self.before:
            raise TooLong(f"more than {HANG_S} s of processor time")
        self.before = self.number
