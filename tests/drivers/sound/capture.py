"""A sound device that writes down what it is given, and when."""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable

from drivers.sound.player import Outlet, Player
from drivers.sound.wave import RATE, Wave

PERIOD_S = 0.005
AUDIBLE = 60
"""Of 32,767: anything below is silence."""


class Capture:
    """Pulls both outlets in real time on a thread of its own, as a device does."""

    def __init__(self, player: Player) -> None:
        self.heard: dict[Outlet, list[tuple[float, Wave]]] = {x: [] for x in Outlet}
        self._player = player
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Capture:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            for outlet in Outlet:
                wave = self._player.fill(outlet, round(PERIOD_S * RATE))
                self.heard[outlet].append((time.monotonic(), wave))
            due += PERIOD_S
            time.sleep(max(0.0, due - time.monotonic()))

    def loud(self, outlet: Outlet, since: float = 0.0) -> list[float]:
        """The moments at which something was audible."""
        return [at for at, wave in list(self.heard[outlet]) if at >= since and audible(wave)]

    def wave(self, outlet: Outlet) -> Wave:
        whole: Wave = array("h")
        for _, piece in list(self.heard[outlet]):
            whole.extend(piece)
        return whole


def audible(wave: Wave) -> bool:
    return any(abs(sample) > AUDIBLE for sample in wave)


def drained(player: Player, outlet: Outlet, limit_s: float = 10.0) -> Wave:
    """All that a player has to say, as fast as it is made."""
    whole: Wave = array("h")
    limit = time.monotonic() + limit_s
    while player.busy and time.monotonic() < limit:
        whole.extend(player.fill(outlet, 1024))
        if not audible(whole[-1024:]):
            time.sleep(0.001)
    return whole


def wait_for(what: Callable[[], object], limit_s: float = 10.0) -> None:
    limit = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.002)
