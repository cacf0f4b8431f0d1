"""The voter's side in the six languages: seen, heard, chosen by the officer, and gone with the voter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from drivers.sound.player import Outlet, Player
from drivers.sound.wave import Wave, beep
from kiosk.flows.ballot.states import Presentation
from kiosk.flows.identity import states as at
from kiosk.station.sound import Speech
from tests.drivers.sound.capture import audible, drained
from tests.ui import samples_station as samples
from tests.ui.hands import click, find, settle
from ui.identity.hearing import IdentityHearing
from ui.identity.voter import ANOTHER_WAY, VoterWindow, voter_notice
from ui.identity.window import IdentityWindow
from ui.identity.words import CHOOSABLE
from words.languages import for_voters
from words.message import Message
from words.spoken import spoken
from words.text import ENGLISH, Language

LANGUAGES = [one.id for one in for_voters()]


class Loudspeaker:
    """The station's sound; what the voice reads is noted, what comes out is captured."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.speech = Speech(for_voters(), lambda failed: Player(self, failed), lambda: None)
        self.hearing = IdentityHearing(self.speech)

    def speak(self, text: str, voice: str, wpm: int) -> Iterator[Wave]:
        self.read.append(text)
        yield beep((440.0,), 0.02)

    def cut(self) -> None:
        pass

    def rest(self) -> None:
        pass

    def heard(self, state: at.IdentityState, language: Language) -> list[str]:
        self.hearing.show(state, language)
        wave = drained(self.speech.player, Outlet.SPEAKER)
        assert not self.read or audible(wave)
        said, self.read[:] = [*self.read], []
        return said

    def texts(self, message: Message, language: Language) -> list[str]:
        pieces = spoken(message, for_voters().speaker(language))
        return [self.speech._made(piece).text for piece in pieces]


@pytest.fixture
def loud() -> Iterator[Loudspeaker]:
    made = Loudspeaker()
    yield made
    made.speech.player.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_blind_voters_way_at_the_station_in_their_language(
    loud: Loudspeaker, language: Language
) -> None:
    """Finger, card, wait, refusal: each is heard whole, another way than the finger once."""
    for name, state in samples.identity_states().items():
        told = voter_notice(state)
        wanted = [one for one in (told.say, told.finger, told.hint) if one is not None]
        loud.hearing._told = None
        said = loud.heard(state, language)
        for one in wanted:
            assert set(loud.texts(one, language)) <= set(said), name
    first = at.Fingerprint(samples.holder(), 1)
    moved = at.Fingerprint(samples.holder(), 1, at.SensorFeedback.MOVED)
    loud.heard(at.Idle(), language)
    other = loud.texts(ANOTHER_WAY, language)
    assert set(other) <= set(loud.heard(first, language))
    assert not set(other) & set(loud.heard(moved, language)), "not with every move of the finger"
    loud.heard(at.Idle(), language)
    assert set(other) <= set(loud.heard(first, language)), "the next voter hears it again"


def test_a_way_without_the_finger_needs_no_reason_of_the_voters() -> None:
    assert CHOOSABLE[0] is at.OverrideReason.WISH
    for state in (
        at.Fingerprint(samples.holder(), 1),
        at.FingerFailed(samples.holder(), 1, at.SensorFeedback.NO_MATCH),
    ):
        assert voter_notice(state).also is ANOTHER_WAY


def test_the_officer_switches_the_voters_side_and_the_next_voter_begins_anew(qtbot: QtBot) -> None:
    officers = IdentityWindow(96.0, Presentation(ENGLISH))
    turned = VoterWindow(96.0, Presentation(ENGLISH))
    for window in (officers, turned):
        qtbot.addWidget(window)
        window.resize(1280, 800)
        window.show()
    officers.voters_language_changed.connect(
        lambda language: turned.set_presentation(Presentation(language))
    )

    def show(state: at.IdentityState) -> None:
        officers.show_state(state, samples.status())
        turned.show_state(state, samples.status())
        settle()

    show(at.Fingerprint(samples.holder(), 1))
    click(officers, "settings")
    for language in LANGUAGES:
        click(officers, f"turned-{language}")
        assert officers.voters_language == language
        said = for_voters().speaker(language)(voter_notice(at.Fingerprint(samples.holder(), 1)).say)
        assert find(turned, QLabel, "voter-say").text() == said
    assert officers.presentation.language == ENGLISH, "the officer goes on in their own"
    click(officers, "settings-close")
    show(at.Refused(at.VoterRefusal.UNDER_AGE, samples.holder()))
    assert officers.voters_language == LANGUAGES[-1]
    show(at.Idle())
    assert officers.voters_language == ENGLISH
    assert find(turned, QLabel, "voter-say").text() == "Welcome"
