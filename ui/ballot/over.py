"""Question at a touched card that would be one too many: what is to leave for it, if anything."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QWidget

from election.definition import Candidate, Contest, SelectionCode
from kiosk.flows.ballot import events as on
from ui.ballot.portraits import PortraitCache
from ui.ballot.questions import LONGEST_IN_A_SENTENCE, OverQuestion, called, named
from ui.theme import Ink
from ui.widgets import Button, ButtonKind, Dialog, Label, Look, Photo, column, row

PHOTO_MM = 17
MOST_ACROSS = 3
COLUMN_LINES = 16
"""Least width of a column of names, in lines of text (a line is as wide as high)."""


def over_dialog(
    look: Look,
    owner: QWidget,
    contest: Contest,
    touched: SelectionCode,
    question: OverQuestion,
    cache: PortraitCache,
    answer: Callable[[on.BallotEvent], None],
) -> Dialog:
    """Return the question; its safe answer keeps everything.

    Buttons: `confirm-no`, `confirm-yes` or `over-CODE`.
    """
    t = look.t
    keep = Button(look, "confirm-no", t("No, keep what I chose"), kind=ButtonKind.MAIN)
    keep.clicked.connect(lambda: answer(on.OverAnswered(None)))
    body = QWidget()
    parts = column(_card(look, contest, touched, cache), spacing=look.style.mm(3))
    body.setLayout(parts)
    answers = [keep]
    if len(question.leaving) == 1:
        (out,) = question.leaving
        yes = Button(look, "confirm-yes", t("Yes, exchange them"))
        yes.clicked.connect(lambda: answer(on.OverAnswered(out)))
        answers.append(yes)
    else:
        parts.addWidget(Label(look, t("Whom do you take out for it?"), Ink.STRONG))
        parts.addWidget(_leaving(look, contest, question.leaving, cache, answer))
    return Dialog(
        look,
        owner,
        "question-over",
        t(question.title),
        t(question.text),
        *answers,
        body=body,
        widest_mm=330,
    )


def _card(look: Look, contest: Contest, code: SelectionCode, cache: PortraitCache) -> QWidget:
    """Return the touched card: photo, name and code."""
    t, style = look.t, look.style
    found = contest.candidate(code) or contest.list_of(code)
    name = Label(look, "" if found is None else t.of(found.name), Ink.STRONG, name="over-name")
    number = Label(look, t.code(contest.format_code(code)), Ink.SMALL)
    card = QWidget()
    words = column(1, name, number, 1)
    # Where two very long names leave a line or two, these are for the name.
    crowded = look.layout.brief and len(name.text()) > LONGEST_IN_A_SENTENCE
    photo = () if crowded else _photo(look, contest, found, cache)
    line = row(*photo, words, spacing=style.mm(3))
    line.setStretch(line.count() - 1, 1)
    card.setLayout(line)
    return card


def _leaving(
    look: Look,
    contest: Contest,
    codes: tuple[SelectionCode, ...],
    cache: PortraitCache,
    answer: Callable[[on.BallotEvent], None],
) -> QWidget:
    """Return all that is chosen, the last choice first, a button with a photo for each."""
    t, style = look.t, look.style
    width = min(owner_width(look), style.mm(300))
    across = max(1, min(MOST_ACROSS, width // (style.font_px(Ink.STRONG) * COLUMN_LINES)))
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(style.gap)
    for place, code in enumerate(codes):
        name, person = named(contest, code), contest.candidate(code)
        out = Button(
            look,
            f"over-{code}",
            called(t, contest, code),
            icon="cross",
            said=t("Take {name} away", name=name),
        )
        out.clicked.connect(lambda _=False, code=code: answer(on.OverAnswered(code)))
        line = row(*_photo(look, contest, person, cache), out, spacing=style.mm(2))
        line.setStretch(line.count() - 1, 1)
        grid.addLayout(line, place // across, place % across)
    for place in range(across):
        grid.setColumnStretch(place, 1)
    made = QWidget()
    made.setLayout(grid)
    return made


def owner_width(look: Look) -> int:
    """Return a width in px for which columns are counted: that of few letters, or of many."""
    return look.style.mm(150 if look.layout.narrow else 300)


def _photo(look: Look, contest: Contest, found: object, cache: PortraitCache) -> tuple[Photo, ...]:
    if not isinstance(found, Candidate):
        return ()
    photo = Photo(look, look.style.mm(PHOTO_MM))
    heard = called(look.t, contest, found.code)
    photo.show_pixmap(cache.get(found.portrait, photo.width()), heard)
    return (photo,)
