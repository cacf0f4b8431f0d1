"""How long it takes from an act to its sound, and until the old sentence is silent, in the captured wave.

The player, the speech and the screens are those of a terminal; in place of a sound card stands a thread
that takes a piece every few milliseconds, as a card does, and notes when something was audible.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

from drivers.sound.espeak import PROGRAM, EspeakVoice
from drivers.sound.output import PERIOD_MS
from drivers.sound.player import Outlet, Player
from drivers.sound.wave import RATE
from kiosk.flows.ballot import states as at
from kiosk.station.sound import Speech
from simulators.benchmarks.measure import Figure, StatusCallback, rounds, sampled
from ui.ballot.hearing import SoundDesk
from words.languages import for_voters

FIRST_MS, CUT_MS = 100.0, 50.0
AUDIBLE: Final = 60
"""Of 32,767: anything below is silence."""
HEADER: Final = 44
"""Bytes of a WAVE header."""
PATIENCE_S: Final = 10.0
SOUND_S: Final = 25.0
"""No further act is done afterwards."""
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
    tell: StatusCallback,
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
    bare: list[float] = []
    with CapturedCard(player) as card:
        for turn in rounds(runs, SOUND_S, tell, f"heard, {name}"):
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
            bare.append(_bare_ms())
    player.close()
    yield sampled(f"act to first sound ({name})", first, "ms", target=FIRST_MS, by_p99=True)
    yield sampled(f"sentence cut ({name})", cut, "ms", target=CUT_MS)
    shares = [ours / alone for ours, alone in zip(first, bare, strict=True)]
    # Painting and all: what is said has to be made while the screen is, and not after a program has started.
    yield sampled(f"first sound to that of a program started for it ({name})", shares, "×")


def _bare_ms() -> float:
    """Return milliseconds from starting the speech program until its first sound would be heard."""
    command = (PROGRAM, "-v", "fa", "-b", "1", "--stdin", "--stdout")
    began = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("چهار نامزد".encode())
        process.stdin.close()
        process.stdout.read(HEADER)
        took = time.perf_counter() - began
        samples = array("h", process.stdout.read(RATE))
        process.stdout.read()
    silent = next((at for at, one in enumerate(samples) if abs(one) > AUDIBLE), 0)
    return (took + silent / RATE) * 1000
