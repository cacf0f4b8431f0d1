"""Many candidates as cards, a page at a time.

The view is an ordinary item view: the model gives a row's selection code under `CODE_ROLE`, each
row has a name for those who hear the screen, and a page is turned by buttons, never by a gesture.
Only visible cards load their portraits, so thousands of candidates cost nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import StrEnum
from math import ceil

from PySide6.QtCore import (
    QAbstractListModel,
    QBuffer,
    QByteArray,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QImageReader,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from kiosk.definition import Candidate, CandidateList, Contest, SelectionCode
from ui.text import Texts
from ui.theme import Ink
from ui.widgets import Button, Label, Look, Tone, column, draw_photo
from ui.widgets.typesetting import (
    draw_text,
    line_height,
    natural_width,
    text_height,
    widest_word,
)

Portraits = Callable[[str], bytes]
"""JPEG by SHA-256 (hex); empty if the package has none."""
Index = QModelIndex | QPersistentModelIndex

CODE_ROLE = int(Qt.ItemDataRole.UserRole)
ITEM_ROLE = CODE_ROLE + 1
CHOSEN_ROLE = CODE_ROLE + 2
KEPT_PORTRAITS = 120
SMALLEST_PORTRAIT_MM = 17
LARGEST_PORTRAIT_MM = 30
LONGEST = 60
"""So many of the longest names are measured to find how high a card has to be."""


class Form(StrEnum):
    ROW = "row"
    """Photo beside the name."""
    PORTRAIT = "portrait"
    """Large photo above the name."""
    LIST = "list"
    """A list: name, code, some of its members' photos."""


class PortraitCache:
    """Decoded portraits in the sizes that are shown. Belongs to one screen and goes with it."""

    def __init__(self, portraits: Portraits) -> None:
        self._portraits = portraits
        self._kept: OrderedDict[tuple[str, int], QPixmap | None] = OrderedDict()

    def get(self, digest: str, width: int) -> QPixmap | None:
        """About `width` pixels wide; None if there is no portrait or it cannot be decoded."""
        key = (digest, width)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._kept[key] = _decoded(self._portraits(digest), width) if digest else None
        if len(self._kept) > KEPT_PORTRAITS:
            self._kept.popitem(last=False)
        return self._kept[key]


def _decoded(jpeg: bytes, width: int) -> QPixmap | None:
    if not jpeg:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(jpeg))
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and size.width() > width:
        reader.setScaledSize(QSize(width, max(1, size.height() * width // size.width())))
    image = reader.read()
    return None if image.isNull() else QPixmap.fromImage(image)


# ---------------------------------------------------------------- model


class CandidateModel(QAbstractListModel):
    """Rows are candidates or lists of one contest."""

    def __init__(self, look: Look, contest: Contest) -> None:
        super().__init__()
        self._look, self._contest = look, contest
        self._lists = {x.code: x for x in contest.lists}
        self._rows: Sequence[Candidate | CandidateList] = ()
        self._chosen: frozenset[SelectionCode] = frozenset()

    def show_rows(self, rows: Sequence[Candidate | CandidateList]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def show_chosen(self, chosen: frozenset[SelectionCode]) -> None:
        if chosen != self._chosen:
            self._chosen = chosen
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [CHOSEN_ROLE])

    def row_of(self, code: SelectionCode) -> int | None:
        return next((i for i, item in enumerate(self._rows) if item.code == code), None)

    def list_name(self, candidate: Candidate) -> str:
        t = self._look.t
        if candidate.list_code is None:
            return t("Independent") if self._lists else ""
        return t.of(self._lists[candidate.list_code].name)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
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
        return (
            "، ".join(p for p in parts if p) if t.right_to_left else ", ".join(filter(None, parts))
        )


# ---------------------------------------------------------------- cards


class CardDelegate(QStyledItemDelegate):
    """Draws one card. Chosen ones have a coloured ground, a thick border and a tick."""

    def __init__(self, look: Look, contest: Contest, cache: PortraitCache, form: Form) -> None:
        super().__init__()
        self.pressed: SelectionCode | None = None
        self.focused: SelectionCode | None = None
        self.cell = QSize(1, 1)
        self._text_heights: dict[int, int] = {}
        self._least_width = 0
        self._look, self._contest, self._cache, self._form = look, contest, cache, form
        self._names = sorted(
            (
                look.t.of(x.name)
                for x in (contest.lists if form is Form.LIST else contest.candidates)
            ),
            key=len,
        )[-LONGEST:]
        self._name_font = look.style.font(Ink.STRONG)
        self._small_font = look.style.font(Ink.SMALL)
        self._portraits_of = {c.code: c.portrait for c in contest.candidates}

    # -------------------------------------------------- sizes

    @property
    def _pad(self) -> int:
        return self._look.style.mm(1.8)

    def least_width(self) -> int:
        """Narrower than this no card may be: its longest word and its second line have to fit."""
        if not self._least_width:
            style = self._look.style
            if self._form is Form.PORTRAIT:
                words = max(self._widest_word(), style.mm(SMALLEST_PORTRAIT_MM))
                self._least_width = words + 2 * self._pad + style.gap
            else:
                words = max(self._widest_word(), self._second_line())
                self._least_width = self._beside() + words
        return self._least_width

    def _widest_word(self) -> int:
        return ceil(max((widest_word(n, self._name_font) for n in self._names), default=0)) + 2

    def _second_line(self) -> int:
        """Code and list; a very long list's name is cut short, it stands in full among the lists."""
        t = self._look.t
        code = t.digits("0" * self._contest.code_width)
        if self._form is Form.LIST:
            beside = [members_words(t, x) for x in self._contest.lists]
        else:
            beside = [t.of(x.name) for x in self._contest.lists] or [""]
        widest = max(natural_width(f"{code}  {words}", self._small_font) for words in beside)
        return min(ceil(widest) + 4, self._look.style.mm(95))

    def _beside(self) -> int:
        """What a row's width holds beside its text."""
        faces = self._faces_width() if self._form is Form.LIST else self._photo_width()
        return faces + 3 * self._pad + self._look.style.gap

    def _photo_width(self) -> int:
        """As high as two lines of text beside it, but never tiny."""
        lines = line_height(self._name_font) + line_height(self._small_font)
        return max(self._look.style.mm(14), ceil(lines) * 3 // 4)

    def _faces_width(self) -> int:
        return round(self._photo_width() * (1 + 3 * 0.55))

    def height_for(self, width: int) -> int:
        """How high every card has to be at least, gap included, at this width."""
        style = self._look.style
        around = 2 * self._pad + style.gap
        if self._form is Form.PORTRAIT:
            smallest = style.mm(SMALLEST_PORTRAIT_MM) * 4 // 3
            return smallest + style.mm(1) + self._text_height(width) + around
        return max(self._text_height(width), self._photo_width() * 4 // 3) + around

    def height_at_most(self, width: int) -> int:
        """Higher than this no card looks well."""
        if self._form is not Form.PORTRAIT:
            return round(self.height_for(width) * 1.2)
        style = self._look.style
        inner = min(width - style.gap - 2 * self._pad, style.mm(LARGEST_PORTRAIT_MM))
        smallest = style.mm(SMALLEST_PORTRAIT_MM)
        return self.height_for(width) + max(0, inner - smallest) * 4 // 3

    def _text_height(self, width: int) -> int:
        if width not in self._text_heights:
            self._text_heights[width] = self._measured(max(1, self._text_width(width)))
        return self._text_heights[width]

    def _measured(self, room: int) -> int:
        name = max((text_height(n, self._name_font, room) for n in self._names), default=0)
        return ceil(name + line_height(self._small_font))

    def _portrait_width(self, cell: QSize) -> int:
        """The photo takes what the words leave of the card."""
        style = self._look.style
        around = 2 * self._pad + style.gap
        free = cell.height() - around - style.mm(1) - self._text_height(cell.width())
        return min(cell.width() - around, free * 3 // 4)

    def _text_width(self, width: int) -> int:
        if self._form is Form.PORTRAIT:
            return width - self._look.style.gap - 2 * self._pad
        return width - self._beside()

    def card_rect(self, cell: QRect) -> QRect:
        """The card inside its cell: half of the gap on each side stays free."""
        half = self._look.style.gap // 2
        return cell.adjusted(half, half, -half, -half)

    # -------------------------------------------------- paint

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return self.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: Candidate | CandidateList = index.data(ITEM_ROLE)
        chosen = bool(index.data(CHOSEN_ROLE))
        style, c = self._look.style, self._look.style.palette
        card = self.card_rect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        down = self.pressed == item.code
        line = max(style.hairline * 2, style.mm(0.7)) if chosen or down else style.hairline
        box = QRectF(card).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setPen(QPen(QColor(c.accent if chosen or down else c.line), line))
        painter.setBrush(QColor(c.soft if chosen or down else c.surface))
        painter.drawRoundedRect(box, style.radius, style.radius)
        if self.focused == item.code:
            inner = style.focus_line * 1.2
            painter.setPen(QPen(QColor(c.accent), style.focus_line, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                box.adjusted(inner, inner, -inner, -inner), style.radius, style.radius
            )
        ink = c.on_soft if chosen or down else c.text
        rtl = self._look.t.right_to_left
        content = card.adjusted(self._pad, self._pad, -self._pad, -self._pad)
        match item, self._form:
            case CandidateList(), _:
                self._paint_list(painter, item, content, ink, rtl)
            case Candidate(), Form.PORTRAIT:
                self._paint_portrait(painter, item, content, ink, rtl)
            case _:
                self._paint_row(painter, item, index, content, ink, rtl)
        if chosen:
            self._paint_tick(painter, card, rtl)
        painter.restore()

    def _paint_row(
        self, painter: QPainter, item: Candidate, index: Index, box: QRect, ink: str, rtl: bool
    ) -> None:
        width = self._photo_width()
        height = width * 4 // 3
        photo = QRect(0, box.top() + (box.height() - height) // 2, width, height)
        photo.moveLeft(box.right() - width + 1 if rtl else box.left())
        self._photo(painter, item.portrait, photo)
        room = (
            box.adjusted(0, 0, -(width + self._pad), 0)
            if rtl
            else box.adjusted(width + self._pad, 0, 0, 0)
        )
        model = index.model()
        of = model.list_name(item) if isinstance(model, CandidateModel) else ""
        self._words(painter, item, of, room, ink, rtl, centred=False)

    def _paint_portrait(
        self, painter: QPainter, item: Candidate, box: QRect, ink: str, rtl: bool
    ) -> None:
        width = self._portrait_width(self.cell)
        height = width * 4 // 3
        spare = box.height() - height - self._look.style.mm(1)
        photo = QRect(box.left() + (box.width() - width) // 2, box.top(), width, height)
        self._photo(painter, item.portrait, photo)
        room = QRect(box.left(), photo.bottom() + self._look.style.mm(1), box.width(), spare)
        self._words(painter, item, "", room, ink, rtl, centred=True)

    def _paint_list(
        self, painter: QPainter, item: CandidateList, box: QRect, ink: str, rtl: bool
    ) -> None:
        width = self._photo_width()
        height = width * 4 // 3
        top = box.top() + (box.height() - height) // 2
        step = round(width * 0.55)
        for place in reversed(range(min(4, len(item.members)))):
            x = box.right() - width + 1 - place * step if rtl else box.left() + place * step
            digest = self._portraits_of.get(item.members[place], "")
            self._photo(painter, digest, QRect(x, top, width, height))
        taken = self._faces_width() + self._pad
        room = box.adjusted(0, 0, -taken, 0) if rtl else box.adjusted(taken, 0, 0, 0)
        members = members_words(self._look.t, item)
        self._words(painter, item, members, room, ink, rtl, centred=False)

    def _photo(self, painter: QPainter, digest: str, box: QRect) -> None:
        ratio = painter.device().devicePixelRatio()
        picture = self._cache.get(digest, round(box.width() * ratio))
        draw_photo(painter, QRectF(box), picture, self._look)

    def _words(
        self,
        painter: QPainter,
        item: Candidate | CandidateList,
        beside: str,
        room: QRect,
        ink: str,
        rtl: bool,
        *,
        centred: bool,
    ) -> None:
        """Name in up to as many lines as needed, then the code, then what is beside it."""
        t = self._look.t
        painter.setPen(QColor(ink))
        name, width = t.of(item.name), room.width()
        high = text_height(name, self._name_font, width)
        small = line_height(self._small_font)
        spare = 0.0 if centred else max(0.0, (room.height() - high - small) / 2)
        top = room.top() + spare
        box = QRectF(room.left(), top, width, high)
        draw_text(painter, box, name, self._name_font, rtl=rtl, centred=centred)
        code = t.code(self._contest.format_code(item.code))
        line = f"{code}  {beside}" if beside else code
        metrics = QFontMetrics(self._small_font)
        line = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
        under = QRectF(room.left(), top + high, width, small)
        draw_text(painter, under, line, self._small_font, rtl=rtl, centred=centred, wrap=False)

    def _paint_tick(self, painter: QPainter, card: QRect, rtl: bool) -> None:
        style, c = self._look.style, self._look.style.palette
        side = style.mm(6.5)
        inset = style.mm(1)
        x = card.left() + inset if rtl else card.right() - inset - side
        disc = QRect(x, card.top() + inset, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.accent))
        painter.drawEllipse(disc)
        px = round(side * 0.68)
        tick = self._look.icons.pixmap(
            "check", c.on_accent, px, painter.device().devicePixelRatio()
        )
        painter.drawPixmap(disc.center().x() - px // 2 + 1, disc.center().y() - px // 2 + 1, tick)


def members_words(t: Texts, of: CandidateList) -> str:
    return t.plural("{count} member", "{count} members", len(of.members))


# ---------------------------------------------------------------- view


class CardList(QListView):
    """Acts on release inside the pressed card; next and select go from card to card."""

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
        self._cards = delegate

    def _code_at(self, event: QMouseEvent) -> SelectionCode | None:
        at = event.position().toPoint()
        index = self.indexAt(at)
        if not index.isValid() or not self._cards.card_rect(self.visualRect(index)).contains(at):
            return None
        return SelectionCode(index.data(CODE_ROLE))

    def _press(self, code: SelectionCode | None) -> None:
        self._cards.pressed = code
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._down = self._code_at(event)
        self._press(self._down)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        inside = self._code_at(event)
        self._press(inside if inside == self._down else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        down, self._down = self._down, None
        self._press(None)
        if down is not None and self._code_at(event) == down:
            self.touched.emit(int(down))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A quick second touch is a touch."""
        self.mousePressEvent(event)

    _down: SelectionCode | None = None

    # -------------------------------------------------- next and select

    def focusInEvent(self, event: QFocusEvent) -> None:
        first = self.indexAt(self._cards.card_rect(QRect(0, 0, *self._cell())).center())
        backwards = event.reason() == Qt.FocusReason.BacktabFocusReason
        rows = self._visible_rows()
        if rows:
            index = self.model().index(rows[-1] if backwards else rows[0], 0)
            self._focus(index)
        elif first.isValid():
            self._focus(first)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._cards.focused = None
        self.viewport().update()

    def focusNextPrevChild(self, forward: bool) -> bool:
        rows = self._visible_rows()
        here = self._focused_row()
        if here in rows:
            to = here + (1 if forward else -1)
            if to in rows:
                self._focus(self.model().index(to, 0))
                return True
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        select = event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if select and not event.isAutoRepeat() and self._cards.focused is not None:
            self.touched.emit(int(self._cards.focused))
        else:
            event.ignore()

    def _cell(self) -> tuple[int, int]:
        return self.gridSize().width(), self.gridSize().height()

    def _focus(self, index: QModelIndex) -> None:
        self.setCurrentIndex(index)
        self._cards.focused = SelectionCode(index.data(CODE_ROLE))
        self.viewport().update()

    def _focused_row(self) -> int:
        return self.currentIndex().row() if self.hasFocus() else -1

    def _visible_rows(self) -> range:
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
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Whole pages only, so that no card is ever cut."""
        del hint
        width, height = self._cell()
        if width <= 0 or height <= 0 or not index.isValid():
            return
        columns = max(1, self.viewport().width() // width)
        per_page = max(1, self.viewport().height() // height)
        page = index.row() // columns // per_page
        self.verticalScrollBar().setValue(page * per_page * height)


class CandidateView(QWidget):
    """Cards in as many columns as fit, whole rows only, and the buttons that turn the page.

    The item view inside is called `name`, the buttons `<name>-up` and `<name>-down`.
    """

    touched = Signal(int)

    def __init__(
        self,
        look: Look,
        contest: Contest,
        cache: PortraitCache,
        form: Form,
        *,
        name: str = "candidates",
        nobody: str = "",
    ) -> None:
        """`nobody`: what is said when there is no row."""
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
        bar.valueChanged.connect(self._say_page)
        bar.rangeChanged.connect(self._say_page)
        self.setMinimumHeight(2 * style.target + style.gap)

    def least_height(self) -> int:
        """Of one card; with less room nothing can be shown."""
        width = self.width() - self._look.style.target - self._look.style.gap
        return self._cards.height_for(max(1, width))

    def show_rows(self, rows: Sequence[Candidate | CandidateList]) -> None:
        self.model.show_rows(rows)
        self.list.verticalScrollBar().setValue(0)
        self._place()

    def show_chosen(self, chosen: frozenset[SelectionCode]) -> None:
        self.model.show_chosen(chosen)

    def row_of(self, code: SelectionCode) -> int | None:
        return self.model.row_of(code)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._place()

    # -------------------------------------------------- places

    def _place(self) -> None:
        style = self._look.style
        count = self.model.rowCount()
        self._nobody.setVisible(count == 0)
        self._nobody.setGeometry(self.rect())
        words = self._where.fontMetrics().horizontalAdvance(self._look.t.number(count))
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
        self._say_page()

    def _grid(self, width: int) -> int:
        """Set the cells for a list of this width; how many fit on a page."""
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
        bar.setValue(bar.value() + way * self.list.height())

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
