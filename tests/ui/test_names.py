"""Names as they may come: words of sixty letters, the longest of thousands, directional controls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from election.definition import Candidate, CandidateList, Contest, Language, Text
from kiosk.flows.ballot import states as at
from tests.shares import share
from tests.ui import gallery, samples_station
from tests.ui.ballot.looking import texts
from tests.ui.hands import settle
from tests.ui.sample import Sample, make_sample, status
from tests.ui.walks import judge
from tests.ui.walks.forms import DrawnForm
from ui.ballot import cards
from ui.ballot.cards import CardDelegate, CardForm
from ui.ballot.portraits import PortraitCache
from ui.ballot.rows import CandidateModel
from ui.ballot.window import BallotWindow
from ui.identity.window import IdentityWindow
from ui.widgets.labels import draw_photo
from ui.widgets.look import make_look
from ui.widgets.typesetting import draw_text
from words.languages import installed
from words.text import ENGLISH, PERSIAN

LANGUAGES = [PERSIAN, ENGLISH]
SIZES = [at.TextSize.SMALL, at.TextSize.NORMAL, at.TextSize.LARGEST]
OVERRIDE, ISOLATE, POP = "\u202e", "\u2067", "\u2069"
CONTROLS = {chr(x) for x in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F))}
OPENING = {"\u2066", "\u2067", "\u2068"}


def renamed(contest: Contest, names: list[Text], lists: Text) -> Contest:
    """The contest with other names, taken in turn."""
    candidates = tuple(
        replace(c, name=names[place % len(names)]) for place, c in enumerate(contest.candidates)
    )
    return replace(
        contest,
        candidates=candidates,
        lists=tuple(replace(x, name=lists) for x in contest.lists),
    )


def with_names(sample: Sample, names: list[Text], lists: Text) -> Sample:
    return replace(
        sample,
        council=renamed(sample.council, names, lists),
        experts=renamed(sample.experts, names, lists),
    )


LONG = [
    Text("ب" * 60, "W" * 60),
    Text("سید " + "ش" * 60 + " فر", "Al " + "m" * 60),
    Text("علی", "Ali"),
]
HOSTILE = [
    Text(f"{OVERRIDE}علی رضایی", f"{OVERRIDE}Ali Rezaei"),
    Text(f"مریم{POP} نوری{ISOLATE}", f"Maryam{POP} Nouri{ISOLATE}"),
    Text("نسرین\u2028دو\nخط", "Nasrin\u2028two\nlines"),
]


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(candidates=260)


def walk(
    window: BallotWindow, sample: Sample, look: at.Presentation, parts: int, place: int
) -> Iterator[str]:
    """Draw a share of the situations in which there are names."""
    drawn = [
        (name, *situation)
        for name, situation in gallery.situations(sample, look).items()
        if name.partition("-")[0] in {"05", "06", "07", "08", "09", "10", "13", "14"}
    ]
    for name, state, touches in share(drawn, parts, place):
        window.show_state(at.Idle(look), status())
        window.show_state(state, status())
        settle()
        for what in touches:
            gallery.touch(window, what)
        yield name


# ---------------------------------------------------------------- widths


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_makes_a_screen_wider(
    qtbot: QtBot, sample: Sample, language: Language, size: at.TextSize
) -> None:
    look = at.Presentation(language, size)
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    place = SIZES.index(size) + LANGUAGES.index(language)
    for name in walk(window, with_names(sample, LONG, LONG[0]), look, len(SIZES), place):
        assert window.size() == QSize(1280, 800), name
        for widget in window.findChildren(QWidget):
            if widget.isVisible() and widget.objectName() in {"tray", "next", "help", "candidates"}:
                box = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
                assert window.rect().contains(box), (name, widget.objectName())


# ---------------------------------------------------------------- cards


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, QRectF]]:
    """What a card draws, and where."""
    found: list[tuple[str, QRectF]] = []

    def text(painter: QPainter, box: QRectF, *given: object, **named: object) -> None:
        found.append(("text", QRectF(box)))
        draw_text(painter, box, *given, **named)  # type: ignore[arg-type]

    def photo(painter: QPainter, box: QRectF, *given: object) -> None:
        found.append(("photo", QRectF(box)))
        draw_photo(painter, box, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(cards, "draw_text", text)
    monkeypatch.setattr(cards, "draw_photo", photo)
    return found


@pytest.mark.parametrize("form", list(CardForm))
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_name_code_and_photo_never_lie_on_each_other(
    qtbot: QtBot,
    sample: Sample,
    drawn: list[tuple[str, QRectF]],
    language: Language,
    size: at.TextSize,
    form: CardForm,
) -> None:
    """Also a name that no one measured before it is shown."""
    long = Text("نام بسیار دراز " * 6, "A very long name " * 6)
    contest = renamed(sample.council, [*LONG, *HOSTILE, Text("کوتاه", "Short")], LONG[1])
    late = replace(contest.candidates[7], name=long)
    look = make_look(96.0, at.Presentation(language, size), installed().load())
    cache = PortraitCache(sample.portraits)
    rows: tuple[Candidate | CandidateList, ...] = (
        contest.lists if form is CardForm.LIST else (*contest.candidates[:8], late)
    )
    for width in (1, 300, 420, 700):
        delegate = CardDelegate(look, contest, cache, form)
        model = CandidateModel(look, contest)
        model.show_rows(rows)
        wide = max(width, delegate.least_width())
        delegate.cell = QSize(wide, delegate.height_for(wide))
        if delegate.fit(rows):
            delegate.cell = QSize(wide, delegate.height_for(wide))
        for row in range(len(rows)):
            drawn.clear()
            image = QImage(delegate.cell, QImage.Format.Format_RGB32)
            painter = QPainter(image)
            option = QStyleOptionViewItem()
            option.rect = image.rect()
            delegate.paint(painter, option, model.index(row, 0))
            painter.end()
            words = [box for what, box in drawn if what == "text"]
            photos = [box for what, box in drawn if what == "photo"]
            assert len(words) == 2
            card = QRectF(delegate.card_rect(image.rect()))
            for box in words:
                assert card.contains(box), (wide, row)
                assert not any(box.intersects(photo) for photo in photos), (wide, row)
            assert words[0].bottom() <= words[1].top() + 0.01, (wide, row)


# ---------------------------------------------------------------- directional controls


def unbalanced(shown: Iterator[str]) -> list[str]:
    """Texts with a control of direction, or an isolate that is not closed where it was opened."""
    wrong: list[str] = []
    for text in shown:
        open_ones = 0
        for letter in text:
            open_ones += (letter in OPENING) - (letter == POP)
            if open_ones < 0 or letter in CONTROLS:
                wrong.append(text)
                break
        else:
            wrong += [text] if open_ones else []
    return wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_turns_a_text_of_the_ballot_terminal_around(
    qtbot: QtBot, sample: Sample, language: Language
) -> None:
    look = at.Presentation(language)
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    parts, place = len(LANGUAGES), LANGUAGES.index(language)
    for name in walk(window, with_names(sample, HOSTILE, HOSTILE[1]), look, parts, place):
        assert unbalanced(texts(window)) == [], name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_turns_a_text_of_the_identity_station_around(
    qtbot: QtBot, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{OVERRIDE}مریم{POP}"
    who = replace(samples_station.holder(), name=name, latin_name=name)
    operator = replace(samples_station.OFFICER, name=name)
    monkeypatch.setattr(samples_station, "holder", lambda: who)
    monkeypatch.setattr(samples_station, "OFFICER", operator)
    window = IdentityWindow(96, at.Presentation(language))
    qtbot.addWidget(window)
    window.show()
    for what, widget in gallery_walk(window):
        assert unbalanced(texts(widget)) == [], what


def gallery_walk(window: IdentityWindow) -> Iterator[tuple[str, QWidget]]:
    for what, state in samples_station.identity_states().items():
        window.show_state(state, samples_station.status())
        yield what, window
    for what, shown in samples_station.operator_states().items():
        window.show_operator(shown)
        yield what, window


# ---------------------------------------------------------------- as many and as long as may be


@pytest.fixture(scope="module")
def crowd() -> Sample:
    """4,096 candidates whose names are words of sixty letters, no two of them alike."""
    made = make_sample(candidates=4096)
    letters, latin = "ابپتجچحخدذرزسشصضطظعغفقکگلمنوهی", "abcdefghijklmnopqrstuvwxyz"

    def word(place: int, of: str) -> str:
        return "".join(of[(place * 7 + at * (place % 5 + 1)) % len(of)] for at in range(60))

    council = made.council
    people = tuple(
        replace(c, name=Text(word(n, letters), word(n, latin).title()))
        for n, c in enumerate(council.candidates)
    )
    lists = tuple(
        replace(x, name=Text(word(n + 9, letters), word(n, latin)))
        for n, x in enumerate(council.lists)
    )
    return replace(made, council=replace(council, candidates=people, lists=lists))


CROWDED = ("05-marking-name", "06-marking-code-found", "07-marking-list", "08-marking-all",
           "10-question-over", "14-review-full")  # fmt: skip


@pytest.mark.parametrize(
    ("form", "place"),
    [(form, place) for place, form in enumerate(
        DrawnForm(at.Presentation(language, size), screen)
        for language, size, screen in (
            (PERSIAN, at.TextSize.LARGEST, (270, 195)),
            (ENGLISH, at.TextSize.LARGEST, (280, 500)),
            (PERSIAN, at.TextSize.NORMAL, (340, 212)),
        )
    )],
    ids=str,
)  # fmt: skip
def test_thousands_of_words_of_sixty_letters(
    qtbot: QtBot, crowd: Sample, form: DrawnForm, place: int
) -> None:
    """Nothing is cut, nothing lies on something else, and the window stays as it is."""
    window = BallotWindow(96, lambda _digest: b"")
    qtbot.addWidget(window)
    window.resize(*form.px)
    window.show()
    situations = gallery.situations(crowd, form.look)
    for name in share(CROWDED, 3, place):
        state, touches = situations[name]
        window.show_state(at.Idle(form.look), status())
        window.show_state(state, status())
        settle()
        for touched in touches:
            try:
                gallery.touch(window, touched)
            except LookupError:
                assert touched == "candidates-down"
        assert judge.faults(window, form, pixels=False) == [], name
