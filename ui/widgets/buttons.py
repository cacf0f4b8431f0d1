"""The one kind of thing to touch.

It acts on release inside itself, never on press, never repeatedly (VVSG 2.0, 7.2-H, 7.2-I), and is at
least 12.7 mm wide and high whatever its text. Next (Tab) and select (Space, Enter) operate it as well.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QPushButton, QSizePolicy

from ui.theme import Ink
from ui.widgets.look import Look

WRAP = int(Qt.TextFlag.TextWordWrap)


class Kind(StrEnum):
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
    """A button that paints itself from the style, and wraps its text instead of cutting it."""

    def __init__(
        self,
        look: Look,
        name: str,
        text: str = "",
        *,
        icon: str = "",
        kind: Kind = Kind.PLAIN,
        ink: Ink = Ink.STRONG,
        stacked: bool = False,
        trailing: bool = False,
        said: str = "",
    ) -> None:
        """`stacked`: icon above the text. `trailing`: icon after the text. `said`: the name for
        those who hear the screen, where the text alone is not enough."""
        super().__init__(text)
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

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self.update()

    def set_kind(self, kind: Kind) -> None:
        self._kind = kind
        self.update()

    # ---------------------------------------------------------------- size

    @property
    def _pad(self) -> int:
        style = self._look.style
        return style.mm(1) if self._kind is Kind.KEY else style.mm(3)

    @property
    def _space(self) -> int:
        return self._look.style.mm(1.8) if self.text() else 0

    def _frame_width(self) -> int:
        """What the width holds beside the text."""
        beside = 0 if self._stacked or not self._icon else self._icon_px + self._space
        return 2 * self._pad + beside

    def _height(self, text_height: int) -> int:
        style = self._look.style
        above = self._icon_px + style.mm(0.6) if self._stacked and self._icon else 0
        frame = style.mm(1.2) if self._kind is Kind.KEY else style.mm(2.4)
        beside = 0 if self._stacked else self._icon_px
        return max(style.target, max(text_height + above, beside) + frame)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        width = self._frame_width() + (metrics.horizontalAdvance(self.text()) if self.text() else 0)
        if self._stacked:
            width = max(width, self._icon_px + 2 * self._pad)
        return QSize(max(width + 2, self._look.style.target), self._height(metrics.height()))

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        words = [metrics.horizontalAdvance(word) for word in self.text().split()]
        width = self._frame_width() + max(words, default=0) + 2
        return QSize(max(width, self._look.style.target), self._height(metrics.height()))

    def hasHeightForWidth(self) -> bool:
        return bool(self.text())

    def heightForWidth(self, width: int) -> int:
        room = max(1, width - self._frame_width())
        return self._height(self._wrapped(room).height())

    def _wrapped(self, width: int) -> QRect:
        metrics = QFontMetrics(self.font())
        return metrics.boundingRect(QRect(0, 0, width, 10_000), WRAP, self.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    # ---------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            event.ignore()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    # ---------------------------------------------------------------- paint

    def _colours(self) -> tuple[str, str, str]:
        """(ink, paper, border); an empty one is not painted."""
        c = self._look.style.palette
        down = self.isDown()
        if self.isChecked():
            return c.on_soft, c.soft, c.accent
        match self._kind:
            case Kind.MAIN:
                return c.on_accent, c.pressed if down else c.accent, c.accent
            case Kind.QUIET:
                return (c.on_soft, c.soft, c.accent) if down else (c.accent, "", "")
            case Kind.WARN:
                return (c.bad, c.bad_soft, c.bad) if down else (c.bad, c.surface, c.bad)
            case Kind.PLAIN:
                return (c.on_soft, c.soft, c.accent) if down else (c.accent, c.surface, c.accent)
            case Kind.KEY:
                return (c.on_soft, c.soft, c.accent) if down else (c.text, c.surface, c.line)

    def paintEvent(self, _event: QPaintEvent) -> None:
        style = self._look.style
        ink, paper, border = self._colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.45)
        line = (
            style.hairline if self._kind is not Kind.PLAIN else max(style.hairline, style.mm(0.4))
        )
        if self.isChecked() or self.isDown():
            line = max(style.hairline * 2, style.mm(0.6))
        box = QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setPen(QPen(QColor(border), line) if border else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(paper) if paper else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, style.radius, style.radius)
        if self.hasFocus():
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
        painter.setFont(self.font())
        ratio = self.devicePixelRatioF()
        direction = Qt.TextFlag.TextForceRightToLeft if rtl else Qt.TextFlag.TextForceLeftToRight
        flags = WRAP | int(direction) | int(Qt.AlignmentFlag.AlignCenter)
        if self._stacked and self._icon:
            text = self._wrapped(max(1, self.width() - 2 * self._pad))
            total = self._icon_px + self._look.style.mm(0.6) + text.height()
            top = (self.height() - total) // 2
            icon = self._look.icons.pixmap(self._icon, ink, self._icon_px, ratio)
            painter.drawPixmap((self.width() - self._icon_px) // 2, top, icon)
            box = QRect(
                self._pad, top + total - text.height(), self.width() - 2 * self._pad, text.height()
            )
            painter.drawText(box, flags, self.text())
            return
        room = self.width() - self._frame_width()
        text_width = min(room, self._wrapped(max(1, room)).width()) if self.text() else 0
        beside = self._icon_px + self._space if self._icon else 0
        left = (self.width() - text_width - beside) // 2
        icon_first = rtl == self._trailing  # seen from the left
        if self._icon:
            icon = self._look.icons.pixmap(self._icon, ink, self._icon_px, ratio)
            x = left if icon_first else left + text_width + self._space
            painter.drawPixmap(x, (self.height() - self._icon_px) // 2, icon)
        if self.text():
            x = left + beside if icon_first and self._icon else left
            painter.drawText(QRect(x - 1, 0, text_width + 2, self.height()), flags, self.text())
