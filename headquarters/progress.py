"""The callback by which long work reports progress, and the one that reports nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

ProgressCallback: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of a step, the number of items done and the number of items in all."""


def no_progress(step: str, done: int, total: int) -> None:
    """Report nothing."""
    del step, done, total
