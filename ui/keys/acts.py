"""Name what a voter's key means, and read the map of keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from PySide6.QtCore import Qt


class KeyAct(StrEnum):
    """Meaning of a key beside digits and letters."""

    UP = "up"
    """What stands before this, as it is read."""
    DOWN = "down"
    """What comes next, as it is read."""
    LEFT = "left"
    """What is seen at the left, whatever the language."""
    RIGHT = "right"
    SELECT = "select"
    ERASE = "erase"
    HELP = "help"
    WHERE = "where"
    REPEAT = "repeat"
    PAUSE = "pause"
    QUIETER = "quieter"
    LOUDER = "louder"
    SLOWER = "slower"
    FASTER = "faster"
    DARK = "dark"
    """Nothing on the screen, or something again."""
    SPELL = "spell"
    """The name where the voter is, letter by letter."""
    SWITCH_1 = "switch-1"
    SWITCH_2 = "switch-2"


HEARING = frozenset({KeyAct.QUIETER, KeyAct.LOUDER, KeyAct.SLOWER, KeyAct.FASTER, KeyAct.DARK})
"""What changes how the terminal is heard."""
SPOKEN = frozenset({KeyAct.WHERE, KeyAct.REPEAT, KeyAct.PAUSE})
"""What the sound does by itself."""


class KeyMapError(Exception):
    """The map of keys cannot be used; the program has to be installed again."""


@cache
def key_map() -> Mapping[int, KeyAct]:
    """Return the meaning of each of Qt's keys. Raises KeyMapError."""
    return read_keys((Path(__file__).parent / "keys.toml").read_text("utf-8"))


def read_keys(text: str) -> Mapping[int, KeyAct]:
    """Read a map of keys. Raises KeyMapError."""
    found: dict[int, KeyAct] = {}
    try:
        table = tomllib.loads(text)
        for word, names in table.items():
            for name in names:
                key = int(getattr(Qt.Key, f"Key_{name}"))
                if key in found:
                    raise KeyMapError(f"the key {name} has two meanings")
                found[key] = KeyAct(word)
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError) as error:
        raise KeyMapError(f"keys.toml: {error}") from error
    if missing := set(KeyAct) - set(found.values()):
        raise KeyMapError(f"no key means {min(missing)}")
    return found
