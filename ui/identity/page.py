"""Card with the person's data, from reading the document to the outcome."""

from __future__ import annotations

from datetime import UTC, datetime, time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from election.evidence import Dimension
from election.evidence_words import DOCUMENTS, evidence_named
from kiosk.flows.identity import states as at
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.flowing import Flowing
from ui.widgets.frames import BorderedFrame, Pages, column, row
from ui.widgets.labels import Label, Photo, Tone
from ui.widgets.look import Look
from words.text import without_controls

PHOTO_MM = 45
"""Least width of the person's photo, from reading the card to the outcome."""


def put_person(screen: Screen, person: HolderCard, card: QWidget) -> None:
    """Add the person and what has to be done; a photo stays in sight while the rest is turned."""
    if person.has_photo or not screen.look.layout.crowded:
        screen.put_beside(person, card)
    else:
        # The little that is known stands above what is done.
        screen.put_body(column(person, card, spacing=screen.look.style.mm(2)))


class HolderCard(BorderedFrame):
    """Photo, name, number, date of birth and ballot style, as on the card in the reader."""

    def __init__(
        self, look: Look, holder: at.CardHolder, *, photo_mm: float = PHOTO_MM, question: str = ""
    ) -> None:
        super().__init__(look, name="holder", pad_mm=2 if look.layout.crowded else 4)
        t, style = look.t, look.style
        photo = Photo(look, style.mm(photo_mm), name="holder-photo")
        photo.show_picture(holder.photo, t("Photo on the card"))
        by_eye = holder.document is not None
        self.has_photo = not by_eye
        latin = not t.right_to_left and bool(holder.latin_name)
        name = holder.latin_name if latin else holder.name
        if holder.document is not None:
            name = t(DOCUMENTS[holder.document])
        born = (
            t("not exactly known")
            if holder.born is None
            else t.date(datetime.combine(holder.born, time(), UTC))
        )
        words = column(spacing=style.mm(1))
        # Of a document alone there is the kind, which the band says where room is short.
        if not (by_eye and look.layout.crowded):
            said = Label(look, without_controls(name), Ink.TITLE, name="holder-name", given=True)
            words.addWidget(said)
        number = t.code(_spaced(holder.national_number))
        words.addWidget(_fact(look, t("National no."), number, "number"))
        if question:
            words.addWidget(Label(look, question, Ink.STRONG, Tone.WARN, name="question"))
        if by_eye or not question:
            words.addWidget(_fact(look, t("Born"), born, "born"))
            words.addWidget(_fact(look, t("Votes in"), t.of(holder.style_name), "style"))
        if by_eye and holder.evidence is not None:
            compared = t(evidence_named(Dimension.ROLL, holder.evidence.roll))
            words.addWidget(Label(look, compared, Ink.STRONG, name="holder-roll"))
        words.addStretch(1)
        if by_eye:
            photo.setParent(None)
            self.hold(words)
            self.setMinimumWidth(style.mm(PHOTO_MM + 20))
            return
        # The photo stays while the facts beside or below it are turned.
        facts = QWidget()
        facts.setLayout(words)
        turned = Pages(look, "holder-more", facts)
        if look.layout.crowded:
            whole: QBoxLayout = row(photo, turned, spacing=style.mm(3))
            whole.setAlignment(photo, Qt.AlignmentFlag.AlignTop)
        else:
            whole = column(row(photo, 1), turned, spacing=style.mm(1))
        self.hold(whole)


def _fact(look: Look, label: str, value: str, name: str) -> QWidget:
    """Return label and value, on one line if they fit, else below each other."""
    holder = Flowing(look.style.mm(2))
    holder.add(Label(look, label, Ink.SMALL, Tone.MUTED))
    holder.add(Label(look, value, Ink.STRONG, name=f"holder-{name}", given=True))
    return holder


def _spaced(number: str) -> str:
    """Group a national number as it is printed on cards: `0012345679` → `001-234567-9`."""
    return f"{number[:3]}-{number[3:9]}-{number[9:]}" if len(number) == 10 else number
