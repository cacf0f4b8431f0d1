"""Beards and hair."""

from __future__ import annotations

import math

from simulators.portraits.look import Beard, Hair, PortraitLook
from simulators.portraits.pen import Pen, lit, mixed


def beard(pen: Pen, look: PortraitLook) -> None:
    """Draw the beard, if there is one."""
    if look.beard is Beard.NONE:
        return
    w, j, chin = look.width, look.jaw, look.chin
    strength = {Beard.STUBBLE: 0.28, Beard.MOUSTACHE: 0.9, Beard.SHORT: 0.82, Beard.FULL: 0.95}
    colour = mixed(look.skin, look.hair_colour, strength[look.beard])
    if look.beard is not Beard.MOUSTACHE:
        grow = {Beard.STUBBLE: 0.3, Beard.SHORT: 1.5, Beard.FULL: 6.0}[look.beard]
        half = [
            (w + 0.4, 112),
            (w * 0.97 + grow * 0.2, 124),
            (w * 0.82 * j + grow * 0.5, 139),
            (w * 0.48 * j + grow * 0.3, chin - 3.5 + grow),
            (0, chin + grow),
        ]
        cheek = [(0, 145), (10, 144.5), (16.0, 139), (18.5, 134), (w * 0.74, 129), (w * 0.90, 114)]
        outside = [(90 + x, y) for x, y in half] + [(90 - x, y) for x, y in reversed(half[:-1])]
        inside = [(90 - x, y) for x, y in reversed(cheek)] + [(90 + x, y) for x, y in cheek[1:]]
        pen.curve(outside + inside, colour)
        pen.curve(
            [(90 - 5, 145.5), (90, 144.5), (90 + 5, 145.5), (90 + 4, 150), (90 - 4, 150)], colour
        )
        for sign in (1, -1):
            pen.curve(
                [
                    (90 + sign * 12, 132.5),
                    (90 + sign * 18, 134),
                    (90 + sign * 18.5, 144),
                    (90 + sign * 14, 147),
                    (90 + sign * 13.5, 139),
                ],
                colour,
            )
    thick = 2.2 if look.beard is Beard.STUBBLE else 3.4
    pen.curve(
        [
            (90, 131),
            (90 + 8, 131.6),
            (90 + 15.5, 136.6),
            (90 + 14, 138),
            (90 + 7, 133.0 + thick),
            (90, 132.2 + thick),
            (90 - 7, 133.0 + thick),
            (90 - 14, 138),
            (90 - 15.5, 136.6),
            (90 - 8, 131.6),
        ],
        colour,
    )


def hair(pen: Pen, look: PortraitLook) -> None:
    """Draw the hair."""
    w, p, colour = look.width, look.part, look.hair_colour
    light = lit(colour, 0.16)
    for sign in (1, -1):
        pen.curve(
            [
                (90 + sign * (w - 3), 78),
                (90 + sign * (w + 2.5), 84),
                (90 + sign * (w + 1.5), 108),
                (90 + sign * (w - 1.5), 106),
            ],
            colour,
        )
    if look.hair in (Hair.RECEDING, Hair.BALD):
        skull = [(0, 45), (w * 0.55, 49), (w * 0.9, 64), (w * 0.97, 84), (w * 0.5, 88), (0, 88)]
        pen.symmetric(skull, look.skin)
        pen.glow((90 - p * 10, 64), (16, 9), lit(look.skin, 0.5), 120)
    match look.hair:
        case Hair.SHORT:
            pen.symmetric(
                [
                    (0, 41),
                    (w * 0.62, 45),
                    (w + 2.0, 66),
                    (w + 2.8, 92),
                    (w - 2, 90),
                    (w * 0.8, 72),
                    (w * 0.42, 67),
                    (0, 68),
                ],
                colour,
            )
            pen.stroke([(90 - w * 0.5, 52), (90, 48), (90 + w * 0.45, 51)], light, 1.4)
        case Hair.PARTED:
            pen.curve(
                [
                    (90 - p * (w + 2.8), 92),
                    (90 - p * (w + 3), 66),
                    (90 - p * w * 0.6, 43),
                    (90 + p * 4, 38),
                    (90 + p * w * 0.75, 46),
                    (90 + p * (w + 3), 68),
                    (90 + p * (w + 2.6), 92),
                    (90 + p * (w - 2), 86),
                    (90 + p * w * 0.72, 69),
                    (90 + p * w * 0.3, 66),
                    (90 - p * w * 0.35, 60),
                    (90 - p * w * 0.75, 71),
                    (90 - p * (w - 2), 88),
                ],
                colour,
            )
            pen.stroke(
                [(90 - p * w * 0.42, 58), (90 - p * w * 0.2, 50), (90 + p * w * 0.3, 46)],
                light,
                1.4,
            )
            pen.stroke(
                [(90 - p * w * 0.1, 59), (90 + p * w * 0.35, 53), (90 + p * w * 0.75, 58)],
                light,
                1.0,
            )
        case Hair.CURLY:
            for i in range(13):
                a = math.pi * (i / 12)
                r = 8.5 + (i * 7 % 5) * 0.5
                pen.oval(90 - math.cos(a) * (w - 2), 70 - math.sin(a) * 23, r, r, colour)
            pen.symmetric(
                [(0, 48), (w * 0.8, 56), (w + 2, 84), (w - 3, 80), (w * 0.5, 67), (0, 66)], colour
            )
            for i in (2, 4, 6, 8, 10):
                a = math.pi * (i / 12)
                x, y = 90 - math.cos(a) * (w - 7), 70 - math.sin(a) * 20
                pen.stroke([(x - 3, y + 1), (x, y - 1.6), (x + 3, y + 1)], light, 1.0)
        case Hair.RECEDING:
            for sign in (1, -1):
                pen.curve(
                    [
                        (90 + sign * w * 0.34, 50),
                        (90 + sign * w * 0.62, 47.5),
                        (90 + sign * (w + 1.5), 66),
                        (90 + sign * (w + 2.4), 94),
                        (90 + sign * (w - 2.5), 90),
                        (90 + sign * w * 0.86, 70),
                        (90 + sign * w * 0.6, 56),
                    ],
                    colour,
                )
            pen.symmetric(
                [(0, 43), (w * 0.36, 44.5), (w * 0.66, 50), (w * 0.3, 55), (0, 59)], colour
            )
        case Hair.BALD:
            for sign in (1, -1):
                pen.curve(
                    [
                        (90 + sign * (w - 1), 76),
                        (90 + sign * (w + 3), 84),
                        (90 + sign * (w + 2), 108),
                        (90 + sign * (w - 1.5), 104),
                    ],
                    colour,
                )
