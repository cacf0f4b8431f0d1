"""Lists of recordings and films, which lie beside them on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from election.roll import read_roll
from election.schema import SchemaError, to_json
from tests.fuzz.target import Make, Target
from tests.golden.recorded_files import LISTED, SHOWN, SPOKEN, read_clips, read_films


def clip_lists() -> Target:
    """Recorded speech."""
    return Target(read_clips, (to_json(SPOKEN),), (SchemaError,))


def film_lists() -> Target:
    """Films in sign language."""
    return Target(read_films, (to_json(SHOWN),), (SchemaError,))


def roll_lists() -> Target:
    """What a package vouches for of a roll."""
    return Target(read_roll, (to_json(LISTED),), (SchemaError,))


TARGETS: Final[Mapping[str, Make]] = {
    "clip-list": clip_lists,
    "film-list": film_lists,
    "roll-list": roll_lists,
}
