"""Portraits, decoded when they are looked at and forgotten with the screen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QSize
from PySide6.QtGui import QImageReader, QPixmap

Portraits = Callable[[str], bytes]
"""JPEG by SHA-256 (hex); empty if the package has none."""

KEPT_PORTRAITS = 120


class PortraitCache:
    """Decoded portraits in the sizes that are shown; belongs to one screen and goes with it."""

    def __init__(self, portraits: Portraits) -> None:
        self._portraits = portraits
        self._kept: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()

    def get(self, digest: str, width: int) -> QPixmap | None:
        """Return a portrait about `width` px wide, None if there is none or it cannot be decoded."""
        key = (digest, width)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._kept[key] = _decoded(self._portraits(digest), width) if digest else None
        if len(self._kept) > KEPT_PORTRAITS:
            self._kept.popitem(last=False)
        return self._kept[key]


def _decoded(jpeg: bytes, width: int) -> QPixmap | None:
    if not jpeg:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(jpeg))
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and size.width() > width:
        reader.setScaledSize(QSize(width, max(1, size.height() * width // size.width())))
    image = reader.read()
    return None if image.isNull() else QPixmap.fromImage(image)
