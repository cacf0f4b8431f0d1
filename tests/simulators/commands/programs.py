"""Simulators as programs, used from outside: lines in, lines out, signals; nothing of ours imported there."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Any, Final, Self

import psutil

AMIN: Final = (sys.executable, "-m", "commands.main", "simulator")
ANSWER_S: Final = 30.0
"""Far longer than anything takes on a busy machine."""


class Program:
    """A running `amin simulator …`; a context manager that ends it and looks for what it left behind."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*AMIN, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.environment: dict[str, str] = {}
        self.where = ""
        self._family: list[psutil.Process] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        while True:
            line = self.line()
            if line.startswith("env "):
                name, _, value = line.removeprefix("env ").partition("=")
                self.environment[name] = value
            elif line.startswith("ready "):
                self.where = line.removeprefix("ready ")
                self._family = psutil.Process(self.process.pid).children(recursive=True)
                return self
            else:
                self.kill()
                assert self.process.stderr is not None
                raise AssertionError(f"{line!r} {self.process.stderr.read()}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.kill()
            return
        if self.process.poll() is None:
            self.end_input()
        self.gone()

    def tell(self, line: str) -> str:
        """Write a line; its line of answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.line()

    def does(self, line: str) -> None:
        assert self.tell(line) == "ok"

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.tell("state"))
        return found

    def line(self) -> str:
        """The next line of standard output, empty at its end."""
        return self._lines.get(timeout=ANSWER_S)

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def terminate(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def gone(self) -> None:
        """It has ended well, and its children with it."""
        assert self.process.wait(ANSWER_S) == 0
        _, alive = psutil.wait_procs(self._family, ANSWER_S)
        assert not alive

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put("")


def refused(*arguments: str) -> str:
    """What a simulator says on standard error that cannot start."""
    done = subprocess.run(
        [*AMIN, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=ANSWER_S,
        check=False,
    )
    assert done.returncode != 0
    assert not done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def wait_for(what: Any) -> None:
    """Wait until `what()` is true."""
    limit = time.monotonic() + ANSWER_S
    while not what():
        assert time.monotonic() < limit
        time.sleep(0.01)
