"""Button, the only kind of widget to touch.

It acts on release inside itself, never on press, never repeatedly (VVSG 2.0, 7.2-H, 7.2-I), and is at
least 12.7 mm wide and high whatever its text. Next (Tab) and select (Space, Enter) operate it as well.
"""

from __future__ import annotations

from enum import StrEnum
from math import ceil

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QPushButton, QSizePolicy

from ui.theme import Ink, line_height
from ui.widgets.look import Look
from ui.widgets.typesetting import Measures, draw_text, natural_width, text_height

DIGIT_HEIGHT = 0.8
"""Height of a digit in parts of its font's pixel size."""


UNBROKEN_LETTERS = 6
"""A word of so few letters is within `LONGEST_WORD_EM`. Layouts ask keys of a keyboard nothing more."""

KEY_ICON_MM = 9.0

SPELLS = "spells"
"""Property of a button about somebody: the name, which a voter can have spelled."""

ARROWS = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right})


class ButtonKind(StrEnum):
    """Purpose of a button, which sets its colours."""

    MAIN = "main"
    """The screen's one main action."""
    PLAIN = "plain"
    QUIET = "quiet"
    """Without a border until it is chosen or pressed."""
    KEY = "key"
    """One of a keyboard or keypad."""
    WARN = "warn"
    """Takes something away, or ends something."""


class Button(QPushButton):
    """Button that paints itself from the style and wraps its text instead of cutting it."""

    def __init__(
        self,
        look: Look,
        name: str,
        text: str = "",
        *,
        icon: str = "",
        kind: ButtonKind = ButtonKind.PLAIN,
        ink: Ink = Ink.STRONG,
        stacked: bool = False,
        trailing: bool = False,
        said: str = "",
        digit: bool = False,
    ) -> None:
        """Create a button with `name` as its objectName.

        `stacked`: icon above the text. `trailing`: icon after the text. `said`: accessible name
        where the text alone is not enough. `digit`: the text is one digit, which has nothing below
        its line.
        """
        super().__init__(text)
        self._measures = Measures()
        self.setObjectName(name)
        self.setFont(look.style.font(ink))
        self.setAccessibleName(said or text)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._look, self._kind, self._icon = look, kind, icon
        self._stacked, self._trailing = stacked, trailing
        self._icon_px = look.style.icon_px(ink) if icon else 0
        if kind is ButtonKind.KEY and not stacked:
            self._icon_px = min(self._icon_px, look.style.mm(KEY_ICON_MM))
        self._ring, self._digit = False, digit

    @property
    def kind(self) -> ButtonKind:
        """Its purpose."""
        return self._kind

    def setText(self, text: str) -> None:
        """Replace the text."""
        self._measures.forget()
        super().setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Measure again with another font."""
        if event.type() is QEvent.Type.FontChange:
            self._measures.forget()
        super().changeEvent(event)

    def set_icon(self, icon: str) -> None:
        """Replace the icon by the one called `icon`; empty for none."""
        self._icon = icon
        self.update()

    def set_kind(self, kind: ButtonKind) -> None:
        """Change the purpose, and with it the colours."""
        self._kind = kind
        self.update()

    @property
    def has_border(self) -> bool:
        """Whether a border shows where it can be touched."""
        return bool(self._colours()[2])

    # ---------------------------------------------------------------- size

    @property
    def _pad(self) -> int:
        style = self._look.style
        return style.mm(0.4) if self._kind is ButtonKind.KEY else style.mm(3)

    @property
    def _space(self) -> int:
        return self._look.style.mm(1.8) if self.text() else 0

    def frame_width(self, *, words: bool = False) -> int:
        """Return the width in px that is not the text's. `words`: as if there was one."""
        space = self._look.style.mm(1.8) if words else self._space
        beside = 0 if self._stacked or not self._icon else self._icon_px + space
        return 2 * self._pad + beside

    def _content_height(self, text_height: float) -> int:
        if self._digit:
            text_height = DIGIT_HEIGHT * self.font().pixelSize()
        above = self._icon_px + self._look.style.mm(0.6) if self._stacked and self._icon else 0
        beside = 0 if self._stacked else self._icon_px
        return ceil(max(text_height + above, beside))

    def _height(self, text_height: float) -> int:
        style = self._look.style
        frame = style.mm(1.2) if self._kind is ButtonKind.KEY else style.mm(2.4)
        return max(style.target, self._content_height(text_height) + frame)

    def needed_height(self, width: int) -> int:
        """Return the height in px of text and icon at this width, without free space around them."""
        room = max(1, width - self.frame_width())
        return self._content_height(self._measures.height(room, self.text(), self.font()))

    def sizeHint(self) -> QSize:
        """Return the size of the text on one line with its icon, at least that of a target."""
        width = self.frame_width() + ceil(self._measures.natural(self.text(), self.font()))
        if self._stacked:
            width = max(width, self._icon_px + 2 * self._pad)
        width = max(width + 2, self._look.style.target)
        return QSize(width, self._height(line_height(self.font())))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the longest word with its icon, at least that of a target."""
        width = self.frame_width() + ceil(self._measures.widest(self.text(), self.font())) + 2
        width = max(width, self._look.style.target)
        return QSize(width, self._height(line_height(self.font())))

    def hasHeightForWidth(self) -> bool:
        """Return whether there is text that may wrap; a short word is never narrower than its button."""
        text = self.text()
        return len(text) > UNBROKEN_LETTERS or len(text.split()) > 1

    def heightForWidth(self, width: int) -> int:
        """Return the height in px of the text wrapped at this width."""
        room = max(1, width - self.frame_width())
        return self._height(self._measures.height(room, self.text(), self.font()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Repaint: the text may wrap elsewhere."""
        super().resizeEvent(event)
        self.update()

    # ---------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Click on Return or Enter as on Space, once per press."""
        self._ring = True
        if event.isAutoRepeat():
            event.ignore()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif event.key() in ARROWS:
            # Qt would go to the next widget that was made; the window knows what is beside this one.
            event.ignore()
        else:
            super().keyPressEvent(event)

    @property
    def reached_by_key(self) -> bool:
        """Whether a key brought the focus here, and it is still here."""
        return self._ring and self.window().focusWidget() is self

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring only if a key brought the focus here."""
        self._ring = event.reason() in {
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        }
        super().focusInEvent(event)

    # ---------------------------------------------------------------- paint

    def _colours(self) -> tuple[str, str, str]:
        """Return (ink, paper, border); an empty one is not painted."""
        c = self._look.style.palette
        down = self.isDown()
        if self.isChecked():
            return c.on_soft, c.soft, c.accent
        match self._kind:
            case ButtonKind.MAIN:
                return c.on_accent, c.pressed if down else c.accent, c.accent
            case ButtonKind.QUIET:
                return (c.on_soft, c.soft, c.accent) if down else (c.accent, "", "")
            case ButtonKind.WARN:
                return (c.bad, c.bad_soft, c.bad) if down else (c.bad, c.surface, c.bad)
            case ButtonKind.PLAIN:
                return (c.on_soft, c.soft, c.accent) if down else (c.accent, c.surface, c.accent)
            case ButtonKind.KEY:
                return (c.on_soft, c.soft, c.accent) if down else (c.text, c.surface, c.line)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, border, icon and text for the button's kind and state."""
        style = self._look.style
        ink, paper, border = self._colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.45)
        line = (
            style.hairline
            if self._kind is not ButtonKind.PLAIN
            else max(style.hairline, style.mm(0.4))
        )
        if self.isChecked() or self.isDown():
            line = max(style.hairline * 2, style.mm(0.6))
        box = QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setPen(QPen(QColor(border), line) if border else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(paper) if paper else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, style.radius, style.radius)
        if self.hasFocus() and self._ring:
            inner = style.focus_line * 1.2
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(ink), style.focus_line, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(
                box.adjusted(inner, inner, -inner, -inner), style.radius * 0.7, style.radius * 0.7
            )
        self._paint_content(painter, ink)

    def _paint_content(self, painter: QPainter, ink: str) -> None:
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        painter.setPen(QColor(ink))
        ratio = self.devicePixelRatioF()
        text, font = self.text(), self.font()
        icon = (
            self._look.icons.pixmap(self._icon, ink, self._icon_px, ratio) if self._icon else None
        )
        if self._stacked and icon is not None:
            width = self.width() - 2 * self._pad
            high = text_height(text, font, max(1, width))
            total = self._icon_px + self._look.style.mm(0.6) + high
            top = (self.height() - total) / 2
            painter.drawPixmap((self.width() - self._icon_px) // 2, round(top), icon)
            box = QRectF(self._pad, top + total - high, width, high)
            draw_text(painter, box, text, font, rtl=rtl, centred=True)
            return
        room = self.width() - self.frame_width()
        one_line = natural_width(text, font) + 1
        text_width = min(room, one_line) if text else 0
        beside = self._icon_px + self._space if icon is not None else 0
        left = (self.width() - text_width - beside) / 2
        icon_first = rtl == self._trailing  # seen from the left
        if icon is not None:
            x = left if icon_first else left + text_width + self._space
            painter.drawPixmap(round(x), (self.height() - self._icon_px) // 2, icon)
        x = left + beside if icon_first else left
        draw_text(
            painter, QRectF(x, 0, text_width, self.height()), text, font, rtl=rtl, centred=True
        )
