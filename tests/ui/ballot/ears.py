"""Headphones at the ballot terminal: all that is said, in order, as it is given to the voice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from drivers.sound.player import Outlet, Player
from drivers.sound.wave import Wave, beep
from kiosk.station.sound import Speech
from tests.drivers.sound.capture import drained
from tests.ui.ballot.ways import Machine
from tests.ui.hands import settle
from ui.ballot.hearing import SoundDesk
from ui.keys.acts import KeyAct
from words.languages import for_voters
from words.message import Message
from words.spoken import Piece, spoken
from words.text import Language


class Ear:
    """Hears a machine; the sound desk and the player are the real ones, the voice notes what it reads."""

    def __init__(self, machine: Machine) -> None:
        self.said: list[str] = []
        self.wave: Wave = beep((440.0,), 0.0)
        """What came out of the headphones the last time."""
        self._speech = speech = Speech(
            for_voters(), lambda failed: Player(self, failed), lambda: None
        )
        self.desk = SoundDesk(speech, jack=True)
        window = machine.window
        window.control_said.connect(self.desk.say_control)
        window.control_added.connect(lambda text: self.desk.say_control(text, after=True))
        window.sound_asked.connect(self._asked)
        machine.on_state = self.desk.show
        self.desk.show(machine.state)

    def _asked(self, act: KeyAct) -> None:
        asked: dict[KeyAct, Callable[[], None]] = {
            KeyAct.WHERE: self.desk.say_where,
            KeyAct.REPEAT: self.desk.repeat,
            KeyAct.PAUSE: self.desk.pause_or_resume,
        }
        asked[act]()

    def speak(self, text: str, voice: str, wpm: int) -> Iterator[Wave]:
        """Note what is read (`drivers.sound.player.Voice`)."""
        self.said.append(text)
        yield beep((440.0,), 0.01)

    def cut(self) -> None:
        """Nothing runs."""

    def rest(self) -> None:
        pass

    def listen(self) -> str:
        """What was said since the last time."""
        return " | ".join(self.sentences())

    def sentences(self) -> list[str]:
        """The same, part by part."""
        settle()
        self.wave = drained(self.desk.speech.player, Outlet.HEADPHONES)
        heard, self.said[:] = [*self.said], []
        return heard

    def spelt(self, text: str, language: Language) -> str:
        """How a text of a screen reads to the voice of a language."""
        return self._read([Piece(language, text)])

    def words(self, message: Message, language: Language) -> str:
        """How a message reads to the voice of a language."""
        return self._read(spoken(message, for_voters().speaker(language)))

    def _read(self, pieces: Sequence[Piece]) -> str:
        return " | ".join(self._speech._made(piece).text for piece in pieces)

    def close(self) -> None:
        """Take the headphones off."""
        self.desk.speech.player.close()
