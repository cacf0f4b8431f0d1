"""Show in the night which branches' bundles are here, and which are not: `amin election arrivals`.

arrivals.fa.html, arrivals.en.html …     one page in every language, which looks again by itself
arrivals.csv                             every branch and its devices, for a spreadsheet

They lie in the election's folder `arrivals` and are made anew by every import. What they say comes from the
package, the acts about devices, and which files an import accepted: nothing of what is in a bundle.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from election.files import PUBLIC, replace_file
from headquarters.arrival_board.facts import ArrivalBoard, arrival_board, from_report, table_of
from headquarters.arrival_board.pages import page_of
from headquarters.import_report import ImportReport
from headquarters.workspace import Workspace
from words.languages import installed
from words.message import Message, m

ARRIVALS_FOLDER: Final = "arrivals"
TABLE_FILE: Final = "arrivals.csv"


def write_board(workspace: Workspace, report: ImportReport, now: datetime) -> None:
    """Write pages and table of what an import found, in the place of those before. Raises `OSError`."""
    _write(workspace.folder.path / ARRIVALS_FOLDER, from_report(workspace, report, now))


def look(workspace: Workspace, now: datetime) -> tuple[ArrivalBoard, Path]:
    """Look what the last import found, write pages and table of it; return it and the first page.

    Needs no key. Raises `FolderError` for a report that cannot be read, `OSError`.
    """
    board = arrival_board(workspace, now)
    return board, _write(workspace.folder.path / ARRIVALS_FOLDER, board)


def _write(folder: Path, board: ArrivalBoard) -> Path:
    folder.mkdir(exist_ok=True)
    speakers = [installed().speaker(each.id) for each in installed()]
    for t in speakers:
        page = page_of(board, t, [each.language for each in speakers])
        replace_file(folder / page_name(t.language), page.encode(), PUBLIC)
    replace_file(folder / TABLE_FILE, table_of(board), PUBLIC)
    return folder / page_name(speakers[0].language)


def next_step(board: ArrivalBoard, page: Path, folder: Path) -> Message:
    """Say what comes after a look at the board."""
    if not board.whole.pending:
        return m("Next: amin election tally {folder}, or: amin election batches", folder=folder)
    return m(
        "Next: open {page}; bring what is pending: amin election import {folder}",
        page=page,
        folder=folder,
    )


def page_name(language: str) -> str:
    """Return the file of the page in a language."""
    return f"arrivals.{language}.html"
