"""Draw two charts of a survey: the places of each district by state, and each question by answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from headquarters.readiness.phrases import (
    ANSWERS,
    MOST_DISTRICTS,
    STATES,
    more_districts,
    rule,
)
from headquarters.readiness.score import Readiness, State, by_district, by_question
from headquarters.seats.report.drawing import SOFT_INK, Drawing, Fill
from words.message import Message, Value, m
from words.speaker import Speaker

_WIDTH: Final = 900.0
_MARGIN: Final = 24.0
_HEAD: Final = 86.0
_ROW: Final = 34.0
_THICK: Final = 18.0
_NAMES: Final = 200.0
_VALUES: Final = 60.0
_LONGEST: Final = 24
"""Letters of a district's name that have room."""
_GOOD, _FAIR, _BAD, _NONE = Fill(2), Fill(4), Fill(1), Fill(7)
_OF_STATE: Final = {
    State.NOT_READY: _BAD,
    State.NOT_ASKED: _NONE,
    State.TO_MEND: _FAIR,
    State.READY: _GOOD,
}
_OF_ANSWER: Final = {"no": _BAD, "": _NONE, "partly": _FAIR, "yes": _GOOD}


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    counts: Sequence[int]
    value: str
    above: bool = False
    """The name is long, and stands above the bar."""


def districts_chart(found: Sequence[Readiness], t: Speaker, prefix: str) -> Drawing:
    """Draw how many places of each district are in which state, the worst district first."""
    t = t.without_isolates()
    districts = by_district(found)
    bars = [
        _Bar(_short(each.name), [each.states[state] for state in STATES], t.number(each.score))
        for each in districts[:MOST_DISTRICTS]
    ]
    left_out = len(districts) - len(bars)
    note = more_districts(left_out) if left_out else rule()
    title = m("Places of the branches by district; at the end of a line its mean score")
    keys = [(STATES[state], _OF_STATE[state]) for state in STATES]
    return _stacked(bars, keys, title, note, t, prefix)


def questions_chart(found: Sequence[Readiness], t: Speaker, prefix: str) -> Drawing:
    """Draw how each question was answered."""
    t = t.without_isolates()
    bars = [
        _Bar(
            t(question.asked),
            [answers[answer] for answer in ANSWERS],
            t.number(answers["yes"]),
            True,
        )
        for question, answers in by_question(found)
    ]
    title = m("Answers about the places; at the end of a line how many said yes")
    keys = [(ANSWERS[answer], _OF_ANSWER[answer]) for answer in ANSWERS]
    return _stacked(bars, keys, title, rule(), t, prefix)


def _stacked(
    bars: Sequence[_Bar],
    keys: Sequence[tuple[Message, Fill]],
    title: Message,
    note: Message,
    t: Speaker,
    prefix: str,
) -> Drawing:
    above = any(bar.above for bar in bars)
    row = _ROW + (20 if above else 0)
    drawing = Drawing(
        _WIDTH,
        _HEAD + row * len(bars) + 2 * _MARGIN,
        prefix,
        t(title),
        t(note),
        right_to_left=t.right_to_left,
    )
    drawing.text(_MARGIN, _MARGIN + 8, t(title), size=17, bold=True)
    for number, (said, fill) in enumerate(keys):
        left = _MARGIN + number * (_WIDTH - 2 * _MARGIN) / len(keys)
        drawing.rectangle(left, 50, 16, 16, fill=drawing.fill(fill))
        drawing.text(left + 24, 63, t(said), size=13)
    names = 0 if above else _NAMES
    room = _WIDTH - 2 * _MARGIN - names - _VALUES
    for number, bar in enumerate(bars):
        top = _HEAD + number * row
        drawing.text(_MARGIN, top + 14, bar.name, size=14)
        if above:
            top += 20
        left = _MARGIN + names
        for count, (said, fill) in zip(bar.counts, keys, strict=True):
            width = room * count / (sum(bar.counts) or 1)
            spoken = t("{what}: {count}", what=_both(bar.name, said), count=count)
            if count:
                drawing.rectangle(
                    left, top, width, _THICK, fill=drawing.fill(fill), round_by=0, title=spoken
                )
                if width > 8 + 9 * len(t.number(count)):
                    # Numbers stand on the bars: nobody has to compare colours.
                    drawing.text(
                        left + width / 2,
                        top + 14,
                        t.number(count),
                        size=12,
                        anchor="middle",
                        bold=True,
                        fill="#ffffff",
                    )
            left += width
        drawing.text(left + 10, top + 14, bar.value, size=13, bold=True)
    drawing.text(_MARGIN, _HEAD + row * len(bars) + 20, t(note), size=13, fill=SOFT_INK)
    return drawing


def _both(name: str, said: Value) -> Message:
    return m("{name}, {state}", name=name, state=said)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
