"""Dialog for language, text size and contrast of an officer's screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from election.definition import Language
from kiosk.flows.ballot.states import Presentation, TextSize, Theme
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.dialog import Dialog
from ui.widgets.frames import column
from ui.widgets.labels import Label
from ui.widgets.look import Look
from ui.widgets.tiles import Tiles
from words.languages import Languages
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


@dataclass(frozen=True, slots=True)
class TurnedSide:
    """The side of a device that is turned to the voter: the languages that it may speak."""

    languages: Languages
    language: Language


class Settings(Dialog):
    """Dialog over a screen for its language, text size and contrast.

    Buttons: `language-<value>`, `size-<value>`, `theme-<value>`, `settings-close`; `turned-<language>` for
    the side that is turned to the voter, if there is one.
    """

    changed = Signal(object)
    turned_chosen = Signal(object)
    """words.text.Language of the voter's side"""
    closed = Signal()

    def __init__(
        self,
        look: Look,
        parent: QWidget,
        presentation: Presentation,
        turned: TurnedSide | None = None,
    ) -> None:
        t = look.t
        close = Button(look, "settings-close", t("Close"), icon="check", kind=ButtonKind.MAIN)
        self._choices: list[tuple[Button, SettingChoice]] = []
        languages = [(x.id, x.name) for x in look.languages]
        body = QWidget()
        voters = () if turned is None else self._voters_side(look, turned)
        body.setLayout(
            column(
                *voters,
                Label(look, t("Language"), Ink.STRONG),
                self._choice(look, "language", languages, presentation.language),
                Label(look, t("Text size"), Ink.STRONG),
                self._choice(look, "size", [(x, t(SIZES[x])) for x in TextSize], presentation.size),
                Label(look, t("Contrast"), Ink.STRONG),
                self._choice(look, "theme", [(x, t(THEMES[x])) for x in Theme], presentation.theme),
                spacing=look.style.gap,
            )
        )
        super().__init__(
            look, parent, "settings-dialog", t("Settings"), "", close, icon="settings", body=body
        )
        self._presentation = presentation
        close.clicked.connect(self.closed)
        for button, value in self._choices:
            button.clicked.connect(lambda _=False, v=value: self._choose(v))
        self.show()

    def _voters_side(self, look: Look, turned: TurnedSide) -> tuple[Label, Tiles]:
        """Return the choice of its language, in each language's own name."""
        made: list[Button] = []
        for one in turned.languages:
            chosen = one.id == turned.language
            button = Button(look, f"turned-{one.id}", one.name, icon="check" if chosen else "")
            button.setCheckable(True)
            button.setChecked(chosen)
            button.clicked.connect(lambda _=False, of=one.id: self.turned_chosen.emit(of))
            made.append(button)
        heading = Label(look, look.t("Language of the voter's side"), Ink.STRONG)
        return heading, Tiles(made, look.style.gap)

    def _choice(
        self,
        look: Look,
        prefix: str,
        texts: Sequence[tuple[SettingChoice, str]],
        now: SettingChoice,
    ) -> Tiles:
        made: list[Button] = []
        for value, text in texts:
            chosen = value == now
            button = Button(look, f"{prefix}-{value}", text, icon="check" if chosen else "")
            button.setCheckable(True)
            button.setChecked(chosen)
            self._choices.append((button, value))
            made.append(button)
        return Tiles(made, look.style.gap)

    def _choose(self, value: SettingChoice) -> None:
        match value:
            case Language():
                presentation = replace(self._presentation, language=value)
            case TextSize():
                presentation = replace(self._presentation, size=value)
            case Theme():
                presentation = replace(self._presentation, theme=value)
        self.changed.emit(presentation)
