"""Take a survey in or give it out, judge it, and write the files of a report.

districts.fa.svg … questions.en.png     the charts in every language, as SVG and PNG
readiness.csv                           every branch: state, score, what to mend, what was not answered
readiness.json                          the same for programs
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from election.files import PUBLIC, replace_file, write_new
from headquarters.candidate_files import as_table
from headquarters.readiness import phrases
from headquarters.readiness.charts import districts_chart, questions_chart
from headquarters.readiness.score import Readiness, State, by_district, judge_all
from headquarters.readiness.survey import take_in, write_survey
from headquarters.seats.report.writing import Fonts, write_charts
from headquarters.workspace import ElectionFolder, FolderError, load_plan
from words.message import Message
from words.speaker import Speaker

_CHARTS: Final = (("districts", districts_chart), ("questions", questions_chart))


@dataclass(frozen=True, slots=True)
class ReadinessRow:
    """A line of readiness.csv."""

    branch: str
    district: str
    state: str
    score: int
    mend: str
    unanswered: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What the answers say of all branches."""

    places: tuple[Readiness, ...]
    next_step: Message

    @property
    def ready(self) -> bool:
        """Whether every place is ready."""
        return all(each.state is State.READY for each in self.places)

    def plain(self) -> Mapping[str, object]:
        """Return it for programs."""
        return {
            "ready": self.ready,
            "districts": [
                {"district": each.name, "score": each.score, **each.states}
                for each in by_district(self.places)
            ],
            "branches": [each.plain() for each in self.places],
        }


def run(folder: ElectionFolder, tables: Sequence[Path], out: Path | None) -> Surveyed:
    """Take tables in, or none, and judge what is there; with `out`, write the table of all answers first.

    Raises `ManifestError` that names line and column, `FolderError` for a file that is there, `OSError`.
    """
    branches = load_plan(folder).branches
    rows = take_in(folder, tables, branches)
    if out is not None:
        try:
            write_new(out, write_survey(rows, branches), PUBLIC)
        except FileExistsError as error:
            raise FolderError.of("{file} is there already; name another file", file=out) from error
    places = judge_all(branches, rows)
    return Surveyed(places, phrases.next_step(places, folder.path))


def write_readiness_report(
    folder: Path, surveyed: Surveyed, fonts: Fonts, speakers: Iterable[Speaker]
) -> tuple[Path, ...]:
    """Write everything in these languages; return the files. Raises `OSError`, `ReportError`."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: partial(chart, surveyed.places) for name, chart in _CHARTS}
    written = write_charts(folder, drawn, fonts, fonts.css(), speakers)
    table, document = folder / "readiness.csv", folder / "readiness.json"
    replace_file(table, as_table(ReadinessRow, map(_row, surveyed.places)), PUBLIC)
    text = json.dumps(surveyed.plain(), ensure_ascii=False, indent=2)
    replace_file(document, f"{text}\n".encode(), PUBLIC)
    return (*written, table, document)


def _row(found: Readiness) -> ReadinessRow:
    return ReadinessRow(
        found.branch.id,
        found.branch.district,
        found.state,
        found.score,
        " ".join(each.column for each in found.mend),
        " ".join(each.column for each in found.unanswered),
    )
