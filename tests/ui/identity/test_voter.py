"""The voter's half: every situation, nothing personal, nothing to touch."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from election.definition import ENGLISH, PERSIAN, Language
from kiosk.flows.ballot.states import Presentation, TextSize
from kiosk.flows.identity import states as at
from tests.ui import samples_station as samples
from tests.ui.hands import everything, find, settle, texts
from ui.identity.voter import VoterWindow, voter_notice
from ui.identity.words import GUIDANCE

SIZE = (1280, 800)
STATES = samples.identity_states


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
@pytest.mark.parametrize("size", [TextSize.SMALL, TextSize.LARGEST])
def test_nothing_personal_and_nothing_to_touch(
    qtbot: QtBot, language: Language, size: TextSize
) -> None:
    window = VoterWindow(96.0, Presentation(language, size))
    qtbot.addWidget(window)
    window.resize(*SIZE)
    window.show()
    holder = samples.holder()
    personal = (holder.name, holder.latin_name, holder.national_number, "1987", "1365", "۱۳۶۵")
    for name, state in STATES().items():
        window.show_state(state, samples.status())
        shown = everything(window)
        assert not any(secret in shown for secret in personal), name
        assert texts(window).strip(), name
        assert (window.width(), window.height()) == SIZE, name
        assert not window.findChildren(QAbstractButton)


@pytest.mark.parametrize("feedback", sorted(at.SensorFeedback))
def test_the_sensor_speaks_to_the_voter_as_well(qtbot: QtBot, feedback: at.SensorFeedback) -> None:
    window = VoterWindow(96.0, Presentation(ENGLISH))
    qtbot.addWidget(window)
    window.resize(*SIZE)
    window.show()
    window.show_state(at.Fingerprint(samples.holder(), 1, feedback), samples.status(deadline=9.0))
    settle()
    assert find(window, QLabel, "voter-say").text() == str(GUIDANCE[feedback].say)
    for scene in GUIDANCE[feedback].scenes:
        assert find(window, QWidget, f"picture-{scene.value}").isVisible()


@pytest.mark.parametrize("reason", sorted(at.VoterRefusal))
def test_a_refusal_is_between_officer_and_voter(reason: at.VoterRefusal) -> None:
    assert voter_notice(at.Refused(reason, samples.holder())) == voter_notice(
        at.Refused(at.VoterRefusal.UNDER_AGE)
    )


def test_the_wanted_finger_is_named(qtbot: QtBot) -> None:
    window = VoterWindow(96.0, Presentation(ENGLISH))
    qtbot.addWidget(window)
    window.show_state(STATES()["finger-on-card"], samples.status())
    assert find(window, QLabel, "voter-finger").text() == "Right index finger"


def test_it_follows_the_officers_language(qtbot: QtBot) -> None:
    window = VoterWindow(96.0, Presentation(ENGLISH))
    qtbot.addWidget(window)
    window.show()
    window.show_state(at.Idle(), samples.status())
    assert "Welcome" in texts(window)
    window.set_presentation(Presentation(PERSIAN))
    assert "خوش آمدید" in texts(window)
