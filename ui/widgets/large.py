"""Whether text is so large that things stand below each other instead of side by side."""

from __future__ import annotations

from kiosk.flows.ballot.states import TextSize
from ui.widgets.look import Look


def is_large(look: Look) -> bool:
    return look.style.size in {TextSize.LARGE, TextSize.LARGEST}
