"""Portraits, decoded when they are looked at and forgotten with the screen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtGui import QPixmap

from ui.widgets.photos import photo_of

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
        self._kept[key] = photo_of(self._portraits(digest), width) if digest else None
        if len(self._kept) > KEPT_PORTRAITS:
            self._kept.popitem(last=False)
        return self._kept[key]
