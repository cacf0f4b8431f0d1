"""A whole day on paper, played by robots: identity stations alone, checked in without a card, counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulators.demo.day import play_day
from simulators.demo.electorate import VisitKind
from tests.shares import share

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]
KINDS = (VisitKind.DOUBLE, VisitKind.WORN)


@pytest.mark.usefixtures("small_council")
@pytest.mark.parametrize("stations", share((1, 2), 2))
def test_a_day_on_paper(tmp_path: Path, stations: int) -> None:
    """Who comes twice gets papers once; with two stations the other one knows it by the registry."""
    root = tmp_path / "day"
    voters = len(KINDS) + 2
    report = play_day(
        root,
        voters=voters,
        seed=3,
        transport="in-process",
        special=KINDS,
        stations=stations,
        terminals=0,
    )
    assert report.disagreements == []
    assert report.verify == "ok"
    assert (report.stations, report.terminals) == (stations, 0)
    assert report.on_paper == report.checked_in == voters
    assert report.overridden == 1
    assert sum(report.refused.values()) == 1
    assert (report.ballots_cast, report.imported_ballots, report.stored_records) == (0, 0, 0)
    assert json.loads((root / "result.json").read_bytes())["on_paper"] == 1
    assert not list((root / "screens").glob("*WritingAuthorization*"))
    assert f"ballot papers       {voters}, counted by hand" in report.as_text()
