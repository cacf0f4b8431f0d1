"""A blind voter, alone, from the welcome of the identity station to the card: by ear, in every language.

Nothing is looked at. Whatever is done is done because of what was just heard: the texts that the voice is
given, and the waves that come out of the speaker and of the headphones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from drivers.sound.wave import RATE, Wave
from election.definition import Candidate, Contest
from kiosk.flows.ballot import events as ballot
from kiosk.flows.ballot import states as booth
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.flows.identity.flow import IdentityFlow
from kiosk.station.sound import Tone, _wave
from tests.drivers.sound.capture import AUDIBLE, audible
from tests.kiosk.flows.test_identity import RULES
from tests.ui import samples_station as samples
from tests.ui.ballot.ears import Ear
from tests.ui.ballot.ways import Keys, Machine
from tests.ui.identity.test_voters_side import Loudspeaker
from tests.ui.sample import make_sample
from ui.ballot.hearing import LANGUAGE_KEY
from ui.ballot.window import BallotWindow
from ui.identity.voter import ANOTHER_WAY, DONE, WAIT, WELCOME, voter_notice
from words.languages import for_voters
from words.message import Code, Message, m
from words.text import PERSIAN, Language

LANGUAGES = [one.id for one in for_voters()]
STEP = round(0.05 * RATE)


def begins_with(wave: Wave, tone: Tone) -> bool:
    """Whether the tone is heard first, as long as it is: where it is loud, so is what came out."""
    whole = _wave(tone)
    first = next((n for n, sample in enumerate(wave) if abs(sample) > AUDIBLE), len(wave))
    heard = wave[first:]
    parts = range(STEP, len(whole) - 2 * STEP, STEP)
    return len(heard) >= len(whole) - STEP and all(
        audible(heard[n : n + STEP]) for n in parts if audible(whole[n : n + STEP])
    )


# ---------------------------------------------------------------- the identity station


def goes_to(
    heard: Sequence[str], loud: Loudspeaker, wanted: Message | None, language: Language
) -> bool:
    """Whether the voter is told so, in the language that was asked for."""
    return wanted is not None and set(loud.texts(wanted, language)) <= set(heard)


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_the_identity_station(language: Language) -> None:
    """Each hand that is moved is moved because the speaker asked for it; nothing of the holder is said."""
    loud = Loudspeaker()
    flow = IdentityFlow(RULES)
    holder = replace(samples.holder(), templates=(), on_card=(at.FingerName.RIGHT_INDEX,))
    state: at.IdentityState = at.Closed(ClosedReason.PAUSED)
    loud.heard(state, language)
    said: list[str] = []

    def does(*events: on.IdentityEvent) -> list[str]:
        nonlocal state
        for event in events:
            state = flow.step(state, event).state
        heard = loud.heard(state, language)
        said.extend(heard)
        return heard

    state = at.Idle()
    heard = does()
    assert goes_to(heard, loud, WELCOME.hint, language), "the card is to be given"
    heard = does(on.IdentityCardInserted())
    assert goes_to(heard, loud, WAIT.say, language)
    heard = does(on.HolderAccepted(holder))
    assert isinstance(state, at.Fingerprint)
    told = voter_notice(state)
    assert goes_to(heard, loud, told.say, language)
    assert goes_to(heard, loud, told.finger, language), "which finger"
    assert goes_to(heard, loud, ANOTHER_WAY, language)
    heard = does(on.FingerMatched())
    assert goes_to(heard, loud, WAIT.say, language)
    heard = does(on.VoterClaimed(), on.AuthorizationWritten())
    assert goes_to(heard, loud, DONE.say, language)
    assert goes_to(heard, loud, DONE.hint, language), "both cards, and where to go"
    secrets = holder.name, holder.latin_name, holder.national_number
    assert not any(secret in text for secret in secrets for text in said)
    loud.speech.player.close()


# ---------------------------------------------------------------- the ballot terminal


class Blind:
    """Headphones and a keypad."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.ear, self._keys = machine, Ear(machine), Keys(machine.window)
        self.language = LANGUAGES[0]
        self.last: list[str] = []

    def hear(self) -> None:
        self.last = self.ear.sentences()
        assert self.last
        assert audible(self.ear.wave)

    def told(self, message: Message) -> bool:
        return self.ear.words(message, self.language) in " | ".join(self.last)

    def told_name(self, candidate: Candidate) -> bool:
        """A name is read as the language spells it, or as the language that it is given in."""
        name = for_voters().speaker(self.language).of(candidate.name)
        read = {self.ear.spelt(name, self.language), self.ear.spelt(candidate.name.fa, PERSIAN)}
        return any(one in " | ".join(self.last) for one in read)

    def press(self, key: Qt.Key = Qt.Key.Key_Return, digit: str = "") -> None:
        self._keys.press(key, digit)
        self.hear()

    def chooses_language(self) -> None:
        for digit in "123456789":
            if self.told(Message(LANGUAGE_KEY.source, (("digit", Code(digit)),))):
                self.press(Qt.Key.Key_unknown, digit)
                return
        raise AssertionError(f"nobody says how to choose {self.language}")

    def types(self, contest: Contest, candidate: Candidate) -> None:
        assert self.told(m("You may type a code with the digits, or go through the names."))
        for digit in contest.format_code(candidate.code):
            self.press(Qt.Key.Key_unknown, digit)
        assert self.told_name(candidate)
        assert self.told(m("Choose"))
        self.press()
        assert self.told_name(candidate)
        self.press()


@pytest.mark.slow
def test_at_the_ballot_terminal_from_the_idle_tone_to_the_card(qtbot: QtBot) -> None:
    sample = make_sample(candidates=200)
    window = BallotWindow(96.0, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1285, 801)
    window.show()
    machine = Machine(window, sample)
    voter = Blind(machine)
    voter.ear.desk.plugged(True)
    for place, language in enumerate(LANGUAGES):
        voter.language = language
        voter.ear.listen()
        voter.ear.desk.show(booth.Closed(ClosedReason.PAUSED))
        voter.ear.listen()
        voter.ear.desk.show(machine.state)
        voter.hear()
        assert begins_with(voter.ear.wave, Tone.READY), "the terminal is free"
        machine.act(ballot.CardInserted())
        voter.hear()
        assert begins_with(voter.ear.wave, Tone.CARD_IN)
        session = sample.session(booth.Presentation())
        machine.act(ballot.CardAccepted(session.authorization, session.contests))
        voter.hear()
        voter.chooses_language()
        assert voter.told(m("Press select to begin voting."))
        voter.press(Qt.Key.Key_F9)
        assert voter.told(m("The screen is dark."))
        darkness = window.findChild(QWidget, "darkness")
        assert darkness is not None
        assert darkness.isVisible()
        voter.press()
        meant = sample.council.candidates[7 + place], sample.experts.candidates[place]
        for contest, candidate in zip((sample.council, sample.experts), meant, strict=True):
            voter.types(contest, candidate)
        assert voter.told(m("Check your choices"))
        assert all(voter.told_name(candidate) for candidate in meant)
        voter.press()
        assert voter.told(m("My choices are right"))
        voter.press()
        assert voter.told(m("Your vote is not recorded yet"))
        voter.press()
        assert voter.told(m("Record my vote"))
        voter.press()
        assert begins_with(voter.ear.wave, Tone.RECORDED), "the long tone"
        assert voter.told(m("Your vote is recorded"))
        assert voter.told(m("Take your card and hand it to the officer."))
        assert machine.recorded[-2:] == [(candidate.code,) for candidate in meant]
        machine.act(ballot.CardRemoved())
        assert not darkness.isVisible()
    voter.ear.close()
