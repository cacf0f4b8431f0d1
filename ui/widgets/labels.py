"""Labels, icons and photos: widgets to look at, not to touch."""

from __future__ import annotations

from enum import StrEnum
from math import ceil, floor

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import Ink, line_height
from ui.widgets.look import Look
from ui.widgets.photos import photo_of
from ui.widgets.typesetting import Measures, draw_text, text_height

GIVEN_EM = 3.5
"""Least width of a text from outside, in parts of its text's size."""


class Tone(StrEnum):
    """Colour of a text, by the stylesheet."""

    TEXT = "text"
    MUTED = "muted"
    ACCENT = "accent"
    ON_ACCENT = "on-accent"
    ON_SOFT = "on-soft"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Label(QLabel):
    """Plain text (never markup), wrapped at words."""

    def __init__(
        self,
        look: Look,
        text: str = "",
        ink: Ink = Ink.BODY,
        tone: Tone = Tone.TEXT,
        *,
        name: str = "",
        centred: bool = False,
        wrap: bool = True,
        given: bool = False,
        most_lines: int = 0,
    ) -> None:
        """`given`: text from outside, whose words may be broken where there is no room for them.

        A text of more than `most_lines` ends with an ellipsis; 0 for any number.
        """
        super().__init__(text)
        self._measures = Measures()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(look.style.font(ink))
        self.setWordWrap(wrap)
        self.setObjectName(name)
        self.setProperty("tone", tone.value)
        self._centred, self._given = centred, given
        self._most_lines = most_lines
        self._widest = look.style.mm(120)
        self._rtl = look.t.right_to_left

    def setText(self, text: str) -> None:
        """Replace the text."""
        self._measures.forget()
        super().setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Measure again with another font."""
        if event.type() is QEvent.Type.FontChange:
            self._measures.forget()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        """Return the text's size on as few lines as the widest line allowed leaves room for."""
        width = self._measures.natural(self.text(), self.font()) + 2
        if self.wordWrap():
            width = min(
                width, max(self._widest, self._measures.widest(self.text(), self.font()) + 2)
            )
        return QSize(ceil(width), self.heightForWidth(ceil(width)))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the longest word and the height of one line."""
        if not self.wordWrap():
            return self.sizeHint()
        width = self._measures.widest(self.text(), self.font()) + 2
        if self._given:
            width = min(width, GIVEN_EM * self.font().pixelSize())
        return QSize(ceil(width), ceil(line_height(self.font())))

    def heightForWidth(self, width: int) -> int:
        """Return the height in px of the text, wrapped at this width if it wraps."""
        if not self.wordWrap():
            return ceil(line_height(self.font()) * (self.text().count("\n") + 1))
        high = self._measures.height(max(1, width), self.text(), self.font())
        most = self._most_lines * line_height(self.font())
        return ceil(min(high, most) if self._most_lines else high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the text in the stylesheet's colour."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        draw_text(
            painter,
            QRectF(self.rect()),
            self.text(),
            self.font(),
            rtl=self._rtl,
            centred=self._centred,
            wrap=self.wordWrap(),
            most_lines=self._most_lines,
        )

    def lines(self) -> tuple[QRect, ...]:
        """Return the boxes of the text's lines in px."""
        width, step = self.width(), line_height(self.font())
        high = text_height(self.text(), self.font(), max(1, width), self._most_lines)
        count = max(1, round(high / step))
        top = (self.height() - count * step) / 2
        tops = [floor(top + place * step) for place in range(count)]
        return tuple(QRect(0, at, width, ceil(step)) for at in tops)

    def set_tone(self, tone: Tone) -> None:
        """Change the tone and apply the stylesheet again."""
        if self.property("tone") != tone.value:
            self.setProperty("tone", tone.value)
            self.style().unpolish(self)
            self.style().polish(self)


class Icon(QWidget):
    """Icon beside a word."""

    def __init__(self, look: Look, name: str, px: int, colour: str) -> None:
        super().__init__()
        self._look, self._name, self._colour = look, name, colour
        self.setFixedSize(px, px)

    def become(self, name: str, colour: str) -> None:
        """Show another icon."""
        self._name, self._colour = name, colour
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the icon at the screen's real density."""
        painter = QPainter(self)
        pixmap = self._look.icons.pixmap(
            self._name, self._colour, self.width(), self.devicePixelRatioF()
        )
        painter.drawPixmap(0, 0, pixmap)


class Emblem(QWidget):
    """Large icon on a disc, at the top of a screen with one message."""

    def __init__(self, look: Look, icon: str, ink: str, paper: str, mm: float = 22) -> None:
        super().__init__()
        self._look, self._icon, self._ink, self._paper = look, icon, ink, paper
        side = look.style.mm(mm)
        self.setFixedSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the disc and the icon in its middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._look.style.hairline
        painter.setPen(QPen(QColor(self._ink), line))
        painter.setBrush(QColor(self._paper))
        painter.drawEllipse(QRectF(self.rect()).adjusted(line, line, -line, -line))
        px = round(self.width() * 0.52)
        pixmap = self._look.icons.pixmap(self._icon, self._ink, px, self.devicePixelRatioF())
        at = (self.width() - px) // 2
        painter.drawPixmap(at, at, pixmap)


class Photo(QWidget):
    """Portrait with round corners, 3 wide by 4 high; a silhouette where none is packaged."""

    def __init__(self, look: Look, width: int, *, name: str = "photo") -> None:
        super().__init__()
        self._look = look
        self._picture: QPixmap | None = None
        self.setObjectName(name)
        self.setFixedSize(QSize(width, width * 4 // 3))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_picture(self, jpeg: bytes, said: str = "") -> None:
        """Show a JPEG, or the silhouette where there is none. `said`: the person's accessible name."""
        # Twice as wide as it is drawn, for screens with two dots a pixel.
        self.show_pixmap(photo_of(jpeg, 2 * self.width()), said)

    def show_pixmap(self, picture: QPixmap | None, said: str = "") -> None:
        """Show a decoded picture, or the silhouette for None. `said`: the person's accessible name."""
        self._picture = picture
        self.setAccessibleName(said)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture or the silhouette."""
        painter = QPainter(self)
        draw_photo(painter, QRectF(self.rect()), self._picture, self._look)


def draw_photo(painter: QPainter, box: QRectF, picture: QPixmap | None, look: Look) -> None:
    """Fill `box` with the picture, cropped to it, or with a silhouette."""
    painter.save()
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    radius = min(look.style.radius * 0.7, box.width() / 8)
    clip = QPainterPath()
    clip.addRoundedRect(box, radius, radius)
    painter.setClipPath(clip)
    if picture is None:
        painter.fillRect(box, QColor(look.style.palette.sunken))
        side = round(box.width() * 0.7)
        ratio = painter.device().devicePixelRatio()
        silhouette = look.icons.pixmap("person", look.style.palette.muted, side, ratio)
        at = box.center()
        painter.drawPixmap(round(at.x() - side / 2), round(at.y() - side / 2), silhouette)
    else:
        scale = max(box.width() / picture.width(), box.height() / picture.height())
        width, height = box.width() / scale, box.height() / scale
        source = QRectF(
            (picture.width() - width) / 2, (picture.height() - height) / 3, width, height
        )
        painter.drawPixmap(box, picture, source)
    painter.setClipping(False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(look.style.palette.divider), look.style.hairline))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.restore()
