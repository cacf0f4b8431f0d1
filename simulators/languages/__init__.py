"""Texts of the bench window, in catalogues beside the program's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from words.languages import FOLDER, Languages, read_languages


@cache
def bench_languages() -> Languages:
    """Return the languages that come with the program, with the bench's texts."""
    return read_languages(FOLDER, Path(__file__).parent)
