"""Fingers of simulated persons, and the impressions that a sensor takes of them.

A finger is a fixed set of minutiae. Each placement on a sensor is a new impression: shifted, turned,
with some minutiae missing, some moved and some that are not there. How bad it is depends on the
person: failures are not independent tries, a person who failed once is harder. So every person has a
`SkinClass`, and the shares of the classes are chosen to give the field figures of `FIELD`.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import Enum
from typing import Self

from drivers.fingerprint.iso19794 import (
    FingerPosition,
    FingerRecord,
    FingerView,
    Minutia,
    MinutiaType,
    encode_record,
)

WIDTH, HEIGHT = 260, 340
"""Sensor area in pixels at 500 dpi: 13.2 mm by 17.3 mm."""

MASTER_COUNT = (34, 46)
MIN_DISTANCE = 12.0
REACH_X, REACH_Y = 112.0, 150.0
"""Half axes of the finger's contact area in pixels."""


class SkinClass(Enum):
    """Condition of a person's skin."""

    GOOD = "good"
    FAIR = "fair"  # dry or worn: about every second try works
    POOR = "poor"  # manual work, age, skin disease: a try seldom works


class Placement(Enum):
    """Way a finger is put on the sensor. RIGHT follows the person's skin; CLEAN is a good image."""

    RIGHT = "right"
    CLEAN = "clean"
    WET = "wet"
    DRY = "dry"
    PARTIAL = "partial"
    TURNED = "turned"
    MOVED = "moved"
    WORN = "worn"


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """Shares of the skin classes in a population (they add up to 1), and a general difficulty."""

    good: float
    fair: float
    poor: float
    difficulty: float = 0.0


FIELD = FieldProfile(0.36, 0.555, 0.085)
"""About 24 300 voters: 70.6, 14.6, 5.6 and 2.6 % matched at tries 1 to 4, 6.6 % never."""

RIO_2022 = FieldProfile(0.10, 0.87, 0.03, difficulty=0.055)
"""A harder population: 88.4 % matched within four tries, 1.74 tries on average."""

# Mean and spread of an impression's goodness, 0 to 1, by skin class.
_GOODNESS = {
    SkinClass.GOOD: (0.74, 0.09),
    SkinClass.FAIR: (0.39, 0.09),
    SkinClass.POOR: (0.19, 0.10),
}


@dataclass(frozen=True, slots=True)
class Feature:
    """Minutia of the finger itself: pixels from its centre, radians, kind."""

    x: float
    y: float
    angle: float
    type: MinutiaType


@dataclass(frozen=True, slots=True)
class Impression:
    """Result of one placement, as a sensor extracts it. `quality` is 0 to 100."""

    position: FingerPosition
    minutiae: tuple[Minutia, ...]
    quality: int

    def record(self) -> bytes:
        """Return the impression as an ISO/IEC 19794-2:2005 record of one view."""
        view = FingerView(self.position, self.quality, self.minutiae)
        return encode_record(FingerRecord(WIDTH, HEIGHT, (view,)))


@dataclass(frozen=True, slots=True)
class Finger:
    """Finger of a simulated person."""

    seed: int
    position: FingerPosition
    skin: SkinClass
    difficulty: float
    features: tuple[Feature, ...]

    @classmethod
    def of(
        cls,
        seed: int,
        position: FingerPosition = FingerPosition.RIGHT_INDEX,
        profile: FieldProfile = FIELD,
    ) -> Self:
        """Return the finger `position` of the person with finger seed `seed`."""
        skin = _skin(random.Random(f"skin {seed}"), profile)
        features = _master(random.Random(f"finger {seed} {position:d}"))
        return cls(seed, position, skin, profile.difficulty, features)

    def impression(self, rng: random.Random, how: Placement = Placement.RIGHT) -> Impression:
        """Return a new placement of this finger."""
        mean, spread = _GOODNESS[self.skin]
        natural = min(1.0, max(0.0, rng.gauss(mean - self.difficulty, spread)))
        match how:
            case Placement.RIGHT:
                return self._seen(rng, natural)
            case Placement.CLEAN:
                return self._seen(rng, 0.97)
            case Placement.WET | Placement.DRY:
                return self._seen(rng, min(natural, 0.08))
            case Placement.PARTIAL:
                return self._seen(rng, natural, shift=(rng.choice((-95.0, 95.0)), 110.0))
            case Placement.TURNED:
                return self._seen(rng, natural, turn=rng.choice((-1.2, 1.2)))
            case Placement.MOVED:
                return self._seen(rng, min(natural, 0.15), turn=rng.choice((-0.5, 0.5)))
            case Placement.WORN:
                return self._seen(rng, min(natural, 0.28))

    def template(self) -> bytes:
        """Return the record taken at enrolment, as a card holds it; always the same bytes."""
        rng = random.Random(f"enrolment {self.seed} {self.position:d}")
        return self.impression(rng, Placement.CLEAN).record()

    def _seen(
        self,
        rng: random.Random,
        goodness: float,
        shift: tuple[float, float] = (0.0, 0.0),
        turn: float = 0.0,
    ) -> Impression:
        bad = 1.0 - goodness
        missing = 0.03 + 0.72 * bad
        jitter = 0.9 + 5.0 * bad
        angle_jitter = 0.04 + 0.22 * bad
        reach = 1.02 - 0.30 * bad
        dx = shift[0] + rng.gauss(0.0, 5.0 + 18.0 * bad)
        dy = shift[1] + rng.gauss(0.0, 6.0 + 22.0 * bad)
        turn += rng.gauss(0.0, 0.04 + 0.12 * bad)
        cos, sin = math.cos(turn), math.sin(turn)
        seen: list[Minutia] = []
        for f in self.features:
            touches = ((f.x + dx) / REACH_X) ** 2 + ((f.y + dy) / REACH_Y) ** 2 <= reach**2
            if not touches or rng.random() < missing:
                continue
            x = WIDTH / 2 + dx + cos * f.x - sin * f.y + rng.gauss(0.0, jitter)
            y = HEIGHT / 2 + dy + sin * f.x + cos * f.y + rng.gauss(0.0, jitter)
            # The record counts angles counter-clockwise, while y grows downwards.
            angle = f.angle - turn + rng.gauss(0.0, angle_jitter)
            if 0 <= x < WIDTH and 0 <= y < HEIGHT:
                quality = 100 * goodness + rng.gauss(0, 8)
                seen.append(_minutia(Feature(x, y, angle, f.type), quality))
        for _ in range(round(rng.uniform(0.0, 1.0 + 13.0 * bad))):
            x, y = rng.uniform(20, WIDTH - 20), rng.uniform(20, HEIGHT - 20)
            kind = rng.choice((MinutiaType.ENDING, MinutiaType.BIFURCATION))
            spurious = Feature(x, y, rng.uniform(0.0, math.tau), kind)
            seen.append(_minutia(spurious, rng.gauss(30, 8)))
        seen.sort(key=lambda m: (m.y, m.x))
        area = min(1.0, len(seen) / 30)
        return Impression(self.position, tuple(seen), round(100 * goodness * area))


def _skin(rng: random.Random, profile: FieldProfile) -> SkinClass:
    weights = (profile.good, profile.fair, profile.poor)
    return rng.choices((SkinClass.GOOD, SkinClass.FAIR, SkinClass.POOR), weights)[0]


def _master(rng: random.Random) -> tuple[Feature, ...]:
    # Minutiae lie along the ridges, so their angles follow a smooth flow and are no free signature.
    base, slope_x, slope_y = rng.uniform(0, math.pi), rng.gauss(0, 0.012), rng.gauss(0, 0.010)
    bend = rng.gauss(0, 0.00006)
    features: list[Feature] = []
    wanted = rng.randint(*MASTER_COUNT)
    while len(features) < wanted:
        x, y = rng.uniform(-REACH_X, REACH_X), rng.uniform(-REACH_Y, REACH_Y)
        if (x / REACH_X) ** 2 + (y / REACH_Y) ** 2 > 1:
            continue
        if any(math.hypot(x - f.x, y - f.y) < MIN_DISTANCE for f in features):
            continue
        flow = base + slope_x * x + slope_y * y + bend * x * y
        angle = flow + rng.choice((0.0, math.pi)) + rng.gauss(0, 0.25)
        kind = rng.choice((MinutiaType.ENDING, MinutiaType.BIFURCATION))
        features.append(Feature(x, y, angle, kind))
    return tuple(features)


def _minutia(feature: Feature, quality: float) -> Minutia:
    angle = round(feature.angle * 256 / math.tau) % 256
    bounded = min(100, max(1, round(quality)))
    return Minutia(feature.type, int(feature.x), int(feature.y), angle, bounded)
