"""Base class of the identity station's pages, and the card with the person's data."""

from __future__ import annotations

from datetime import UTC, datetime, time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from election.evidence_words import DOCUMENTS
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.status import DeviceStatus
from ui.layout import Form
from ui.theme import Ink
from ui.widgets.band import Band, Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.flowing import Flowing
from ui.widgets.frames import BorderedFrame, Item, Pages, column, row
from ui.widgets.labels import Label, Photo, Tone
from ui.widgets.look import Look
from words.text import without_controls

PHOTO_MM = 45
"""Least width of the person's photo, from reading the card to the outcome."""


class SituationPage(QWidget):
    """Draws one situation: band, content, acts.

    A change of situation makes a new page, so that nothing of one voter is left in the next
    one's.
    """

    acted = Signal(object)
    """kiosk.flows.identity.events.IdentityEvent"""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._layout = QVBoxLayout(self)
        margin = look.style.margin
        self._layout.setContentsMargins(margin, look.style.mm(3), margin, look.style.mm(3))
        self._layout.setSpacing(look.style.mm(3))
        self.band: Band | None = None

    def refresh(self, _state: at.IdentityState, status: DeviceStatus) -> None:
        """Update progress, time left and sensor feedback while the situation stays the same."""
        if self.band is not None:
            self.band.show_left(status.deadline_s)

    def put_band(self, mood: Mood, icon: str, state: str, note: str = "") -> Band:
        """Add the band with the state's name at the top, and return it."""
        self.band = Band(self.look, mood, icon, state, note)
        self._layout.addWidget(self.band)
        return self.band

    def put_body(self, content: QWidget) -> None:
        """Add the content, in pages if it is higher than the screen."""
        self._layout.addWidget(Pages(self.look, "more", content), 1)

    def put_person(self, person: HolderCard, card: QWidget) -> None:
        """Add the person and what has to be done, with the photo always in sight."""
        look = self.look
        if not look.layout.crowded:
            beside = row(person, card, spacing=look.style.mm(3))
            for place, share in enumerate((2, 3)):
                beside.setStretch(place, share)
            both = QWidget()
            both.setLayout(beside)
            self.put_body(both)
            return
        if not person.has_photo:
            # The little that is known stands above what is done.
            both = QWidget()
            both.setLayout(column(person, card, spacing=look.style.mm(2)))
            self.put_body(both)
            return
        upright = look.layout.form is Form.PORTRAIT
        layout = (column if upright else row)(spacing=look.style.mm(3))
        layout.addWidget(person, 2 if upright else 1)
        layout.addWidget(Pages(look, "todo-more", card), 3 if upright else 1)
        self._layout.addLayout(layout, 1)

    def put_foot(self, *items: Item) -> QHBoxLayout:
        """Add the row of possible acts at the bottom, and return its layout."""
        foot = row(*items, spacing=self.look.style.gap * 2)
        self._layout.addLayout(foot)
        return foot

    def button(
        self,
        name: str,
        text: str,
        event: on.IdentityEvent | None = None,
        *,
        icon: str = "",
        kind: ButtonKind = ButtonKind.PLAIN,
    ) -> Button:
        """Return a button that sends `event` when it is touched."""
        made = Button(self.look, name, text, icon=icon, kind=kind)
        if event is not None:
            made.clicked.connect(lambda: self.acted.emit(event))
        return made


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
        words.addStretch(1)
        if by_eye:
            photo.setParent(None)
            self.hold(words)
            self.setMinimumWidth(style.mm(PHOTO_MM + 20))
        elif look.layout.crowded:
            # The photo stays while the facts beside it are turned.
            facts = QWidget()
            facts.setLayout(words)
            beside = row(photo, Pages(look, "holder-more", facts), spacing=style.mm(3))
            beside.setAlignment(photo, Qt.AlignmentFlag.AlignTop)
            self.hold(beside)
        else:
            self.hold(column(row(photo, 1), words, spacing=style.mm(1)))


def _fact(look: Look, label: str, value: str, name: str) -> QWidget:
    """Return label and value, on one line if they fit, else below each other."""
    holder = Flowing(look.style.mm(2))
    holder.add(Label(look, label, Ink.SMALL, Tone.MUTED))
    holder.add(Label(look, value, Ink.STRONG, name=f"holder-{name}", given=True))
    return holder


def _spaced(number: str) -> str:
    """Group a national number as it is printed on cards: `0012345679` → `001-234567-9`."""
    return f"{number[:3]}-{number[3:9]}-{number[9:]}" if len(number) == 10 else number
