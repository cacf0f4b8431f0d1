"""Hand the screens' fonts to headquarters, which draws without screens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from commands.speaking import installed_languages
from headquarters.result import ElectionResult
from headquarters.seats.answer import write_reports
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


def write_seat_reports(folder: Path, result: ElectionResult) -> None:
    """Write the report of every contest whose seats were allocated, beside a result. Raises `OSError`."""
    with report_fonts() as fonts:
        write_reports(folder, result, fonts, installed_languages().speakers())
