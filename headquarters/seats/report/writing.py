"""Write the folder of a report.

report.fa.html, report.en.html …    to read and to print, each alone, in every language
seats.fa.svg … shares.en.svg …      the charts, with their font inside
seats.fa.png … shares.en.png …      the same as pictures
votes.json                          the votes, to do the sum again
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import resvg_py

from election.because import because
from election.errors import ElectionError
from election.files import PUBLIC, replace_file
from headquarters.seats.compare import SeatComparison
from headquarters.seats.model import ContestVotesRead
from headquarters.seats.report.charts import bars_chart, hemicycle
from headquarters.seats.report.drawing import FONT_FAMILY, Drawing
from headquarters.seats.report.page import page_html
from headquarters.seats.votes_file import write_votes_json
from words.message import m
from words.speaker import Speaker

PNG_ZOOM = 2
"""Pixels for each unit of a drawing, which is 900 units wide."""
_CHARTS = (("seats", hemicycle), ("shares", bars_chart))


class ReportError(ElectionError):
    """A picture cannot be made; the message says which."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """TrueType files of the family Vazirmatn, which have the letters of the languages."""

    regular: Path
    bold: Path

    def css(self) -> str:
        """Return @font-face rules with the fonts inside. Raises `OSError`."""
        rules = []
        for path, weight in ((self.regular, 400), (self.bold, 700)):
            data = base64.b64encode(path.read_bytes()).decode()
            rules.append(
                f"@font-face{{font-family:{FONT_FAMILY};font-weight:{weight};"
                f"src:url(data:font/ttf;base64,{data}) format('truetype')}}"
            )
        return "".join(rules)


def write_report(
    folder: Path,
    contest: ContestVotesRead,
    comparison: SeatComparison,
    fonts: Fonts,
    speakers: Iterable[Speaker],
) -> tuple[Path, ...]:
    """Write everything in these languages; return the files, pages first. Raises `OSError`, `ReportError`."""
    folder.mkdir(parents=True, exist_ok=True)
    css = fonts.css()
    pages: list[Path] = []
    told = tuple(speakers)
    for t in told:
        page = folder / f"report.{t.language}.html"
        replace_file(page, page_html(contest, comparison, t, css).encode(), PUBLIC)
        pages.append(page)
    drawn = {name: partial(chart, comparison.given) for name, chart in _CHARTS}
    charts = write_charts(folder, drawn, fonts, css, told)
    votes = folder / "votes.json"
    replace_file(votes, write_votes_json(contest), PUBLIC)
    return (*pages, *charts, votes)


def write_charts(
    folder: Path,
    charts: Mapping[str, Callable[[Speaker, str], Drawing]],
    fonts: Fonts,
    css: str,
    speakers: Iterable[Speaker],
) -> tuple[Path, ...]:
    """Write each chart, `<name>.<language>`, in these languages; return the files.

    A chart is drawn for a speaker, with its name before the ids in it. Raises what `write_chart` raises.
    """
    written: list[Path] = []
    for t in speakers:
        for name, chart in charts.items():
            written += write_chart(folder / f"{name}.{t.language}", chart(t, name), fonts, css)
    return tuple(written)


def write_chart(place: Path, drawing: Drawing, fonts: Fonts, css: str) -> tuple[Path, Path]:
    """Write a drawing as SVG, with its font inside (`Fonts.css`), and as PNG, beside each other.

    `place`: their path without an ending. Raises `OSError`, `ReportError`.
    """
    svg, picture = (place.with_name(f"{place.name}.{kind}") for kind in ("svg", "png"))
    replace_file(picture, png(drawing, fonts, picture.name), PUBLIC)
    drawing.style(css)
    replace_file(svg, drawing.document().encode(), PUBLIC)
    return svg, picture


def png(drawing: Drawing, fonts: Fonts, name: str) -> bytes:
    """Draw a picture (PNG) of the drawing, with no font of this machine. Raises `ReportError`."""
    for path in (fonts.regular, fonts.bold):
        if not path.is_file():
            # Without its font a picture would come out with no text at all, and no error.
            raise ReportError(
                m(
                    "the picture {name} needs the font {font}, which is missing",
                    name=name,
                    font=path.name,
                )
            )
    try:
        return resvg_py.svg_to_bytes(
            svg_string=drawing.document(),
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(fonts.regular), str(fonts.bold)],
            font_family=FONT_FAMILY,
            sans_serif_family=FONT_FAMILY,
            zoom=PNG_ZOOM,
        )
    except ValueError as error:
        raise ReportError(
            m("the picture {name} cannot be made: {error}", name=name, error=because(error))
        ) from error
