"""The fuzzer itself: that it repeats, changes, and would find something."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from drivers.errors import ProtocolError
from tests.fuzz import frames, run
from tests.fuzz.mutate import LONGEST, Mutator
from tests.fuzz.run import Crash, attempt, fuzz, keep
from tests.fuzz.target import Target

SEEDS = (b"0123456789" * 3, b'{"number": 17}', bytes(range(64)))


def inputs(seed: str, count: int, *, framed: bool = False) -> list[bytes]:
    corpus = (frames.pack(SEEDS),) if framed else SEEDS
    mutator = Mutator(corpus, random.Random(seed), framed=framed)
    return [mutator.next() for _ in range(count)]


@pytest.mark.parametrize("framed", [False, True])
def test_equal_seeds_give_equal_inputs(framed: bool) -> None:
    assert inputs("a", 300, framed=framed) == inputs("a", 300, framed=framed)
    assert inputs("a", 300, framed=framed) != inputs("b", 300, framed=framed)


@pytest.mark.parametrize("framed", [False, True])
def test_inputs_differ_and_stay_near(framed: bool) -> None:
    found = inputs("a", 2000, framed=framed)
    assert len(set(found)) > 1200
    assert all(len(mutant) <= LONGEST for mutant in found)
    whole = sum(any(seed[:8] in mutant for seed in SEEDS) for mutant in found)
    assert whole > 600
    assert min(map(len, found)) < 8
    assert max(map(len, found)) > 64


def test_framed_inputs_keep_most_messages_whole() -> None:
    found = [frames.unpack(mutant) for mutant in inputs("a", 1000, framed=True)]
    assert sum(seed in mutant for mutant in found for seed in SEEDS) > 1000
    assert {len(mutant) for mutant in found} >= {1, 2, 3, 4}


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x00", b"\xff\xffabc", b"\x00\x01a\x00"])
def test_any_bytes_are_frames(data: bytes) -> None:
    assert all(len(frame) <= len(data) for frame in frames.unpack(data))
    assert frames.unpack(frames.pack(SEEDS)) == list(SEEDS)


def test_an_error_that_is_not_allowed_is_found_and_kept(tmp_path: Path) -> None:
    def read(data: bytes) -> None:
        if len(data) == 29:
            raise IndexError("one byte is missing")
        if data != SEEDS[0]:
            raise ProtocolError("another input")

    target = Target(read, SEEDS[:1], (ProtocolError,))
    outcome = fuzz("found", target, 5000, "1")
    assert outcome.crash is not None
    assert outcome.crash.error == "IndexError: one byte is missing"
    assert len(outcome.crash.data) == 29
    assert 0 < outcome.inputs < 5000
    path = keep("found", outcome.crash, tmp_path)
    assert attempt(target, path.read_bytes()) == (False, outcome.crash.error)
    assert fuzz("found", target, 5000, "1").crash == outcome.crash


def test_assertions_count(tmp_path: Path) -> None:
    def read(data: bytes) -> None:
        assert data in SEEDS, "believed"

    outcome = fuzz("believed", Target(read, SEEDS, (ProtocolError,)), 100, "1")
    assert outcome.crash is not None
    assert outcome.crash.error.startswith("AssertionError")


def test_time_is_limited() -> None:
    outcome = fuzz("slow", Target(lambda _: None, SEEDS, ()), 10**9, "1", limit_s=0.05)
    assert 0 < outcome.inputs < 10**9
    assert outcome.accepted == outcome.inputs
    assert outcome.and_then(outcome).inputs == 2 * outcome.inputs


def test_a_crash_of_any_piece_is_the_targets() -> None:
    good = fuzz("x", Target(lambda _: None, SEEDS, ()), 10, "1")
    bad = fuzz("x", Target(lambda _: 1 / 0, SEEDS, ()), 10, "1")
    assert isinstance(good.and_then(bad).crash, Crash)
    assert isinstance(bad.and_then(good).crash, Crash)


def test_an_input_that_never_ends_or_takes_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting, as for a processor that others have, is neither."""

    def busy(seconds: float) -> None:
        begun = time.thread_time()
        while time.thread_time() - begun < seconds:
            pass

    monkeypatch.setattr(run, "HANG_S", 0.1)
    monkeypatch.setattr(run, "SLOW_S", 0.05)
    never = fuzz("x", Target(lambda _: busy(60), (b"x",), ()), 3, "s", break_off=True)
    assert never.crash is not None
    assert never.crash.error.startswith("TooLong")
    monkeypatch.setattr(run, "HANG_S", 30)
    slow = fuzz("x", Target(lambda _: busy(0.1), (b"x",), ()), 3, "s", break_off=True)
    assert slow.crash is not None
    assert slow.crash.error.startswith("took")
    waits = fuzz("x", Target(lambda _: time.sleep(0.06), (b"x",), ()), 3, "s", break_off=True)
    assert waits.crash is None
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
