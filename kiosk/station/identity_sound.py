"""Let a voter hear the identity station: which finger, wait, take the card, speak with the officer.

What is said is what the voter's screen says: the same for everybody, and nothing of the card's holder, so
it may be heard by the speaker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from drivers.sound.player import Outlet
from kiosk.flows.ballot.heard import Tone
from kiosk.flows.identity import states as at
from kiosk.reports import CheckLine
from kiosk.station.sound import TROUBLE, Speech
from kiosk.station.sound_service import Closing
from kiosk.status import Lamp
from words.message import Message, m
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


class IdentitySound:
    """The station's sound, as a piece of equipment. `tell` on the drawing thread."""

    def __init__(self, speech: Speech, outputs: Sequence[Closing]) -> None:
        self._speech, self._outputs = speech, outputs
        self._told: tuple[Sequence[Message], Language] | None = None
        speech.player.set_outlet(Outlet.SPEAKER)
        speech.player.set_gain(0.8)

    def tell(self, said: Sequence[Message], tone: Tone | None, language: Language) -> None:
        """Say what the voter's screen says now, once."""
        if (said, language) == self._told:
            return
        self._told = (said, language)
        ringing = () if tone is None else (self._speech.sounded(tone),)
        words = [part for one in said for part in self._speech.said(one, language)]
        self._speech.player.play((*ringing, *words))

    def start(self) -> None:
        """Nothing is looked for: the station tells."""

    def stop(self) -> None:
        """End it."""
        self._speech.player.close()
        for output in self._outputs:
            output.close()

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        return self._speech.lamp()

    def check(self) -> CheckLine:
        """Self-test line."""
        works = self._speech.works
        return CheckLine(m("Sound"), works, None if works else TROUBLE)
