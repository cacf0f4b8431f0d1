"""Error of all simulator programs."""

from __future__ import annotations

from words.text import without_controls


class OptionsError(Exception):
    """A device cannot be made from these options; the message names the option and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(without_controls(message))
