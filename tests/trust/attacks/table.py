"""Who does what, and the verdict that everybody gets who knows the number.

An attack is *wrong* with a reason of the published tables (status 1), or breaks no rule and is *told* (status
0, or 4 where it leaves devices pending): then nothing vanishes unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.trust.attacks.publication import Publication


class Attacker(StrEnum):
    """The people of the threat model."""

    HEADQUARTERS_BEFORE = "headquarters before the day"
    HEADQUARTERS = "headquarters after the day"
    STATION = "station"
    TERMINAL = "terminal"
    TRUSTEE = "one trustee"
    TRUSTEES = "k trustees"
    OFFICER = "officer"
    THIEF = "thief"


@dataclass(frozen=True, slots=True)
class Attack:
    """What somebody does, and the reason by which it is found."""

    who: Attacker
    what: str
    do: Callable[[Publication], object]
    reason: str
    told: bool = False
    """It breaks no rule, and is told."""
    status: int | None = None
    own_number: bool = False
    """The number that everybody knows is that of the register that is published."""

    @property
    def expected_status(self) -> int:
        """1 where it is wrong, 0 where it is told, or what is given."""
        return self.status if self.status is not None else (0 if self.told else 1)


H, B, S, T = (
    Attacker.HEADQUARTERS,
    Attacker.HEADQUARTERS_BEFORE,
    Attacker.STATION,
    Attacker.TERMINAL,
)
ONE, K, C, F = Attacker.TRUSTEE, Attacker.TRUSTEES, Attacker.OFFICER, Attacker.THIEF
Json = Any


def replaced(name: str, make: Callable[[Publication], bytes]) -> Callable[[Publication], None]:
    """Write another file in the place of one."""

    def do(site: Publication) -> None:
        (site.folder / name).write_bytes(make(site))

    return do


def gone(*names: str, resign: bool = True) -> Callable[[Publication], None]:
    """Delete files; `resign`: sign the index without them."""

    def do(site: Publication) -> None:
        for name in names:
            (site.folder / name).unlink()
        if resign:
            site.reindex()

    return do
