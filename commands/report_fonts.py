"""Hand the screens' fonts to headquarters, which draws without screens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from headquarters.seats.report.writing import Fonts


@contextmanager
def report_fonts() -> Iterator[Fonts]:
    """Give the fonts of a report as files."""
    fonts = resources.files("ui.fonts")
    with (
        resources.as_file(fonts / "Vazirmatn-Regular.ttf") as regular,
        resources.as_file(fonts / "Vazirmatn-Bold.ttf") as bold,
    ):
        yield Fonts(regular, bold)
