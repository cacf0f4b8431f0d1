"""Places of the demo's three windows on one screen: both devices above, the bench below them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize

TITLE = 34
"""Height in px left free above each window for the title that the desktop puts there."""
ABOVE = 0.55
"""Share of the height that the devices have."""
SMALLEST = QSize(900, 560)
"""In px: a smaller device window hides parts of its pages."""


@dataclass(frozen=True, slots=True)
class Places:
    """Rectangle in px of each window's content."""

    station: QRect
    terminal: QRect
    bench: QRect

    @property
    def fit(self) -> bool:
        """Tell whether both devices can be operated there; if not, their windows keep their size."""
        devices = (self.station, self.terminal)
        return all(
            box.width() >= SMALLEST.width() and box.height() >= SMALLEST.height() for box in devices
        )


def places_on(screen: QRect) -> Places:
    """Return the places on a screen's free area, side by side or, on an upright one, below each other."""
    upright = screen.height() > screen.width()
    rows = (1 / 3, 2 / 3) if upright else (ABOVE, ABOVE)
    first, second = (round(screen.height() * share) for share in rows)
    left, top, width = screen.left(), screen.top(), screen.width()
    half = width if upright else width // 2
    station = QRect(left, top, half, first)
    terminal = (
        QRect(left, top + first, width, second - first)
        if upright
        else QRect(left + half, top, width - half, first)
    )
    bench = QRect(left, top + second, width, screen.height() - second)
    return Places(*(box.adjusted(0, TITLE, 0, 0) for box in (station, terminal, bench)))
