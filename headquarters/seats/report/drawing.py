"""Write SVG documents for charts, with the standard library's XML.

Coordinates are pixels from the side where reading begins: a drawing of a language from right to left is
mirrored. `direction` is left to right everywhere, so that `text-anchor` means the same to a browser and to
the program that makes PNG; a text stands in an isolate of its direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from words.message import LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE

FONT_FAMILY = "Vazirmatn"
INK = "#1c2733"
SOFT_INK = "#5a6775"
LINE = "#d5dbe1"

_RIGHT_TO_LEFT_ISOLATE = "\N{RIGHT-TO-LEFT ISOLATE}"
_OTHER_SIDE = {"start": "end", "end": "start"}

COLOURS = (
    "#1d5fa8",
    "#a8420c",
    "#1b7046",
    "#74369a",
    "#7d6200",
    "#0c7480",
    "#9c2159",
    "#4d5863",
)
"""White on each is read with a contrast of 5:1 or more."""

PATTERNS: tuple[Sequence[str], ...] = (
    (),
    ("M-2,2 l4,-4 M0,10 l10,-10 M8,12 l4,-4",),
    ("M5,5 m-1.6,0 a1.6,1.6 0 1,0 3.2,0 a1.6,1.6 0 1,0 -3.2,0",),
    ("M0,5 h10",),
    ("M5,0 v10",),
    ("M-2,8 l4,4 M0,0 l10,10 M8,-2 l4,4",),
    ("M0,5 h10", "M5,0 v10"),
    ("M0,10 l10,-10", "M0,0 l10,10"),
)
"""Paths on a tile of 10 × 10; a group is told by its pattern and its number, not by colour only."""


@dataclass(frozen=True, slots=True)
class Fill:
    """The colour and pattern of a group, by its place among the groups, from 0."""

    index: int

    @property
    def colour(self) -> str:
        """The colour, as a hexadecimal triplet."""
        return COLOURS[self.index % len(COLOURS)]

    @property
    def pattern(self) -> Sequence[str]:
        """The paths of the pattern on a tile of 10 by 10 pixels; none for a plain fill."""
        # Colours repeat after eight groups; then they meet another pattern.
        return PATTERNS[(self.index + self.index // len(COLOURS)) % len(PATTERNS)]


class Drawing:
    """An SVG document. `prefix` keeps ids apart where several are in one page."""

    def __init__(
        self,
        width: float,
        height: float,
        prefix: str,
        title: str,
        description: str,
        *,
        right_to_left: bool,
    ) -> None:
        self._prefix = prefix
        self._width = width
        self._mirrored = right_to_left
        self.root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {_number(width)} {_number(height)}",
                "width": _number(width),
                "height": _number(height),
                "role": "img",
                "aria-labelledby": f"{prefix}-title {prefix}-desc",
                # An attribute: a page whose policy allows no inline style keeps it.
                "direction": "ltr",
                "font-family": f"{FONT_FAMILY}, sans-serif",
            },
        )
        ET.SubElement(self.root, "title", {"id": f"{prefix}-title"}).text = title
        ET.SubElement(self.root, "desc", {"id": f"{prefix}-desc"}).text = description
        self._patterns = ET.SubElement(self.root, "defs")
        self._made: set[int] = set()

    def fill(self, fill: Fill) -> str:
        """Return the value of a `fill` attribute; its pattern is defined when first used."""
        name = f"{self._prefix}-fill-{fill.index}"
        if fill.index not in self._made:
            self._made.add(fill.index)
            tile = ET.SubElement(
                self._patterns,
                "pattern",
                {"id": name, "width": "10", "height": "10", "patternUnits": "userSpaceOnUse"},
            )
            ET.SubElement(tile, "rect", {"width": "10", "height": "10", "fill": fill.colour})
            for path in fill.pattern:
                ET.SubElement(
                    tile,
                    "path",
                    {"d": path, "stroke": "#ffffff", "stroke-opacity": "0.45", "fill": "none"},
                )
        return f"url(#{name})"

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        opacity: float = 1,
        round_by: float = 2,
        title: str = "",
    ) -> None:
        """Draw a rectangle; sizes in pixels, `round_by` the radius of its corners, `title` its tooltip."""
        attributes = {
            "x": _number(self._width - x - width if self._mirrored else x),
            "y": _number(y),
            "width": _number(width),
            "height": _number(height),
            "rx": _number(round_by),
            "fill": fill,
        }
        if opacity < 1:
            attributes["fill-opacity"] = _number(opacity)
        self._shape("rect", attributes, title)

    def circle(
        self, x: float, y: float, radius: float, *, fill: str, stroke: str = "", title: str = ""
    ) -> None:
        """Draw a circle; sizes in pixels, `stroke` the colour of a dashed outline, `title` its tooltip."""
        attributes = {"cx": self._across(x), "cy": _number(y), "r": _number(radius), "fill": fill}
        if stroke:
            attributes |= {"stroke": stroke, "stroke-width": "1.5", "stroke-dasharray": "4 3"}
        self._shape("circle", attributes, title)

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a thin line; coordinates in pixels."""
        ends = {
            "x1": self._across(x1),
            "y1": _number(y1),
            "x2": self._across(x2),
            "y2": _number(y2),
        }
        ET.SubElement(self.root, "line", ends | {"stroke": LINE, "stroke-width": "1"})

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 15,
        anchor: str = "start",
        bold: bool = False,
        fill: str = INK,
    ) -> None:
        """Write a text; `anchor`: `start` is the side where reading begins, then `middle` and `end`."""
        attributes = {
            "x": self._across(x),
            "y": _number(y),
            "font-size": _number(size),
            "text-anchor": _OTHER_SIDE.get(anchor, anchor) if self._mirrored else anchor,
            "fill": fill,
        }
        if bold:
            attributes["font-weight"] = "700"
        isolate = _RIGHT_TO_LEFT_ISOLATE if self._mirrored else LEFT_TO_RIGHT_ISOLATE
        ET.SubElement(self.root, "text", attributes).text = f"{isolate}{text}{POP_ISOLATE}"

    def style(self, css: str) -> None:
        """Add a style sheet, such as a font for a file that stands alone."""
        element = ET.Element("style")
        element.text = css
        self.root.insert(2, element)

    def document(self) -> str:
        """Return the document as text."""
        return ET.tostring(self.root, encoding="unicode")

    def _across(self, x: float) -> str:
        return _number(self._width - x if self._mirrored else x)

    def _shape(self, tag: str, attributes: dict[str, str], title: str) -> None:
        element = ET.SubElement(self.root, tag, attributes)
        if title:
            ET.SubElement(element, "title").text = title


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
