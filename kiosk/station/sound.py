"""Let voters hear a device: tones, speech and recordings, with the devices they come out of.

What is said at which moment is the screens' matter (`ui.ballot.hearing`, `ui.identity.hearing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from drivers.sound.espeak import NATURAL_WPM
from drivers.sound.player import Outlet, Part, Player, Recorded, Sounded, Spoken
from drivers.sound.wave import Wave, beep, silence
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash
from kiosk.status import CheckLine, DeviceKind, Doing, Lamp
from words.languages import Languages
from words.message import Message, m
from words.spoken import Piece, spoken
from words.text import PERSIAN, Language
from words.transliteration import SPELLINGS

LOOK_S: Final = 0.5
"""How often it is looked whether a voter listens."""
_SOUND: Final = m("Sound")
_TROUBLE: Final = m("Speech does not work: voters who need it go to another terminal.")

FindClip: TypeAlias = Callable[[Language, str], tuple[Path, str] | None]
"""Returns a recording of a text and its SHA-256, None if there is none."""


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


def no_clips(_language: Language, _text: str) -> None:
    """Find no recording."""


class Speech:
    """A player, and what it needs to say messages. On the drawing thread, but for `failed`."""

    def __init__(
        self,
        languages: Languages,
        player: Callable[[Callable[[], None]], Player],
        call_officer: Callable[[], None],
        *,
        find_clip: FindClip = no_clips,
        works: bool = True,
    ) -> None:
        """`player` makes the player that calls back when speech fails.

        `works`: False if no device was found.
        """
        self.languages = languages
        self._call_officer = call_officer
        self._find_clip = find_clip
        self.works = works
        self._waves: dict[Tone, Wave] = {one: _wave(one) for one in Tone}
        self.player = player(self.failed)

    def failed(self) -> None:
        """Say by a tone, which needs no speech, that there is none, and call the officer. Any thread."""
        self.works = False
        self.player.play((Sounded(self._waves[Tone.BROKEN]),))
        self._call_officer()

    @property
    def private(self) -> bool:
        """Whether only the voter hears it."""
        return self.player.outlet is Outlet.HEADPHONES

    @property
    def speaking(self) -> bool:
        """Whether something is being said to a voter alone."""
        return self.private and self.player.busy

    def use_headphones(self, wanted: bool) -> bool:
        """Speak into the headphones, or out of the speaker; False if it does so already.

        What was being said is cut, and the other outlet is silent.
        """
        if wanted is self.private:
            return False
        self.player.set_outlet(Outlet.HEADPHONES if wanted else Outlet.SPEAKER)
        return True

    def play(
        self,
        tone: Tone | None,
        said: Sequence[tuple[Message, Language]] = (),
        wpm: int = NATURAL_WPM,
    ) -> None:
        """Play a tone and then messages, each in its language, in place of what is being said."""
        ringing = () if tone is None else (Sounded(self._waves[tone]),)
        words = [
            self._part(piece)
            for message, language in said
            for piece in spoken(message, self.languages.speaker(language))
        ]
        if ringing or words:
            self.player.play((*ringing, *words), wpm)

    def say_text(self, text: str, language: Language, wpm: int, *, after: bool = False) -> None:
        """Say a text that is on the screen; `after`: after what is being said."""
        play = self.player.add if after else self.player.play
        play((self._part(Piece(language, text)),), wpm)

    def _part(self, piece: Piece) -> Part:
        """Return what is played for a piece of text: a recording where there is one."""
        made = self._made(piece)
        clip = self._find_clip(piece.language, piece.text)
        return made if clip is None else Recorded(*clip, instead=made)

    def _made(self, piece: Piece) -> Spoken:
        """Return speech for a piece; a language without a voice is read by the Persian one."""
        known = piece.language if piece.language in self.languages else PERSIAN
        data = self.languages[known]
        if not data.voice:
            return Spoken(piece.text, self.languages[PERSIAN].voice)
        spell = SPELLINGS.get(data.spelling)
        return Spoken(spell(piece.text) if spell else piece.text, data.voice)


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
