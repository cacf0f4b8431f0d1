"""Collect what a voter left in memory once nobody is served.

Screens that are discarded, and their states, refer to each other in circles: Python finds such circles when
it has made enough new objects, which is the next voter's screens. Until then token and marks of the last one
are there for whoever reads the device's memory.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

AFTER_MS: Final = 300
"""Qt destroys discarded widgets first, in its own time."""


class Forgetting(QObject):
    """Collects a moment after the device is free again; that may take a tenth of a second."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._served = False
        self._timer = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._timer.timeout.connect(self._forget)

    def seen(self, *, served: bool) -> None:
        """Note whether somebody is served now."""
        if served:
            self._timer.stop()
        elif self._served:
            self._timer.start()
        self._served = served

    @staticmethod
    def _forget() -> None:
        gc.collect()
