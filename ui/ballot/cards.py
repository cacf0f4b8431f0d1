"""Draw a candidate or a list as a card that is large enough for its longest name."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import ceil

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from election.definition import Candidate, CandidateList, Contest, SelectionCode
from ui.ballot.portraits import PortraitCache
from ui.ballot.questions import called
from ui.ballot.rows import CHOSEN_ROLE, ITEM_ROLE, CandidateModel, ModelIndex
from ui.theme import Ink, line_height
from ui.widgets import Look, draw_photo
from ui.widgets.typesetting import draw_text, natural_width, shortened, text_height, widest_word
from words.speaker import Speaker

SMALLEST_PORTRAIT_MM = 17
LARGEST_PORTRAIT_MM = 30
LONGEST = 60
"""So many of the longest names are measured before any is shown; `CardDelegate.fit` measures the others."""
MOST_LINES = 4
"""Of a name on a card; a longer one is whole where its code is typed."""


class CardForm(StrEnum):
    """Layout of a card."""

    ROW = "row"
    """Photo beside the name."""
    PORTRAIT = "portrait"
    """Large photo above the name."""
    LIST = "list"
    """A list: name, code, some of its members' photos."""


class CardDelegate(QStyledItemDelegate):
    """Draws one card; a chosen one has a coloured ground, a thick border and a tick."""

    def __init__(self, look: Look, contest: Contest, cache: PortraitCache, form: CardForm) -> None:
        super().__init__()
        self.pressed: SelectionCode | None = None
        self.focused: SelectionCode | None = None
        self.cell = QSize(1, 1)
        self.room = 0
        """Height in px that a card has at most; 0 for any. A long name is shortened where that is little."""
        self._text_heights: dict[int, int] = {}
        self._least_width = 0
        self._look, self._contest, self._cache, self._form = look, contest, cache, form
        self._names = sorted(
            (
                look.t.of(x.name)
                for x in (contest.lists if form is CardForm.LIST else contest.candidates)
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
        """Return the least width of a card in px: its longest word and second line fit."""
        if not self._least_width:
            style = self._look.style
            if self._form is CardForm.PORTRAIT:
                words = max(self._widest_word(), style.mm(SMALLEST_PORTRAIT_MM))
                self._least_width = words + 2 * self._pad + style.gap
            else:
                words = max(self._widest_word(), self._second_line())
                self._least_width = self._beside() + words
        return self._least_width

    def _widest_word(self) -> int:
        """Return the width in px of the longest word that is not too long: then it is broken."""
        return ceil(max((widest_word(n, self._name_font) for n in self._names), default=0)) + 2

    def _second_line(self) -> int:
        """Return the widest second line in px; a very long list name counts as cut short."""
        t = self._look.t
        code = t.digits("0" * self._contest.code_width)
        if self._form is CardForm.LIST:
            beside = [members_words(t, x) for x in self._contest.lists]
        else:
            beside = [called(t, self._contest, x.code) for x in self._contest.lists] or [""]
        widest = max(natural_width(f"{code}  {words}", self._small_font) for words in beside)
        return min(ceil(widest) + 4, self._look.style.mm(95))

    def _beside(self) -> int:
        """Return the width in px that a row needs beside its text."""
        faces = self._faces_width() if self._form is CardForm.LIST else self._photo_width()
        return faces + 3 * self._pad + self._look.style.gap

    def _photo_width(self) -> int:
        """Return the photo's width in px: as high as two lines of text, but never tiny."""
        lines = line_height(self._name_font) + line_height(self._small_font)
        return max(self._look.style.mm(14), ceil(lines) * 3 // 4)

    def _faces_width(self) -> int:
        return round(self._photo_width() * (1 + 3 * 0.55))

    def height_for(self, width: int) -> int:
        """Return the height in px that every card has at least at this width, or `room`, gap included."""
        needed = self.least_height(width)
        return min(needed, self.room) if self.room else needed

    def least_height(self, width: int) -> int:
        """Return the height in px at which no name of this width is shortened, gap included."""
        style = self._look.style
        around = 2 * self._pad + style.gap
        if self._form is CardForm.PORTRAIT:
            smallest = style.mm(SMALLEST_PORTRAIT_MM) * 4 // 3
            return smallest + style.mm(1) + self._text_height(width) + around
        return max(self._text_height(width), self._photo_width() * 4 // 3) + around

    def height_at_most(self, width: int) -> int:
        """Return the height in px above which a card looks empty."""
        if self._form is not CardForm.PORTRAIT:
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
        names = (text_height(n, self._name_font, room, MOST_LINES) for n in self._names)
        return ceil(max(names, default=0) + line_height(self._small_font))

    def fit(self, items: Iterable[Candidate | CandidateList]) -> bool:
        """Make all cards as high as the tallest of these names needs; return whether they grew."""
        width = self.cell.width()
        room = max(1, self._text_width(width))
        names = (self._look.t.of(item.name) for item in items)
        tallest = max((text_height(n, self._name_font, room, MOST_LINES) for n in names), default=0)
        needed = ceil(tallest + line_height(self._small_font))
        if needed <= self._text_height(width):
            return False
        self._text_heights[width] = needed
        return True

    def _portrait_width(self, cell: QSize) -> int:
        """Return the photo's width in px, from the room that the text leaves on the card."""
        style = self._look.style
        around = 2 * self._pad + style.gap
        free = cell.height() - around - style.mm(1) - self._text_height(cell.width())
        width = min(cell.width() - around, free * 3 // 4)
        # Without room for both the name is there, and the photo where the code is typed.
        return width if width * 4 // 3 >= style.mm(SMALLEST_PORTRAIT_MM) else 0

    def _text_width(self, width: int) -> int:
        if self._form is CardForm.PORTRAIT:
            return width - self._look.style.gap - 2 * self._pad
        return width - self._beside()

    def card_rect(self, cell: QRect) -> QRect:
        """Return the card's box inside its cell, with half of the gap free on each side."""
        half = self._look.style.gap // 2
        return cell.adjusted(half, half, -half, -half)

    # -------------------------------------------------- paint

    def sizeHint(self, option: QStyleOptionViewItem, index: ModelIndex) -> QSize:
        """Return the cell size; it is the same for every row."""
        del option, index
        return self.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ModelIndex) -> None:
        """Paint the card: ground, border, photo, text, tick and focus mark."""
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
            case Candidate(), CardForm.PORTRAIT:
                self._paint_portrait(painter, item, content, ink, rtl)
            case _:
                self._paint_row(painter, item, index, content, ink, rtl)
        if chosen:
            self._paint_tick(painter, card, rtl)
        painter.restore()

    def _paint_row(
        self, painter: QPainter, item: Candidate, index: ModelIndex, box: QRect, ink: str, rtl: bool
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
        if not width:
            self._words(painter, item, "", box, ink, rtl, centred=True)
            return
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
        """Draw the name in as many lines as needed, then the code, then the text beside it."""
        t = self._look.t
        painter.setPen(QColor(ink))
        name, width = t.of(item.name), room.width()
        small = line_height(self._small_font)
        most = self._lines_in(room.height() - small)
        high = text_height(name, self._name_font, width, most)
        spare = 0.0 if centred else max(0.0, (room.height() - high - small) / 2)
        top = room.top() + spare
        box = QRectF(room.left(), top, width, high)
        draw_text(
            painter,
            box,
            name,
            self._name_font,
            rtl=rtl,
            centred=centred,
            most_lines=most,
        )
        code = t.code(self._contest.format_code(item.code))
        line = f"{code}  {beside}" if beside else code
        line = shortened(line, self._small_font, width, 1)
        under = QRectF(room.left(), top + high, width, small)
        draw_text(painter, under, line, self._small_font, rtl=rtl, centred=centred, wrap=False)

    def _lines_in(self, high: float) -> int:
        """Return how many lines of a name a height has room for: one at least, `MOST_LINES` at most."""
        fits = int(high / line_height(self._name_font) + 0.25)
        return min(max(1, fits), MOST_LINES)

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


def members_words(t: Speaker, of: CandidateList) -> str:
    """Return how many members a list has, as a phrase."""
    return t.plural("{count} member", "{count} members", len(of.members))
