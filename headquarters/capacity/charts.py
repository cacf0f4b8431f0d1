"""Draw two charts of a plan: what each number of devices gives, and the day with the chosen one."""

from __future__ import annotations

from headquarters.capacity.outcome import Outcome
from headquarters.capacity.phrases import (
    aim,
    answer,
    clock,
    devices,
    minutes,
    percent,
    source,
    span,
)
from headquarters.capacity.planning import Plan
from headquarters.seats.report.drawing import INK, SOFT_INK, Drawing, Fill
from words.message import Decimal, Message, m
from words.speaker import Speaker

_WIDTH = 900.0
_MARGIN = 24.0
_HEAD = 64.0
_KEPT, _MISSED = Fill(2), Fill(1)


# ---------------------------------------------------------------- numbers of devices

_ROW = 36.0
_THICK = 18.0
_NAMES = 330.0
_VALUES = 190.0


def devices_chart(plan: Plan, t: Speaker, prefix: str) -> Drawing:
    """Draw for each number of devices the share that waits no longer, its interval and the target."""
    t = t.without_isolates()
    height = _HEAD + _MARGIN + _ROW * len(plan.tried) + 26
    title = m(
        "Voters who wait less than {minutes} minutes, by number of devices",
        minutes=minutes(plan.question.target.wait_s),
    )
    drawing = _drawing(plan, t, prefix, title, height)
    scale = _WIDTH - 2 * _MARGIN - _NAMES - _VALUES
    start = _MARGIN + _NAMES
    for number, found in enumerate(plan.tried):
        top = _HEAD + number * _ROW
        chosen = found is plan.chosen
        name = t(devices(found))
        drawing.text(_MARGIN, top + 15, name, size=14, bold=chosen)
        fill = drawing.fill(_KEPT if found.kept else _MISSED)
        width = max(1.0, found.within.mean * scale)
        drawing.rectangle(start, top, width, _THICK, fill=fill, title=name)
        _interval(drawing, found, start, top, scale)
        drawing.text(start + scale + 12, top + 15, t(_shares(found)), size=13, bold=chosen)
    across = start + plan.question.target.share * scale
    bottom = _HEAD + len(plan.tried) * _ROW
    drawing.rectangle(across, _HEAD - 6, 2, bottom - _HEAD, fill=INK, round_by=0)
    share = t(m("target {share}", share=percent(plan.question.target.share)))
    drawing.text(across, bottom + 10, share, size=13, anchor="middle")
    return drawing


def _interval(drawing: Drawing, found: Outcome, start: float, top: float, scale: float) -> None:
    low, high = start + found.within.low * scale, start + found.within.high * scale
    middle = top + _THICK / 2
    drawing.rectangle(low, middle - 1.5, max(3.0, high - low), 3, fill=INK)


def _shares(found: Outcome) -> Message:
    return m(
        "{share} ({low} to {high})",
        share=percent(found.within.mean, 1),
        low=percent(found.within.low, 1),
        high=percent(found.within.high, 1),
    )


# ---------------------------------------------------------------- the day

_PANEL = 150.0
_GAP = 54.0
_LEAST_LABEL = 46.0
"""Pixels between two times under the columns."""


def day_chart(plan: Plan, t: Speaker, prefix: str) -> Drawing:
    """Draw the voters of each part of the day above their mean and their longer waits."""
    t = t.without_isolates()
    parts, target = plan.chosen.parts, plan.question.target
    title = m("The day with {devices}", devices=devices(plan.chosen))
    drawing = _drawing(plan, t, prefix, title, _HEAD + 2 * _PANEL + 2 * _GAP + _MARGIN)
    step = (_WIDTH - 2 * _MARGIN) / len(parts)
    most = max(part.voters for part in parts) or 1.0
    longest = max(target.wait_s, *(part.slow_s for part in parts))
    upper, lower = _HEAD + _PANEL, _HEAD + 2 * _PANEL + _GAP
    drawing.text(_MARGIN, _HEAD - 8, t("voters who come"), size=13, fill=SOFT_INK)
    legend = m(
        "wait: mean (dark), and what {share} do not exceed (light)", share=percent(target.share)
    )
    drawing.text(_MARGIN, upper + 36, t(legend), size=13, fill=SOFT_INK)
    every = max(1, round(_LEAST_LABEL / step + 0.5))
    for number, part in enumerate(parts):
        left, width = _MARGIN + (number + 0.1) * step, 0.8 * step
        spoken = t(
            m(
                "{start}: {voters} voters, mean wait {wait}",
                start=clock(part.start_s),
                voters=Decimal(part.voters),
                wait=span(part.wait_s),
            )
        )
        high = part.voters / most * (_PANEL - 20)
        drawing.rectangle(left, upper - high, width, high, fill=drawing.fill(Fill(0)), title=spoken)
        slow, mean = (x / longest * (_PANEL - 30) for x in (part.slow_s, part.wait_s))
        colour = _MISSED.colour
        drawing.rectangle(left, lower - slow, width, slow, fill=colour, opacity=0.35, title=spoken)
        drawing.rectangle(left, lower - mean, width, mean, fill=colour, title=spoken)
        if number % every == 0:
            for base in (upper, lower):
                drawing.text(left, base + 16, t.say(clock(part.start_s)), size=12, fill=SOFT_INK)
    limit = lower - target.wait_s / longest * (_PANEL - 30)
    drawing.line(_MARGIN, limit, _WIDTH - _MARGIN, limit)
    drawing.text(_WIDTH - _MARGIN, limit - 5, t(span(target.wait_s)), size=12, anchor="end")
    for base in (upper, lower):
        drawing.line(_MARGIN, base, _WIDTH - _MARGIN, base)
    return drawing


# ---------------------------------------------------------------- both


def _drawing(plan: Plan, t: Speaker, prefix: str, title: Message, height: float) -> Drawing:
    description = " ".join(t(each) for each in (aim(plan), answer(plan), source(plan)))
    drawing = Drawing(_WIDTH, height, prefix, t(title), description, right_to_left=t.right_to_left)
    drawing.text(_MARGIN, _MARGIN + 8, t(title), size=17, bold=True)
    return drawing
