"""Base of simulated fingerprint modules: a line, a sensor, a power supply and a thread.

The module speaks only its wire protocol; fingers, plugs and faults come from the control side, the
public methods here.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path

from simulators.fingerprint.fingers import Finger, Placement
from simulators.fingerprint.sensor import Sensor, SensorView
from simulators.line_device import LineDevice
from simulators.serial_line import IDLE_S, DeviceThread

HALF_PACKET_S = 0.5
"""After so much silence half a packet is forgotten."""


@dataclass(frozen=True, slots=True)
class ModuleTiming:
    """Seconds until the module listens after power-on, for an image, a comparison, an extraction."""

    power_on_s: float = 0.3
    scan_s: float = 0.35
    match_s: float = 0.15
    extract_s: float = 0.3


INSTANT = ModuleTiming(0.0, 0.0, 0.0, 0.0)


class SimulatedModule(LineDevice):
    """Simulated module with its line and sensor.

    Use it as a context manager, or call `start` and `stop`. Equal seeds give equal impressions.
    """

    def __init__(
        self,
        link: Path,
        *,
        baud: int,
        seed: int,
        timing: ModuleTiming | None,
        paced: bool,
        tick_s: float = IDLE_S,
    ) -> None:
        super().__init__(link, baud, seed, paced=paced)
        self.sensor = Sensor(seed)
        self._line.on_cut = self._cut
        self._timing = timing or ModuleTiming()
        self._thread = DeviceThread(self._line, self._bytes_came, self._ticked, tick_s=tick_s)
        self._lock = threading.RLock()
        self._heard_at = 0.0
        self._awake_at = 0.0

    def start(self) -> None:
        """Plug the module in and run it."""
        super().start()
        self._thread.start()

    def stop(self) -> None:
        """Stop the module and remove its line."""
        self._thread.stop()
        super().stop()

    # ------------------------------------------------------------ control side

    def place(self, finger: Finger, how: Placement = Placement.RIGHT, name: str = "") -> None:
        """Put a finger on the sensor, where it stays; each call is a new impression."""
        self.sensor.place(finger, how, name)

    def lift(self) -> None:
        """Lift the finger from the sensor."""
        self.sensor.lift()

    def view(self) -> SensorView:
        """Return what lies on the sensor now, and the outcome of the latest finger."""
        return self.sensor.view()

    def wait_for_scan(self, timeout_s: float) -> bool:
        """Wait until the module waits for a finger; False if it did not within `timeout_s`."""
        return self.sensor.wait_until_wanted(timeout_s)

    def unplug(self) -> None:
        """Pull the plug; the module loses its power with the line."""
        super().unplug()
        self._cut()

    def replug(self) -> None:
        """Put the plug in again, under the same name."""
        self._cut()
        super().replug()

    def power_cycle(self) -> None:
        """Interrupt the power alone: the line stays, settings that were not saved are lost."""
        self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.sensor.want(False)
            self._heard_at = 0.0
            self._awake_at = time.monotonic() + self._timing.power_on_s
            self._power_on()

    # ------------------------------------------------------------ device side

    @abstractmethod
    def _power_on(self) -> None:
        """Begin anew with what is in the flash memory."""

    @abstractmethod
    def _received(self, data: bytes, now: float) -> None:
        """Handle bytes that came while the module was awake."""

    @abstractmethod
    def _elapsed(self, now: float) -> None:
        """Handle the passing of some milliseconds while the module was awake."""

    def _bytes_came(self, data: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            if now >= self._awake_at:
                self._heard_at = now
                self._received(data, now)

    def _ticked(self, now: float) -> None:
        with self._lock:
            if now >= self._awake_at:
                self._elapsed(now)
