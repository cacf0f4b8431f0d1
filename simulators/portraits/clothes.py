"""Clothing and head covers."""

from __future__ import annotations

from simulators.portraits.look import Clothes, Cover, PortraitLook
from simulators.portraits.pen import Pen, lit, shaded


def cover_behind(pen: Pen, look: PortraitLook) -> None:
    """Draw the part of a head cover that lies behind the face."""
    cloth, dark = look.cover_colour, shaded(look.cover_colour, 0.8)
    shoulders = look.cloth if look.cover is Cover.SCARF else cloth
    pen.curve(
        [
            (90, 176),
            (128, 182),
            (160, 196),
            (176, 226),
            (180, 262),
            (0, 262),
            (4, 226),
            (20, 196),
            (52, 182),
        ],
        shoulders,
    )
    top, side = 40.0, look.width + 13.0
    pen.symmetric(
        [
            (0, top),
            (side * 0.62, top + 7),
            (side, top + 34),
            (side + 2, 108),
            (side + 1, 144),
            (side + 9, 172),
            (side + 22, 196),
            (side + 10, 216),
            (0, 222),
        ],
        cloth,
    )
    pen.symmetric(
        [
            (0, 60),
            (look.width * 0.7, 66),
            (look.width + 3.5, 92),
            (look.width + 2, 128),
            (look.width * 0.8, 156),
            (0, 172),
        ],
        dark,
    )


def cover_front(pen: Pen, look: PortraitLook) -> None:
    """Draw the part of a head cover that frames the face."""
    cloth = look.cover_colour
    dark, light = shaded(cloth, 0.78), lit(cloth, 0.14)
    w = look.width
    brow_line = 70.0
    if look.cover is Cover.SCARF:
        # Some hair shows under a loosely laid scarf.
        lift = 4.0 + 5.0 * look.fringe
        brow_line -= lift * 0.6
        side = 6 * look.part
        pen.curve(
            [
                (90 - w - 1, 100),
                (90 - w + 2, 80),
                (90 - w * 0.6, 58),
                (90, 50),
                (90 + w * 0.6, 58),
                (90 + w - 2, 80),
                (90 + w + 1, 100),
                (90 + w - 5, 88),
                (90 + w * 0.6, 74),
                (90 + side, 66.5 - look.fringe * 2),
                (90 - w * 0.6, 74),
                (90 - w + 5, 88),
            ],
            look.hair_colour,
        )
    # The edge runs around the face; its two ends meet below the chin.
    outer = [(w + 13, 120), (w + 13, 92), (w * 0.95 + 9, 66), (w * 0.62, 46), (0, 39)]
    inner = [
        (0, brow_line - 8),
        (w * 0.62, brow_line - 3),
        (w * 0.95, 84),
        (w + 0.5, 104),
        (w - 1.5, 124),
    ]
    for sign in (1, -1):
        pen.curve([(90 + sign * x, y) for x, y in outer + inner], cloth)
        pen.curve(
            [
                (90 + sign * (w - 1.5), 120),
                (90 + sign * (w + 12), 116),
                (90 + sign * (w + 12), 150),
                (90 + sign * (w + 6), 176),
                (90 + sign * 12, 190),
                (90 - sign * 6, 176),
                (90 + sign * 8, look.chin + 5),
                (90 + sign * w * 0.62, 146),
            ],
            cloth,
        )
    if look.cover is not Cover.SCARF:
        # A sewn hood: closed under the chin, with a band along the forehead.
        pen.stroke(
            [(90 - x, y) for x, y in reversed(inner)] + [(90 + x, y) for x, y in inner[1:]],
            dark,
            1.2,
        )
        pen.symmetric(
            [
                (0, look.chin + 4),
                (11, look.chin + 2.5),
                (w * 0.66, 147),
                (w + 3, 140),
                (w + 6, 184),
                (0, 200),
            ],
            cloth,
        )
        pen.stroke(
            [
                (90 - 26, 152),
                (90 - 12, look.chin + 7),
                (90, look.chin + 9),
                (90 + 12, look.chin + 7),
                (90 + 26, 152),
            ],
            dark,
            1.0,
        )
        pen.stroke([(90 - 30, 170), (90, 184), (90 + 30, 170)], dark, 0.9)
    else:
        p = look.part
        pen.stroke([(90 - p * (w + 6), 138), (90 - p * 18, 166), (90 + p * 10, 186)], dark, 1.2)
        pen.stroke([(90 + p * (w + 8), 140), (90 + p * 22, 166), (90 - p * 2, 178)], dark, 1.2)
        pen.stroke([(90 + p * 8, 180), (90 + p * 14, 200), (90 + p * 12, 226)], dark, 1.0)
    if look.cover is Cover.CHADOR:
        top = [(0, 34), (w * 0.6, 39), (w + 10, 60), (w + 2, 70), (w * 0.6, 50), (0, 46)]
        pen.symmetric(top, shaded(cloth, 0.82))
        for sign in (1, -1):
            pen.curve(
                [
                    (90 + sign * w * 0.5, 37.5),
                    (90 + sign * (w + 12), 56),
                    (90 + sign * (w + 20), 110),
                    (90 + sign * (w + 28), 176),
                    (90 + sign * 92, 214),
                    (90 + sign * 92, 262),
                    (90 + sign * 26, 262),
                    (90 + sign * (w + 8), 176),
                    (90 + sign * (w + 10), 110),
                    (90 + sign * (w + 2), 64),
                ],
                shaded(cloth, 0.82),
            )
            pen.stroke(
                [
                    (90 + sign * (w + 15), 100),
                    (90 + sign * (w + 17), 150),
                    (90 + sign * (w + 6), 214),
                ],
                light,
                0.8,
            )
    pen.stroke([(90 - w * 0.5, 49), (90, 45.5), (90 + w * 0.5, 49)], light, 1.6)


def shoulders(pen: Pen, look: PortraitLook) -> None:
    """Draw shoulders and chest in the clothes' colour."""
    colour = look.cloth if look.clothes in (Clothes.SUIT, Clothes.SWEATER) else look.shirt
    pen.curve(
        [
            (90, 172),
            (118, 178),
            (150, 190),
            (170, 208),
            (177, 236),
            (178, 262),
            (2, 262),
            (3, 236),
            (10, 208),
            (30, 190),
            (62, 178),
        ],
        colour,
    )
    fold = shaded(colour, 0.88)
    pen.stroke([(34, 236), (38, 222), (36, 206)], fold, 1.2)
    pen.stroke([(146, 236), (142, 222), (144, 206)], fold, 1.2)


def collar(pen: Pen, look: PortraitLook) -> None:
    """Draw the collar, and a suit's lapels."""
    match look.clothes:
        case Clothes.SHIRT | Clothes.SUIT:
            shirt, edge = look.shirt, shaded(look.shirt, 0.84)
            if look.clothes is Clothes.SUIT:
                pen.polygon([(66, 180), (114, 180), (92, 240), (88, 240)], shirt)
                for s in (1, -1):
                    pen.polygon(
                        [
                            (90 + s * 24, 174),
                            (90 + s * 38, 188),
                            (90 + s * 30, 212),
                            (90 + s * 10, 240),
                            (90, 240),
                            (90 + s * 12, 208),
                        ],
                        shaded(look.cloth, 0.82),
                    )
            for s in (1, -1):
                pen.polygon(
                    [(90 + s * 21, 166), (90 + s * 25, 178), (90 + s * 13, 200), (90, 189)], shirt
                )
                pen.stroke([(90 + s * 25, 178), (90 + s * 13, 200), (90, 189)], edge, 1.0)
            if look.clothes is Clothes.SHIRT:
                pen.stroke([(90, 190), (90, 215), (90, 240)], edge, 1.0)
                for y in (205, 223):
                    pen.oval(92.5, y, 1.2, 1.2, edge)
        case Clothes.COLLARLESS:
            edge = shaded(look.shirt, 0.84)
            pen.polygon(
                [(67, 168), (113, 168), (113, 176), (92, 196), (88, 196), (67, 176)], look.shirt
            )
            pen.polygon(
                [(70, 164), (110, 164), (111, 170), (90, 188), (69, 170)], shaded(look.skin, 0.88)
            )
            pen.stroke([(69, 169), (79, 181), (90, 189), (101, 181), (111, 169)], edge, 1.2)
            pen.stroke([(90, 190), (90, 214), (90, 240)], edge, 1.0)
        case Clothes.SWEATER:
            pen.symmetric(
                [(0, 190), (12, 185), (22, 172), (25, 175), (17, 192), (0, 200)],
                shaded(look.cloth, 0.84),
            )
