"""Name what is plugged into a machine; `drivers.looking` finds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plugged:
    """What is there now."""

    readers: tuple[str, ...] = ()
    """As PC/SC names them."""
    ports: tuple[str, ...] = ()
    """Paths; those of USB printers without a serial line among them."""
