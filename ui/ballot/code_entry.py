"""Take the digits of codes that are typed back to back: one is answered after the other, and none is lost.

All codes of a contest have one width, so a run of digits falls into codes by itself. The first stands with
photo and name until it is answered; what was typed after it waits. After a code that belongs to nobody the
rest is dropped with it: a digit that is missing shifts all that follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

MOST_AHEAD: Final = 30
"""Codes that wait; further digits are not taken."""


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """Digits that were typed and not answered yet."""

    width: int
    """Digits of a code."""
    typed: str = ""
    """Latin digits."""

    @property
    def first(self) -> str:
        """The code that is typed or asked about, as far as it is there."""
        return self.typed[: self.width]

    @property
    def whole(self) -> bool:
        """Whether the first code has all its digits."""
        return len(self.typed) >= self.width

    @property
    def ahead(self) -> tuple[str, ...]:
        """What waits: whole codes, and at last one that is still typed."""
        rest = self.typed[self.width :]
        return tuple(rest[at : at + self.width] for at in range(0, len(rest), self.width))

    def add(self, digit: str, known: Callable[[str], bool]) -> CodeEntry:
        """Type a digit. After an unknown code it begins anew."""
        if self.whole and not known(self.first):
            return replace(self, typed=digit)
        if len(self.typed) >= self.width * (1 + MOST_AHEAD):
            return self
        return replace(self, typed=self.typed + digit)

    def erased(self) -> CodeEntry:
        """Take back the last digit."""
        return replace(self, typed=self.typed[:-1])

    def answered(self, known: Callable[[str], bool]) -> CodeEntry:
        """Go on to what was typed after the first code."""
        rest = self.typed[self.width :]
        if len(rest) > self.width and not known(rest[: self.width]):
            rest = rest[: self.width]
        return replace(self, typed=rest)
