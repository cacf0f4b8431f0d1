"""Tray with every card on the table.

A touch takes a card in the hand; it may also be dragged to a slot.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QApplication, QHBoxLayout, QSizePolicy, QWidget

from simulators.bench.art import CARD_RATIO, Art, dip
from simulators.bench.protocol import BenchCard, BenchCardId, BenchCardKind, BenchState
from ui.theme import Ink
from ui.widgets.buttons import Button
from ui.widgets.frames import BorderedFrame, clear, column, row
from ui.widgets.labels import Label, Tone
from words.message import Items, Message, m

MIME = "application/x-amin-card"
CARD_MM = 47.0

SHELVES: tuple[tuple[str, Message, frozenset[BenchCardKind]], ...] = (
    ("people", m("People"), frozenset({BenchCardKind.PERSON})),
    ("operators", m("Operators"), frozenset({BenchCardKind.OFFICER, BenchCardKind.SUPERVISOR})),
    (
        "cards",
        m("Authorization cards"),
        frozenset({BenchCardKind.AUTHORIZATION, BenchCardKind.OTHER}),
    ),
)

OTHERS = m("Other cards")
"""The shelf of authorization cards where ballots are papers: there are none."""


class CardButton(QAbstractButton):
    """One card of the tray; dim while it is in a reader, ringed while it is in the hand."""

    def __init__(self, art: Art, card: BenchCard) -> None:
        super().__init__()
        self._art, self._card = art, card
        self._away = False
        self._pressed_at: QPoint | None = None
        self.setObjectName(f"card-{card.key}")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        t = art.look.t
        said = t.say(Items(tuple(x for x in (card.name, card.note) if x is not None)))
        self.setAccessibleName(said)
        self.setToolTip(said)
        wide = art.look.style.mm(CARD_MM)
        self.setFixedSize(QSize(wide, round(wide * CARD_RATIO)))

    @property
    def card(self) -> BenchCard:
        """Card that is shown."""
        return self._card

    def show_card(self, card: BenchCard, *, away: bool, held: bool) -> None:
        """Show a card; `away`: it is in a reader, `held`: it is in the hand."""
        self._card, self._away = card, away
        self.setChecked(held)
        self.update()

    def picture(self) -> QPixmap:
        """Return the card as it is dragged, on a transparent ground."""
        pixmap = QPixmap(self.size())
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._art.card(painter, QRectF(pixmap.rect()), self._card)
        painter.end()
        return pixmap

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card, dim if it is away, with a tick if it has been used."""
        painter = QPainter(self)
        c, style = self._art.look.style.palette, self._art.look.style
        if self._away:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setOpacity(0.32)
        box = QRectF(self.rect())
        self._art.card(painter, box, self._card, chosen=self.isChecked())
        if self._card.used and not self._away:
            side = style.icon_px(Ink.STRONG)
            corner = QPointF(self.width() - side - 4, self.height() - side - 4)
            if self._art.look.t.right_to_left:
                corner.setX(4)
            dip(painter, fill=c.good_soft)
            painter.drawEllipse(QRectF(corner.x(), corner.y(), side, side))
            icon = self._art.look.icons.pixmap("done", c.good, side, self.devicePixelRatioF())
            painter.drawPixmap(corner, icon)
        if self.hasFocus():
            dip(painter, c.accent, width=style.focus_line, dashed=True)
            painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), 6, 6)

    # ---------------------------------------------------------------- drag

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where the card was pressed, as a drag may begin there."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin a drag once the pointer has moved far enough."""
        start = self._pressed_at
        far = QApplication.startDragDistance()
        if start is None or (event.position().toPoint() - start).manhattanLength() < far:
            return
        self._pressed_at = None
        self.setDown(False)
        data = QMimeData()
        data.setData(MIME, self._card.key.encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self.picture())
        drag.setHotSpot(start)
        drag.exec(Qt.DropAction.MoveAction)


class CardTray(BorderedFrame):
    """Cards on shelves `shelf-people`, `shelf-operators`, `shelf-cards`; `tray-back` and `tray-next` turn."""

    chosen = Signal(object)
    """BenchCardId taken into the hand, or None."""

    def __init__(self, art: Art) -> None:
        super().__init__(art.look, "sunken", name="tray", pad_mm=2)
        look = art.look
        t, style = look.t, look.style
        self._art = art
        self._state = BenchState()
        self._held: BenchCardId | None = None
        self._shelf = SHELVES[0][0]
        self._first = 0
        self._buttons: dict[BenchCardId, CardButton] = {}
        self._shown: tuple[object, ...] = ()
        self._tabs: dict[str, Button] = {}
        tabs = row(spacing=style.gap)
        for key, text, _ in SHELVES:
            tab = Button(look, f"shelf-{key}", t(text))
            tab.setCheckable(True)
            tab.clicked.connect(lambda _=False, k=key: self._open(k))
            self._tabs[key] = tab
            tabs.addWidget(tab)
        self._hint = Label(look, "", Ink.SMALL, Tone.MUTED, name="hand")
        tabs.addWidget(self._hint, 1)
        self._back = Button(look, "tray-back", icon="back", said=t("Earlier ones"))
        self._next = Button(look, "tray-next", icon="next", said=t("More"))
        self._back.clicked.connect(lambda: self._turn(-1))
        self._next.clicked.connect(lambda: self._turn(1))
        self._place = QWidget()
        self._place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._line = QHBoxLayout(self._place)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(style.gap)
        line = row(self._back, self._place, self._next, spacing=style.gap)
        line.setStretch(1, 1)
        self.hold(column(tabs, line, spacing=style.gap))

    @property
    def held(self) -> BenchCardId | None:
        """Card in the hand, None if the hand is empty."""
        return self._held

    def let_go(self) -> None:
        """Put the card in the hand back."""
        self._hold(None)

    def show_state(self, state: BenchState) -> None:
        """Draw the cards; a card that no longer exists leaves the hand."""
        self._state = state
        if self._held is not None and state.card(self._held) is None:
            self._held = None
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cards to the new width."""
        super().resizeEvent(event)
        self._draw()

    # ---------------------------------------------------------------- parts

    def _open(self, shelf: str) -> None:
        self._shelf, self._first = shelf, 0
        self._draw()

    def _turn(self, way: int) -> None:
        self._first = max(0, self._first + way * self._per_page())
        self._draw()

    def _per_page(self) -> int:
        style = self._art.look.style
        room = self.width() - 2 * (style.mm(2) + style.target + style.gap)
        return max(1, (room + style.gap) // (style.mm(CARD_MM) + style.gap))

    def _draw(self) -> None:
        kinds = next(kinds for key, _, kinds in SHELVES if key == self._shelf)
        cards = [card for card in self._state.cards if card.kind in kinds]
        per = self._per_page()
        if self._first >= len(cards):
            self._first = max(0, (len(cards) - 1) // per * per)
        page = cards[self._first : self._first + per]
        shown = (self._shelf, tuple(card.key for card in page))
        if shown != self._shown:
            self._shown = shown
            self._fill(page)
        for card in page:
            away = self._state.where(card.key) is not None
            self._buttons[card.key].show_card(card, away=away, held=card.key == self._held)
        self._back.setEnabled(self._first > 0)
        self._next.setEnabled(self._first + per < len(cards))
        for key, title, _ in SHELVES:
            said = self._art.look.t(OTHERS if self._state.on_paper and key == "cards" else title)
            tab = self._tabs[key]
            tab.setChecked(key == self._shelf)
            if tab.text() != said:
                tab.setText(said)
                tab.setAccessibleName(said)
        self._say()

    def _fill(self, page: list[BenchCard]) -> None:
        clear(self._line)
        self._buttons.clear()
        for card in page:
            button = CardButton(self._art, card)
            button.clicked.connect(lambda _=False, k=card.key: self._touch(k))
            self._buttons[card.key] = button
            self._line.addWidget(button)
        self._line.addStretch(1)
        self._place.setFixedHeight(round(self._art.look.style.mm(CARD_MM) * CARD_RATIO))

    def _touch(self, key: BenchCardId) -> None:
        self._hold(None if key == self._held else key)

    def _hold(self, key: BenchCardId | None) -> None:
        self._held = key
        self._draw()
        self.chosen.emit(key)

    def _say(self) -> None:
        t = self._art.look.t
        card = self._state.card(self._held)
        if card is None:
            self._hint.setText(t("Touch a card, then a slot – or drag it there."))
        else:
            self._hint.setText(t("In your hand: {name}. Now touch a slot.", name=t.say(card.name)))
