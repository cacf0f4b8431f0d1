"""Window, or a part of one, in a language, text size and contrast of its own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from kiosk.flows.ballot.states import Presentation
from kiosk.status import Mode
from ui.widgets.frames import ModeBanner, clear, column, discard
from ui.widgets.look import Look, make_look
from ui.widgets.settings import Settings, TurnedSide
from ui.widgets.stage import Stage
from words.languages import Languages, installed
from words.text import Language


class Presented(QWidget):
    """Widget that builds itself anew in another presentation or mode; the mode's banner stands on top.

    Subclasses put `_stage` where they want it, add to `_build` what stands below the banner, and
    call it at the end of their own `__init__`.
    """

    presentation_changed = Signal(object)
    """kiosk.flows.ballot.states.Presentation"""

    def __init__(
        self,
        name: str,
        dpi: float,
        presentation: Presentation | None = None,
        languages: Languages | None = None,
    ) -> None:
        """`name` becomes the objectName; `languages`: those that are installed unless others are given."""
        super().__init__()
        self.setObjectName(name)
        self._dpi = dpi
        self._languages = (languages or installed()).load()
        self._presentation = presentation or Presentation()
        self._mode = Mode.REAL
        self._settings: Settings | None = None
        self._whole = column()
        self._content = QWidget()
        self._content.setLayout(self._whole)
        self._stage = Stage(self._content)

    @property
    def presentation(self) -> Presentation:
        """Language, text size and contrast in use."""
        return self._presentation

    def set_presentation(self, presentation: Presentation) -> None:
        """Set language, text size and contrast and draw everything anew; open settings stay open."""
        if presentation == self._presentation:
            return
        asked = self._settings is not None
        self._presentation = presentation
        self._build()
        self.presentation_changed.emit(presentation)
        if asked:
            self._ask_settings()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Build everything anew if the new size takes another layout."""
        super().resizeEvent(event)
        if self._make_look().layout != self._look.layout:
            self._build()

    def _make_look(self) -> Look:
        return make_look(self._dpi, self._presentation, self._languages, self.size())

    def _set_mode(self, mode: Mode) -> None:
        """Exchange the banner and nothing below it, because somebody may be typing a PIN there."""
        if mode is not self._mode:
            self._mode = mode
            discard(self._banner)
            self._put_banner()

    def _build(self) -> None:
        self._close_settings()
        self._look: Look = self._make_look()
        self.setLayoutDirection(self._look.direction)
        self.setPalette(self._look.style.qt_palette())
        self.setStyleSheet(self._look.style.stylesheet())
        clear(self._whole)
        self._put_banner()

    def _put_banner(self) -> None:
        self._banner = ModeBanner(self._look, self._mode)
        self._whole.insertWidget(0, self._banner)

    def _turned_side(self) -> TurnedSide | None:
        """Return the side that is turned to the voter, if its language is chosen here."""
        return None

    def _turned_chosen(self, language: Language) -> None:
        """Let the side that is turned to the voter speak a language."""

    def _ask_settings(self) -> None:
        self._close_settings()
        turned = self._turned_side()
        self._settings = Settings(self._look, self._content, self._presentation, turned)
        self._settings.turned_chosen.connect(self._turned_chosen)
        self._settings.changed.connect(self.set_presentation)
        self._settings.closed.connect(self._close_settings)

    def _close_settings(self) -> None:
        discard(self._settings)
        self._settings = None
