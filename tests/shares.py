"""Shares of what tests could walk through whole: every run takes a part, `make whole` takes all.

A test whose loop is long and whose parts are alike takes `share` of its cases or `few` of its rounds.
With WHOLE in the environment both give everything (`python -m tests.whole`, and another part of the
files each day in `make samples`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final, TypeVar

WHOLE: Final = "WHOLE" in os.environ
T = TypeVar("T")


def share(items: Iterable[T], parts: int, place: int = 0) -> tuple[T, ...]:
    """Return one of `parts` equal shares, the one at `place` (which may be larger), or all items."""
    whole = tuple(items)
    return whole if WHOLE else whole[place % parts :: parts]


def few(part: int, whole: int) -> int:
    """Return how many rounds to take: `part` in every run, `whole` when there is time."""
    return whole if WHOLE else part
