"""Let voters hear a device: tones, speech and recordings, with the devices they come out of.

What is said at which moment is the screens' matter (`ui.ballot.hearing`, `ui.identity.hearing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, Protocol

from drivers.sound import speech
from drivers.sound.player import Player
from drivers.sound.speech import FindClip, no_clips
from drivers.sound.wave import Wave, beep, silence
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash
from kiosk.status import CheckLine, DeviceKind, Doing, Lamp
from words.languages import Languages
from words.message import Message, m

LOOK_S: Final = 0.5
"""How often it is looked whether a voter listens."""
_SOUND: Final = m("Sound")
_TROUBLE: Final = m("Speech does not work: voters who need it go to another terminal.")


class Tone(StrEnum):
    """Sounds without words, each with a picture on the screen; the same for every voter."""

    READY = "ready"
    """The terminal is free, and waits for a card."""
    CARD_IN = "card-in"
    REFUSED = "refused"
    ATTENTION = "attention"
    """Something waits for an answer, or the card for its owner."""
    RECORDED = "recorded"
    """The long one: the vote is recorded."""
    BROKEN = "broken"
    """The speech failed, or the terminal is out of service."""


class Speech(speech.Speech[Tone]):
    """Speech with the tones of this device."""

    def __init__(
        self,
        languages: Languages,
        player: Callable[[Callable[[], None]], Player],
        call_officer: Callable[[], None],
        *,
        find_clip: FindClip = no_clips,
        works: bool = True,
    ) -> None:
        """As its base, with what `call_officer` does when speech fails."""
        tones = {one: _wave(one) for one in Tone}
        super().__init__(
            languages, player, tones, Tone.BROKEN, call_officer, find_clip=find_clip, works=works
        )


class Closing(Protocol):
    """A sound device that is open."""

    def close(self) -> None:
        """Release it. Never raises."""


class SoundService:
    """Sound as a piece of equipment: started, tested and ended with the station."""

    def __init__(
        self,
        speech: Speech,
        outputs: Sequence[Closing],
        on_crash: OnCrash,
        listening: Callable[[], None] | None = None,
    ) -> None:
        """Take the devices that are open; `listening` is told now and then while a voter listens."""
        self.speech = speech
        self._outputs = outputs
        self._listening = listening
        self._watcher = Watcher("sound", self._look, on_crash, every_s=LOOK_S)

    def start(self) -> None:
        """Begin to look, if anybody is to be told."""
        if self._listening is not None:
            self._watcher.start()

    def stop(self) -> None:
        """End it: what was said is forgotten."""
        self._watcher.stop()
        self.speech.player.close()
        for output in self._outputs:
            output.close()

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        trouble = self._trouble()
        doing = Doing(DeviceKind.SOUND, trouble or m("It can speak."))
        return Lamp("sound", _SOUND, self.speech.works, trouble, doing)

    def check(self) -> CheckLine:
        """Self-test line."""
        return CheckLine(_SOUND, self.speech.works, self._trouble())

    def _trouble(self) -> Message | None:
        return None if self.speech.works else _TROUBLE

    def _look(self) -> None:
        if self._listening is not None and self.speech.speaking:
            self._listening()


def _wave(of: Tone) -> Wave:
    match of:
        case Tone.READY:
            return beep((880.0,), 0.1, 0.2)
        case Tone.CARD_IN:
            return beep((660.0,), 0.12) + beep((880.0,), 0.18)
        case Tone.REFUSED:
            return beep((330.0,), 0.15) + silence(0.05) + beep((262.0,), 0.3)
        case Tone.ATTENTION:
            return (beep((740.0,), 0.15) + silence(0.15)) * 3
        case Tone.RECORDED:
            return beep((523.0, 659.0, 784.0), 1.6)
        case Tone.BROKEN:
            return (beep((220.0, 233.0), 0.4) + silence(0.2)) * 2
