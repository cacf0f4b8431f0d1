"""Have Qt's binding make all its classes when it is loaded, instead of each when it is first used.

Papers are drawn on the printers' threads. A class that is made there while the drawing thread makes another
one is made by two threads at once, which the binding does not stand: devices that had just been started died
so, at their first voter. It costs a tenth of a second and 16 MB at the start.
"""

from __future__ import annotations

import os
import sys
from typing import Final

OPTION: Final = "PYSIDE6_OPTION_LAZY"
"""Of libshiboken (`sbkmodule.cpp`); it is read when a module of Qt is loaded."""
_BINDING: Final = "PySide6.QtCore"


def make_classes_at_once() -> None:
    """Say so to the binding. `RuntimeError` if it is loaded: then it is too late."""
    if _BINDING in sys.modules:
        raise RuntimeError(f"{_BINDING} is loaded")
    os.environ[OPTION] = "0"
