"""Collect circles of objects: on the drawing thread alone, and what a voter left once nobody is served.

Screens that are discarded, and their states, refer to each other in circles: Python finds such circles when
it has made enough new objects, which is the next voter's screens. Until then token and marks of the last one
are there for whoever reads the device's memory.

Python looks for circles on whichever thread makes the object too many. On a worker's thread that destroys
widgets there, beside Qt, and the program dies; so nothing is looked for but by the drawing thread.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

AFTER_MS: Final = 300
"""Qt destroys discarded widgets first, in its own time."""


LOOK_MS: Final = 200
"""From one look at the youngest objects to the next."""
MIDDLE: Final = 10
"""Looks at the youngest ones before one at those that have been there for a while."""
ALL: Final = 100
"""Looks at those before one at all of them: every few minutes, if nobody ever leaves."""


class Collector(QObject):
    """Until `stop` only the drawing thread looks for circles, a moment later than Python would."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        """Let any thread look again."""
        self._timer.stop()
        gc.enable()

    def _look(self) -> None:
        _, young, middle = gc.get_count()
        gc.collect(2 if middle > ALL else 1 if young > MIDDLE else 0)


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
