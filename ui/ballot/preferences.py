"""Choice of language, text size and contrast, as the first screen and as a panel over later ones."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TypeAlias

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QGridLayout, QWidget

from election.definition import Language
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from ui.screen import Screen
from ui.theme import Ink, palettes
from ui.widgets import Button, ButtonKind, Dialog, Label, Look, Pages, column
from ui.widgets.tiles import Tiles
from ui.widgets.typesetting import draw_text, text_height, widest_word
from words.message import Message, m

SIZES: dict[at.TextSize, Message] = {
    at.TextSize.SMALL: m("Small"),
    at.TextSize.NORMAL: m("Normal"),
    at.TextSize.LARGE: m("Large"),
    at.TextSize.LARGEST: m("Very large"),
}
SAMPLE_MM: dict[at.TextSize, float] = {
    at.TextSize.SMALL: 3.5,
    at.TextSize.NORMAL: 4.8,
    at.TextSize.LARGE: 6.4,
    at.TextSize.LARGEST: 9.0,
}
THEMES: dict[at.Theme, Message] = {
    at.Theme.DEFAULT: m("Ordinary"),
    at.Theme.BLACK_ON_WHITE: m("Black on white"),
    at.Theme.WHITE_ON_BLACK: m("White on black"),
    at.Theme.LOW_CONTRAST: m("Soft"),
}


COMPANIONS: dict[at.Companion, Message] = {
    at.Companion.NONE: m("No, nobody"),
    at.Companion.SEES: m("Yes, and sees"),
    at.Companion.DARK: m("Yes, in the dark"),
}
TOUCHES: dict[at.Touch, Message] = {
    at.Touch.ACTS: m("chooses"),
    at.Touch.HEARS: m("is heard first"),
}
Choice: TypeAlias = Language | at.TextSize | at.Theme | at.Companion | at.Touch


class SampleButton(Button):
    """Button for one of several values, with a sample of its look, or a picture, above its name."""

    def __init__(
        self,
        look: Look,
        name: str,
        text: str,
        sample: str,
        mm: float,
        theme: at.Theme | None,
        picture: str = "",
    ) -> None:
        super().__init__(look, name, text, ink=Ink.SMALL)
        self.setCheckable(True)
        self._sample, self._theme = sample, theme
        self._sample_font = QFont(look.style.families)
        self._sample_font.setPixelSize(round(mm * look.style.dpi / 25.4 / 0.711))
        self._sample_font.setWeight(QFont.Weight.Bold)
        self._picture = picture
        self._sample_height = look.style.mm(15) if sample or picture else 0

    def nextCheckState(self) -> None:
        """Do nothing: only the flow changes what is chosen."""

    def _text_room(self, width: int) -> int:
        room = max(1, width - 2 * self._look.style.mm(2))
        return ceil(text_height(self.text(), self.font(), room))

    def sizeHint(self) -> QSize:
        """Return the text's width and the height of sample and text."""
        width = super().sizeHint().width()
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the longest word, at least that of a target, and the preferred height."""
        words = ceil(widest_word(self.text(), self.font())) + 2 * self._look.style.mm(2) + 2
        return QSize(max(self._look.style.target, words), self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        """Return True: the text wraps."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height in px of sample and wrapped text, at least that of a target."""
        style = self._look.style
        return max(style.target, self._sample_height + self._text_room(width) + style.mm(2.5))

    def needed_height(self, width: int) -> int:
        """Return the height in px of sample and text at this width."""
        return self._sample_height + self._text_room(width)

    def _paint_content(self, painter: QPainter, ink: str) -> None:
        style = self._look.style
        top = (self.height() - self.heightForWidth(self.width())) / 2
        sample = QRectF(0, top + style.mm(1), self.width(), self._sample_height - style.mm(1))
        if self._theme is not None:
            colours = palettes()[self._theme]
            side = min(sample.height() - style.mm(2), style.mm(16))
            box = QRectF(0, 0, side * 1.7, side)
            box.moveCenter(sample.center())
            painter.setPen(QPen(QColor(ink), style.hairline))
            painter.setBrush(QColor(colours.background))
            painter.drawRoundedRect(box, style.radius / 2, style.radius / 2)
            painter.setPen(QColor(colours.text))
        elif self._picture:
            px = min(round(sample.height()), style.mm(12))
            icon = self._look.icons.pixmap(self._picture, ink, px, self.devicePixelRatioF())
            painter.drawPixmap(round(sample.center().x() - px / 2), round(sample.top()), icon)
        else:
            painter.setPen(QColor(ink))
        painter.setFont(self._sample_font)
        painter.drawText(sample, int(Qt.AlignmentFlag.AlignCenter), self._sample)
        painter.setPen(QColor(ink))
        pad = style.mm(2)
        below = self.height() - 2 * top - self._sample_height
        text = QRectF(pad, top + self._sample_height, self.width() - 2 * pad, below)
        if self._sample_height:
            text.adjust(0, 0, 0, -style.mm(1.5))
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        draw_text(painter, text, self.text(), self.font(), rtl=rtl, centred=True)
        if self.isChecked():
            px = style.mm(6)
            icon = self._look.icons.pixmap("check", ink, px, self.devicePixelRatioF())
            x = style.mm(1.5) if rtl else self.width() - px - style.mm(1.5)
            painter.drawPixmap(x, style.mm(1.5), icon)


class Choices(QWidget):
    """Rows of languages, sizes and themes.

    Buttons: `lang-fa`, `size-large`, `theme-low-contrast`, `companion-sees`, `touch-hears` and the like.
    """

    chosen = Signal(object)
    """Presentation"""

    def __init__(self, look: Look, *, hears: bool = False) -> None:
        """`hears`: there is sound, so what is dark can be heard, and what is touched."""
        super().__init__()
        t, style = look.t, look.style
        self._presentation = at.Presentation()
        self._choices: list[tuple[SampleButton, Choice]] = []
        letters = look.languages[t.language].sample
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(style.mm(4))
        layout.setHorizontalSpacing(style.mm(4))
        rows: tuple[tuple[str, list[SampleButton]], ...] = (
            (
                t("Language"),
                [
                    self._choice(look, f"lang-{one.id}", one.name, "", 0.1, one.id)
                    for one in look.languages
                ],
            ),
            (
                t("Text size"),
                [
                    self._choice(look, f"size-{one.value}", t(words), letters, SAMPLE_MM[one], one)
                    for one, words in SIZES.items()
                ],
            ),
            (
                t("Contrast"),
                [
                    self._choice(look, f"theme-{one.value}", t(words), letters, 5.5, one)
                    for one, words in THEMES.items()
                ],
            ),
            (
                t("Does a companion help?"),
                [
                    self._choice(look, f"companion-{one.value}", t(words), "", 0.1, one)
                    for one, words in COMPANIONS.items()
                    if hears or one is not at.Companion.DARK
                ],
            ),
        )
        if hears:
            touches = [
                self._choice(look, f"touch-{one.value}", t(words), "", 0.1, one)
                for one, words in TOUCHES.items()
            ]
            rows = (*rows, (t("A touch"), touches))
        for place, (title, buttons) in enumerate(rows):
            heading = Label(look, title, Ink.STRONG)
            tiles = Tiles(buttons, style.gap)
            if look.layout.crowded:
                layout.addWidget(heading, 2 * place, 0)
                layout.addWidget(tiles, 2 * place + 1, 0)
            else:
                layout.addWidget(heading, place, 0)
                layout.addWidget(tiles, place, 1)
        layout.setColumnStretch(0 if look.layout.crowded else 1, 1)

    def _choice(
        self,
        look: Look,
        name: str,
        words: str,
        sample: str,
        mm: float,
        value: Choice,
    ) -> SampleButton:
        theme = value if isinstance(value, at.Theme) else None
        picture = "ear" if value is at.Touch.HEARS else ""
        made = SampleButton(look, name, words, sample, mm, theme, picture)
        made.clicked.connect(lambda: self.chosen.emit(_with(self._presentation, value)))
        self._choices.append((made, value))
        return made

    def show_presentation(self, presentation: at.Presentation) -> None:
        """Mark the buttons of this language, text size and theme as chosen."""
        self._presentation = presentation
        now: set[Choice] = {
            presentation.language,
            presentation.size,
            presentation.theme,
            presentation.companion,
            presentation.touch,
        }
        for button, value in self._choices:
            button.setChecked(value in now)


def _with(presentation: at.Presentation, value: Choice) -> at.Presentation:
    match value:
        case Language():
            return replace(presentation, language=value)
        case at.TextSize():
            return replace(presentation, size=value)
        case at.Theme():
            return replace(presentation, theme=value)
        case at.Companion():
            return replace(presentation, companion=value)
        case at.Touch():
            return replace(presentation, touch=value)


class PreferencesScreen(Screen):
    """First screen after the card; one touch is enough to pass it."""

    def __init__(self, look: Look, *, hears: bool = False) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        self.put_title(t("How shall the screen speak to you?"))
        self._choices = Choices(look, hears=hears)
        self._choices.chosen.connect(lambda chosen: self.acted.emit(on.PresentationChosen(chosen)))
        body = Pages(look, "preferences", self._choices)
        middle = column(1, body, 2)
        middle.setStretch(1, 100)
        middle.setContentsMargins(style.margin, style.mm(2), style.margin, style.mm(2))
        begin = self.button(
            "begin", t("Begin voting"), on.Begin(), icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        self.put(middle, 1)
        self.put_actions(1, begin)

    def show_state(self, state: object) -> None:
        """Show the session's presentation. Raises TypeError for another state."""
        if not isinstance(state, at.Preferences):
            raise TypeError(f"not for {type(state).__name__}")
        self._choices.show_presentation(state.session.presentation)


def presentation_panel(look: Look, parent: QWidget, choices: Choices, done: Button) -> Dialog:
    """Return a dialog with the same choices to lie over another screen; the marks stay."""
    t = look.t
    return Dialog(
        look, parent, "presentation", t("How shall the screen speak to you?"), "", done,
        icon="settings", body=choices, widest_mm=330,
    )  # fmt: skip
