"""A whole day with paper records: what is in the box is what is in the archive is what was meant."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from pytestqt.qtbot import QtBot

from election.paper_record import read_record
from headquarters.workspace import ElectionFolder, open_workspace
from simulators.demo import day as day_module
from simulators.demo.booth import REFUSES_PAPER
from simulators.demo.electorate import VisitKind
from simulators.demo.intents import Intent, Meant
from simulators.demo.report import DayReport
from simulators.printer.escpos import Receipt
from tests.kiosk.station.paper_bench import code_of, word_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]
KINDS = (
    VisitKind.FAILS_FIRST,
    VisitKind.CHALLENGES,
    VisitKind.LEAVES,
    VisitKind.COUNCIL_ONLY,
    VisitKind.BLANK,
)
VOTERS = 9


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DayReport, list[Intent]]:
    root = tmp_path_factory.mktemp("day") / "day"
    meant: list[Intent] = []
    original = Meant.of

    def spy(intents: list[Intent]) -> Meant:
        meant.extend(intents)
        return original(intents)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Meant, "of", spy)
        report = day_module.play_day(
            root, voters=VOTERS, seed=8, transport="in-process", special=KINDS, paper_record=True
        )
    return root, report, meant


def receipts(root: Path) -> list[Receipt]:
    found = []
    for number, path in enumerate(sorted((root / "receipts").glob("record-*.png")), 1):
        page = ImageChops.invert(Image.open(path).convert("L")).convert("1")
        found.append(Receipt(number, page.width, page.tobytes()))
    return [each for each in found if any(each.rows)]


def test_papers_that_count_are_the_result_and_what_was_meant(
    played: tuple[Path, DayReport, list[Intent]], qtbot: QtBot
) -> None:
    root, report, meant = played
    assert report.disagreements == []
    assert report.tally_matches_intent
    words = Counter(word_of(each) for each in receipts(root))
    void = 1 + sum(kind in REFUSES_PAPER for kind in KINDS)  # a challenge, and who refuses
    assert words == {"recorded": report.ballots_cast, "void": void}
    assert report.papers == {
        "printed": report.ballots_cast + void,
        "void": void,
        "pieces in the box": report.ballots_cast + void,
    }
    election = open_workspace(ElectionFolder(root / "headquarters")).election
    counted = Meant(Counter(), Counter(), Counter())
    for each in receipts(root):
        if word_of(each) != "recorded":
            continue
        for marks in read_record(election, code_of(each)):
            counted.persons.update((marks.contest, code) for code in marks.persons)
            if marks.list_code is not None:
                counted.lists[marks.contest, marks.list_code] += 1
            if marks.blank:
                counted.blanks[marks.contest] += 1
    assert counted == Meant.of(meant[: report.ballots_cast])


def test_all_pieces_have_one_length(
    played: tuple[Path, DayReport, list[Intent]],
) -> None:
    root, *_ = played
    assert len({each.height_px for each in receipts(root)}) == 1
