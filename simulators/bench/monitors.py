"""Live pictures of the devices' screens, to scale; a touch opens the real one in full."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QSizePolicy, QWidget

from simulators.bench.protocol import BenchState, Monitor
from ui.theme import Ink
from ui.widgets.frames import column
from ui.widgets.labels import Label
from ui.widgets.look import Look
from words.message import Message, m

NAMES: dict[Monitor, Message] = {
    Monitor.STATION: m("Identity station"),
    Monitor.TERMINAL: m("Ballot terminal"),
}
LEAST = QSize(240, 102)
"""In px: a smaller picture shows nothing."""


class Screen(QAbstractButton):
    """One device's screen as it is now. Called `monitor-<value>`."""

    def __init__(self, look: Look, monitor: Monitor) -> None:
        super().__init__()
        self._look = look
        self._png = b""
        self._picture = QPixmap()
        self.setObjectName(f"monitor-{monitor.value}")
        name = look.t(NAMES[monitor])
        self.setAccessibleName(look.t("Open the screen of {device}", device=name))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setEnabled(False)

    def show_picture(self, png: bytes) -> None:
        """Show a picture; an empty one means that the device is not on."""
        if png != self._png:
            self._png = png
            self._picture = QPixmap()
            self._picture.loadFromData(png)
            self.setEnabled(not self._picture.isNull())
            self.update()

    def sizeHint(self) -> QSize:
        """Return the least size."""
        return LEAST

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return LEAST

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture in the middle, as large as fits, in a bezel; dark while the device is off."""
        style, c = self._look.style, self._look.style.palette
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        bezel = style.mm(1.2)
        size = self._picture.size() if not self._picture.isNull() else QSize(16, 10)
        room = self.size() - QSize(2 * bezel, 2 * bezel)
        size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
        box = QRectF(
            (self.width() - size.width()) / 2,
            (self.height() - size.height()) / 2,
            size.width(),
            size.height(),
        )
        painter.setPen(QPen(QColor(c.accent if self.hasFocus() else c.text), style.hairline))
        painter.setBrush(QColor(c.text))
        painter.drawRoundedRect(
            box.adjusted(-bezel, -bezel, bezel, bezel), style.radius / 2, style.radius / 2
        )
        if self._picture.isNull():
            painter.fillRect(box, QColor(c.sunken))
            painter.setPen(QColor(c.muted))
            painter.setFont(style.font(Ink.SMALL))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(box, flags, self._look.t("switched off"))
        else:
            painter.drawPixmap(box, self._picture, QRectF(self._picture.rect()))


class Monitors(QWidget):
    """The devices' screens under their names."""

    opened = Signal(object)
    """Monitor"""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._screens = {monitor: Screen(look, monitor) for monitor in Monitor}
        self._names: dict[Monitor, Label] = {}
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(look.style.gap)
        for monitor, screen in self._screens.items():
            screen.clicked.connect(lambda _=False, one=monitor: self.opened.emit(one))
            name = Label(look, look.t(NAMES[monitor]), Ink.SMALL, centred=True, wrap=False)
            named = column(name, screen, spacing=look.style.mm(0.6))
            named.setStretch(1, 1)
            self._line.addLayout(named, 1)
            self._names[monitor] = name

    def stand(self, *, upright: bool) -> None:
        """Put the screens below each other, or side by side."""
        way = QBoxLayout.Direction
        self._line.setDirection(way.TopToBottom if upright else way.LeftToRight)

    def show_state(self, state: BenchState) -> None:
        """Show what the devices show."""
        now = dict(state.screens)
        for monitor, screen in self._screens.items():
            screen.show_picture(now.get(monitor, b""))
            for part in (screen, self._names[monitor]):
                part.setVisible(state.stands_here(monitor))
