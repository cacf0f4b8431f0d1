"""Fingers and persons by name: the same name is the same finger, on a card and on a sensor."""

from __future__ import annotations

import hashlib
import random
from datetime import date
from typing import Final

from simulators.fingerprint.fingers import FIELD, RIO_2022, FieldProfile, Finger, Placement
from simulators.people import Person, make_person

CLEAN: Final = "clean"
POPULATIONS: Final = {
    CLEAN: FieldProfile(1.0, 0.0, 0.0),
    "field": FIELD,
    "rio-2022": RIO_2022,
}
"""Readability of people's fingers. `clean`: everybody's, so that scripts need no luck."""


def named_finger(name: str, population: str = CLEAN) -> Finger:
    """Return the finger of that name; letter case and blanks around it do not count."""
    digest = hashlib.sha256(f"finger {name.strip().casefold()}".encode()).digest()
    return Finger.of(int.from_bytes(digest[:4], "big"), profile=POPULATIONS[population])


def default_placement(population: str) -> Placement:
    """Return the placement of a finger if the command names none."""
    return Placement.CLEAN if population == CLEAN else Placement.RIGHT


def seeded_person(seed: int, number: int, today: date) -> Person:
    """Return the `number`-th person of a seed, at least 18 years old."""
    return make_person(random.Random(f"person {seed} {number}"), today)
