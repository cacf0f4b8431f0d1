"""Sensor of a simulated module: the finger on it and its placement, for the module and for a window.

Fingers come from the control side only, never over the device's line. Each placement is one impression,
which stays the same until the finger is lifted.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from enum import Enum

from drivers.fingerprint.iso19794 import Minutia
from simulators.fingerprint.fingers import HEIGHT, WIDTH, Finger, Impression, Placement

MIN_QUALITY = 8
MIN_MINUTIAE = 6
"""Less than this cannot be compared: a bad image."""


class CaptureResult(Enum):
    """Outcome of the latest finger that the module wanted."""

    NONE = "none"
    TAKEN = "taken"  # an image was taken; of no comparison yet
    BAD_IMAGE = "bad image"
    MATCH = "match"
    NO_MATCH = "no match"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class SensorView:
    """Snapshot of the sensor for display. Coordinates are pixels of `width` by `height`."""

    finger: str
    """The name it was placed under, empty if no finger is there."""
    how: Placement | None
    minutiae: tuple[Minutia, ...]
    quality: int
    """0 to 100 of the impression; 0 if no finger is there."""
    waiting: bool
    """The module looks for a finger now; its lamp is lit."""
    result: CaptureResult
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class SensorTouch:
    """Finger that lies on the sensor; `since` is a time of the monotonic clock in seconds."""

    impression: Impression
    how: Placement
    since: float
    name: str

    @property
    def usable(self) -> bool:
        """True if a module could use the impression: its quality and number of minutiae suffice."""
        impression = self.impression
        return impression.quality >= MIN_QUALITY and len(impression.minutiae) >= MIN_MINUTIAE


class Sensor:
    """Sensor that any thread may use; equal seeds give equal impressions."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"sensor {seed}")
        self._lock = threading.Lock()
        self._touch: SensorTouch | None = None
        self._result = CaptureResult.NONE
        self._wanted = threading.Event()

    def place(self, finger: Finger, how: Placement = Placement.RIGHT, name: str = "") -> None:
        """Put a finger on the sensor, where it stays; each call is a new impression."""
        with self._lock:
            impression = finger.impression(self._rng, how)
            called = name or finger.position.name.lower().replace("_", " ")
            self._touch = SensorTouch(impression, how, time.monotonic(), called)

    def lift(self) -> None:
        """Lift the finger."""
        with self._lock:
            self._touch = None

    def touch(self) -> SensorTouch | None:
        """Return the finger on the sensor, None if there is none."""
        with self._lock:
            return self._touch

    @property
    def wanted(self) -> bool:
        """True while the module looks for a finger."""
        return self._wanted.is_set()

    def want(self, wanted: bool) -> None:
        """Note that the module begins or ends looking for a finger."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()

    def wait_until_wanted(self, timeout_s: float) -> bool:
        """Wait until the module looks for a finger; False if it does not within `timeout_s`."""
        return self._wanted.wait(timeout_s)

    def note(self, result: CaptureResult) -> None:
        """Note the outcome of the latest finger."""
        with self._lock:
            self._result = result

    def view(self) -> SensorView:
        """Return a snapshot."""
        with self._lock:
            touch, result = self._touch, self._result
        if touch is None:
            return SensorView("", None, (), 0, self.wanted, result)
        impression = touch.impression
        return SensorView(
            touch.name, touch.how, impression.minutiae, impression.quality, self.wanted, result
        )
