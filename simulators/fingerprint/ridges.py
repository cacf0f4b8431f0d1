"""Picture of a finger from its minutiae: ridges that end and fork where the minutiae are.

The picture is the cosine of a phase. A smooth part makes parallel, slightly bent ridges along the
prevailing direction of the minutiae; each minutia adds the angle around it once, which makes one ridge
begin there (Larkin and Fletcher 2007, "A coherent framework for fingerprint analysis").
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image

from drivers.fingerprint.iso19794 import Minutia, MinutiaType

PERIOD_PX = 9.0
"""Distance of ridges at 500 dpi."""
GRAIN = 2
"""The phase is computed for every second pixel, the rest is interpolated."""
PAPER, INK = 235, 45
"""Grey of the valleys and of the ridges, 0 black."""


def draw_finger(minutiae: Sequence[Minutia], quality: int, width: int, height: int) -> Image.Image:
    """Return a grey picture of `width` by `height` pixels; equal fingers give equal pictures.

    `quality` from 0 to 100: the worse, the fainter and the more speckled.
    """
    columns, rows = width // GRAIN, height // GRAIN
    turn = _direction(minutiae)
    across, along = (-math.sin(turn), math.cos(turn)), (math.cos(turn), math.sin(turn))
    poles = [
        (m.x / GRAIN, m.y / GRAIN, 1 if m.type is MinutiaType.ENDING else -1) for m in minutiae
    ]
    rng = random.Random(repr([(m.x, m.y, m.angle) for m in minutiae]))
    bad = 1.0 - quality / 100
    depth, speckle = 1.0 - 0.5 * bad, 0.1 + 0.9 * bad
    middle_x, middle_y = columns / 2, rows / 2
    wave = math.tau * GRAIN / PERIOD_PX
    pixels = bytearray()
    for y in range(rows):
        for x in range(columns):
            dx, dy = x - middle_x, y - middle_y
            edge = (dx / (0.49 * columns)) ** 2 + (dy / (0.49 * rows)) ** 2
            if edge > 1:
                pixels.append(PAPER)
                continue
            u = dx * across[0] + dy * across[1]
            v = dx * along[0] + dy * along[1]
            phase = wave * (u + 0.0035 * v * v)
            for px, py, sign in poles:
                phase += sign * math.atan2(y - py, x - px)
            ridge = 0.5 + 0.5 * math.cos(phase) * depth + speckle * (rng.random() - 0.5)
            ink = min(1.0, max(0.0, ridge)) * min(1.0, 5 * (1 - edge))
            pixels.append(round(PAPER - (PAPER - INK) * ink))
    small = Image.frombytes("L", (columns, rows), bytes(pixels))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def pack_nibbles(picture: Image.Image) -> bytes:
    """Return 4 bits a pixel, the left one in the high half: an image as ZFM modules send it."""
    grey = picture.tobytes()
    return bytes((a & 0xF0) | b >> 4 for a, b in zip(grey[::2], grey[1::2], strict=True))


def _direction(minutiae: Sequence[Minutia]) -> float:
    """Return the prevailing ridge direction in radians; opposite directions are the same."""
    doubled = [-2 * m.angle * math.tau / 256 for m in minutiae]
    if not doubled:
        return 0.0
    return math.atan2(sum(map(math.sin, doubled)), sum(map(math.cos, doubled))) / 2
