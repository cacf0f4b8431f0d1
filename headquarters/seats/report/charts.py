"""Draw two charts of an allocation: bars of votes and seats by group, and the council as a half round.

Both carry a title and a description with all numbers, and tell groups by number, pattern and colour.
A Persian chart is mirrored: bars grow to the left, the half round is filled from the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import cos, pi, sin

from election.definition import PERSIAN, Language, Text
from headquarters.seats.model import Allocation
from headquarters.seats.report.drawing import SOFT_INK, Drawing, Fill
from headquarters.seats.text import say_number, say_percent

MOST_BARS = 14
"""Groups beyond these are drawn as one; there may be hundreds of independents."""
LONGEST_NAME = 30
"""Letters beside a bar."""
LONGEST_LEGEND = 40
_OTHERS = Text("دیگران", "Others")

_WIDTH = 900.0
_MARGIN = 24.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A group in a chart."""

    number: int
    """From 1; drawn beside the name and in the seats."""
    name: Text
    votes: int
    share: Fraction
    """Of all votes for candidates."""
    quota: Fraction | None
    seats: int
    fill: Fill | None
    """None, like the quota, for the groups drawn as one."""


def bars_of(allocation: Allocation) -> tuple[Bar, ...]:
    """Choose the groups with votes, most first; beyond `MOST_BARS` one bar, unless they hold seats."""
    with_votes = [group for group in allocation.groups if group.votes]
    total = sum(group.votes for group in with_votes)
    shown = [group for place, group in enumerate(with_votes) if place < MOST_BARS or group.seats]
    found = [
        Bar(
            i + 1,
            group.name,
            group.votes,
            Fraction(group.votes, total),
            group.quota,
            group.seats,
            Fill(i),
        )
        for i, group in enumerate(shown)
    ]
    rest = sum(group.votes for group in with_votes if group not in shown)
    if rest:
        found.append(Bar(len(shown) + 1, _OTHERS, rest, Fraction(rest, total), None, 0, None))
    return tuple(found)


# ---------------------------------------------------------------- bars

_ROW = 62.0
_THICK = 19.0
_NAMES = 270.0
_VALUES = 190.0


def bars_chart(allocation: Allocation, language: Language, prefix: str) -> Drawing:
    """Draw for each group its share of the votes above its share of the seats, on one scale."""
    bars = bars_of(allocation)
    fa = language == PERSIAN
    height = _MARGIN * 2 + _ROW * len(bars) + 34
    title = "سهم هر گروه از آرا و از کرسی‌ها" if fa else "Share of votes and of seats, by group"
    drawing = Drawing(_WIDTH, height, prefix, title, describe(allocation, language))
    page = _Page(drawing, language)
    seats = allocation.parameters.seats
    most = max(max(bar.share, Fraction(bar.seats, seats)) for bar in bars)
    scale = (_WIDTH - 2 * _MARGIN - _NAMES - _VALUES) / float(most)
    page.text(_MARGIN, _MARGIN + 8, title, size=17, bold=True)
    legend = "ردیف بالا: آرا · ردیف پایین: کرسی‌ها" if fa else "upper bar: votes · lower bar: seats"
    page.text(_WIDTH - _MARGIN, _MARGIN + 8, legend, size=13, fill=SOFT_INK, far=True)
    for row, bar in enumerate(bars):
        _bar(page, bar, seats, _MARGIN + 34 + row * _ROW, scale)
    return drawing


def _bar(page: _Page, bar: Bar, seats: int, top: float, scale: float) -> None:
    language, start = page.language, _MARGIN + _NAMES
    fa = language == PERSIAN
    page.drawing.line(_MARGIN, top - 4, _WIDTH - _MARGIN, top - 4)
    page.badge(_MARGIN + 13, top + 25, bar, 13)
    page.text(_MARGIN + 36, top + 31, short(bar.name.in_(language)), size=15, bold=True)
    colour = bar.fill.colour if bar.fill else SOFT_INK
    votes = say_number(bar.votes, language)
    said = f"{votes} رأی" if fa else f"{votes} {'vote' if bar.votes == 1 else 'votes'}"
    said = f"{said} ({say_percent(bar.share, language)})"
    width = max(1.0, float(bar.share) * scale)
    page.rectangle(start, top + 5, width, _THICK, fill=colour, opacity=0.38, title=said)
    page.text(start + width + 8, top + 20, said, size=13)
    share = Fraction(bar.seats, seats)
    number = say_number(bar.seats, language)
    said = f"{number} کرسی" if fa else f"{number} {'seat' if bar.seats == 1 else 'seats'}"
    said = f"{said} ({say_percent(share, language)})" if bar.seats else said
    width = float(share) * scale
    if bar.seats and bar.fill:
        fill = page.drawing.fill(bar.fill)
        page.rectangle(start, top + 7 + _THICK, width, _THICK, fill=fill, title=said)
    page.text(start + width + 8, top + 22 + _THICK, said, size=13, bold=bool(bar.seats))


# ---------------------------------------------------------------- half round

_OUTER = 300.0
_INNER = 120.0
_LEGEND_ROW = 30.0


def hemicycle(allocation: Allocation, language: Language, prefix: str) -> Drawing:
    """Draw every seat as a dot with its group's number; seats nobody takes are empty."""
    fa = language == PERSIAN
    bars = [bar for bar in bars_of(allocation) if bar.seats]
    total = allocation.parameters.seats
    places = seat_places(total)
    radius = min(36.0, 0.42 * places.spacing)
    middle, base = _WIDTH / 2, _MARGIN + 28 + _OUTER + radius
    columns = 2 if len(bars) > 3 else 1
    rows = -(-(len(bars) + bool(allocation.vacant)) // columns)
    height = base + radius + 34 + rows * _LEGEND_ROW + _MARGIN
    title = "کرسی‌های هر گروه" if fa else "Seats of each group"
    drawing = Drawing(_WIDTH, height, prefix, title, describe(allocation, language))
    page = _Page(drawing, language)
    page.text(_MARGIN, _MARGIN + 8, title, size=17, bold=True)
    holders: list[Bar | None] = [bar for bar in bars for _ in range(bar.seats)]
    holders += [None] * (total - len(holders))
    for (across, up), holder in zip(places.at, holders, strict=True):
        x, y = middle - across * _OUTER, base - up * _OUTER
        page.badge(x, y, holder, radius)
    page.middle(middle, base - 22, say_number(total, language), size=52, bold=True)
    page.middle(middle, base + 8, "کرسی" if fa else "seats", size=17, fill=SOFT_INK)
    for place, holder in enumerate([*bars, *([None] if allocation.vacant else [])]):
        x = _MARGIN + 40 + (place % columns) * (_WIDTH / 2 - _MARGIN)
        y = base + radius + 44 + (place // columns) * _LEGEND_ROW
        page.badge(x, y, holder, 11)
        vacant = "خالی" if fa else "vacant"
        name = short(holder.name.in_(language), LONGEST_LEGEND) if holder else vacant
        count = holder.seats if holder else allocation.vacant
        page.text(x + 20, y + 5, f"{name}: {say_number(count, language)}", size=15)
    return drawing


@dataclass(frozen=True, slots=True)
class SeatPositions:
    """The places of seats in a half round with radius 1."""

    at: Sequence[tuple[float, float]]
    """Across (−1 at the far end, 1 at the near end) and up (0…1), from the near end."""
    spacing: float
    """Pixels between neighbours."""


def seat_places(seats: int) -> SeatPositions:
    """Place seats in rings, as evenly as whole numbers allow, ordered by their angle."""
    rings = 1
    while _spacing(seats, rings) < (_OUTER - _INNER) / max(1, rings - 1) * 0.9 and rings < seats:
        rings += 1
    radii = [1 - (1 - _INNER / _OUTER) * ring / max(1, rings - 1) for ring in range(rings)]
    counts = _per_ring(seats, radii)
    found = [
        (pi * (seat + 0.5) / count if count == 1 else pi * seat / (count - 1), radius)
        for radius, count in zip(radii, counts, strict=True)
        for seat in range(count)
    ]
    # From the near end; seats at one angle from the inside out.
    found.sort(key=lambda place: (round(place[0], 9), place[1]))
    between = (_OUTER - _INNER) / (rings - 1) if rings > 1 else _OUTER
    arcs = [
        pi * radius * _OUTER / (count - 1)
        for radius, count in zip(radii, counts, strict=True)
        if count > 1
    ]
    spacing = min([between, *arcs])
    return SeatPositions([(cos(angle) * r, sin(angle) * r) for angle, r in found], spacing)


def _spacing(seats: int, rings: int) -> float:
    """Return the distance of neighbours in a ring, if all are equally far apart."""
    length = pi * sum(
        _OUTER - (_OUTER - _INNER) * ring / max(1, rings - 1) for ring in range(rings)
    )
    return length / max(1, seats - rings)


def _per_ring(seats: int, radii: Sequence[float]) -> list[int]:
    """Return the seats of each ring, by its length, the largest remainders rounded up."""
    exact = [seats * radius / sum(radii) for radius in radii]
    counts = [int(each) for each in exact]
    order = sorted(range(len(radii)), key=lambda ring: counts[ring] - exact[ring])
    for ring in order[: seats - sum(counts)]:
        counts[ring] += 1
    return counts


# ---------------------------------------------------------------- words


def describe(allocation: Allocation, language: Language) -> str:
    """Say all numbers of the charts in words, for those who do not see them."""
    fa = language == PERSIAN
    parts = []
    for bar in bars_of(allocation):
        name = bar.name.in_(language)
        votes, seats = say_number(bar.votes, language), say_number(bar.seats, language)
        share = say_percent(bar.share, language)
        parts.append(
            f"{name}: {votes} رأی ({share})، {seats} کرسی"
            if fa
            else f"{name}: {votes} votes ({share}), {seats} seats"
        )
    if allocation.vacant:
        vacant = say_number(allocation.vacant, language)
        parts.append(f"خالی: {vacant} کرسی" if fa else f"vacant: {vacant} seats")
    return ("؛ " if fa else "; ").join(parts) + "."


def short(name: str, most: int = LONGEST_NAME) -> str:
    """Shorten a name to at most `most` characters; the whole one is in the description."""
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class _Page:
    """Draws from the side where reading begins: left in English, right in Persian."""

    drawing: Drawing
    language: Language

    @property
    def mirrored(self) -> bool:
        return self.language == PERSIAN

    def across(self, x: float) -> float:
        return _WIDTH - x if self.mirrored else x

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        bold: bool = False,
        fill: str = "#1c2733",
        far: bool = False,
    ) -> None:
        """Write a text at `x` from the near side; `far`: it ends there instead of beginning."""
        anchor = "end" if self.mirrored != far else "start"
        self.drawing.text(
            self.across(x), y, text, self.language, size=size, anchor=anchor, bold=bold, fill=fill
        )

    def middle(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        bold: bool = False,
        fill: str = "#1c2733",
    ) -> None:
        self.drawing.text(
            x, y, text, self.language, size=size, anchor="middle", bold=bold, fill=fill
        )

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        opacity: float = 1,
        title: str = "",
    ) -> None:
        left = self.across(x + width) if self.mirrored else x
        self.drawing.rectangle(left, y, width, height, fill=fill, opacity=opacity, title=title)

    def badge(self, x: float, y: float, bar: Bar | None, radius: float) -> None:
        """Draw a dot with the group's number; a dashed one for nobody."""
        x = self.across(x)
        if bar is None:
            self.drawing.circle(x, y, radius, fill="#ffffff", stroke=SOFT_INK)
            return
        fill = self.drawing.fill(bar.fill) if bar.fill else SOFT_INK
        self.drawing.circle(x, y, radius, fill=fill, title=bar.name.in_(self.language))
        if radius < 7:
            return
        if bar.fill and bar.fill.pattern:
            # The number stays readable on a pattern.
            self.drawing.circle(x, y, radius * 0.62, fill=bar.fill.colour)
        number = say_number(bar.number, self.language)
        self.drawing.text(
            x,
            y + radius * 0.33,
            number,
            self.language,
            size=radius * 0.95,
            anchor="middle",
            bold=True,
            fill="#ffffff",
        )
