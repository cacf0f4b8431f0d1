"""Scan with one switch or two: rows first, then what stands in a row. A pure flow; time is `advance`.

With one switch the scan advances by itself and the switch selects; with two, one advances and the other
selects. A row of one thing is selected at once. A row that was gone through without a choice is left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """How many switches a voter has."""

    ONE = "one"
    TWO = "two"


STEPS_S: Final = (0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0)
"""Times that a stop is offered for, in seconds."""
USUAL_STEP: Final = 3
"""Of `STEPS_S`."""
PASSES: Final = 3
"""After so many times through all rows nobody is scanning any more: it stands still until a press."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Where a scan stands: on a row, or in it."""

    rows: tuple[int, ...]
    """How many stops each row has; at least one."""
    row: int = 0
    place: int | None = None
    """Stop in the row; None while rows are offered."""
    passes: int = 0

    @property
    def resting(self) -> bool:
        """Whether it waits for a press before it goes on."""
        return self.passes >= PASSES

    def advance(self) -> Scan:
        """Offer what comes next."""
        if not self.rows:
            return self
        if self.place is not None:
            if self.place + 1 < self.rows[self.row]:
                return replace(self, place=self.place + 1)
            return replace(self, place=None)
        following = (self.row + 1) % len(self.rows)
        return replace(self, row=following, passes=self.passes + (following == 0))

    def select(self) -> tuple[Scan, tuple[int, int] | None]:
        """Take what is offered: a row is gone into, a stop is chosen and returned."""
        if not self.rows:
            return self, None
        awake = replace(self, passes=0)
        if self.resting:
            return awake, None
        if self.place is None and self.rows[self.row] > 1:
            return replace(awake, place=0), None
        return replace(awake, place=None), (self.row, self.place or 0)
