"""Describe a form that people print, fill in and sign: a title, paragraphs, tables.

Everything in it is in the words of its language already. `ui.sheets` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One table of a form. An empty cell is filled in by hand."""

    title: str
    told: str
    """What to do with it; may be empty."""
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    """Parts of the paper's width, by column; empty: all alike."""
    signed: bool = False
    """Whether its rows have room for a signature."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form."""

    title: str
    banner: str
    """Said in a frame, such as that it is a rehearsal; may be empty."""
    about: tuple[str, ...]
    tables: tuple[SheetTable, ...]
