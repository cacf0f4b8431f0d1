"""Drawn scenes (`ui/scenes.svg`) that show a hand what to do: fingers on the sensor, cards in readers.

A scene is a group of the drawing, in a square of 100 × 100 units and with the theme's colours, so
that it is sharp at every size and in every contrast. It is no text: a sentence always stands beside.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from string import Template

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import FOLDER
from ui.widgets.look import Look

UNITS = 100.0


class Scene(StrEnum):
    """Scene that can be drawn."""

    FINGER_PLACE = "finger-place"
    FINGER_PRESS = "finger-press"
    FINGER_CENTRE = "finger-centre"
    FINGER_CLEAN = "finger-clean"
    FINGER_OTHER = "finger-other"
    FINGER_BREATHE = "finger-breathe"
    """Too dry."""
    FINGER_WIPE = "finger-wipe"
    """Too wet."""
    FINGER_STILL = "finger-still"
    FINGER_LIFT = "finger-lift"
    FINGER_SCANNED = "finger-scanned"
    CARD_IN = "card-in"
    CARD_IN_BLANK = "card-in-blank"
    """A card with a chip and no portrait."""
    CARD_OUT = "card-out"
    CARD_STAYS = "card-stays"
    CARD_DIGITS = "card-digits"
    """Where the six digits are."""
    CARD_ZONE = "card-zone"
    """Where the machine readable zone is."""
    GIVE_CARD = "give-card"
    GIVE_DOCUMENT = "give-document"
    GIVE_PAPER = "give-paper"
    """A ballot paper, where there are no terminals."""


class Picture(QWidget):
    """One scene in the middle of the widget, as large as allowed."""

    def __init__(self, look: Look, scene: Scene, side: int, *, dim: bool = False) -> None:
        """Create a picture of at most `side` px; it takes the room there is, at least half of that."""
        super().__init__()
        self._scene, self._side = scene, side
        # Cards move along the reading direction, so scenes are mirrored.
        self._mirrored = look.t.right_to_left
        self._drawing = drawing(look, opacity=0.4 if dim else 1)
        self.setObjectName(f"picture-{scene.value}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Return the minimum size."""
        # Small on purpose: a picture gives way to text, never the other way round.
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return half of the largest side, both ways."""
        return QSize(self._side // 2, self._side // 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the scene in the largest square that fits, pale if dimmed."""
        painter = QPainter(self)
        side = min(self.width(), self.height(), self._side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale((-1 if self._mirrored else 1) * side / UNITS, side / UNITS)
        painter.translate(-UNITS / 2, -UNITS / 2)
        self._drawing.render(
            painter, self._scene.value, self._drawing.boundsOnElement(self._scene.value)
        )


def drawing(look: Look, opacity: float = 1) -> QSvgRenderer:
    """Return all scenes in the theme's colours; each is a group with the scene's value as its id."""
    text = Template((FOLDER / "scenes.svg").read_text("utf-8")).substitute(
        asdict(look.style.palette), opacity=opacity, tick=-1 if look.t.right_to_left else 1
    )
    return QSvgRenderer(QByteArray(text.encode()))
