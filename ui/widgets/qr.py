"""QR code as a picture."""

from __future__ import annotations

import qrcode
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M

QUIET = 4
"""Modules of white around the code (ISO/IEC 18004, 9.1)."""
LONG_TEXT = 300
"""Characters above which the lower error correction keeps the modules large."""


def qr_matrix(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return rows of modules, True is dark, without a quiet zone. Raises ValueError if too long."""
    correction = ERROR_CORRECT_M if len(text) <= LONG_TEXT else ERROR_CORRECT_L
    code = qrcode.QRCode(border=0, error_correction=correction)
    code.add_data(text)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in line) for line in code.get_matrix())


class QrCode(QWidget):
    """QR code, dark on white in every theme because cameras do not read it otherwise."""

    def __init__(self, text: str, side: int, *, name: str = "qr") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFixedSize(side, side)
        self._matrix = qr_matrix(text)

    @property
    def module_px(self) -> int:
        """Side of one module in px, so that the quiet zone fits as well."""
        return self.width() // (len(self._matrix) + 2 * QUIET)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the modules and the quiet zone."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#ffffff"))
        module = max(1, self.module_px)
        start = (self.width() - module * len(self._matrix)) // 2
        for y, line in enumerate(self._matrix):
            for x, dark in enumerate(line):
                if dark:
                    box = QRectF(start + x * module, start + y * module, module, module)
                    painter.fillRect(box, QColor("#000000"))
