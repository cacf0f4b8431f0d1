"""A whole day, played by robots, with every kind of document: most of them have no chip."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from headquarters.import_report import FindingKind
from simulators.demo.day import play_day
from simulators.demo.electorate import WITHOUT_CHIP, VisitKind

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

KINDS = (*WITHOUT_CHIP, VisitKind.WORN)


@pytest.mark.usefixtures("small_council")
def test_a_day_of_all_kinds_of_documents(tmp_path: Path) -> None:
    """Who comes twice, by two kinds, is counted once: the ballot that the chip has proven."""
    root = tmp_path / "day"
    voters = len(KINDS) + 2
    report = play_day(root, voters=voters, seed=11, transport="in-process", special=KINDS)
    assert report.disagreements == []
    assert report.tally_matches_intent
    assert report.verify == "ok"
    assert report.checked_in == report.ballots_cast == voters + 1
    assert report.refused == {"chip-dead": 2}
    decided = Counter(
        decision["decision"]
        for decision in json.loads((root / "decisions.json").read_bytes())["decisions"]
    )
    # Six checked documents and one chip after a document, which replaces it.
    assert decided == {"include": 6, "exclude": 1}
    imported = json.loads(next(root.rglob("import.json")).read_bytes())
    assert {finding["kind"] for finding in imported["findings"]} <= {FindingKind.ODD_TIME}
    (branch,) = imported["evidence"]
    sums = {(dimension, code): number for dimension, code, number in branch["sums"]}
    per_dimension: Counter[str] = Counter()
    for (dimension, _), number in sums.items():
        per_dimension[dimension] += number
    assert set(per_dimension.values()) == {voters + 1}
    assert sums["holder", "document-check"] == 6
    assert sums["document", "birth-certificate"] == 2
    assert sums["chip", "chip-dead"] == 2
    assert sums["given", "provisional-after-document"] == 1
    assert sums["roll", "not-compared"] == 6
    screens = {path.stem for path in (root / "screens").glob("*.png")}
    assert {
        f"identity-1-{state}"
        for state in ("ChoosingDocument", "EnteringPerson", "ConfirmingDocument", "Done")
    } <= screens
    # Zero and closing report, twice; six forms; and a slip for each vote.
    assert len(list((root / "receipts").glob("*.png"))) == 4 + 6 + report.ballots_cast
