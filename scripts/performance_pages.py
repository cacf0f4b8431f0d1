"""Write the tables of docs/performance.md and docs/night.md from docs/performance.json.

`python -m scripts.performance_pages` after figures were measured anew; `tests/docs/test_performance.py`
compares. Words stand in the pages, numbers between two marks of a table come from here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[1] / "docs"
FIGURES: Final = DOCS / "performance.json"
PAGES: Final = (DOCS / "performance.md", DOCS / "night.md")
BALLOTS: Final = 2_900_000
MACHINES: Final = (2, 32, 128)
"""Cores of the kind that was measured."""
_TABLE: Final = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def figures() -> dict[str, Any]:
    """Return what was measured."""
    found: dict[str, Any] = json.loads(FIGURES.read_text("utf-8"))
    return found


def filled(page: str, measured: Mapping[str, Any]) -> str:
    """Return a page with its tables made anew."""
    tables = {
        "pipeline": _pipeline,
        "growth": _growth,
        "core": _core,
        "peers": _peers,
        "office": _office,
        "night": _night,
    }
    return _TABLE.sub(
        lambda found: f"{found[1]}{''.join(tables[found[2]](measured))}{found[3]}", page
    )


def more(measured: Mapping[str, Any], step: str) -> float:
    """Return the seconds of a core that one more ballot takes in a step, without the start of the command."""
    (few, before), *_, (many, after) = _sizes(measured)
    return float(after[step] - before[step]) / (many - few)


def hours(measured: Mapping[str, Any], step: str, cores: int) -> float:
    """Return how long a step takes for the country: what is serial, and the rest on so many cores."""
    a_ballot, serial = more(measured, step), _serial(measured, step)
    return BALLOTS * (serial + (a_ballot - serial) / cores) / 3600


def _serial(measured: Mapping[str, Any], step: str) -> float:
    """Return the seconds a ballot that one process of a step spends alone; at most all of them.

    Archives of the other steps are shared among processes, first ones too.
    """
    whole = more(measured, step)
    if step in measured["one process"]:
        return whole
    return min(whole, measured["first process"][step]) if step in measured["as a whole"] else 0.0


def _sizes(measured: Mapping[str, Any]) -> Sequence[tuple[int, Mapping[str, float]]]:
    return sorted((int(size), steps) for size, steps in measured["pipeline"].items())


def _pipeline(measured: Mapping[str, Any]) -> Iterator[str]:
    sizes = _sizes(measured)
    yield _row(
        "step",
        *(f"{size} ballots, ms a ballot" for size, _ in sizes),
        "one more ballot, ms",
        "of it the first process, ms",
    )
    yield _row("---", *("--:" for _ in sizes), "--:", "--:")
    for step in sizes[0][1]:
        taken = (f"{1000 * steps[step] / size:.1f}" for size, steps in sizes)
        first = measured["first process"][step]
        yield _row(step, *taken, f"{1000 * more(measured, step):.1f}", f"{1000 * first:.1f}")
    whole = (f"**{1000 * sum(steps.values()) / size:.0f}**" for size, steps in sizes)
    together = sum(more(measured, step) for step in sizes[0][1])
    yield _row("**all**", *whole, f"**{1000 * together:.0f}**", "")


def _growth(measured: Mapping[str, Any]) -> Iterator[str]:
    yield _row("ballots", "s a ballot", "one more ballot, s", "memory at the most, MiB")
    yield _row("--:", "--:", "--:", "--:")
    sizes = [
        (size, sum(steps.values()) / size, measured["memory"][str(size)])
        for size, steps in _sizes(measured)
    ]
    further = [
        (after * late - before * early) / (after - before)
        for (before, early, _), (after, late, _) in pairwise(sizes)
    ]
    for (size, spent, memory), more_s in zip(sizes, (None, *further), strict=True):
        cell = "" if more_s is None else f"{more_s:.3f}"
        yield _row(str(size), f"{spent:.3f}", cell, f"{memory:g}")
    workers = measured["workers"]
    yield f"\nThe last one more ballot costs {further[-1] / further[0]:.2f} times the first."
    yield " Two Dask workers verify"
    yield f" {workers['ballots']} ballots {workers['times']:g} × as fast as one"
    yield f" (median of {workers['pairs']} pairs).\n"


def _core(measured: Mapping[str, Any]) -> Iterator[str]:
    yield _row("what", "before", "now", "")
    yield _row("---", "--:", "--:", "--:")
    for name, (before, now, unit) in measured["core"].items():
        yield _row(name, f"{before:g} {unit}", f"{now:g} {unit}", f"{before / now:.2f} ×")


def _peers(measured: Mapping[str, Any]) -> Iterator[str]:
    yield _row("what", "Amin", "the reference tool", "")
    yield _row("---", "--:", "--:", "--:")
    for name, (ours, theirs, unit) in measured["peers"].items():
        yield _row(name, f"{ours:g} {unit}", f"{theirs:g} {unit}", f"{theirs / ours:.1f} ×")
    for size, (ours, theirs) in measured["verification"].items():
        name = f"an archive of {int(size):,} ballots verified, a ballot"
        yield _row(name, f"{ours:g} ms", f"{theirs:g} ms", f"{theirs / ours:.1f} ×")


def _office(measured: Mapping[str, Any]) -> Iterator[str]:
    yield _row("what", "ms of a core")
    yield _row("---", "--:")
    for name, milliseconds in measured["office"].items():
        yield _row(name, f"{milliseconds:g}")


def _night(measured: Mapping[str, Any]) -> Iterator[str]:
    steps = list(_sizes(measured)[0][1])
    yield _row(
        "step", "one more ballot, ms", "of it serial, ms", *(f"{n} cores, h" for n in MACHINES)
    )
    yield _row("---", "--:", "--:", *("--:" for _ in MACHINES))
    for step in steps:
        taken = (f"{hours(measured, step, cores):.2f}" for cores in MACHINES)
        whole, serial = 1000 * more(measured, step), 1000 * _serial(measured, step)
        yield _row(step, f"{whole:.1f}", f"{serial:.1f}", *taken)
    total = (f"**{sum(hours(measured, step, cores) for step in steps):.1f}**" for cores in MACHINES)
    yield _row(
        "**all**", f"**{1000 * sum(more(measured, step) for step in steps):.0f}**", "", *total
    )
    after = [step for step in steps if step != "import"]
    late = (f"**{sum(hours(measured, step, cores) for step in after):.1f}**" for cores in MACHINES)
    yield _row("**after the last bundle** (all but the import)", "", "", *late)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def main() -> None:
    """Fill both pages."""
    measured = figures()
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8"), measured), "utf-8")


if __name__ == "__main__":
    main()
