"""Serve the sound as a piece of equipment: it is started, tested and ended with the station."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from kiosk.reports import CheckLine
from kiosk.runtime.watcher import Watcher
from kiosk.runtime.worker import OnCrash
from kiosk.station.sound import TROUBLE, SoundDesk
from kiosk.status import Lamp
from words.message import m

LOOK_S: Final = 0.5
"""How often it is looked whether a voter listens."""


class Closing(Protocol):
    """A sound device that is open."""

    def close(self) -> None:
        """Release it. Never raises."""


class SoundService:
    """The sound with its devices; `listening` is told now and then while a voter listens."""

    def __init__(
        self,
        desk: SoundDesk,
        outputs: Sequence[Closing],
        listening: Callable[[], None],
        on_crash: OnCrash,
    ) -> None:
        self.desk = desk
        self._outputs = outputs
        self._listening = listening
        self._watcher = Watcher("sound", self._look, on_crash, every_s=LOOK_S)

    def start(self) -> None:
        """Begin to look."""
        self._watcher.start()

    def stop(self) -> None:
        """End it: what was said is forgotten."""
        self._watcher.stop()
        self.desk.player.close()
        for output in self._outputs:
            output.close()

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        return self.desk.speech.lamp()

    def check(self) -> CheckLine:
        """Self-test line."""
        works = self.desk.speech.works
        return CheckLine(m("Sound"), works, None if works else TROUBLE)

    def _look(self) -> None:
        if self.desk.speaking:
            self._listening()
