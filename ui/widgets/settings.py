"""Dialog for language, text size and contrast of an officer's screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from election.definition import Language
from kiosk.flows.ballot.states import Presentation, TextSize, Theme
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Item, column, row
from ui.widgets.labels import Label
from ui.widgets.look import Look
from ui.widgets.stage import Veil
from words.message import Message, m

SettingChoice = Language | TextSize | Theme

SIZES: dict[TextSize, Message] = {
    TextSize.SMALL: m("Small"),
    TextSize.NORMAL: m("Normal"),
    TextSize.LARGE: m("Large"),
    TextSize.LARGEST: m("Largest"),
}

THEMES: dict[Theme, Message] = {
    Theme.DEFAULT: m("Light"),
    Theme.WHITE_ON_BLACK: m("White on black"),
    Theme.BLACK_ON_WHITE: m("Black on white"),
    Theme.LOW_CONTRAST: m("Low contrast"),
}


class Settings(Veil):
    """Dialog over a screen for its language, text size and contrast.

    Buttons: `language-<value>`, `size-<value>`, `theme-<value>`, `settings-close`.
    """

    changed = Signal(object)
    closed = Signal()

    def __init__(self, look: Look, parent: QWidget, presentation: Presentation) -> None:
        super().__init__(look, parent)
        style, t = look.style, look.t
        self._presentation = presentation
        self.setObjectName("settings-dialog")
        close = Button(look, "settings-close", t("Close"), icon="check", kind=ButtonKind.MAIN)
        close.clicked.connect(self.closed)
        parts: list[Item] = [
            Label(look, t("Language"), Ink.STRONG),
            self._choice(
                "language", [(x.id, x.name) for x in look.languages], presentation.language
            ),
            Label(look, t("Text size"), Ink.STRONG),
            self._choice("size", [(x, t(SIZES[x])) for x in TextSize], presentation.size),
            Label(look, t("Contrast"), Ink.STRONG),
            self._choice("theme", [(x, t(THEMES[x])) for x in Theme], presentation.theme),
            close,
        ]
        card = BorderedFrame(look, pad_mm=5)
        inner = column(*parts, spacing=style.mm(1.6))
        inner.insertSpacing(len(parts) - 1, style.mm(2))
        card.hold(inner)
        card.setMaximumWidth(style.mm(240))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(style.margin, style.margin, style.margin, style.margin)
        outer.addStretch(1)
        outer.addWidget(card)
        outer.addStretch(1)
        outer.setAlignment(card, Qt.AlignmentFlag.AlignHCenter)
        card.setMinimumWidth(min(parent.width() - 2 * style.margin, style.mm(220)))
        self._close = close
        self.show()

    def safe(self) -> QWidget | None:
        """Return the button that closes it."""
        return self._close

    def _choice(
        self, prefix: str, texts: Sequence[tuple[SettingChoice, str]], now: SettingChoice
    ) -> QWidget:
        holder = QWidget()
        line = row(spacing=self._look.style.gap)
        for value, text in texts:
            chosen = value == now
            button = Button(self._look, f"{prefix}-{value}", text, icon="check" if chosen else "")
            button.setCheckable(True)
            button.setChecked(chosen)
            button.clicked.connect(lambda _=False, v=value: self._choose(v))
            line.addWidget(button, 1)
        holder.setLayout(line)
        return holder

    def _choose(self, value: SettingChoice) -> None:
        match value:
            case Language():
                presentation = replace(self._presentation, language=value)
            case TextSize():
                presentation = replace(self._presentation, size=value)
            case Theme():
                presentation = replace(self._presentation, theme=value)
        self.changed.emit(presentation)
