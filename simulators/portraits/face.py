"""Neck, face and glasses."""

from __future__ import annotations

from simulators.portraits.look import PortraitLook, Sex
from simulators.portraits.pen import Pen, lit, mixed, shaded


def neck(pen: Pen, look: PortraitLook) -> None:
    """Draw the neck with the chin's shadow."""
    half, low = (19.0, 194.0) if look.sex is Sex.MALE else (15.0, 176.0)
    shade = shaded(look.skin, 0.84)
    pen.polygon(
        [
            (90 - half, 130),
            (90 + half, 130),
            (90 + half + 2, low - 18),
            (90, low),
            (90 - half - 2, low - 18),
        ],
        shade,
    )
    pen.glow((90, look.chin + 4), (28, 12), shaded(look.skin, 0.66), 150)


def ears(pen: Pen, look: PortraitLook) -> None:
    """Draw both ears."""
    for sign in (1, -1):
        x = 90 + sign * (look.width + 0.5)
        pen.oval(x, 110, 5.0, 9.5, shaded(look.skin, 0.9))
        pen.oval(x + sign * 0.6, 110, 2.6, 6.0, shaded(look.skin, 0.76))


def face(pen: Pen, look: PortraitLook) -> None:
    """Draw the outline of the face and its shading."""
    w, j, chin = look.width, look.jaw, look.chin
    outline = [
        (0, 58),
        (w * 0.58, 62),
        (w * 0.92, 80),
        (w, 104),
        (w * 0.95, 122),
        (w * 0.80 * j, 138),
        (w * 0.46 * j, chin - 4),
        (0, chin),
    ]
    pen.symmetric(outline, look.skin)
    dark, light = shaded(look.skin, 0.78), lit(look.skin, 0.35)
    pen.glow((90 + look.part * w * 0.66, 118), (12, 30), dark, 105)
    pen.glow((90 - look.part * 8, 82), (24, 16), light, 110)
    for sign in (1, -1):
        pen.glow((90 + sign * w * 0.58, 123), (12, 9), (214, 120, 100), 52)
        pen.glow((90 + sign * look.eye_gap, 103), (11, 8), dark, 70)
    pen.glow((90, chin - 1), (18, 6), dark, 80)


def eyes(pen: Pen, look: PortraitLook) -> None:
    """Draw eyes, lashes and brows."""
    e = look.eye_size
    female = look.sex is Sex.FEMALE
    lash = mixed(look.hair_colour, (24, 18, 16), 0.7)
    open_by = 0.50 - 0.05 * (look.age > 55)
    for sign in (1, -1):
        x, y = 90 + sign * look.eye_gap, 105.0
        inner, outer = x - sign * e, x + sign * e
        lid = [
            (inner, y + 0.8),
            (x - sign * e * 0.4, y - e * open_by * 0.9),
            (x + sign * e * 0.3, y - e * open_by),
            (outer, y - 0.4),
        ]
        below = [(x + sign * e * 0.4, y + e * 0.40), (x - sign * e * 0.4, y + e * 0.38)]
        pen.curve(lid + below, (246, 243, 240))
        pen.oval(x, y - 0.3, e * 0.47, e * 0.47, look.iris)
        pen.oval(x, y - 0.3, e * 0.22, e * 0.22, (16, 12, 12))
        pen.oval(x + 1.1, y - 1.5, 0.8, 0.8, (255, 255, 255))
        pen.stroke(lid, lash, 1.7 if female else 1.25)
        pen.stroke(
            [(inner, y - 2.4), (x, y - e * open_by - 2.6), (outer, y - 2.8)],
            shaded(look.skin, 0.78),
            0.8,
        )
        lift = look.brow_lift
        thick = look.brow
        top = [
            (x - sign * e * 1.05, 94.6 - lift),
            (x + sign * e * 0.2, 92.0 - lift),
            (x + sign * e * 1.3, 95.8 - lift),
        ]
        low = [
            (x + sign * e * 0.3, 92.4 - lift + thick * 0.9),
            (x - sign * e * 0.95, 94.6 - lift + thick),
        ]
        brow = mixed(look.hair_colour, look.skin, 0.12)
        pen.curve(top + low, brow)


def nose(pen: Pen, look: PortraitLook) -> None:
    """Draw the nose and its shadow."""
    n, side = look.nose, look.part
    shade = shaded(look.skin, 0.8)
    pen.glow((90, 112), (5, 18), lit(look.skin, 0.4), 120)
    pen.glow((90 + side * 4, 116), (5, 14), shade, 110)
    pen.stroke(
        [
            (90 - n, 125.5),
            (90 - n * 0.75, 128),
            (90 - n * 0.3, 127.4),
            (90, 128.6),
            (90 + n * 0.3, 127.4),
            (90 + n * 0.75, 128),
            (90 + n, 125.5),
        ],
        shaded(look.skin, 0.68),
        1.0,
    )
    for sign in (1, -1):
        pen.oval(90 + sign * n * 0.48, 127.2, 1.7, 0.9, shaded(look.skin, 0.52))


def mouth(pen: Pen, look: PortraitLook) -> None:
    """Draw the lips."""
    m, up = look.mouth, look.smile
    y = 138.0
    female = look.sex is Sex.FEMALE
    lips = mixed(look.skin, (176, 72, 74), 0.52 if female else 0.3)
    corners = [(90 - m, y - up * 0.75), (90 + m, y - up * 0.75)]
    line = [
        corners[0],
        (90 - m * 0.5, y + up * 0.05),
        (90, y + up * 0.3),
        (90 + m * 0.5, y + up * 0.05),
        corners[1],
    ]
    upper = [(90 + m * 0.35, y - 2.3), (90, y - 1.6), (90 - m * 0.35, y - 2.3)]
    lower = [(90 + m * 0.5, y + 3.0), (90, y + 4.2 + up * 0.3), (90 - m * 0.5, y + 3.0)]
    pen.curve([*line, *upper], shaded(lips, 0.9))
    pen.curve([*line, *lower], lips)
    for corner in corners:
        pen.oval(*corner, 1.0, 0.8, shaded(look.skin, 0.78))
    pen.stroke(line, shaded(lips, 0.6), 0.9)
    pen.glow((90, y + 9), (9, 4), shaded(look.skin, 0.8), 90)


def lines_of_age(pen: Pen, look: PortraitLook) -> None:
    """Draw wrinkles from the age of 42 on."""
    if look.age < 42:
        return
    line = shaded(look.skin, 0.86 if look.age < 60 else 0.8)
    for sign in (1, -1):
        pen.stroke(
            [(90 + sign * 9.5, 127), (90 + sign * 14.5, 133), (90 + sign * 15.5, 139)], line, 0.9
        )
        if look.age >= 52:
            x = 90 + sign * look.eye_gap
            pen.stroke([(x - sign * 5, 111.5), (x, 113.2), (x + sign * 5.5, 111.5)], line, 0.8)
    if look.age >= 58 and look.sex is Sex.MALE:
        pen.stroke([(76, 80), (90, 78.6), (104, 80)], line, 0.8)
        pen.stroke([(79, 86), (90, 85), (101, 86)], line, 0.8)


def glasses(pen: Pen, look: PortraitLook) -> None:
    """Draw glasses with thick dark or thin brown frames."""
    frame = (44, 40, 42) if look.glasses == 1 else (112, 92, 70)
    thick = 1.6 if look.glasses == 1 else 1.0
    ry = 7.6 if look.glasses == 1 else 8.6
    for sign in (1, -1):
        x = 90 + sign * (look.eye_gap + 0.3)
        pen.lens((x, 105.5), (10.6, ry), frame, thick)
        edge = 90 + sign * (look.width - 0.5)
        pen.stroke([(x + sign * 10.6, 103), (edge, 102.4)], frame, thick)
        pen.stroke([(x - 5, 101), (x - 1.5, 100)], (255, 255, 255), 0.8)
    pen.stroke(
        [(90 - look.eye_gap + 10, 104), (90, 102.4), (90 + look.eye_gap - 10, 104)], frame, thick
    )
