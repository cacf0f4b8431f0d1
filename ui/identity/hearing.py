"""Let a voter hear the identity station: which finger, wait, take the card, speak with the officer.

What is said is what the voter's screen says: the same for everybody, and nothing of the card's holder, so
it may be heard by the speaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kiosk.flows.identity import states as at
from kiosk.station.sound import Speech, Tone
from ui.identity.voter import voter_notice
from words.message import Message
from words.text import Language

TONES: Final[Mapping[type, Tone]] = {
    at.Idle: Tone.READY,
    at.ReadingCard: Tone.CARD_IN,
    at.Fingerprint: Tone.ATTENTION,
    at.FingerFailed: Tone.REFUSED,
    at.Refused: Tone.REFUSED,
    at.Done: Tone.RECORDED,
    at.OutOfService: Tone.BROKEN,
}
"""Sounds of states, before their words."""
GAIN: Final = 0.8


class IdentityHearing:
    """What is heard at an identity station. On the drawing thread."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._told: list[tuple[Message, Language]] | None = None
        self._also: tuple[Message, Language] | None = None
        speech.use_headphones(False)
        speech.player.set_gain(GAIN)

    def show(self, state: at.IdentityState, language: Language) -> None:
        """Say what the voter's screen says now, once."""
        told = voter_notice(state)
        sentences = (told.say, told.finger, told.hint)
        said = [(one, language) for one in sentences if one is not None]
        if said != self._told:
            self._told = said
            # Once a voter and language, not with every move of the finger.
            once = told.also is not None and self._also != (told.also, language)
            also = [(told.also, language)] if once and told.also is not None else []
            self._speech.play(TONES.get(type(state)), [*said, *also])
        self._also = None if told.also is None else (told.also, language)
