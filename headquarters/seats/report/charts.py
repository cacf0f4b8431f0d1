"""Draw two charts of an allocation: bars of votes and seats by group, and the council as a half round.

Both carry a title and a description with all numbers, and tell groups by number, pattern and colour.
In a language from right to left they are mirrored: bars grow to the left, the half round is filled from
the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import cos, pi, sin

from headquarters.seats.model import Allocation
from headquarters.seats.phrases import Name, seats, votes, with_share
from headquarters.seats.report.drawing import SOFT_INK, Drawing, Fill
from words.message import Message, m
from words.speaker import Speaker

MOST_BARS = 14
"""Groups beyond these are drawn as one; there may be hundreds of independents."""
LONGEST_NAME = 30
"""Letters beside a bar."""
LONGEST_LEGEND = 40

_WIDTH = 900.0
_MARGIN = 24.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A group in a chart."""

    number: int
    """From 1; drawn beside the name and in the seats."""
    name: Name
    votes: int
    share: Fraction
    """Of all votes for candidates."""
    quota: Fraction | None
    seats: int
    seat_share: Fraction
    """Of all seats."""
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
            Fraction(group.seats, allocation.parameters.seats),
            Fill(i),
        )
        for i, group in enumerate(shown)
    ]
    rest = sum(group.votes for group in with_votes if group not in shown)
    if rest:
        number, share = len(shown) + 1, Fraction(rest, total)
        found.append(Bar(number, m("Others"), rest, share, None, 0, Fraction(0), None))
    return tuple(found)


# ---------------------------------------------------------------- bars

_ROW = 62.0
_THICK = 19.0
_NAMES = 270.0
_VALUES = 190.0


def bars_chart(allocation: Allocation, t: Speaker, prefix: str) -> Drawing:
    """Draw for each group its share of the votes above its share of the seats, on one scale."""
    bars = bars_of(allocation)
    height = _MARGIN * 2 + _ROW * len(bars) + 34
    drawing = _drawing(height, prefix, m("Share of votes and of seats, by group"), allocation, t)
    legend = t("upper bar: votes · lower bar: seats")
    drawing.text(_WIDTH - _MARGIN, _MARGIN + 8, legend, size=13, fill=SOFT_INK, anchor="end")
    most = max(max(bar.share, bar.seat_share) for bar in bars)
    scale = (_WIDTH - 2 * _MARGIN - _NAMES - _VALUES) / float(most)
    for row, bar in enumerate(bars):
        _bar(drawing, t.without_isolates(), bar, _MARGIN + 34 + row * _ROW, scale)
    return drawing


def _bar(drawing: Drawing, t: Speaker, bar: Bar, top: float, scale: float) -> None:
    start = _MARGIN + _NAMES
    drawing.line(_MARGIN, top - 4, _WIDTH - _MARGIN, top - 4)
    _badge(drawing, t, _MARGIN + 13, top + 25, bar, 13)
    drawing.text(_MARGIN + 36, top + 31, short(t.say(bar.name)), bold=True)
    colour = bar.fill.colour if bar.fill else SOFT_INK
    said = t(with_share(votes(bar.votes), bar.share))
    width = max(1.0, float(bar.share) * scale)
    drawing.rectangle(start, top + 5, width, _THICK, fill=colour, opacity=0.38, title=said)
    drawing.text(start + width + 8, top + 20, said, size=13)
    said = t(with_share(seats(bar.seats), bar.seat_share) if bar.seats else seats(0))
    width = float(bar.seat_share) * scale
    if bar.seats and bar.fill:
        fill = drawing.fill(bar.fill)
        drawing.rectangle(start, top + 7 + _THICK, width, _THICK, fill=fill, title=said)
    drawing.text(start + width + 8, top + 22 + _THICK, said, size=13, bold=bool(bar.seats))


# ---------------------------------------------------------------- half round

_OUTER = 300.0
_INNER = 120.0
_LEGEND_ROW = 30.0


def hemicycle(allocation: Allocation, t: Speaker, prefix: str) -> Drawing:
    """Draw every seat as a dot with its group's number; seats nobody takes are empty."""
    bars = [bar for bar in bars_of(allocation) if bar.seats]
    total = allocation.parameters.seats
    places = seat_places(total)
    radius = min(36.0, 0.42 * places.spacing)
    middle, base = _WIDTH / 2, _MARGIN + 28 + _OUTER + radius
    columns = 2 if len(bars) > 3 else 1
    rows = -(-(len(bars) + bool(allocation.vacant)) // columns)
    height = base + radius + 34 + rows * _LEGEND_ROW + _MARGIN
    drawing = _drawing(height, prefix, m("Seats of each group"), allocation, t)
    t = t.without_isolates()
    holders: list[Bar | None] = [bar for bar in bars for _ in range(bar.seats)]
    holders += [None] * (total - len(holders))
    for (across, up), holder in zip(places.at, holders, strict=True):
        _badge(drawing, t, middle - across * _OUTER, base - up * _OUTER, holder, radius)
    drawing.text(middle, base - 22, t.number(total), size=52, bold=True, anchor="middle")
    drawing.text(middle, base + 8, t("seats"), size=17, fill=SOFT_INK, anchor="middle")
    for place, holder in enumerate([*bars, *([None] if allocation.vacant else [])]):
        x = _MARGIN + 40 + (place % columns) * (_WIDTH / 2 - _MARGIN)
        y = base + radius + 44 + (place // columns) * _LEGEND_ROW
        _badge(drawing, t, x, y, holder, 11)
        name = short(t.say(holder.name), LONGEST_LEGEND) if holder else t("vacant")
        count = holder.seats if holder else allocation.vacant
        drawing.text(x + 20, y + 5, f"{name}: {t.number(count)}")
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
    counts = [int(share) for share in exact]
    order = sorted(range(len(radii)), key=lambda ring: counts[ring] - exact[ring])
    for ring in order[: seats - sum(counts)]:
        counts[ring] += 1
    return counts


# ---------------------------------------------------------------- words


def describe(allocation: Allocation, t: Speaker) -> str:
    """Say all numbers of the charts in words, for those who do not see them."""
    said = [
        m(
            "{group}: {votes}, {seats}.",
            group=bar.name,
            votes=with_share(votes(bar.votes), bar.share),
            seats=seats(bar.seats),
        )
        for bar in bars_of(allocation)
    ]
    if allocation.vacant:
        said.append(m("Vacant: {seats}.", seats=seats(allocation.vacant)))
    return " ".join(t(failure) for failure in said)


def short(name: str, most: int = LONGEST_NAME) -> str:
    """Shorten a name to at most `most` characters; the whole one is in the description."""
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


# ---------------------------------------------------------------- parts


def _drawing(
    height: float, prefix: str, title: Message, allocation: Allocation, t: Speaker
) -> Drawing:
    plain = t.without_isolates()
    drawing = Drawing(
        _WIDTH,
        height,
        prefix,
        plain(title),
        describe(allocation, plain),
        right_to_left=t.right_to_left,
    )
    drawing.text(_MARGIN, _MARGIN + 8, plain(title), size=17, bold=True)
    return drawing


def _badge(
    drawing: Drawing, t: Speaker, x: float, y: float, bar: Bar | None, radius: float
) -> None:
    """Draw a dot with the group's number; a dashed one for nobody."""
    if bar is None:
        drawing.circle(x, y, radius, fill="#ffffff", stroke=SOFT_INK)
        return
    fill = drawing.fill(bar.fill) if bar.fill else SOFT_INK
    drawing.circle(x, y, radius, fill=fill, title=t.say(bar.name))
    if radius < 7:
        return
    if bar.fill and bar.fill.pattern:
        # The number stays readable on a pattern.
        drawing.circle(x, y, radius * 0.62, fill=bar.fill.colour)
    drawing.text(
        x,
        y + radius * 0.33,
        t.number(bar.number),
        size=radius * 0.95,
        anchor="middle",
        bold=True,
        fill="#ffffff",
    )
