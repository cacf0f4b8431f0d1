"""PIN pad that shows dots for digits and forgets them as soon as they are handed on.

The digits live in this widget only, from the first touch to `entered`, and are dropped when the pad
is hidden. They are in no label, no accessible name and no property.
"""

from __future__ import annotations

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSizePolicy

from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import column, row
from ui.widgets.keypad import Keypad
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.typed_digits import TypedDigits

LEAST, MOST = 4, 8
"""Digits of a PIN; PIV cards take up to 8 (NIST SP 800-73-4, part 2, 3.2.1)."""


class PinPad(TypedDigits):
    """Keypad for a PIN. Keys are called `pin-0`…`pin-9`, `pin-erase`, `pin-clear`, `pin-ok`."""

    def __init__(self, look: Look) -> None:
        super().__init__(LEAST, MOST)
        t, style = look.t, look.style
        self.setObjectName("pin-pad")
        self._look = look
        self._asked = ""
        brief = look.layout.brief
        self._dots = Label(look, "", Ink.TITLE, name="pin-dots", centred=True, wrap=False)
        self._dots.setFixedHeight(max(style.target, round(style.font_px(Ink.TITLE) * 1.6)))
        c = style.palette
        self._dots.setStyleSheet(
            f"background: {c.surface}; border: {max(2, style.mm(0.5))}px solid {c.accent};"
            f"border-radius: {style.radius}px;"
        )
        self._keys = Keypad(look, "pin", repeats=True)
        self._ok = Button(look, "pin-ok", t("Sign in"), icon="check", kind=ButtonKind.MAIN)
        self._ok.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._listen_to(self._keys)
        self._ok.clicked.connect(self._enter)
        if brief:
            beside = column(1, self._dots, self._ok, 1, spacing=style.gap)
            flat = row(beside, self._keys, spacing=style.gap)
            for place in range(2):
                flat.setStretch(place, 1)
            self.setLayout(flat)
            self._dots.setMinimumWidth(style.target)
            self._show_then_listen()
            return
        layout = column(self._dots, self._keys, self._ok, spacing=style.gap)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFixedWidth(max(style.mm(74), round(style.font_px(Ink.TITLE) * 8)))
        key = max(style.mm(17), round(style.font_px(Ink.TITLE) * 1.9))
        most = self._dots.height() + 5 * key + 6 * style.gap
        self.setMaximumHeight(max(most, self.sizeHint().height()))
        self._show_then_listen()

    def _show_then_listen(self) -> None:
        self.changed.connect(self._show)
        self._show()

    def name_action(self, text: str, asked: str = "") -> None:
        """Set the text of the main key, "Sign in" or "Sign"; `asked`: what is typed, if not a card's PIN."""
        self._ok.setText(text)
        self._ok.setAccessibleName(text)
        self._asked = asked
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget the digits."""
        self.clear()
        super().hideEvent(event)

    def _show(self) -> None:
        t, count = self._look.t, len(self._digits)
        if self._look.layout.brief:
            # Eight dots fit, and what is typed stands above.
            self._dots.setText("●" * count)
            self._dots.setFont(self._look.style.key_font())
        else:
            self._dots.setText(" ".join("●" * count) or self._asked or t("PIN of the card"))
            self._dots.setFont(self._look.style.font(Ink.TITLE if count else Ink.BODY))
        self._dots.set_tone(Tone.TEXT if count else Tone.MUTED)
        self._dots.setAccessibleName(
            t.plural("{count} digit entered", "{count} digits entered", count)
        )
        self._ok.setEnabled(self._complete)
