"""Pages about speed and about a country's night say what was measured, and what follows from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.performance_pages import BALLOTS, MACHINES, PAGES, figures, filled, hours, more


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_tables_are_those_of_the_figures(page: Path) -> None:
    """Nobody writes a number of a table by hand (`python -m scripts.performance_pages`)."""
    text = page.read_text("utf-8")
    assert filled(text, figures()) == text
    assert "<!-- table " in text


def test_a_changed_figure_changes_the_pages() -> None:
    measured = figures()
    step = next(iter(next(iter(measured["pipeline"].values()))))
    changed = measured | {
        "pipeline": {
            size: steps | {step: 2 * steps[step]} for size, steps in measured["pipeline"].items()
        }
    }
    for page in PAGES:
        text = page.read_text("utf-8")
        assert filled(text, changed) != text


def test_hours_of_a_country() -> None:
    """On one core a step takes all its time; on many what is serial stays."""
    measured = figures()
    steps = list(next(iter(measured["pipeline"].values())))
    for step in steps:
        assert hours(measured, step, 1) == pytest.approx(BALLOTS * more(measured, step) / 3600)
        taken = [hours(measured, step, cores) for cores in MACHINES]
        assert taken == sorted(taken, reverse=True)
    for step in measured["one process"]:
        assert hours(measured, step, 128) == hours(measured, step, 1)
    for step in measured["as a whole"]:
        alone = BALLOTS * measured["first process"][step] / 3600
        assert alone < hours(measured, step, 10**6) < 1.01 * alone
    assert set(measured["first process"]) == set(steps)


def test_sentences_name_what_was_measured() -> None:
    """Machine, day and load stand in the page of figures; so do targets that were missed."""
    text, measured = PAGES[0].read_text("utf-8"), figures()
    for word in ("machine", "day"):
        assert measured[word] in text
    largest = max(map(int, measured["pipeline"]))
    together = sum(measured["pipeline"][str(largest)].values()) / largest
    said = re.search(r"A ballot costs \*\*([0-9.]+) s\*\* of a core", text)
    assert said is not None
    assert float(said[1]) == round(together, 2)
