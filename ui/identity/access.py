"""Page to open the card: the officer types what is printed on it, or a scanner reads it.

What is typed lives in this page's widgets only, from the first touch until it is handed on, and goes
with the page.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from ui.identity.typed_fields import TypedFields
from ui.identity.words import ACCESS
from ui.layout import Form
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Item, column, row
from ui.widgets.keypad import CodeBoxes, Keypad
from ui.widgets.labels import Icon, Label, Tone
from ui.widgets.look import Look
from ui.widgets.pictures import Picture, Scene
from ui.widgets.stage import FocusRank, claim_focus
from ui.widgets.typed_digits import TypedDigits
from words.digits import to_latin_digits
from words.message import Message, m

DIGITS = 6
DATE = 6
NUMBER = 9
"""Characters of a document number in the zone; longer ones are rare and come by scanner."""

FIELDS: tuple[tuple[str, Message, int], ...] = (
    ("number", m("Document number"), NUMBER),
    ("birth", m("Date of birth"), DATE),
    ("expiry", m("Valid until"), DATE),
)
KEYS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")


TALLEST_KEYPAD_MM = 130


class AccessPage(Screen):
    """Page for the six digits or the fields of the zone; `access-way` goes from one to the other."""

    def __init__(self, look: Look, state: at.AwaitingAccess) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        note = t("Try {count}", count=state.failures + 1) if state.failures else ""
        self.put_band(Mood.BUSY, "key", t("Open the card"), note)
        self._told = Label(look, "", Ink.STRONG if look.layout.crowded else Ink.TITLE, name="todo")
        self._hint = Label(look, "", Ink.BODY, Tone.MUTED)
        large = look.layout.crowded or look.layout.form is Form.PORTRAIT
        # Only one of them is there at a time, so that the larger one claims no room for itself.
        self._entries: list[CanEntry | ZoneEntry] = []
        self._scenes: list[Picture] = []
        entries, scenes = column(), column()
        for way in state.ways:
            entry = CanEntry(look) if way is at.AccessWay.CAN else ZoneEntry(look)
            entry.entered.connect(lambda text: self.acted.emit(on.AccessEntered(text)))
            self._entries.append(entry)
            entries.addWidget(entry)
            scene = Scene.CARD_DIGITS if way is at.AccessWay.CAN else Scene.CARD_ZONE
            self._scenes.append(Picture(look, scene, style.mm(62)))
            scenes.addWidget(self._scenes[-1])
        self._place = 0
        words: list[Item] = [] if state.problem is None else [_problem(look, state.problem)]
        words += [self._told, self._hint, scenes]
        said = column(*words, spacing=style.mm(3))
        beside = BorderedFrame(look, pad_mm=0.4 if large else 4)
        if large:
            # The keys need the room; what they are for stands above them in one line.
            self._hint.hide()
            whole = column(said, entries, spacing=style.mm(1))
            whole.setStretch(1, 1)
            beside.hold(whole)
        else:
            said.setStretch(len(words) - 1, 1)
            line = row(said, entries, spacing=style.mm(6))
            line.setStretch(0, 1)
            beside.hold(line)
        self.put_body(beside)
        self._state = state
        give_up = self.button(
            "access-give-up", t("Not readable …"), on.AccessGivenUp(), icon="stop"
        )
        self._other = self.button("access-way", "", icon="keypad")
        self._other.clicked.connect(self._turn)
        self._other.setVisible(len(state.ways) > 1)
        self.put_actions(give_up, 1, self._other)
        self._show()

    def _turn(self) -> None:
        self._place = (self._place + 1) % len(self._entries)
        self._show()

    def _show(self) -> None:
        t = self.look.t
        way = self._state.ways[self._place]
        for place, (entry, scene) in enumerate(zip(self._entries, self._scenes, strict=True)):
            entry.setVisible(place == self._place)
            scene.setVisible(place == self._place and not self.look.layout.crowded)
        if way is at.AccessWay.CAN:
            self._told.setText(t("Type the six digits printed on the card"))
            self._hint.setText(t("They stand alone on its front. Leave the card in."))
            self._other.setText(t("Lines instead"))
        else:
            self._told.setText(t("Type three fields of the lines at the bottom of the card"))
            self._hint.setText(t("Dates as six digits: year, month, day. Or scan the lines."))
            self._other.setText(t("Six digits instead"))
        if self.look.layout.brief:
            # There is one line for it, and the fields say it themselves.
            self._told.hide()
            self.tell("" if self._state.problem else self._told.text())
        self._entries[self._place].setFocus()


class CanEntry(TypedDigits):
    """Six digits of the card. Keys `access-0`…`access-9`, `access-erase`, `access-clear`, `access-open`."""

    def __init__(self, look: Look) -> None:
        super().__init__(DIGITS, DIGITS)
        t, style = look.t, look.style
        self.setObjectName("access-digits")
        self._boxes = CodeBoxes(look, DIGITS)
        keys = Keypad(look, "access", repeats=True)
        self._open = _open_button(look)
        self._listen_to(keys)
        self._open.clicked.connect(self._enter)
        self._boxes.setAccessibleDescription(t("Type the six digits printed on the card"))
        boxes = row(1, self._boxes, 1)
        if look.layout.crowded:
            beside = column(1, boxes, self._open, 1, spacing=style.mm(4))
            # Upright there is more height than keys are worth.
            keys.setMaximumHeight(style.mm(TALLEST_KEYPAD_MM))
            flat = row(beside, keys, spacing=style.mm(5))
            flat.setStretch(1, 1)
            self.setLayout(flat)
        else:
            layout = column(boxes, keys, self._open, spacing=style.gap)
            layout.setStretch(1, 1)
            self.setLayout(layout)
            self.setMinimumWidth(max(style.mm(86), self._boxes.width()))
            self.setMaximumWidth(max(style.mm(96), self._boxes.width()))
        self.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self._boxes.show_code(self._digits)
        self._open.setEnabled(self._complete)


class ZoneEntry(QWidget):
    """Three fields of the machine-readable zone, typed on the screen's keys or a keyboard.

    Fields `zone-number`, `zone-birth`, `zone-expiry`; keys `zone-key-<letter>`, `zone-erase`.
    """

    entered = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        t, style = look.t, look.style
        self.setObjectName("access-zone")
        self._look = look
        self._typed = TypedFields([most for _, _, most in FIELDS])
        self._fields: list[Button] = []
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(style.gap)
        for place, (key, text, _) in enumerate(FIELDS):
            field = Button(look, f"zone-{key}", "", ink=Ink.TITLE)
            field.clicked.connect(lambda _=False, p=place: self._go(p))
            self._fields.append(field)
            grid.addWidget(Label(look, t(text), Ink.SMALL, Tone.MUTED), 0, place)
            grid.addWidget(field, 1, place)
            grid.setColumnStretch(place, 3 if place == 0 else 2)
        self._keys: dict[str, Button] = {}
        board = QWidget()
        board.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        rows = column(spacing=style.gap)
        for place, letters in enumerate(KEYS):
            line = QHBoxLayout()
            line.setSpacing(style.gap)
            for letter in letters:
                line.addWidget(self._key(letter), 1)
            if place == len(KEYS) - 1:
                erase = Button(
                    look,
                    "zone-erase",
                    icon="erase",
                    kind=ButtonKind.KEY,
                    said=t("Erase the last one"),
                )
                erase.clicked.connect(self._erase)
                _spread(look, erase)
                line.addWidget(erase, 2)
            rows.addLayout(line, 1)
        board.setLayout(rows)
        self._open = _open_button(look)
        self._open.setObjectName("zone-open")
        self._open.clicked.connect(self._enter)
        layout = column(grid, board, self._open, spacing=style.gap)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        claim_focus(self, FocusRank.ENTRY)
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Accept letters, digits in any script, Backspace and Enter, once per press."""
        typed = to_latin_digits(event.text()).upper()
        if event.isAutoRepeat():
            event.ignore()
        elif typed in self._keys:
            self._add(typed)
        elif event.key() == Qt.Key.Key_Backspace:
            self._erase()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter()
        else:
            super().keyPressEvent(event)

    def _key(self, letter: str) -> Button:
        t = self._look.t
        shown = t.digits(letter) if letter.isdigit() else t.latin(letter)
        key = Button(self._look, f"zone-key-{letter}", shown, kind=ButtonKind.KEY, ink=Ink.BODY)
        _spread(self._look, key)
        key.clicked.connect(lambda: self._add(letter))
        self._keys[letter] = key
        return key

    def _go(self, place: int) -> None:
        self._typed.place = place
        self._show()

    def _add(self, letter: str) -> None:
        if FIELDS[self._typed.place][0] == "number" or letter.isdigit():
            self._typed.add(letter)
            self._show()

    def _erase(self) -> None:
        self._typed.erase()
        self._show()

    def _enter(self) -> None:
        if (entered := self._entered()) is not None:
            self._typed.clear()
            self._show()
            self.entered.emit(entered.text)

    def _entered(self) -> on.AccessEntered | None:
        number, birth, expiry = self._typed.texts
        return on.AccessEntered.of_fields(number, birth, expiry)

    def _show(self) -> None:
        t = self._look.t
        for place, (field, typed) in enumerate(zip(self._fields, self._typed.texts, strict=True)):
            cursor = "_" if place == self._typed.place and len(typed) < FIELDS[place][2] else ""
            field.setText(t.latin(t.digits(typed) + cursor) if typed or cursor else "…")
            field.setCheckable(True)
            field.setChecked(place == self._typed.place)
            field.setAccessibleName(f"{t(FIELDS[place][1])}: {t.digits(typed)}")
        letters = FIELDS[self._typed.place][0] == "number"
        for letter, key in self._keys.items():
            key.setEnabled(letters or letter.isdigit())
        self._open.setEnabled(self._entered() is not None)


def _open_button(look: Look) -> Button:
    button = Button(look, "access-open", look.t("Open"), icon="check", kind=ButtonKind.MAIN)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button


def _spread(look: Look, key: Button) -> None:
    key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
    key.setMinimumSize(look.style.target, look.style.target)
    key.setMaximumHeight(look.style.mm(20))


def _problem(look: Look, problem: at.AccessProblem) -> BorderedFrame:
    said = ACCESS[problem]
    card = BorderedFrame(look, "bad", name="access-problem", pad_mm=2.4)
    why = Label(look, look.t(said.why), Ink.STRONG, Tone.BAD, name="why")
    words = column(why)
    if not look.layout.crowded:
        words.addWidget(Label(look, look.t(said.todo), Ink.BODY, Tone.BAD))
    icon = Icon(look, "warning", look.style.icon_px(Ink.TITLE), look.style.palette.bad)
    line = row(icon, words, spacing=look.style.mm(3))
    line.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
    line.setStretch(1, 1)
    card.hold(line)
    return card
