"""Let a voter hear the terminal: what changed, what is asked, and where they are.

The other half of the screens, drawn by ear: the same states, in the words of `ui.ballot.heard`. Speech is for
headphones only; the speaker gets tones, and words that are the same for every voter. When a voter has gone
nothing of what was said is kept, and volume and speed are as they were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiosk.flows.ballot import states as at
from kiosk.station.sound import Speech
from ui.ballot import paper_words, training
from ui.ballot.heard import heard, said, tone, where
from words.message import Code, Message, m
from words.text import Language

TO_HEAR: Final = m("To hear the ballot, plug in the headphones.")
LANGUAGE_KEY: Final = m("For this language press {digit}.", digit=Code("1"))


def _trained(state: at.BallotState) -> Message | None:
    """Return what is said in a training in place of what is said on the day, None where it is the same."""
    match state:
        case at.Idle():
            return said(*training.BEGIN, training.TO_BEGIN)
        case at.Recorded():
            return said(*training.END)
        case at.Comparing():
            return said(paper_words.COMPARE, paper_words.TRAINED)
        case _:
            return None


_AT_REST: Final = (at.Idle, at.Closed, at.CheckingCard, at.Refused, at.OutOfService)


class SoundDesk:
    """What is heard at one ballot terminal. On the drawing thread."""

    def __init__(self, speech: Speech, *, jack: bool = True) -> None:
        """`jack`: the socket tells whether headphones are in; without that a handset is always there."""
        self.speech = speech
        self._state: at.BallotState = at.Idle()
        self._training = False
        self._silent = True
        """Nothing was shown yet: the first state is no change."""
        speech.use_headphones(not jack)

    # ---------------------------------------------------------------- what happens

    def show(self, state: at.BallotState, *, training: bool = False) -> None:
        """Let the change to this state be heard. `training`: nothing counts, and no card is needed."""
        before, self._state = self._state, state
        begun, self._training = training is not self._training, training
        first, self._silent = self._silent, False
        if first or (before is state and not begun):
            return
        hearing = self._presentation.hearing
        self.speech.player.set_gain(hearing.volume / at.LOUDEST)
        sounds, told = tone(before, state), heard(before, state)
        if begun:
            told = where(state)
        if training and told is not None:
            told = _trained(state) or told
        if told is None and sounds is None:
            return
        if not at.has_voter(state) and at.has_voter(before):
            self.speech.player.forget()
        words = () if told is None else self._words(told)
        if isinstance(state, at.Preferences) and not isinstance(before, at.VoterState | at.Helping):
            words = self._first_words()
        self.speech.play(sounds, words, hearing.wpm)

    def say_control(self, text: str, *, after: bool = False) -> None:
        """Say the name of what the voter has moved to, in the voter's language.

        `after`: after what is being said, for a place that the voter was brought to.
        """
        if self.speech.private:
            shown = self._presentation
            self.speech.say_text(text, shown.language, shown.hearing.wpm, after=after)

    def say_where(self) -> None:
        """Answer "where am I?"."""
        told = _trained(self._state) if self._training else None
        words = self._words(told or where(self._state))
        self.speech.play(None, words, self._presentation.hearing.wpm)

    def repeat(self) -> None:
        """Say the last sentence again."""
        self.speech.player.repeat()

    def pause_or_resume(self) -> None:
        """Stop, or go on in the middle of the word."""
        self.speech.player.pause(not self.speech.player.paused)

    def plugged(self, headphones: bool) -> None:
        """Follow the jack: what was being said is cut, and where the voter is is said anew."""
        if not self.speech.use_headphones(headphones) or not headphones:
            return
        if isinstance(self._state, at.Preferences):
            self.speech.play(None, self._first_words(), at.Hearing().wpm)
        else:
            self.say_where()

    # ---------------------------------------------------------------- words

    @property
    def _presentation(self) -> at.Presentation:
        return at.presentation_of(self._state, at.Presentation())

    def _words(self, message: Message) -> Sequence[tuple[Message, Language]]:
        if not self.speech.private:
            return ()
        if isinstance(self._state, _AT_REST):
            # Nobody has chosen a language yet: as on the screen it is said in all of them.
            return [(message, one.id) for one in self.speech.languages]
        return [(message, self._presentation.language)]

    def _first_words(self) -> Sequence[tuple[Message, Language]]:
        """Return what is said before a language is chosen, in all of them; the same for every voter."""
        if not self.speech.private:
            return [(TO_HEAR, language.id) for language in self.speech.languages]
        keys = [
            (Message(LANGUAGE_KEY.source, (("digit", Code(str(number))),)), language.id)
            for number, language in enumerate(self.speech.languages, start=1)
        ]
        return [*keys, *self._words(where(self._state))]
