"""Persian names for fictional persons and lists, each with a Latin form; the tables are `names.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

ZWNJ = "\u200c"


@dataclass(frozen=True, slots=True)
class BilingualName:
    """Name in Persian script and in Latin letters (A to Z, hyphen, space)."""

    fa: str
    latin: str


def male_names() -> tuple[BilingualName, ...]:
    """Return given names of men, all different."""
    return _tables()["male"]


def female_names() -> tuple[BilingualName, ...]:
    """Return given names of women, all different."""
    return _tables()["female"]


@cache
def family_names() -> tuple[BilingualName, ...]:
    """Return different family names; about a third are compounds with a zero-width non-joiner."""
    tables = _tables()
    compounds = (
        BilingualName(stem.fa + ZWNJ + ending.fa, stem.latin + ending.latin)
        for stem in tables["stems"]
        for ending in tables["endings"]
    )
    return (*tables["family"], *compounds)


def party_names() -> tuple[BilingualName, ...]:
    """Return names of nine fictional candidate lists; the Latin form is the English name."""
    return _tables()["parties"]


@cache
def _tables() -> dict[str, tuple[BilingualName, ...]]:
    text = resources.files(__package__).joinpath("names.toml").read_text(encoding="utf-8")
    return {
        table: tuple(BilingualName(fa.replace("_", ZWNJ), latin) for fa, latin in names.items())
        for table, names in tomllib.loads(text).items()
    }
