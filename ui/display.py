"""Find out whether there is a display before a window is made: without one Qt ends the program by itself."""

from __future__ import annotations

import os
import sys

from PySide6.QtGui import QGuiApplication

from kiosk.configuration import ConfigurationError
from words.message import m


def check_display() -> None:
    """Try the display in a process of its own. Raises `ConfigurationError` if it has none."""
    child = os.fork()
    if not child:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno() if sys.stderr else 2)
        QGuiApplication(sys.argv[:1])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        raise ConfigurationError(
            m("there is no display: start the screen first, or connect it and start again")
        )
