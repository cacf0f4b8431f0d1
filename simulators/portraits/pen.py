"""Colours, smooth shapes and soft spots on a canvas that is drawn at twice its size."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 180, 240
MIDDLE = WIDTH // 2
SCALE = 2

Colour = tuple[int, int, int]
PenPoint = tuple[float, float]


class Pen:
    """Draws in picture units on the enlarged canvas; ovals by centre and radii."""

    def __init__(self, picture: Image.Image) -> None:
        self._picture = picture
        self._draw = ImageDraw.Draw(picture)

    def curve(self, points: Sequence[PenPoint], colour: Colour) -> None:
        """Fill a closed smooth shape through `points`."""
        self._draw.polygon(_smooth(points, closed=True), fill=colour)

    def symmetric(self, half: Sequence[PenPoint], colour: Colour) -> None:
        """Fill a closed smooth shape; `half` is its right side, from top to bottom."""
        left = [(WIDTH - x, y) for x, y in reversed(half) if x != MIDDLE]
        self.curve([*half, *left], colour)

    def polygon(self, points: Sequence[PenPoint], colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def oval(self, centre: PenPoint, radii: PenPoint, colour: Colour) -> None:
        """Fill an ellipse."""
        self._draw.ellipse(_box(centre, radii), fill=colour)

    def stroke(self, points: Sequence[PenPoint], colour: Colour, width: float) -> None:
        """Draw an open smooth line through `points`."""
        line = _smooth(points, closed=False)
        self._draw.line(line, fill=colour, width=max(1, round(width * SCALE)), joint="curve")

    def lens(self, centre: PenPoint, radii: PenPoint, colour: Colour, width: float) -> None:
        """Draw the outline of a rounded rectangle."""
        radius = min(radii) * 0.75 * SCALE
        self._draw.rounded_rectangle(
            _box(centre, radii),
            radius=radius,
            outline=colour,
            width=max(1, round(width * SCALE)),
        )

    def glow(self, centre: PenPoint, radii: PenPoint, colour: Colour, strength: int) -> None:
        """Blend a soft spot into the picture, `strength` of 255 in its middle."""
        (x, y), (rx, ry) = centre, radii
        at = (round((x - rx) * SCALE), round((y - ry) * SCALE))
        mask = _soft_spot(round(rx * 2 * SCALE), round(ry * 2 * SCALE), strength)
        self._picture.paste(colour, (*at, at[0] + mask.width, at[1] + mask.height), mask)


@cache
def background(colour: Colour) -> Image.Image:
    """Return a plain wall, a little lighter around the head."""
    picture = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), shaded(colour, 0.93))
    size = 300 * SCALE
    at = (WIDTH * SCALE // 2 - size // 2, 100 * SCALE - size // 2)
    picture.paste(lit(colour, 0.35), (*at, at[0] + size, at[1] + size), _soft_spot(size, size, 255))
    return picture


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """Return the mixture of two colours: `share` 0 is all `a`, 1 is all `b`."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def shaded(colour: Colour, factor: float) -> Colour:
    """Return the colour darkened: `factor` 0 is black, 1 the colour itself."""
    return mixed((0, 0, 0), colour, factor)


def lit(colour: Colour, share: float) -> Colour:
    """Return the colour lightened: `share` 0 is the colour itself, 1 is white."""
    return mixed(colour, (255, 255, 255), share)


def varied(rng: random.Random, colour: Colour, by: int) -> Colour:
    """Return the colour with each component changed at random by at most `by`."""
    red, green, blue = (min(255, max(0, c + rng.randint(-by, by))) for c in colour)
    return red, green, blue


def _box(centre: PenPoint, radii: PenPoint) -> tuple[float, float, float, float]:
    (x, y), (rx, ry) = centre, radii
    return (x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE


@cache
def _soft_spot(width: int, height: int, strength: int) -> Image.Image:
    fade = [round(strength * max(0.0, 1 - i / 255 * 1.0) ** 1.4) for i in range(256)]
    # The gradient's corners lie beyond radius 1; fade to nothing at the inscribed oval.
    inscribed = [fade[min(255, round(i * 1.414))] if i * 1.414 < 255 else 0 for i in range(256)]
    return Image.radial_gradient("L").resize((width, height)).point(inscribed)


_STEPS = 5


@cache
def _weights() -> tuple[tuple[float, float, float, float], ...]:
    """Return Catmull-Rom weights of the four neighbouring points at each step."""
    return tuple(
        (
            0.5 * (-t + 2 * t * t - t**3),
            0.5 * (2 - 5 * t * t + 3 * t**3),
            0.5 * (t + 4 * t * t - 3 * t**3),
            0.5 * (-t * t + t**3),
        )
        for t in (step / _STEPS for step in range(_STEPS))
    )


def _smooth(points: Sequence[PenPoint], *, closed: bool) -> list[PenPoint]:
    """Return a curve through all points, on the enlarged canvas."""
    ring = list(points)
    around = [ring[-1], *ring, *ring[:2]] if closed else [ring[0], *ring, ring[-1]]
    line = [
        ((a * ax + b * bx + c * cx + d * dx) * SCALE, (a * ay + b * by + c * cy + d * dy) * SCALE)
        for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(
            around, around[1:], around[2:], around[3:], strict=False
        )
        for a, b, c, d in _weights()
    ]
    if not closed:
        line.append((ring[-1][0] * SCALE, ring[-1][1] * SCALE))
    return line
