"""Examine the screens: how large they are, by the configured density and what the kernel says of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from drivers.examined.finding import DoctorFinding, bad, good
from words.message import Latin, Message, m

SCREEN: Final = m("screen")
DRM: Final = Path("/sys/class/drm")
MM_PER_INCH: Final = 25.4
LEAST_MM: Final = ((270.0, 195.0), (280.0, 500.0))
"""Smallest screens on which nothing is cut at the largest text: landscape, portrait."""
_MODE: Final = re.compile(r"(\d{2,5})x(\d{2,5})")


def examine_screens(dpi: int, drm: Path = DRM) -> tuple[DoctorFinding, ...]:
    """Return a finding for each connected screen; one that says so if none can be seen."""
    found = [
        _judge(connector.name.partition("-")[2], size, dpi)
        for connector in sorted(drm.glob("card*-*"))
        if _text(connector / "status") == "connected"
        and (size := _size(_text(connector / "modes"))) is not None
    ]
    if not found:
        return (good(SCREEN, m("the kernel names none; its size was not compared")),)
    return tuple(found)


def fits(width_mm: float, height_mm: float) -> bool:
    """Return whether a screen is as large as one of the smallest, either way round."""
    return any(width_mm >= width and height_mm >= height for width, height in LEAST_MM)


def _judge(name: str, size: tuple[int, int], dpi: int) -> DoctorFinding:
    width, height = (pixels / dpi * MM_PER_INCH for pixels in size)
    detail: Message = m(
        "{name}: {width} × {height} mm at {dpi} dots per inch",
        name=Latin(name),
        width=round(width),
        height=round(height),
        dpi=dpi,
    )
    if fits(width, height):
        return good(SCREEN, detail)
    advice = m(
        "take a screen of 270 × 195 mm or, upright, 280 × 500 mm at least, or correct [screen] dpi: "
        "on a smaller one the largest text may be cut"
    )
    return bad(SCREEN, detail, advice, needed=False)


def _size(modes: str) -> tuple[int, int] | None:
    """Return the preferred mode in px: the first that the screen offers."""
    found = _MODE.match(modes)
    return (int(found[1]), int(found[2])) if found and int(found[1]) and int(found[2]) else None


def _text(path: Path) -> str:
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            return file.read(4096).strip()
    except OSError:
        return ""
