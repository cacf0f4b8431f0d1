"""Log of the frames on device lines: at DEBUG, by kind and length, never with content.

Contents are PINs, keys, templates of fingers, data groups of a person, texts of codes and lengths of
printed strips. They are masked by not being there: `FrameLog` is given the name of a frame's kind (an
instruction header, a command, a status word) and its length.

The log is off until a program both lowers the level of the logger `drivers` and adds a handler::

    logging.getLogger("drivers").setLevel(logging.DEBUG)

That is for a workbench. On a polling day the times of frames would show when people came and voted.
"""

from __future__ import annotations

import logging
from enum import IntEnum


class FrameLog:
    """Log the frames of one driver to the logger `name`, which is the name of its module."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def sent(self, kind: str, length: int | None = None) -> None:
        """Log a frame to the device; `length` in bytes, None where it is not for the log."""
        self._write(">", kind, length)

    def received(self, kind: str, length: int | None = None) -> None:
        """Log a frame from the device, or the name of the error that came instead."""
        self._write("<", kind, length)

    def _write(self, direction: str, kind: str, length: int | None) -> None:
        if length is None:
            self._logger.debug("%s %s", direction, kind)
        else:
            self._logger.debug("%s %s, %d bytes", direction, kind, length)


def code_name(codes: type[IntEnum], value: int) -> str:
    """Return the name of a protocol's code, or its hexadecimal value if it has none."""
    return codes(value).name if value in frozenset(codes) else f"{value:02X}"
