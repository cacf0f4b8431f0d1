"""One thing that reads bytes from outside."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """`read` is given any bytes. It may raise `allowed` and nothing else; it may also assert.

    `corpus` are valid inputs. `framed`: each is several messages (`frames`). `share` and `short_share`:
    which part of the usual number of inputs it gets in the long and in the short run, where one takes
    long.
    """

    read: Callable[[bytes], object]
    corpus: tuple[bytes, ...]
    allowed: tuple[type[Exception], ...]
    framed: bool = False
    share: float = 1.0
    short_share: float = 1.0


Make = Callable[[], Target]
"""Makes a target with its corpus, when it is wanted: keys and pictures take a while."""


def scratch(name: str) -> Path:
    """A new folder for a target that reads files; it is gone when the process ends.

    A target may be made twice in one process, with other keys.
    """
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_home().name))


@cache
def _home() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="amin-fuzz-")
