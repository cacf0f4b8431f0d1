"""One thing that reads bytes from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """`read` is given any bytes. It may raise `allowed` and nothing else; it may also assert.

    `corpus` are valid inputs. `framed`: each is several messages (`frames`). `share` of the inputs that
    others get, for those that take long: of the long run only, of the short one with `short_share`.
    """

    read: Callable[[bytes], object]
    corpus: tuple[bytes, ...]
    allowed: tuple[type[Exception], ...]
    framed: bool = False
    share: float = 1.0
    short_share: float = 1.0


Make = Callable[[], Target]
"""Makes a target with its corpus, when it is wanted: keys and pictures take a while."""
