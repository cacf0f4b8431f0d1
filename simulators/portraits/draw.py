"""Put a portrait together, from the wall to the glasses."""

from __future__ import annotations

import io
import random

from PIL import Image

from simulators.portraits.clothes import collar, cover_behind, cover_front, shoulders
from simulators.portraits.face import ears, eyes, face, glasses, lines_of_age, mouth, neck, nose
from simulators.portraits.hair import beard, hair
from simulators.portraits.look import PortraitLook, Sex, choose_look
from simulators.portraits.pen import SCALE, Pen, background

JPEG_QUALITY = 80


def draw_portrait(seed: int, sex: Sex, age: int) -> bytes:
    """Return a JPEG of 180 by 240 pixels; equal arguments give equal bytes."""
    return _jpeg(_paint(choose_look(random.Random(f"portrait {seed}"), sex, age)))


def _paint(look: PortraitLook) -> Image.Image:
    picture = background(look.background).copy()
    pen = Pen(picture)
    if look.sex is Sex.FEMALE:
        cover_behind(pen, look)
    else:
        shoulders(pen, look)
    neck(pen, look)
    if look.sex is Sex.MALE:
        collar(pen, look)
        ears(pen, look)
    face(pen, look)
    if look.sex is Sex.MALE:
        beard(pen, look)
    eyes(pen, look)
    nose(pen, look)
    mouth(pen, look)
    lines_of_age(pen, look)
    if look.sex is Sex.FEMALE:
        cover_front(pen, look)
    else:
        hair(pen, look)
    if look.glasses:
        glasses(pen, look)
    return picture.reduce(SCALE)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
