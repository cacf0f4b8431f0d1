"""Write a case down as a function, or as a row of a table, and hand the cases to pytest.

A case returns when the product does what is right and raises `Fault` (mostly by `expect`) with a few
words on what the product does otherwise. A module of cases ends with

    test_case = collect()

which makes one test of each case that was added since the last module ended.
"""

from __future__ import annotations

import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

_cases: dict[str, Callable[[], object]] = {}
_place = tempfile.TemporaryDirectory(prefix="case-")


class Fault(AssertionError):
    """The product does not do what is right; the text says what it does."""


def case(work: Callable[[], object]) -> Callable[[], object]:
    """Add a function as a case that is named like it, with dashes."""
    add(work.__name__.replace("_", "-"), work)
    return work


def add(name: str, work: Callable[[], object]) -> None:
    """Add one case of a table of variants."""
    if name in _cases:
        raise ValueError(f"two cases are called {name}")
    _cases[name] = work


def expect(right: object, otherwise: str) -> None:
    """Raise `Fault` with `otherwise` unless `right`."""
    if not right:
        raise Fault(otherwise)


def collect() -> Callable[[Callable[[], object]], None]:
    """Return one parametrized test of the cases added since the last call."""
    rows = [pytest.param(work, id=name) for name, work in _cases.items()]
    _cases.clear()

    @pytest.mark.parametrize("work", rows)
    def test_case(work: Callable[[], object]) -> None:
        work()

    return test_case


def new_folder() -> Path:
    """Return an empty folder that is gone when the tests end."""
    return Path(tempfile.mkdtemp(dir=_place.name))


def apart(work: Callable[[], object], *, seconds: float, memory: int | None = None) -> None:
    """Run a case in a process of its own that may hang, or take `memory` bytes at most."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        with os.fdopen(writing, "w") as pipe:
            pipe.write(_outcome(work) or "-")
        os._exit(0)
    os.close(writing)
    limit = time.monotonic() + seconds
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > limit:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise Fault(f"nothing came back within {seconds:.0f} s")
        time.sleep(0.05)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    expect(told, "the process was killed")
    expect(told == "-", told)


def _outcome(work: Callable[[], object]) -> str:
    """Return what went wrong; empty if nothing did."""
    try:
        work()
    except Fault as fault:
        return str(fault)
    except Exception as error:  # noqa: BLE001 - the other process reports it as a failure
        return f"did not run: {type(error).__name__} {error}"
    return ""
