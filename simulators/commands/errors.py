"""Error of all simulator programs."""

from __future__ import annotations


class OptionsError(Exception):
    """A device cannot be made from these options; the message names the option and says what to do."""
