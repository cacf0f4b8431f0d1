"""Dialog with a question over a screen, which is dimmed and cannot be touched."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from ui.theme import Ink
from ui.widgets.buttons import Button
from ui.widgets.frames import BorderedFrame, row
from ui.widgets.labels import Emblem, Label
from ui.widgets.look import Look

WIDEST_MM = 230


class Veil(QWidget):
    """Widget that covers its parent, as large as it is, and takes every touch."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._covered = look, parent
        self.setGeometry(parent.rect())
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the covered widget; the event is never consumed."""
        if event.type() == QEvent.Type.Resize and watched is self._covered:
            self.setGeometry(self._covered.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim what is behind."""
        colour = QColor(self._look.style.palette.scrim)
        colour.setAlphaF(0.72)
        QPainter(self).fillRect(self.rect(), colour)


class Dialog(Veil):
    """Question in the middle, with its answers; the first answer is the safe one.

    Emits nothing itself: connect the buttons. `body` may hold further widgets under the text.
    """

    def __init__(
        self,
        look: Look,
        parent: QWidget,
        name: str,
        title: str,
        text: str,
        *buttons: Button,
        icon: str = "help",
        body: QWidget | None = None,
        widest_mm: float = WIDEST_MM,
    ) -> None:
        super().__init__(look, parent)
        style = look.style
        self.setObjectName(name)
        self.setAccessibleName(title)
        card = BorderedFrame(look, pad_mm=7)
        colours = style.palette
        inner = QVBoxLayout()
        inner.setSpacing(style.mm(3))
        head = row(
            Emblem(look, icon, colours.accent, colours.soft, mm=15),
            Label(look, title, Ink.TITLE, name=f"{name}-title"),
            spacing=style.mm(4),
        )
        head.setStretch(1, 1)
        inner.addLayout(head)
        if text:
            inner.addWidget(Label(look, text, name=f"{name}-text"))
        if body is not None:
            inner.addWidget(body)
        inner.addSpacing(style.mm(2))
        inner.addLayout(self._answers(look, buttons))
        card.hold(inner)
        self._card, self._inner = card, inner
        card.setParent(self)
        self._widest = style.mm(widest_mm)
        card.show()
        self._place()

    def _answers(self, look: Look, buttons: tuple[Button, ...]) -> QBoxLayout:
        """Put the answers side by side if they fit, else below each other."""
        style = look.style
        layout = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        layout.setSpacing(style.gap * 2)
        for button in buttons:
            layout.addWidget(button, 1)
        wanted = sum(b.sizeHint().width() + 2 * style.gap for b in buttons)
        if wanted > min(self.width(), style.mm(WIDEST_MM)) - 2 * style.mm(10):
            layout.setDirection(QBoxLayout.Direction.TopToBottom)
        return layout

    def _place(self) -> None:
        margin = self._look.style.margin
        width = min(self.width() - 2 * margin, self._widest)
        wrapped = self._inner.totalHeightForWidth(width) if self._inner.hasHeightForWidth() else 0
        height = max(wrapped, self._inner.totalMinimumSize().height())
        height = min(height, self.height() - 2 * margin)
        self._card.setGeometry(
            (self.width() - width) // 2, (self.height() - height) // 2, width, height
        )

    def resizeEvent(self, _event: QEvent) -> None:
        """Keep the question in the middle."""
        if hasattr(self, "_card"):
            self._place()

    def showEvent(self, _event: QEvent) -> None:
        """Place the question and raise it above everything else."""
        self._place()
        self.raise_()
