"""Printed strip, large enough to be read."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Pages, column, row
from ui.widgets.look import Look
from ui.widgets.stage import Veil


class StripView(Veil):
    """Strip over the bench. Button: `strip-close`."""

    closed = Signal()

    def __init__(self, look: Look, owner: QWidget, image: QImage) -> None:
        super().__init__(look, owner)
        picture = QLabel()
        picture.setPixmap(QPixmap.fromImage(image))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setStyleSheet("background: #fffef9;")
        content = QWidget()
        content.setLayout(column(picture))
        self._close = Button(
            look, "strip-close", look.t("Close"), icon="check", kind=ButtonKind.MAIN
        )
        self._close.clicked.connect(self.closed)
        card = BorderedFrame(look, pad_mm=4)
        inner = column(Pages(look, "strip", content), self._close, spacing=look.style.gap)
        inner.setStretch(0, 1)
        card.hold(inner)
        card.setFixedWidth(image.width() + look.style.mm(12))
        outer = row(1, card, 1)
        outer.setContentsMargins(0, look.style.margin, 0, look.style.margin)
        self.setLayout(outer)

    def safe(self) -> QWidget | None:
        """Return the button that closes it."""
        return self._close
