"""Life of a simulator program: it reports where it is ready, obeys lines, and ends cleanly.

Standard output carries the answers alone, one line each; what a person may like to know goes to standard
error. End of input, SIGTERM, SIGINT and SIGHUP end it with status 0; so does a reader of the answers
that has gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Final, Protocol

from simulators.control import (
    MAX_LINE,
    ControlCommand,
    ControlError,
    Deed,
    Help,
    SimulatedDevice,
    fault_usage,
    parse,
    usage,
)

READ_BYTES: Final = 65_536
MAX_LINE_BYTES: Final = 4 * MAX_LINE + 4
STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

ControlValue = str | int | float | bool | list[str] | None


class Controlled(Protocol):
    """Running simulated device; whoever opened it closes it."""

    @property
    def device(self) -> SimulatedDevice:
        """Kind of the device."""

    @property
    def where(self) -> str:
        """Address for clients: path of the serial device, name of the reader, or host:port."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that a client needs."""

    def obey(self, command: ControlCommand) -> None:
        """Carry out a command and return when clients can see it. Raises `ControlError`."""

    def state(self) -> Mapping[str, ControlValue]:
        """Return what can be seen of the device; nothing secret."""


class _ClosedError(Exception):
    """Nobody reads the answers any more."""


class Stopper:
    """Turns the signals that end a program into a file that can be waited for beside the input."""

    def __init__(self) -> None:
        self.asked = False
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor that becomes readable once the program is to end."""
        return self._ours.fileno()

    def __enter__(self) -> Stopper:
        self._old_fd = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, self._ask) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._ours.close()
        self._theirs.close()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.asked = True


def serve(
    open_device: Callable[[], contextlib.AbstractContextManager[Controlled]],
    stopper: Stopper,
    *,
    stay: bool,
) -> None:
    """Open the device, report where it is, obey until the end. `stay`: go on after the end of input.

    Raises whatever `open_device` raises.
    """
    with contextlib.suppress(_ClosedError), open_device() as device:
        for name, value in device.environment.items():
            _say(f"env {name}={value}")
        _say(f"ready {device.where}")
        if sys.stdin is not None and sys.stdin.isatty():
            print(f"commands: {usage(device.device)}", file=sys.stderr)
        for line in _lines(stopper, stay=stay):
            answer = obey_line(device, line)
            if answer:
                _say(answer)


def obey_line(device: Controlled, line: bytes) -> str:
    """Obey a line and return the line of answer, empty for lines that ask for nothing."""
    try:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise ControlError("write UTF-8") from None
        match parse(text, device.device):
            case None:
                return ""
            case Deed.STATE:
                return json.dumps(
                    {"device": device.device.value, "where": device.where, **device.state()},
                    ensure_ascii=False,
                )
            case Help(topic="fault"):
                return f"ok {fault_usage(device.device)}"
            case Help():
                return f"ok {usage(device.device)}"
            case command:
                device.obey(command)
                return "ok"
    except ControlError as trouble:
        return f"error {' '.join(str(trouble).split())}"


def _lines(stopper: Stopper, *, stay: bool) -> Iterator[bytes]:
    """Yield lines of standard input, also an unfinished last one, until its end or a signal."""
    waiting = bytearray()
    while (data := _read(stopper)) is not None:
        waiting += data
        while (at := waiting.find(b"\n")) >= 0:
            line = bytes(waiting[:at])
            del waiting[: at + 1]
            yield line
            if stopper.asked:
                return
        # The rest of a line that is refused for its length need not be kept.
        del waiting[MAX_LINE_BYTES:]
    if waiting and not stopper.asked:
        yield bytes(waiting)
    if stay and not stopper.asked:
        select.select([stopper], [], [])


def _read(stopper: Stopper) -> bytes | None:
    """Return what comes next on standard input, None at its end and when the program is to stop."""
    if sys.stdin is None or stopper.asked:
        return None
    fd = sys.stdin.fileno()
    # Always readable if it is a regular file.
    ready, _, _ = select.select([fd, stopper], [], [])
    return None if stopper.asked or fd not in ready else os.read(fd, READ_BYTES) or None


def _say(line: str) -> None:
    if sys.stdout is None:
        raise _ClosedError
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _ClosedError from None
