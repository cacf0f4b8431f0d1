"""Card families as data: what to select, what the card demands first, what to read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Final

from drivers.errors import ProfileError
from drivers.smartcard.lds import GROUP_TAGS

STANDARD: Final = "standard"


class Access(StrEnum):
    """What a card demands before its files can be read."""

    NONE = "none"


@dataclass(frozen=True, slots=True)
class CardProfile:
    """One family of identity cards; `template_group` 0 means no templates on the card."""

    name: str
    aid: bytes
    access: Access
    groups: tuple[int, ...]
    template_group: int
    chunk: int


def load_profile(name: str = STANDARD) -> CardProfile:
    """A profile that comes with the drivers. Raises `ProfileError`."""
    known = resources.files("drivers.smartcard").joinpath("profiles")
    if not name.isidentifier() or not (file := known.joinpath(f"{name}.toml")).is_file():
        raise ProfileError(f"there is no card profile {name!r}")
    return parse_profile(file.read_text(encoding="utf-8"))


def parse_profile(text: str) -> CardProfile:
    """Parse a profile. Raises `ProfileError` naming what is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError("the card profile is not TOML") from error
    expected = {"name", "aid", "access", "groups", "template_group", "chunk"}
    if set(table) != expected:
        raise ProfileError(f"a card profile has exactly the keys {', '.join(sorted(expected))}")
    match table:
        case {
            "name": str(name),
            "aid": str(aid),
            "access": str(access),
            "groups": [*groups],
            "template_group": int(template_group),
            "chunk": int(chunk),
        }:
            pass
        case _:
            raise ProfileError("a value of the card profile has the wrong type")
    if access not in set(Access):
        raise ProfileError(f"card access {access!r} is not supported by this version")
    if not groups or not all(isinstance(group, int) and group in GROUP_TAGS for group in groups):
        raise ProfileError("groups are numbers from 1 to 16")
    if 1 not in groups or (template_group and template_group not in groups):
        raise ProfileError("groups must hold 1 and the template group")
    if not 16 <= chunk <= 256:
        raise ProfileError("chunk is 16 to 256 bytes")
    try:
        aid_bytes = bytes.fromhex(aid)
    except ValueError:
        raise ProfileError("aid is not hexadecimal") from None
    if not 5 <= len(aid_bytes) <= 16:
        raise ProfileError("aid has 5 to 16 bytes")
    return CardProfile(name, aid_bytes, Access(access), tuple(groups), template_group, chunk)
