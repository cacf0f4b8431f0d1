"""The report: charts that carry their numbers, pages that stand alone, pictures with letters."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from math import hypot
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from election.definition import ENGLISH, PERSIAN, Language, SelectionCode, Text
from headquarters.seats.allocate import allocate
from headquarters.seats.compare import compare
from headquarters.seats.model import INDEPENDENTS, Group, Member, SeatParameters, Votes
from headquarters.seats.readings import Independents
from headquarters.seats.report.charts import (
    MOST_BARS,
    bars_chart,
    bars_of,
    hemicycle,
    seat_places,
)
from headquarters.seats.report.drawing import COLOURS, Fill
from headquarters.seats.report.page import page_html
from headquarters.seats.report.writing import Fonts, ReportError, png, write_report
from headquarters.seats.verdict import command
from headquarters.seats.votes_file import read_votes_json
from tests.headquarters.seats.elections import WORKED, contest_of, group, votes_of
from words.languages import installed
from words.message import m

SVG = "{http://www.w3.org/2000/svg}"
DEFAULT = SeatParameters(21, "بذر|منتشرشده")
VOTES = votes_of(WORKED, ballots=1000)


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    folder = Path(__file__).parents[3] / "ui" / "fonts"
    return Fonts(folder / "Vazirmatn-Regular.ttf", folder / "Vazirmatn-Bold.ttf")


@pytest.fixture(scope="module")
def folder(fonts: Fonts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("report")
    files = write_report(
        found, contest_of(VOTES), compare(VOTES, DEFAULT), fonts, installed().speakers()
    )
    assert sorted(files) == sorted(found.iterdir())
    return found


# ---------------------------------------------------------------- charts


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_the_half_round_has_a_dot_for_every_seat(language: Language) -> None:
    root = ET.fromstring(
        hemicycle(allocate(VOTES, DEFAULT), installed().speaker(language), "x").document()
    )
    holders = [
        title.text
        for circle in root.iter(f"{SVG}circle")
        if (title := circle.find(f"{SVG}title")) is not None and float(circle.get("r", "0")) > 12
    ]
    say = installed().speaker(language).without_isolates().say
    hope = next(say(group.name) for group in VOTES.groups if group.key == "A")
    assert len(holders) == 21
    assert holders.count(hope) == 9


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_bars_have_the_lengths_of_the_shares(language: Language) -> None:
    root = ET.fromstring(
        bars_chart(allocate(VOTES, DEFAULT), installed().speaker(language), "x").document()
    )
    bars = [r for r in root.findall(f"{SVG}rect") if r.find(f"{SVG}title") is not None]
    widths = [float(bar.get("width", "0")) for bar in bars]
    votes, seats = widths[0::2], widths[1::2]
    assert [round(vote / votes[0], 3) for vote in votes] == [
        round(n / 9400, 3) for n in (9400, 6300, 2600, 1900, 800)
    ]
    assert [round(seat / seats[0], 3) for seat in seats] == [
        round(n / 9, 3) for n in (9, 6, 3, 2, 1)
    ]
    edges = [float(b.get("x", "0")) + float(b.get("width", "0")) for b in bars]
    starts = [float(b.get("x", "0")) for b in bars]
    near = edges if language == PERSIAN else starts
    assert max(near) - min(near) < 0.1  # they grow from one line


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_charts_say_themselves(language: Language) -> None:
    for chart in (bars_chart, hemicycle):
        root = ET.fromstring(
            chart(allocate(VOTES, DEFAULT), installed().speaker(language), "p").document()
        )
        labels = [
            root.find(f".//*[@id='{name}']") for name in root.get("aria-labelledby", "").split()
        ]
        title, description = (label.text or "" for label in labels if label is not None)
        assert root.get("role") == "img"
        assert title
        for listed in VOTES.groups:
            assert installed().speaker(language).without_isolates().say(listed.name) in description
        assert ("۹٬۴۰۰" if language == PERSIAN else "9,400") in description
        for used in re.findall(r"url\(#([^)]+)\)", ET.tostring(root, encoding="unicode")):
            assert root.find(f".//*[@id='{used}']") is not None


def test_groups_differ_by_more_than_colour() -> None:
    looks = {(Fill(i).colour, tuple(Fill(i).pattern)) for i in range(24)}
    assert len(looks) == 24
    assert len({tuple(Fill(i).pattern) for i in range(8)}) == 8


def test_white_on_every_colour_can_be_read() -> None:
    """WCAG contrast of white on it at least 4.5."""
    for colour in COLOURS:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5


@pytest.mark.parametrize("seats", [1, 2, 3, 7, 21, 49, 290, 1000])
def test_places_are_in_the_half_round_and_apart(seats: int) -> None:
    places = seat_places(seats)
    assert len(set(places.at)) == len(places.at) == seats
    assert all(up >= -1e-9 and hypot(across, up) <= 1 + 1e-9 for across, up in places.at)
    if seats <= 49:
        nearest = min(
            (hypot(a[0] - b[0], a[1] - b[1]) for a in places.at for b in places.at if a != b),
            default=2.0,
        )
        assert nearest * 300 >= 0.84 * min(places.spacing, 90)


def test_hundreds_of_groups_are_drawn_as_one() -> None:
    pool = group(INDEPENDENTS, 1000, list(range(500, 100, -1)))
    votes = Votes((group("A", 1, [90_000] * 9), pool), None, 21)
    result = allocate(votes, SeatParameters(9, "s", independents=Independents.EACH))
    bars = bars_of(result)
    assert len(bars) == MOST_BARS + 1
    assert sum(bar.votes for bar in bars) == sum(group.votes for group in votes.groups)
    assert sum(bar.share for bar in bars) == 1
    assert bars[-1].name == m("Others")
    bars_chart(result, installed().speaker(PERSIAN), "x").document()


def test_groups_of_one_name_keep_their_own_quotas() -> None:
    """Two independents may be called the same."""
    same = Text("علی رضایی", "Ali Rezaei")
    members = tuple(Member(SelectionCode(i), same, votes) for i, votes in ((1, 60), (2, 40)))
    votes = Votes((Group(INDEPENDENTS, Text("مستقل"), members),), None, 2)
    bars = bars_of(allocate(votes, SeatParameters(1, "s", independents=Independents.EACH)))
    assert [bar.quota for bar in bars] == [Fraction(6, 10), Fraction(4, 10)]


def test_vacant_seats_are_drawn_empty() -> None:
    votes = Votes((group("A", 1, [5, 4]),), None, 5)
    document = hemicycle(
        allocate(votes, SeatParameters(5, "s")), installed().speaker(ENGLISH), "x"
    ).document()
    assert document.count("stroke-dasharray") == 3 + 1  # and one in the legend
    assert "vacant: 3" in document


# ---------------------------------------------------------------- pages


class _Checked(HTMLParser):
    """Counts and balance of elements, and everything that would be loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.loaded += [value or "" for key, value in attrs if key in {"src", "href"}]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", [PERSIAN, ENGLISH])
def test_a_page_stands_alone(folder: Path, language: Language) -> None:
    page = (folder / f"report.{language}.html").read_text(encoding="utf-8")
    checked = _Checked()
    checked.feed(page)
    assert checked.open == []
    assert checked.loaded == []
    assert checked.tags.count("svg") == 2
    assert all(url.startswith("data:") for url in re.findall(r"url\(([^#)][^)]*)\)", page))
    assert len(set(re.findall(r' id="([^"]+)"', page))) == len(re.findall(r' id="([^"]+)"', page))
    assert f'dir="{"rtl" if language == PERSIAN else "ltr"}"' in page
    for text in ("seat 19", "order A"):
        assert (text in page) == any(
            text == getattr(step, "context", "") for step in allocate(VOTES, DEFAULT).steps
        )


def test_pages_escape_names() -> None:
    evil = replace(VOTES.groups[0], name=Text("<script>الف</script>", "<b>&"))
    members = (Member(evil.members[0].code, Text('"><img src=x>'), 9400),)
    votes = replace(VOTES, groups=(replace(evil, members=members * 1), *VOTES.groups[1:]))
    for language in (PERSIAN, ENGLISH):
        page = page_html(
            contest_of(votes), compare(votes, DEFAULT), installed().speaker(language), ""
        )
        assert "<script" not in page
        assert "<img" not in page
        assert "<b>" not in page


def test_a_report_can_be_computed_again(folder: Path) -> None:
    read = read_votes_json((folder / "votes.json").read_bytes())
    again = allocate(read.votes, DEFAULT)
    assert again.groups == allocate(VOTES, DEFAULT).groups
    assert command(contest_of(VOTES), DEFAULT) == (
        "amin election seats --votes votes.json --seed 'بذر|منتشرشده' --ballots 1000"
    )
    other = replace(DEFAULT, seed="", threshold=Fraction(1, 20), independents=Independents.EACH)
    assert command(contest_of(votes_of(WORKED)), other) == (
        "amin election seats --votes votes.json --independents each --threshold 1/20"
    )


# ---------------------------------------------------------------- pictures


def test_pictures_are_sharp_and_not_empty(folder: Path) -> None:
    for path in folder.glob("*.png"):
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            assert image.width == 1800
            colours = image.convert("RGB").getcolors(maxcolors=1 << 20)
            assert colours is not None
            assert len(colours) > 50


def test_persian_letters_are_joined(fonts: Fonts) -> None:
    """Joined letters are narrower than the same letters kept apart by non-joiners."""

    def width(text: str) -> int:
        from headquarters.seats.report.drawing import Drawing

        drawing = Drawing(600, 80, "t", "t", "t", right_to_left=True)
        drawing.text(20, 50, text, size=30)
        with Image.open(io.BytesIO(png(drawing, fonts, "t"))) as image:
            box = Image.eval(image.convert("L"), lambda value: 255 - value).getbbox()
        assert box is not None
        return box[2] - box[0]

    apart = "\N{ZERO WIDTH NON-JOINER}".join("نشست")
    assert width("نشست") < 0.8 * width(apart)
    assert width("\N{RIGHT-TO-LEFT MARK}نشست") == width("نشست")  # marks draw nothing


def test_a_picture_without_its_font_is_an_error(fonts: Fonts, tmp_path: Path) -> None:
    drawing = bars_chart(allocate(VOTES, DEFAULT), installed().speaker(PERSIAN), "x")
    with pytest.raises(ReportError, match="none"):
        png(drawing, replace(fonts, bold=tmp_path / "none"), "x")


def test_a_file_alone_has_its_font(folder: Path) -> None:
    for path in folder.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        ET.fromstring(text)
        assert text.count("@font-face") == 2
