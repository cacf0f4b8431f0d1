"""Pictures of the finger on the sensor, drawn beside the window: one takes longer than a frame."""

from __future__ import annotations

import threading

from drivers.fingerprint.iso19794 import Minutia
from simulators.bench.protocol import Grey
from simulators.fingerprint.ridges import draw_finger
from simulators.fingerprint.sensor import SensorView


class Pictures:
    """Picture of the latest impression, as soon as it is drawn; to be used from one thread."""

    def __init__(self) -> None:
        self._wanted: tuple[Minutia, ...] = ()
        self._drawn: tuple[tuple[Minutia, ...], Grey] | None = None

    def of(self, view: SensorView) -> Grey | None:
        """Return the picture of an impression, None without a finger and until it is drawn."""
        if view.how is None:
            return None
        drawn = self._drawn
        if drawn is not None and drawn[0] is view.minutiae:
            return drawn[1]
        if self._wanted is not view.minutiae:
            self._wanted = view.minutiae
            threading.Thread(target=self._draw, args=(view,), name="ridges", daemon=True).start()
        return None

    def _draw(self, view: SensorView) -> None:
        picture = draw_finger(view.minutiae, view.quality, view.width, view.height)
        grey = Grey(view.width, view.height, picture.tobytes())
        if self._wanted is view.minutiae:
            self._drawn = (view.minutiae, grey)
