"""A language that nobody speaks reaches every screen and slip, and no English is on a Persian one.

What is shown otherwise is no translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from election.authorization import AuthorizationRefusal
from election.papers import ReportKind, TicketSlip
from kiosk.flows.ballot import states as at
from kiosk.flows.ballot.states import Presentation
from kiosk.flows.common import ClosedReason
from simulators.bench.window import BenchWindow
from tests.shares import share
from tests.simulators.bench.fake import FakeBench, scenes
from tests.ui import gallery, gallery_station, samples_station
from tests.ui.hands import settle
from tests.ui.sample import TRACKING, Sample, make_sample, status
from tests.words.leftovers import left_over
from tests.words.pseudo import PSEUDO, english, foreign, pseudo_languages, write_pseudo
from ui import raster, strip
from ui.ballot.window import BallotWindow
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow
from words.languages import Languages, installed
from words.text import PERSIAN, Language, Text

DPI = 96.0
LANGUAGES = [PSEUDO, PERSIAN]


def wrong(language: Language, shown: Iterable[str], data: Iterable[str]) -> set[str]:
    """What of the shown texts is not in the language, and neither an identifier nor data."""
    if language == PSEUDO:
        return foreign(shown, data)
    texts = list(shown)
    return english(texts, data) | left_over(installed()[language], texts, data)


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Languages:
    return pseudo_languages(write_pseudo(tmp_path_factory.mktemp("languages")))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample()


def shown(window: QWidget, language: Language) -> Iterator[str]:
    """What is seen and what is said aloud; not what is said in other languages on purpose."""
    settle()
    yield window.windowTitle()
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.property("language") not in {None, language}:
            continue
        yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
        match widget:
            case QLabel() | QAbstractButton():
                yield widget.text()
            case QLineEdit():
                yield from (widget.text(), widget.placeholderText())
            case QAbstractItemView():
                model = widget.model()
                for row in range(min(5, model.rowCount())):
                    yield str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) or "")
            case _:
                pass


def of(*texts: Text) -> set[str]:
    return {translation for text in texts for _, translation in text.by_language}


def own_names(languages: Languages) -> set[str]:
    """Each language is offered by its own name."""
    return {language.name for language in languages}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ballot_terminal(
    qtbot: QtBot, languages: Languages, sample: Sample, language: Language
) -> None:
    look = Presentation(language)
    data = own_names(languages)
    for contest in (sample.council, sample.experts):
        data |= of(contest.title)
        data |= of(*(x.name for x in contest.candidates), *(x.name for x in contest.lists))
    now = status()
    assert now.election is not None
    assert now.branch is not None
    data |= of(now.election, now.branch) | {TRACKING}
    window = BallotWindow(DPI, sample.portraits, languages=languages, at_rest=look)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    left: dict[str, set[str]] = {}
    # What is said otherwise is seen in the language nobody speaks; a share looks for English.
    parts = 1 if language == PSEUDO else 3
    for name, (state, touches) in share(gallery.situations(sample, look).items(), parts):
        window.show_state(at.Idle(look), now)
        window.show_state(state, now)
        settle()
        for place in touches:
            gallery.touch(window, place)
        if found := wrong(language, shown(window, language), data):
            left[name] = found
    assert left == {}


@pytest.mark.parametrize(
    "state",
    [
        at.Idle(),
        *(at.Closed(reason) for reason in ClosedReason),
        *(at.Refused(reason) for reason in AuthorizationRefusal),
        at.CheckingCard(),
        at.OutOfService("i-1"),
    ],
    ids=repr,
)
def test_before_a_language_is_chosen_all_are_there(
    qtbot: QtBot, languages: Languages, sample: Sample, state: at.BallotState
) -> None:
    """A language that is added as a folder is on these screens without touching code."""
    window = BallotWindow(DPI, sample.portraits, languages=languages)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.show_state(state, status())
    settle()
    data = own_names(languages)
    for language in languages:
        own = [
            label.text()
            for label in window.findChildren(QLabel)
            if label.isVisible() and label.property("language") == language.id
        ]
        assert len(own) == 2, language.id
        assert all(own)
        if language.id in LANGUAGES:
            assert wrong(language.id, own, data) == set()


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_identity_station_and_the_console(
    qtbot: QtBot, languages: Languages, language: Language
) -> None:
    look = Presentation(language)
    data = own_names(languages) | samples_station.names()
    window = IdentityWindow(DPI, look, languages)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    turned = VoterWindow(DPI, look, languages)
    qtbot.addWidget(turned)
    turned.show()
    left = {
        name: found
        for walk in (
            gallery_station.identity(window),
            gallery_station.operator(window),
            gallery_station.voter(turned),
        )
        for name, widget in walk
        if (found := wrong(language, shown(widget, language), data))
    }
    assert left == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bench(qtbot: QtBot, languages: Languages, language: Language) -> None:
    left: dict[str, set[str]] = {}
    for name, state in scenes().items():
        window = BenchWindow(DPI, FakeBench(state), Presentation(language), languages)
        qtbot.addWidget(window)
        window.show()
        window.look_again()
        data = own_names(languages) | {
            x for card in state.cards if isinstance(card.name, Text) for x in of(card.name)
        }
        if found := wrong(language, shown(window, language), data):
            left[name] = found
    assert left == {}


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All texts that are laid out for paper."""
    texts: list[str] = []

    class Recording(QTextLayout):
        def setText(self, text: str) -> None:
            texts.append(text)
            super().setText(text)

        def __init__(self, *given: object) -> None:
            texts.extend(x for x in given if isinstance(x, str))
            super().__init__(*given)

    monkeypatch.setattr(strip, "QTextLayout", Recording)
    return texts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(ReportKind))
def test_reports_on_paper(
    qtbot: QtBot, languages: Languages, printed: list[str], kind: ReportKind, language: Language
) -> None:
    raster.render_report(samples_station.report(kind), languages.speaker(language))
    assert len(printed) > 10
    assert wrong(language, printed, samples_station.names()) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_tickets_on_paper(
    qtbot: QtBot, languages: Languages, printed: list[str], language: Language
) -> None:
    election = Text("انتخابات شورا", "Council election")
    slip = TicketSlip(election, "AMIN1:" + "AEQG6WCCVOAIOYM7" * 8, TRACKING)
    raster.render_ticket(slip, languages.speaker(language))
    assert len(printed) == 7
    assert wrong(language, printed, of(election)) == set()


def test_the_test_sees_what_is_not_translated() -> None:
    assert foreign(["⟦אב⟧ Help"]) == {"⟦אב⟧ Help"}
    assert foreign(["⟦אב⟧ راهنما", "۱۲", "12"]) == {"⟦אב⟧ راهنما", "۱۲", "12"}
    assert foreign(["⟦אב⟧ \u2066T-22\u2069 Ali", ""], {"Ali"}) == set()
    assert english(["Not done: رمز", "حافظهٔ USB", "\u2066T-22\u2069"]) == {"Not done: رمز"}
