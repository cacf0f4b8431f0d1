"""Item model of the candidates or lists of one contest."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from election.definition import Candidate, CandidateList, Contest, SelectionCode
from ui.ballot.questions import called
from ui.widgets import Look

ModelIndex = QModelIndex | QPersistentModelIndex

CODE_ROLE = int(Qt.ItemDataRole.UserRole)
"""The row's selection code; robots find rows by it."""
ITEM_ROLE = CODE_ROLE + 1
CHOSEN_ROLE = CODE_ROLE + 2


class CandidateModel(QAbstractListModel):
    """Item model whose rows are candidates or lists of one contest."""

    def __init__(self, look: Look, contest: Contest) -> None:
        super().__init__()
        self._look, self._contest = look, contest
        self._rows: Sequence[Candidate | CandidateList] = ()
        self._chosen: frozenset[SelectionCode] = frozenset()

    def show_rows(self, rows: Sequence[Candidate | CandidateList]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def show_chosen(self, chosen: frozenset[SelectionCode]) -> None:
        """Replace the set of chosen selection codes and repaint the rows if it changed."""
        if chosen != self._chosen:
            self._chosen = chosen
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [CHOSEN_ROLE])

    def items(self, rows: range) -> Sequence[Candidate | CandidateList]:
        """Return what these rows show."""
        return self._rows[rows.start : rows.stop]

    def row_of(self, code: SelectionCode) -> int | None:
        """Return the index of the row with this selection code, None if there is none."""
        return next((i for i, item in enumerate(self._rows) if item.code == code), None)

    def list_name(self, candidate: Candidate) -> str:
        """Return what a candidate's list is called; "Independent" only where lists exist."""
        t = self._look.t
        if candidate.list_code is None:
            return t("Independent") if self._contest.lists else ""
        return called(t, self._contest, candidate.list_code)

    def rowCount(self, parent: ModelIndex | None = None) -> int:
        """Return the number of rows; a row has no children."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the row's selection code, item, mark, name or accessible text, by role."""
        item = self._rows[index.row()]
        t = self._look.t
        if role == CODE_ROLE:
            return int(item.code)
        if role == ITEM_ROLE:
            return item
        if role == CHOSEN_ROLE:
            return item.code in self._chosen
        if role == Qt.ItemDataRole.DisplayRole:
            return t.of(item.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._said(item)
        return None

    def _said(self, item: Candidate | CandidateList) -> str:
        t = self._look.t
        parts = [t.of(item.name), t.digits(self._contest.format_code(item.code))]
        if isinstance(item, Candidate):
            parts.append(self.list_name(item))
        if item.code in self._chosen:
            parts.append(t("Chosen"))
        return t.conventions.comma.join(filter(None, parts))
