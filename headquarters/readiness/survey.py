"""Read the answers about the branches' places from tables, keep them, and give them out again.

    survey.csv   branch, and a column for every question of `questions`, then strengths, weaknesses

as CSV or .xlsx, with all the habits of `candidate_files`. Answers are yes, partly or no, in English,
Persian or Arabic, from any keyboard (`typed`); an empty cell is a question that nobody has answered yet.
Tables come in parts: a branch's line takes the place of the one that was there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from annotated_types import Len

from election.definition import ID_PATTERN, Branch
from election.errors import ManifestError
from election.fields import Pattern
from election.files import PUBLIC, replace_file
from headquarters.candidate_files import as_table, in_column, numbered
from headquarters.names import text_problem
from headquarters.typed import answer, plain
from headquarters.workspace import ElectionFolder, read_file
from words.message import m

SURVEY_FILE: Final = "survey.csv"
_FREE: Final = ("strengths", "weaknesses")

Answer: TypeAlias = Literal["yes", "partly", "no", ""]
_Text: TypeAlias = Annotated[str, Len(0, 200)]


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """A line of survey.csv: the columns of `questions.QUESTIONS`, and two for what people write."""

    branch: Annotated[str, Pattern(ID_PATTERN)]
    power: Answer = ""
    backup_power: Answer = ""
    line: Answer = ""
    telephone: Answer = ""
    step_free: Answer = ""
    wide_doors: Answer = ""
    way_shown: Answer = ""
    unseen: Answer = ""
    room: Answer = ""
    light: Answer = ""
    locked: Answer = ""
    fire_exit: Answer = ""
    key_holder: Answer = ""
    strengths: _Text = ""
    weaknesses: _Text = ""


ASKED: Final = tuple(
    each.name
    for each in fields(SurveyRow)
    if each.default is not MISSING and each.name not in _FREE
)
"""Columns of answers."""


def parse_survey(data: bytes, name: str, branches: Sequence[Branch]) -> tuple[SurveyRow, ...]:
    """Read a table of answers about these branches. Raises `ManifestError` with line and column."""
    known = {branch.id for branch in branches}
    found: dict[str, SurveyRow] = {}
    for place, row in numbered(SurveyRow, data, name, text_problem, _tidy):
        if row.branch not in known:
            raise in_column(place, "branch", m("there is no branch {branch}", branch=row.branch))
        if row.branch in found:
            raise in_column(place, "branch", m("the branch {id} is there twice", id=row.branch))
        for column in _FREE:
            text = getattr(row, column)
            if text and (problem := text_problem(text)):
                raise in_column(place, column, problem)
        found[row.branch] = row
    return tuple(found.values())


def take_in(
    folder: ElectionFolder, tables: Sequence[Path], branches: Sequence[Branch]
) -> Mapping[str, SurveyRow]:
    """Take tables in beside what the folder has; return all lines, by branch.

    All tables are judged before anything is written. Raises `ManifestError`, for a branch in two of them as
    well, `FolderError`, `OSError`.
    """
    new: dict[str, SurveyRow] = {}
    for path in tables:
        for row in parse_survey(read_file(path), path.name, branches):
            if row.branch in new:
                raise ManifestError.of(
                    "{name}: branch {branch} is in another of these tables, too",
                    name=path.name,
                    branch=row.branch,
                )
            new[row.branch] = row
    kept = {**read_survey(folder, branches), **new}
    if tables:
        replace_file(folder.path / SURVEY_FILE, write_survey(kept, branches), PUBLIC)
    return kept


def read_survey(folder: ElectionFolder, branches: Sequence[Branch]) -> Mapping[str, SurveyRow]:
    """Read what the folder has, by branch; lines of branches that the plan dropped are left out.

    Raises `ManifestError`.
    """
    path = folder.path / SURVEY_FILE
    if not path.exists():
        return {}
    known = {branch.id for branch in branches}
    rows = numbered(SurveyRow, read_file(path), SURVEY_FILE, text_problem, _tidy)
    return {row.branch: row for _, row in rows if row.branch in known}


def write_survey(rows: Mapping[str, SurveyRow], branches: Sequence[Branch]) -> bytes:
    """Return the table with a line for every branch."""
    return as_table(SurveyRow, [rows.get(each.id, SurveyRow(each.id)) for each in branches])


def _tidy(column: str, cell: str) -> str:
    if column in _FREE:
        return cell
    return plain(cell) if column == "branch" else answer(cell)
