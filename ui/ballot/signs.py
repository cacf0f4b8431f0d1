"""Films in sign language: a button where one is listed, and a player for animated WebP.

Frames are read one after the other by the library that reads portraits, so that nothing more is installed
and no film is in memory as a whole. What cannot be shown is said in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from election.signs import SignStep
from kiosk.flows.ballot import states as at
from ui.widgets import Button, ButtonKind, Dialog, Label, Look, column

LARGEST_SIDE: Final = 1280
"""Pixels; a larger film is not shown."""
MOST_FRAMES: Final = 3_600
FASTEST_MS, SLOWEST_MS = 33, 2_000
"""Bounds of the time that a frame is shown."""
ATTENDED_S: Final = 5.0
_WEBP: Final = b"RIFF"

STEPS: Final[dict[type, SignStep]] = {
    at.Idle: SignStep.IDLE,
    at.Preferences: SignStep.PREFERENCES,
    at.Marking: SignStep.MARKING,
    at.Review: SignStep.REVIEW,
    at.CastOrChallenge: SignStep.CAST,
    at.Challenged: SignStep.CHALLENGED,
    at.Recorded: SignStep.RECORDED,
    at.Helping: SignStep.HELP,
}


class FilmPlayer(QWidget):
    """Plays a film once, as large as there is room; `failed` if a frame cannot be read."""

    failed = Signal()
    attended = Signal()
    """Somebody is looking at it: now and then while it plays."""

    def __init__(self, look: Look, data: bytes) -> None:
        super().__init__()
        self.setObjectName("film")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(look.style.mm(60))
        self._data = QByteArray(data)
        self._buffer = QBuffer(self._data)
        self._reader: QImageReader | None = None
        self._frame = QImage()
        self._left = 0
        self._shown_ms = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)

    def play(self) -> None:
        """Begin anew."""
        self._timer.stop()
        self._buffer.close()
        self._buffer = QBuffer(self._data)
        self._buffer.open(QBuffer.OpenModeFlag.ReadOnly)
        reader = QImageReader(self._buffer, QByteArray(b"webp"))
        reader.setAutoDetectImageFormat(False)
        size = reader.size()
        small = size.isValid() and max(size.width(), size.height()) <= LARGEST_SIDE
        if not small or not self._data.startsWith(QByteArray(_WEBP)):
            self._reader = None
            self.failed.emit()
            return
        self._reader, self._left, self._shown_ms = reader, MOST_FRAMES, 0
        self._next()

    @property
    def playing(self) -> bool:
        """Whether another frame comes."""
        return self._timer.isActive()

    def _next(self) -> None:
        reader = self._reader
        if reader is None:
            return
        frame = reader.read()
        if frame.isNull():
            # After the last frame the picture stands; a film without any is none.
            if self._frame.isNull():
                self.failed.emit()
            return
        self._frame, self._left = frame, self._left - 1
        self.update()
        wait = min(max(FASTEST_MS, reader.nextImageDelay()), SLOWEST_MS)
        self._shown_ms += wait
        if self._shown_ms >= ATTENDED_S * 1000:
            self._shown_ms = 0
            self.attended.emit()
        if self._left > 0 and reader.canRead():
            self._timer.start(wait)

    def sizeHint(self) -> QSize:
        """Return the least size: a film takes what room there is."""
        return self.minimumSizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame in the middle, whole."""
        if self._frame.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._frame.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        painter.drawImage(QRectF(left, top, size.width(), size.height()), self._frame)


def sign_button(look: Look, show: Callable[[], None]) -> Button:
    """Return the button that shows the film of a screen."""
    made = Button(look, "sign", icon="sign", kind=ButtonKind.QUIET, said=look.t("In sign language"))
    made.clicked.connect(show)
    return made


def sign_dialog(
    look: Look, owner: QWidget, data: bytes, close: Callable[[], None], attended: Callable[[], None]
) -> Dialog:
    """Return the film over a screen. Buttons: `sign-close`, `sign-again`."""
    t = look.t
    done = Button(look, "sign-close", t("Done"), icon="check", kind=ButtonKind.MAIN)
    done.clicked.connect(close)
    again = Button(look, "sign-again", t("Show it again"), icon="play")
    player = FilmPlayer(look, data)
    sorry = Label(
        look, t("This film cannot be shown. The screen says the same in words."), name="sign-sorry"
    )
    sorry.hide()

    def failed() -> None:
        player.hide()
        again.hide()
        sorry.show()

    player.failed.connect(failed)
    player.attended.connect(attended)
    again.clicked.connect(player.play)
    body = QWidget()
    body.setLayout(column(player, sorry))
    dialog = Dialog(
        look, owner, "sign-film", t("In sign language"), "", done, again, icon="sign", body=body
    )
    player.play()
    return dialog
