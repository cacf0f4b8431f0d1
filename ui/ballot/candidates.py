"""Many candidates as cards, a page at a time.

The view is an ordinary item view: the model gives a row's selection code under `CODE_ROLE`, each
row has a name for those who hear the screen, and a page is turned by buttons, never by a gesture.
Only visible cards load their portraits, so thousands of candidates cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from election.definition import Candidate, CandidateList, Contest, SelectionCode
from ui.ballot.cards import CardDelegate, CardForm
from ui.ballot.portraits import PortraitCache
from ui.ballot.rows import CODE_ROLE, CandidateModel, ModelIndex
from ui.theme import Ink
from ui.widgets import Button, Label, Look, Tone, column
from ui.widgets.stage import stage_of
from ui.widgets.typesetting import widest_word


class CardList(QListView):
    """List view that acts on release inside the pressed card; next and select move between cards."""

    touched = Signal(int)
    """Selection code."""

    def __init__(self, name: str, delegate: CardDelegate) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setItemDelegate(delegate)
        self.cards = delegate

    def _code_at(self, event: QMouseEvent) -> SelectionCode | None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        if not index.isValid() or not self.cards.card_rect(self.visualRect(index)).contains(at):
            return None
        return SelectionCode(index.data(CODE_ROLE))

    def _press(self, code: SelectionCode | None) -> None:
        self.cards.pressed = code
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark the card under the pointer as pressed; nothing is chosen yet."""
        self._down = self._code_at(event)
        self._press(self._down)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the card as pressed only while the pointer is still inside it."""
        inside = self._code_at(event)
        self._press(inside if inside == self._down else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit `touched` if the pointer is released inside the card that was pressed."""
        down, self._down = self._down, None
        self._press(None)
        if down is not None and self._code_at(event) == down:
            self.touched.emit(int(down))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Treat a quick second touch as a touch of its own."""
        self.mousePressEvent(event)

    _down: SelectionCode | None = None

    # -------------------------------------------------- next and select

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Focus the page's first card, or its last when the focus comes backwards."""
        backwards = event.reason() == Qt.FocusReason.BacktabFocusReason
        rows = self.visible_rows()
        if rows:
            self._focus(self.model().index(rows[-1] if backwards else rows[0], 0))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Remove the focus mark from the card."""
        super().focusOutEvent(event)
        self.cards.focused = None
        self.viewport().update()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move the focus to the neighbouring card on this page, else leave the list."""
        stage = stage_of(self)
        if stage is not None and stage.tabbed is not None:
            return stage.focusNextPrevChild(forward)
        rows = self.visible_rows()
        here = self._focused_row()
        if here in rows:
            to = here + (1 if forward else -1)
            if to in rows:
                self._focus(self.model().index(to, 0))
                return True
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Touch the focused card on Space or Enter, once per press."""
        select = event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if select and not event.isAutoRepeat() and self.cards.focused is not None:
            self.touched.emit(int(self.cards.focused))
        else:
            event.ignore()

    def _cell(self) -> tuple[int, int]:
        return self.gridSize().width(), self.gridSize().height()

    def _focus(self, index: QModelIndex) -> None:
        self.setCurrentIndex(index)
        self.cards.focused = SelectionCode(index.data(CODE_ROLE))
        self.viewport().update()

    def focus_row(self, row: int) -> None:
        """Focus the card of a row on this page."""
        self._focus(self.model().index(row, 0))

    def _focused_row(self) -> int:
        return self.currentIndex().row() if self.hasFocus() else -1

    @property
    def focused_code(self) -> SelectionCode | None:
        """Selection code of the card that has the focus, None if none has."""
        return self.cards.focused if self.window().focusWidget() is self else None

    def visible_rows(self) -> range:
        """Return the rows of the cards on the present page."""
        width, height = self._cell()
        count = self.model().rowCount() if self.model() is not None else 0
        if width <= 0 or height <= 0 or not count:
            return range(0)
        columns = max(1, self.viewport().width() // width)
        first = round(self.verticalScrollBar().value() / height) * columns
        shown = max(1, self.viewport().height() // height) * columns
        return range(min(first, count), min(first + shown, count))

    def scrollTo(
        self,
        index: ModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Turn to the page of a card that is not on this one: what is whole already stays where it is.

        The last page is full, too, and begins with cards of the one before.
        """
        del hint
        if index.isValid() and index.row() not in self.visible_rows():
            self.turn_to(index.row())

    def turn_to(self, row: int) -> None:
        """Show the page that a row is on: whole pages only, so that no card is ever cut."""
        width, height = self._cell()
        if width <= 0 or height <= 0:
            return
        self.executeDelayedItemsLayout()
        columns = max(1, self.viewport().width() // width)
        per_page = max(1, self.viewport().height() // height)
        page = row // columns // per_page
        self.verticalScrollBar().setValue(page * per_page * height)


class CandidateView(QWidget):
    """Cards in as many columns as fit, whole rows only, and the buttons that turn the page.

    The item view inside is called `name`, the buttons `<name>-up` and `<name>-down`.
    """

    touched = Signal(int)
    told = Signal(str)
    """The first card of a page that was turned to by key, as it is heard."""

    def __init__(
        self,
        look: Look,
        contest: Contest,
        cache: PortraitCache,
        form: CardForm,
        *,
        name: str = "candidates",
        nobody: str = "",
    ) -> None:
        """Create the view; `nobody` is the text shown when there are no rows."""
        super().__init__()
        t, style = look.t, look.style
        self._look = look
        self.model = CandidateModel(look, contest)
        self._cards = CardDelegate(look, contest, cache, form)
        self.list = CardList(name, self._cards)
        self.list.setParent(self)
        self.list.setModel(self.model)
        self.list.setAccessibleName(t("Candidates"))
        self.list.touched.connect(self.touched)
        self._nobody = Label(look, nobody, Ink.BODY, Tone.MUTED, name=f"{name}-none", centred=True)
        self._nobody.setParent(self)
        self._up = Button(look, f"{name}-up", icon="up", said=t("Earlier ones"))
        self._down = Button(look, f"{name}-down", icon="down", said=t("More"))
        self._where = Label(look, "", Ink.SMALL, Tone.MUTED, name=f"{name}-page", centred=True)
        self._turners = QWidget(self)
        self._turners.setLayout(column(self._up, 1, self._where, 1, self._down))
        self._up.clicked.connect(lambda: self._turn(-1))
        self._down.clicked.connect(lambda: self._turn(1))
        bar = self.list.verticalScrollBar()
        bar.valueChanged.connect(self._turned)
        bar.rangeChanged.connect(self._say_page)
        self.setMinimumHeight(2 * style.target + style.gap)

    def least_height(self) -> int:
        """Return the height in px of one card, and of both buttons; with less room nothing can be shown."""
        style = self._look.style
        card = self._cards.least_height(max(1, self.width() - style.target - style.gap))
        return max(card, 2 * style.target + style.gap)

    def show_rows(self, rows: Sequence[Candidate | CandidateList]) -> None:
        """Replace the rows and go back to the first page."""
        self.model.show_rows(rows)
        self.list.verticalScrollBar().setValue(0)
        self._place()

    def show_chosen(self, chosen: frozenset[SelectionCode]) -> None:
        """Mark the rows with these selection codes as chosen, and no others."""
        self.model.show_chosen(chosen)

    def row_of(self, code: SelectionCode) -> int | None:
        """Return the index of the row with this selection code, None if it is not shown."""
        return self.model.row_of(code)

    def turn_to(self, code: SelectionCode) -> None:
        """Show the page that a card is on."""
        row = self.row_of(code)
        if row is not None:
            self.list.scrollTo(self.model.index(row, 0))

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Fit columns and rows to the new size; the first card of the page stays in sight."""
        shown = self.list.visible_rows()
        self._place()
        if shown:
            self.list.turn_to(shown[0])

    def changeEvent(self, event: QEvent) -> None:
        """Lay the cards out again when the reading direction changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._place()

    # -------------------------------------------------- places

    def _place(self) -> None:
        style = self._look.style
        count = self.model.rowCount()
        self._cards.room = self.height()
        self._nobody.setVisible(count == 0)
        self._nobody.setGeometry(self.rect())
        page = self._look.t("{place} of {count}", place=count, count=count)
        words = ceil(widest_word(page, self._where.font())) + 2
        side = max(style.target, words) + style.gap
        per_page = self._grid(self.width())
        turning = count > per_page
        if turning:
            per_page = self._grid(self.width() - side)
        width = self.width() - side if turning else self.width()
        cell = self.list.gridSize()
        rows = max(1, self.height() // cell.height())
        rtl = self._look.t.right_to_left
        self.list.setGeometry(
            self.width() - width if rtl else 0, 0, width, min(self.height(), rows * cell.height())
        )
        self._turners.setVisible(turning)
        self._turners.setGeometry(
            0 if rtl else width + style.gap // 2, 0, side - style.gap // 2, self.height()
        )
        if self._cards.fit(self.model.items(self.list.visible_rows())):
            self._place()
        self._say_page()

    def _turned(self) -> None:
        """Lay the cards out anew if a name on the page that was turned to needs higher ones."""
        shown = self.list.visible_rows()
        if self._cards.fit(self.model.items(shown)):
            self._place()
            self.list.turn_to(shown[0])
        self._say_page()

    def _grid(self, width: int) -> int:
        """Set the cell size for a list of this width and return how many cells fit on a page."""
        most = max(1, width // self._cards.least_width())
        fits = {n: self._rows(width, n) * n for n in range(1, most + 1)}
        columns = max(fits, key=lambda n: (fits[n], -n))
        cell_width = max(1, (width - 1) // columns)
        least = self._cards.height_for(cell_width)
        rows = self._rows(width, columns)
        height = min(max(least, self.height() // rows), self._cards.height_at_most(cell_width))
        self._cards.cell = QSize(cell_width, height)
        self.list.setGridSize(self._cards.cell)
        return columns * rows

    def _rows(self, width: int, columns: int) -> int:
        return max(1, self.height() // self._cards.height_for(max(1, (width - 1) // columns)))

    def _turn(self, way: int) -> None:
        bar = self.list.verticalScrollBar()
        by_key = self._up.reached_by_key or self._down.reached_by_key
        bar.setValue(bar.value() + way * self.list.height())
        if by_key:
            # Whoever came here by key goes on with the names, which are read before these buttons.
            first = self.list.visible_rows()[0]
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
            self.list.focus_row(first)
            said = self.model.index(first, 0).data(Qt.ItemDataRole.AccessibleTextRole)
            self.told.emit(str(said))

    def _say_page(self) -> None:
        bar, height = self.list.verticalScrollBar(), max(1, self.list.height())
        pages = -(-bar.maximum() // height) + 1
        page = min(pages, -(-bar.value() // height) + 1)
        t = self._look.t
        self._where.setText(t("{place} of {count}", place=page, count=pages))
        buttons = self._up.sizeHint().height() + self._down.sizeHint().height()
        width = self._turners.width()
        self._where.setVisible(self.height() > buttons + self._where.heightForWidth(width))
        self._up.setEnabled(bar.value() > 0)
        self._down.setEnabled(bar.value() < bar.maximum())
