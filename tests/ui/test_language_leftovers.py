"""Each screen in each language: no letters, digits or dates of another one but codes, names and identifiers.

`test_pseudo` shows what was never translated; here it is the languages that people get.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.states import Presentation
from tests.shares import share
from tests.ui import gallery, gallery_station, samples_station
from tests.ui.hands import settle
from tests.ui.sample import TRACKING, Sample, make_sample, status
from tests.ui.test_pseudo import of, own_names, shown
from tests.words.leftovers import left_over
from ui.ballot.window import BallotWindow
from ui.identity.voter import VoterWindow
from words.dates import jalali_parts
from words.languages import for_voters
from words.text import ENGLISH, PERSIAN, Language

_CONTROLS = re.compile("[\u2066-\u2069\u200e\u200f]")
OTHERS = [x.id for x in for_voters() if x.id not in {ENGLISH, PERSIAN}]
"""Persian on every screen and paper: `test_pseudo`."""


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(240)


@pytest.mark.parametrize("language", OTHERS)
def test_the_ballot_terminal(qtbot: QtBot, sample: Sample, language: Language) -> None:
    languages = for_voters()
    look = Presentation(language)
    now = status()
    assert now.election is not None
    assert now.branch is not None
    data = own_names(languages) | of(now.election, now.branch) | {TRACKING}
    for contest in (sample.council, sample.experts):
        data |= of(contest.title)
        data |= of(*(x.name for x in contest.candidates), *(x.name for x in contest.lists))
    window = BallotWindow(96, sample.portraits, languages=languages, at_rest=look)
    window.hears = True
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    left: dict[str, set[str]] = {}
    situations = gallery.situations(sample, look).items()
    for name, (state, touches) in share(situations, 3, OTHERS.index(language)):
        window.show_state(at.Idle(look), now)
        window.show_state(state, now)
        settle()
        for place in touches:
            gallery.touch(window, place)
        if found := left_over(languages[language], shown(window, language), data):
            left[name] = found
    assert left == {}


@pytest.mark.parametrize("language", OTHERS)
def test_the_out_of_service_screen_has_a_sentence_that_somebody_there_reads(
    qtbot: QtBot, sample: Sample, language: Language
) -> None:
    languages = for_voters()
    look = Presentation(language)
    window = BallotWindow(96, sample.portraits, languages=languages, at_rest=look)
    qtbot.addWidget(window)
    window.show()
    window.show_state(at.OutOfService("T2-77"), status())
    settle()
    (todo,) = [w for w in window.findChildren(QWidget, "incident-todo") if w.isVisible()]
    assert todo.property("language") == PERSIAN
    assert left_over(languages[PERSIAN], [todo.property("text")], ()) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_the_voters_side_of_the_identity_station(qtbot: QtBot, language: Language) -> None:
    languages = for_voters()
    window = VoterWindow(96, Presentation(language), languages)
    qtbot.addWidget(window)
    window.show()
    data = own_names(languages) | samples_station.names()
    walk = share(list(_seen(gallery_station.voter(window), language)), 3, OTHERS.index(language))
    left = {
        name: found
        for name, texts in walk
        if (found := left_over(languages[language], texts, data))
    }
    assert left == {}


def _seen(
    walk: Iterable[tuple[str, QWidget]], language: Language
) -> Iterator[tuple[str, list[str]]]:
    for name, widget in walk:
        yield name, list(shown(widget, language))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_of_voters_has_the_calendar_of_the_country(language: Language) -> None:
    speaker = for_voters().speaker(language)
    day = datetime(2026, 6, 14, 12, tzinfo=UTC)
    year, _, number = jalali_parts(day.date())
    assert str(year) == "1405"
    text = _CONTROLS.sub("", speaker.date(day))
    assert speaker.digits(str(year)) in text
    assert speaker.digits(str(number)) in text


def test_the_test_sees_what_is_left_over() -> None:
    persian = for_voters()[PERSIAN]
    assert left_over(persian, ["ساعت 10", "Help", "۲۰۲۶", "۱۲:۰۰ UTC"], ()) == {
        "ساعت 10", "Help", "۲۰۲۶", "۱۲:۰۰ UTC",
    }  # fmt: skip
    assert left_over(persian, ["حافظهٔ USB", "\u2066T-22\u2069", "۱۴۰۵", "Ali"], {"Ali"}) == set()
