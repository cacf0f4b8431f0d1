"""Let a voter hear the terminal: what changed, what is asked, and where they are.

Speech is for headphones only; the speaker gets tones, and words that are the same for every voter. When a
voter has gone nothing of what was said is kept, and volume and speed are as they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from drivers.sound.player import Outlet, Part, Player, Recorded, Sounded, Spoken
from drivers.sound.wave import Wave, beep, silence
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.heard import Tone, heard, tone, where
from kiosk.status import Lamp
from words.languages import Languages
from words.message import Code, Message, m
from words.spoken import Piece, spoken
from words.text import PERSIAN, Language
from words.transliteration import SPELLINGS

TO_HEAR: Final = m("To hear the ballot, plug in the headphones.")
LANGUAGE_KEY: Final = m("For this language press {digit}.", digit=Code("1"))
TROUBLE: Final = m("Speech does not work: voters who need it go to another terminal.")

_AT_REST: Final = (at.Idle, at.Closed, at.CheckingCard, at.Refused, at.OutOfService)

FindClip: TypeAlias = Callable[[Language, str], tuple[Path, str] | None]
"""Returns a recording of a text and its SHA-256, None if there is none."""


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
        self.player.play((self.sounded(Tone.BROKEN),))
        self._call_officer()

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        return Lamp("sound", m("Sound"), self.works, None if self.works else TROUBLE)

    def sounded(self, tone: Tone) -> Sounded:
        """Return a tone."""
        return Sounded(self._waves[tone])

    def said(self, message: Message, language: Language) -> tuple[Part, ...]:
        """Return a message in a language."""
        return self.parts(spoken(message, self.languages.speaker(language)))

    def parts(self, pieces: Sequence[Piece]) -> tuple[Part, ...]:
        """Return what is played for pieces of text: recordings where there are any."""
        return tuple(self._part(piece) for piece in pieces)

    def _part(self, piece: Piece) -> Part:
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


class SoundDesk:
    """What is heard at one ballot terminal. On the drawing thread."""

    def __init__(self, speech: Speech, *, jack: bool = True) -> None:
        """`jack`: the socket tells whether headphones are in; without that a handset is always there."""
        self.speech = speech
        self.player = speech.player
        self._state: at.BallotState | None = None
        self.player.set_outlet(Outlet.SPEAKER if jack else Outlet.HEADPHONES)

    # ---------------------------------------------------------------- what happens

    def show(self, state: at.BallotState) -> None:
        """Let the change to this state be heard."""
        before, self._state = self._state, state
        if before is None or before is state:
            return
        hearing = at.presentation_of(state, at.Presentation()).hearing
        self.player.set_gain(hearing.volume / at.LOUDEST)
        sounds = tone(before, state)
        said = heard(before, state)
        if said is None and sounds is None:
            return
        if not at.has_voter(state) and at.has_voter(before):
            self.player.forget()
        words = () if said is None else self._words(said, state)
        if isinstance(state, at.Preferences) and not isinstance(before, at.VoterState | at.Helping):
            words = self._first_words()
        ringing = () if sounds is None else (self.speech.sounded(sounds),)
        if ringing or words:
            self.player.play((*ringing, *words), hearing.wpm)

    def say_control(self, text: str, *, after: bool = False) -> None:
        """Say the name of what the voter has moved to, in the voter's language.

        `after`: after what is being said, for a place that the voter was brought to.
        """
        if self._state is not None and self.private:
            presentation = at.presentation_of(self._state, at.Presentation())
            parts = self.speech.parts((Piece(presentation.language, text),))
            play = self.player.add if after else self.player.play
            play(parts, presentation.hearing.wpm)

    def say_where(self) -> None:
        """Answer "where am I?"."""
        if self._state is not None:
            presentation = at.presentation_of(self._state, at.Presentation())
            self.player.play(self._words(where(self._state), self._state), presentation.hearing.wpm)

    def repeat(self) -> None:
        """Say the last sentence again."""
        self.player.repeat()

    def pause_or_resume(self) -> None:
        """Stop, or go on in the middle of the word."""
        self.player.pause(not self.player.paused)

    def plugged(self, headphones: bool) -> None:
        """Follow the jack: what was being said is cut, and the other outlet is silent."""
        wanted = Outlet.HEADPHONES if headphones else Outlet.SPEAKER
        if wanted is self.player.outlet:
            return
        self.player.set_outlet(wanted)
        if headphones and isinstance(self._state, at.Preferences):
            self.player.play(self._first_words(), at.Hearing().wpm)
        elif headphones:
            self.say_where()

    @property
    def private(self) -> bool:
        """Whether only the voter hears it."""
        return self.player.outlet is Outlet.HEADPHONES

    @property
    def speaking(self) -> bool:
        """Whether something is being said: the inactivity clock stands still meanwhile."""
        return self.private and self.player.busy

    # ---------------------------------------------------------------- words

    def _words(self, message: Message, state: at.BallotState) -> tuple[Part, ...]:
        if not self.private:
            return ()
        language = at.presentation_of(state, at.Presentation()).language
        if isinstance(state, _AT_REST):
            # Nobody has chosen a language yet: as on the screen it is said in all of them.
            everybody = [one.id for one in self.speech.languages]
            return tuple(part for one in everybody for part in self.speech.said(message, one))
        return self.speech.said(message, language)

    def _first_words(self) -> tuple[Part, ...]:
        """Return what is said before a language is chosen, in all of them; the same for every voter."""
        parts: list[Part] = []
        for number, language in enumerate(self.speech.languages, start=1):
            key = Message(LANGUAGE_KEY.source, (("digit", Code(str(number))),))
            parts += self.speech.said(key if self.private else TO_HEAR, language.id)
        if self.private and self._state is not None:
            parts += self._words(where(self._state), self._state)
        return tuple(parts)


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
