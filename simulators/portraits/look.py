"""Look of a fictional person, chosen by seed, sex and age; drawing it takes no more chance."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum

from simulators.portraits.pen import Colour, mixed, varied


class Sex(Enum):
    """Sex of a person, as on identity cards."""

    FEMALE = "F"
    MALE = "M"


class Beard(Enum):
    """Kind of beard."""

    NONE = 0
    STUBBLE = 1
    MOUSTACHE = 2
    SHORT = 3
    FULL = 4


class Hair(Enum):
    """Kind of hair."""

    SHORT = 0
    PARTED = 1
    CURLY = 2
    RECEDING = 3
    BALD = 4


class Cover(Enum):
    """Kind of head cover."""

    SCARF = 0
    HOODED = 1
    CHADOR = 2


class Clothes(Enum):
    """Kind of clothes."""

    SHIRT = 0
    SUIT = 1
    COLLARLESS = 2
    SWEATER = 3


class Glasses(Enum):
    """Frames of glasses: thick dark or thin brown ones."""

    NONE = 0
    DARK = 1
    BROWN = 2


_SKIN = [(241, 210, 186), (234, 197, 168), (226, 185, 153), (215, 170, 136), (201, 155, 121)]
_SKIN_WEIGHTS = [2, 4, 5, 4, 2]
_HAIR = [(30, 26, 26), (44, 33, 28), (62, 45, 35), (84, 61, 45)]
_HAIR_WEIGHTS = [5, 5, 3, 1]
_GREY = (176, 174, 172)
_BACKGROUNDS = [(222, 230, 238), (230, 234, 232), (236, 232, 224), (214, 224, 232), (228, 226, 234)]
_IRIS = [(58, 38, 26), (74, 50, 32), (40, 28, 22), (92, 74, 44), (70, 84, 76)]
_IRIS_WEIGHTS = [6, 5, 5, 2, 1]
_CLOTH = [(38, 48, 70), (60, 64, 72), (86, 72, 62), (44, 70, 66), (98, 60, 62), (70, 84, 108)]
_SHIRTS = [(240, 242, 245), (206, 220, 236), (226, 222, 212), (188, 200, 190), (232, 214, 214)]
_SCARVES = [
    (40, 42, 50),
    (52, 62, 92),
    (116, 56, 68),
    (60, 98, 96),
    (158, 132, 104),
    (120, 104, 140),
    (196, 184, 168),
    (88, 112, 138),
    (150, 88, 84),
    (74, 88, 68),
]
_BLACK_CLOTH = (32, 33, 38)


@dataclass(frozen=True, slots=True)
class PortraitLook:
    """Features of a person; lengths are in picture units of a portrait 180 wide and 240 high."""

    sex: Sex
    age: int
    skin: Colour
    hair_colour: Colour
    background: Colour
    iris: Colour
    width: float
    jaw: float
    chin: float
    eye_gap: float
    eye_size: float
    brow: float
    brow_lift: float
    nose: float
    mouth: float
    smile: float
    beard: Beard
    hair: Hair
    part: int
    cover: Cover
    fringe: float
    cover_colour: Colour
    clothes: Clothes
    cloth: Colour
    shirt: Colour
    glasses: Glasses


def choose_look(rng: random.Random, sex: Sex, age: int) -> PortraitLook:
    """Return a random look for this sex and age in years."""
    female = sex is Sex.FEMALE
    grey = min(1.0, max(0.0, (age - 38) / 34 + rng.uniform(-0.3, 0.2)))
    beards = {
        True: [Beard.NONE],
        False: [Beard.NONE] * 4
        + [Beard.STUBBLE] * 3
        + [Beard.MOUSTACHE] * (1 + (age > 40) * 2)
        + [Beard.SHORT] * 3
        + [Beard.FULL] * 2,
    }
    hairs = [Hair.SHORT] * 4 + [Hair.PARTED] * 4 + [Hair.CURLY] * 2
    hairs += [Hair.RECEDING] * (max(0, age - 32) // 6) + [Hair.BALD] * (max(0, age - 40) // 10)
    cover = rng.choices([Cover.SCARF, Cover.HOODED, Cover.CHADOR], [5, 4, 2])[0]
    return PortraitLook(
        sex=sex,
        age=age,
        skin=varied(rng, rng.choices(_SKIN, _SKIN_WEIGHTS)[0], 4),
        hair_colour=mixed(rng.choices(_HAIR, _HAIR_WEIGHTS)[0], _GREY, grey),
        background=rng.choice(_BACKGROUNDS),
        iris=rng.choices(_IRIS, _IRIS_WEIGHTS)[0],
        width=rng.uniform(32.0, 36.5) - 1.5 * female,
        jaw=rng.uniform(0.84, 1.02) - 0.08 * female,
        chin=rng.uniform(149.0, 156.0) - 2.0 * female,
        eye_gap=rng.uniform(14.0, 16.0),
        eye_size=rng.uniform(6.4, 7.6) + 0.5 * female,
        brow=rng.uniform(2.0, 3.2) - 0.8 * female,
        brow_lift=rng.uniform(-0.6, 1.6),
        nose=rng.uniform(6.0, 8.2) - 0.8 * female,
        mouth=rng.uniform(10.5, 13.5),
        smile=rng.uniform(1.8, 4.2),
        beard=rng.choice(beards[female]),
        hair=rng.choice(hairs),
        part=rng.choice((-1, 1)),
        cover=cover,
        fringe=rng.uniform(0.0, 1.0),
        cover_colour=_BLACK_CLOTH
        if cover is Cover.CHADOR
        else varied(rng, rng.choice(_SCARVES), 8),
        clothes=rng.choices(list(Clothes), [4, 5, 3, 2])[0],
        cloth=varied(rng, rng.choice(_CLOTH), 8),
        shirt=rng.choice(_SHIRTS),
        glasses=rng.choices(list(Glasses), (10 - min(5, age // 16), 2, 2))[0],
    )
