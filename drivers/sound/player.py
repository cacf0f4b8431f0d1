"""One queue of what is heard: a new utterance cuts the old one; gain, pause and repeat are here.

A device's thread calls `fill`, which takes what is ready and never waits. One thread makes speech. What
was said last is kept in memory for "repeat", until `forget`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Protocol, TypeAlias, assert_never

from drivers.errors import DeviceNotFoundError, DriverError, ProtocolError
from drivers.sound.clips import read_clip
from drivers.sound.espeak import NATURAL_WPM
from drivers.sound.sonic import Stretcher
from drivers.sound.wave import RATE, Wave, amplified, make_wave, silence

_PAUSE_S: Final = 0.12
"""Between two parts of an utterance."""
_AHEAD_S: Final = 4.0
"""How much is made before it is heard: a long review is not made at once."""


class Voice(Protocol):
    """What makes speech of text; `drivers.sound.espeak.EspeakVoice`."""

    def speak(self, text: str, voice: str, wpm: int) -> Iterator[Wave]:
        """Yield a text's wave. Raises DriverError."""

    def cut(self) -> None:
        """End what is being made."""

    def rest(self) -> None:
        """End what was made ready for a next sentence, too."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text for a voice."""

    text: str
    voice: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A clip, and what is said in its place where it cannot be played."""

    path: Path
    sha256: str
    instead: Spoken | None


@dataclass(frozen=True, slots=True)
class Sounded:
    """A wave that is ready: a tone."""

    wave: Wave


Part: TypeAlias = Spoken | Recorded | Sounded


class Outlet(Enum):
    """Where sound comes out."""

    HEADPHONES = "headphones"
    SPEAKER = "speaker"


class Player:
    """Any thread may call any method but `fill`, which the device's thread calls."""

    def __init__(self, voice: Voice, failed: Callable[[], None]) -> None:
        """`failed` is called when speech could not be made; what was asked for is not heard."""
        self._voice, self._failed = voice, failed
        self._changed = threading.Condition()
        self._ready: deque[Wave] = deque()
        self._count = 0
        """Samples that are ready."""
        self._parts: deque[tuple[int, Part, float]] = deque()
        """What is still to be made: of which utterance, what, and its words a minute."""
        self._number = 0
        """Of the present utterance; whatever belongs to an older one is dropped."""
        self._last: tuple[Sequence[Part], float] | None = None
        self._paused = self._closed = self._making = False
        self._gain = 0.5
        self._outlet = Outlet.SPEAKER
        self._thread = threading.Thread(target=self._run, name="speech", daemon=True)
        self._thread.start()

    # ---------------------------------------------------------------- what is heard

    def play(self, parts: Sequence[Part], wpm: int = NATURAL_WPM) -> None:
        """Play in place of whatever is being played."""
        with self._changed:
            self._last = ([*parts], wpm)
            self._begin(parts, wpm)

    def add(self, parts: Sequence[Part], wpm: int = NATURAL_WPM) -> None:
        """Play after whatever is being played; `repeat` gives both again."""
        with self._changed:
            heard = self._ready or self._parts or self._making
            said = self._last[0] if heard and self._last is not None else ()
            self._last = ([*said, *parts], wpm)
            self._parts.extend((self._number, part, wpm) for part in parts)
            self._changed.notify_all()

    def repeat(self) -> None:
        """Play the last utterance again, from its beginning."""
        with self._changed:
            if self._last is not None:
                self._begin(*self._last)

    def cut(self) -> None:
        """Be silent now."""
        with self._changed:
            self._begin((), NATURAL_WPM)

    def forget(self) -> None:
        """Be silent, and know nothing of what was said: the voter has gone."""
        with self._changed:
            self._last = None
            self._begin((), NATURAL_WPM)
            self._voice.rest()

    def pause(self, paused: bool) -> None:
        """Stop, or go on where it was stopped."""
        with self._changed:
            self._paused = paused

    @property
    def paused(self) -> bool:
        """Whether it was stopped, to go on later."""
        return self._paused

    @property
    def busy(self) -> bool:
        """Whether something is being heard, or will be in a moment."""
        with self._changed:
            return not self._paused and bool(self._making or self._parts or self._count)

    def set_gain(self, gain: float) -> None:
        """Set the volume, 0 … 1, also of what is being heard."""
        self._gain = gain

    def set_outlet(self, outlet: Outlet) -> None:
        """Let sound come out in one place; the other is silent. What was meant for it is cut."""
        with self._changed:
            if outlet is not self._outlet:
                self._outlet = outlet
                self._begin((), NATURAL_WPM)

    @property
    def outlet(self) -> Outlet:
        """Where sound comes out."""
        return self._outlet

    def fill(self, outlet: Outlet, count: int) -> Wave:
        """Return the next samples for an outlet; silence where nothing is to be heard."""
        out = make_wave()
        with self._changed:
            if not self._paused and outlet is self._outlet:
                while self._ready and len(out) < count:
                    piece = self._ready.popleft()
                    wanted = count - len(out)
                    if len(piece) > wanted:
                        self._ready.appendleft(piece[wanted:])
                        piece = piece[:wanted]
                    out.extend(piece)
                self._count -= len(out)
                self._changed.notify_all()
            gain = self._gain
        out = amplified(out, gain)
        out.extend(silence((count - len(out)) / RATE))
        return out

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._begin((), NATURAL_WPM)
        self._thread.join()
        self._voice.rest()

    # ---------------------------------------------------------------- making it

    def _begin(self, parts: Sequence[Part], wpm: float) -> None:
        """Drop what is under way and begin; the lock is held."""
        self._number += 1
        self._ready.clear()
        self._count = 0
        self._paused = False
        self._parts = deque((self._number, part, wpm) for part in parts)
        self._voice.cut()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._parts and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                number, part, wpm = self._parts.popleft()
                self._making = True
            try:
                whole = self._make(number, part, wpm)
            except BaseException:  # noqa: BLE001 - told as failed; nothing of what was said is written
                whole = False
            with self._changed:
                self._making = False
                broken = not whole and number == self._number
                if broken:
                    self._parts.clear()
            if broken:
                self._failed()

    def _make(self, number: int, part: Part, wpm: float) -> bool:
        """Make one part; False if it could not be made whole."""
        try:
            if not all(self._put(number, wave) for wave in self._waves(part, wpm)):
                return False
        except DriverError:
            return False
        return isinstance(part, Sounded) or self._put(number, silence(_PAUSE_S))

    def _waves(self, part: Part, wpm: float) -> Iterator[Wave]:
        match part:
            case Sounded(wave):
                yield wave
            case Spoken(text, voice):
                yield from self._stretched(self._voice.speak(text, voice, round(wpm)), wpm)
            case Recorded(path, sha256, instead):
                try:
                    wave = read_clip(path, sha256)
                except (ProtocolError, DeviceNotFoundError):
                    if instead is not None:
                        yield from self._waves(instead, wpm)
                    return
                yield from self._stretched(iter((wave,)), wpm)
            case _:
                assert_never(part)

    def _stretched(self, waves: Iterator[Wave], wpm: float) -> Iterator[Wave]:
        if wpm == NATURAL_WPM:
            yield from waves
            return
        stretcher = Stretcher(wpm / NATURAL_WPM)
        try:
            for wave in waves:
                yield stretcher.feed(wave)
            yield stretcher.rest()
        finally:
            stretcher.close()

    def _put(self, number: int, wave: Wave) -> bool:
        """Add a piece, waiting while enough is ready; False if the utterance was cut meanwhile."""
        with self._changed:
            while self._count > _AHEAD_S * RATE and number == self._number and not self._closed:
                self._changed.wait()
            if number != self._number or self._closed:
                return False
            self._ready.append(wave)
            self._count += len(wave)
            return True
