"""Say messages: each piece of text by a voice of its language, or by a recording of it, after a tone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from drivers.sound.espeak import NATURAL_WPM
from drivers.sound.player import Outlet, Part, Player, Recorded, Sounded, Spoken
from drivers.sound.wave import Wave
from words.languages import Languages
from words.message import Message
from words.spoken import Piece, has_languages, split, spoken
from words.text import PERSIAN, Language
from words.transliteration import SPELLINGS

ToneT = TypeVar("ToneT")
"""Names of sounds without words."""
FindClip: TypeAlias = Callable[[Language, str], tuple[Path, str] | None]
"""Returns a recording of a text and its SHA-256, None if there is none."""


def no_clips(_language: Language, _text: str) -> None:
    """Find no recording."""


class Speech(Generic[ToneT]):
    """A player, and what it needs to say messages. On the drawing thread, but for `failed`."""

    def __init__(
        self,
        languages: Languages,
        player: Callable[[Callable[[], None]], Player],
        tones: Mapping[ToneT, Wave],
        broken: ToneT,
        call: Callable[[], None],
        *,
        find_clip: FindClip = no_clips,
        works: bool = True,
    ) -> None:
        """`player` makes the player that calls back when speech fails: then `broken` sounds, and it is told.

        `works`: False if no device was found.
        """
        self.languages = languages
        self._call = call
        self._find_clip = find_clip
        self.works = works
        self._tones, self._broken = tones, broken
        self.player = player(self.failed)

    def failed(self) -> None:
        """Say by a tone, which needs no speech, that there is none, and call. Any thread."""
        self.works = False
        self.player.play((Sounded(self._tones[self._broken]),))
        self._call()

    @property
    def private(self) -> bool:
        """Whether only who wears the headphones hears it."""
        return self.player.outlet is Outlet.HEADPHONES

    @property
    def speaking(self) -> bool:
        """Whether something is being said to one person alone."""
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
        tone: ToneT | None,
        said: Sequence[tuple[Message, Language]] = (),
        wpm: int = NATURAL_WPM,
    ) -> None:
        """Play a tone and then messages, each in its language, in place of what is being said."""
        ringing = () if tone is None else (Sounded(self._tones[tone]),)
        words = [
            self._part(piece)
            for message, language in said
            for piece in spoken(message, self.languages.speaker(language))
        ]
        if ringing or words:
            self.player.play((*ringing, *words), wpm)

    def say_text(self, text: str, language: Language, wpm: int, *, after: bool = False) -> None:
        """Say a text that is on the screen; `after`: after what is being said.

        What is marked as another language's (`words.spelled`) has that language's voice.
        """
        play = self.player.add if after else self.player.play
        pieces = split(text, language) if has_languages(text) else (Piece(language, text),)
        play(tuple(self._part(piece) for piece in pieces), wpm)

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
