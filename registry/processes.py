"""Serve from several processes, because one is bounded by one core; the book settles their batches in turn.

The first process holds the listening sockets and answers nobody: a process that dies is replaced at once,
and whoever asks meanwhile waits in its socket's queue. nginx sends a station always to the same process
(`hash` in `nginx.conf`), so its pace is counted in one place. Processes end with the first one, however it
ends.
"""

from __future__ import annotations

import multiprocessing
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from election.errors import ElectionError
from words.message import m

AGAIN_SECONDS: Final = 1.0
"""Before a process that could not start is started once more: its database is away, or the machine full."""
_STOP_SECONDS: Final = 10.0
_CONTEXT: Final = multiprocessing.get_context("fork")
"""Keys are opened once, and handed on in memory alone."""

Serve = Callable[[socket.socket, Callable[[], None]], None]
"""Answer on a socket until a signal comes or the first process ends; say when it begins."""


class _StopError(Exception):
    """A signal ends the program."""


def sockets(first: Path, processes: int) -> list[Path]:
    """Return where processes listen: x.sock, x.sock.2, x.sock.3 …, as nginx is told."""
    return [first, *(Path(f"{first}.{number}") for number in range(2, processes + 1))]


def serve_from_all(
    listening: Sequence[socket.socket], serve: Serve, ready: Callable[[], None]
) -> None:
    """Run a process for each socket until a signal comes; call `ready` when all of them answer.

    Raises `ElectionError` if one cannot start in the beginning.
    """
    before = {name: signal.signal(name, _stop) for name in (signal.SIGTERM, signal.SIGINT)}
    running: dict[int, tuple[ForkProcess, int]] = {}
    try:
        for number, one in enumerate(listening):
            _start(running, number, one, serve)
        ready()
        while True:
            for sentinel in wait(list(running)):
                assert isinstance(sentinel, int)
                _, number = running.pop(sentinel)
                _start_again(running, number, listening[number], serve)
    except _StopError:
        return
    finally:
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        for process, _ in running.values():
            process.terminate()
        for process, _ in running.values():
            process.join(_STOP_SECONDS)
            process.kill()
        for name, handler in before.items():
            signal.signal(name, handler)


# ---------------------------------------------------------------- parts


def _stop(_: int, __: FrameType | None) -> NoReturn:
    raise _StopError


def _start(
    running: dict[int, tuple[ForkProcess, int]], number: int, one: socket.socket, serve: Serve
) -> None:
    here, there = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_child, args=(one, serve, here, there))
    process.start()
    running[process.sentinel] = process, number
    there.close()
    try:
        here.recv()
    except EOFError:
        process.join()
        del running[process.sentinel]
        raise ElectionError(
            m("the registry could not start: is its address free, and does its store open?")
        ) from None
    finally:
        here.close()


def _start_again(
    running: dict[int, tuple[ForkProcess, int]], number: int, one: socket.socket, serve: Serve
) -> None:
    while True:
        try:
            _start(running, number, one, serve)
        except (ElectionError, OSError):
            # Also where the machine has no process or file left for it.
            time.sleep(AGAIN_SECONDS)
        else:
            return


def _child(one: socket.socket, serve: Serve, here: Connection, there: Connection) -> None:
    here.close()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)

    def ready() -> None:
        there.send(None)
        there.close()

    try:
        serve(one, ready)
    except ElectionError:
        # The first process tells it, once.
        sys.exit(1)
