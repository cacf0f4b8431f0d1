"""Test whether text is too large for things to stand side by side."""

from __future__ import annotations

from kiosk.flows.ballot.states import TextSize
from ui.widgets.look import Look


def is_large(look: Look) -> bool:
    """Return whether things should stand below each other at the look's text size."""
    return look.style.size in {TextSize.LARGE, TextSize.LARGEST}
