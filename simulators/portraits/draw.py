"""Draw a portrait: the shapes of `portrait.toml` that belong to a look, in their order."""

from __future__ import annotations

import io
import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import Enum
from functools import cache
from importlib import resources
from math import prod
from typing import Any

from PIL import Image, ImageColor

from simulators.portraits.look import PortraitLook, Sex, choose_look
from simulators.portraits.pen import MIDDLE, SCALE, Colour, Pen, PenPoint, background, mixed

JPEG_QUALITY = 80


def draw_portrait(seed: int, sex: Sex, age: int) -> bytes:
    """Return a JPEG of 180 by 240 pixels; equal arguments give equal bytes."""
    return _jpeg(paint(choose_look(random.Random(f"portrait {seed}"), sex, age)))


def paint(look: PortraitLook) -> Image.Image:
    """Return the picture of a look, 180 by 240 pixels."""
    picture = background(look.background).copy()
    pen, sketch = Pen(picture), _Sketch(look)
    sides = {"both": (1, -1), "parting": (look.part,), "": (1,)}
    for part in _drawing()["part"]:
        if sketch.has(part):
            for side in sides[part.get("side", "")]:
                for shape in part["shapes"]:
                    sketch.draw(pen, shape, side)
    return picture.reduce(SCALE)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


@cache
def _drawing() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    text = resources.files(__package__).joinpath("portrait.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class _Sketch:
    """Words of the drawing, filled in for one look."""

    def __init__(self, look: PortraitLook) -> None:
        self._age = look.age
        self._kinds: dict[str, str] = {}
        self._measures: dict[str, float] = {}
        self._colours: dict[str, Colour] = {}
        for name, value in ((field.name, getattr(look, field.name)) for field in fields(look)):
            match value:
                case Enum():
                    self._kinds[name] = value.name.lower()
                case tuple():
                    self._colours[name] = value
                case _:
                    self._measures[name] = value
        for given in _drawing()["set"]:
            if self.has(given):
                for name, length in given.get("measures", {}).items():
                    self._measures[name] = self._length(length)
                for name, colour in given.get("colours", {}).items():
                    self._colours[name] = self._colour(colour)

    def has(self, part: Mapping[str, Any]) -> bool:
        """Return whether the look fulfils the part's conditions."""
        return all(
            self._age >= wanted if kind == "age" else self._kinds[kind] in wanted
            for kind, wanted in part.get("when", {}).items()
        )

    def draw(self, pen: Pen, shape: Mapping[str, Any], side: int) -> None:
        """Draw one shape; `side` -1 mirrors it."""
        colour = self._colour(shape["colour"])
        match shape:
            case {"curve": path}:
                pen.curve(self._points(path, side), colour)
            case {"half": path}:
                pen.symmetric(self._points(path, side), colour)
            case {"polygon": path}:
                pen.polygon(self._points(path, side), colour)
            case {"stroke": path, "width": width}:
                pen.stroke(self._points(path, side), colour, self._length(width))
            case {"oval": oval}:
                pen.oval(*self._oval(oval, side), colour)
            case {"lens": lens, "width": width}:
                pen.lens(*self._oval(lens, side), colour, self._length(width))
            case {"glow": glow, "strength": strength}:
                pen.glow(*self._oval(glow, side), colour, strength)

    def _points(self, path: str, side: int) -> list[PenPoint]:
        length = self._length
        return [(MIDDLE + side * length(x), length(y)) for x, y in _pairs(path)]

    def _oval(self, oval: str, side: int) -> tuple[PenPoint, PenPoint]:
        """Return centre and radii."""
        (x, y), (rx, ry) = ((self._length(a), self._length(b)) for a, b in _pairs(oval))
        return (MIDDLE + side * x, y), (rx, ry)

    def _length(self, text: str) -> float:
        """Return the value of a sum of products such as `0.9*width*jaw-2`."""
        known = self._measures.get(text)
        if known is None:
            known = sum(
                number * prod(self._measures[name] for name in names)
                for number, names in _terms(text)
            )
            self._measures[text] = known
        return known

    def _colour(self, text: str) -> Colour:
        if text not in self._colours:
            match text.split():
                case [one, other, share]:
                    made = mixed(self._colour(one), self._colour(other), self._length(share))
                case _:
                    red, green, blue = ImageColor.getrgb(text)[:3]
                    made = red, green, blue
            self._colours[text] = made
        return self._colours[text]


@cache
def _pairs(path: str) -> tuple[tuple[str, str], ...]:
    """Return the two lengths of every point of a path."""
    return tuple((x, y) for x, y in (pair.split() for pair in path.split(",")))


@cache
def _terms(text: str) -> tuple[tuple[float, tuple[str, ...]], ...]:
    """Return the number and the measures that are multiplied in every term of a sum."""
    terms = []
    for sign, term in re.findall(r"([+-]?)([^+-]+)", text):
        numbers = (float(factor) for factor in term.split("*") if factor[0].isdigit())
        names = tuple(factor for factor in term.split("*") if not factor[0].isdigit())
        terms.append((prod(numbers, start=float(f"{sign}1")), names))
    return tuple(terms)
