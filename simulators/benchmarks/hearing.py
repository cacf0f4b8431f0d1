"""How long it takes from an act to its sound, and until the old sentence is silent, in the captured wave.

The player, the speech and the screens are those of a terminal; in place of a sound card stands a thread
that takes a piece every few milliseconds, as a card does, and notes when something was audible.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

from drivers.sound.espeak import PROGRAM, EspeakVoice
from drivers.sound.output import PERIOD_MS
from drivers.sound.player import Outlet, Player
from drivers.sound.wave import RATE
from kiosk.flows.ballot import states as at
from kiosk.station.sound import Speech
from simulators.benchmarks.measure import Figure, sampled
from ui.ballot.hearing import SoundDesk
from words.languages import for_voters

FIRST_MS, CUT_MS = 100.0, 50.0
AUDIBLE: Final = 60
"""Of 32,767: anything below is silence."""
PATIENCE_S: Final = 10.0
SILENCE_S: Final = 0.15


class CapturedCard:
    """A sound card that notes the moments in which something was audible."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._loud: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="captured", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due, period = time.perf_counter(), PERIOD_MS / 1000
        while not self._stop.is_set():
            wave = self._player.fill(Outlet.HEADPHONES, round(period * RATE))
            if max(map(abs, wave), default=0) > AUDIBLE:
                self._loud.append(time.perf_counter())
            due = max(due + period, time.perf_counter() - period)
            time.sleep(max(0.0, due - time.perf_counter()))

    def loud_since(self, moment: float) -> list[float]:
        """Return when something was audible after a moment."""
        return [one for one in self._loud if one >= moment]


def bench_sound(
    name: str,
    act: Callable[[SoundDesk, int], None],
    runs: int,
) -> Iterator[Figure]:
    """Yield milliseconds from an act to its first sound, and until a cut is heard.

    `act` does the turn's act and tells the desk. Nothing is yielded where speech is not installed.
    """
    if shutil.which(PROGRAM) is None:
        return
    player = Player(EspeakVoice(), lambda: None)
    desk = SoundDesk(Speech(for_voters(), lambda _failed: player, lambda: None), jack=False)
    desk.show(at.Idle())
    first: list[float] = []
    cut: list[float] = []
    with CapturedCard(player) as card:
        for turn in range(runs):
            began = time.perf_counter()
            act(desk, turn)
            while not card.loud_since(began) and time.perf_counter() < began + PATIENCE_S:
                time.sleep(0.001)
            heard = card.loud_since(began)
            first.append(((heard or [began + PATIENCE_S])[0] - began) * 1000)
            stopped = time.perf_counter()
            player.cut()
            time.sleep(SILENCE_S)
            last = max(card.loud_since(stopped), default=stopped)
            cut.append((last - stopped) * 1000)
    player.close()
    yield sampled(f"act to first sound ({name})", first, "ms", target=FIRST_MS)
    yield sampled(f"sentence cut ({name})", cut, "ms", target=CUT_MS)
