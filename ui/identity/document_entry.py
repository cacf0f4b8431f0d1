"""Number and birth date that are typed from a document; forgotten when handed on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from election.persons import BIRTH_DIGITS, typed_birth
from kiosk.flows.identity import events as on
from ui.identity.typed_fields import TypedFields
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import column, row
from ui.widgets.keypad import Keypad
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.stage import FocusRank, claim_focus
from words.conventions import Calendar
from words.digits import to_latin_digits
from words.message import Message, m

NUMBER_DIGITS = 10
FIELDS: tuple[tuple[str, Message, int], ...] = (
    ("number", m("National number"), NUMBER_DIGITS),
    ("birth", m("Date of birth"), BIRTH_DIGITS),
)
CALENDARS = {Calendar.JALALI: m("Solar Hijri"), Calendar.GREGORIAN: m("Gregorian")}
"""Documents of this state print the first; passports print both."""


class PersonEntry(QWidget):
    """Fields `person-number` and `person-birth`; keys `person-0`…`person-9`, `person-erase`.

    `person-calendar` changes the calendar of the date, `person-check` hands both on.
    """

    entered = Signal(object)
    """kiosk.flows.identity.events.PersonEntered"""

    def __init__(self, look: Look) -> None:
        super().__init__()
        t, style = look.t, look.style
        self.setObjectName("person-entry")
        self._look = look
        self._calendar = Calendar.JALALI
        self._typed = TypedFields([most for _, _, most in FIELDS])
        self.today: date | None = None
        """By the station's clock; the age is not shown before it is known."""
        self._fields: list[Button] = []
        parts = column(spacing=style.gap)
        for place, (key, text, _) in enumerate(FIELDS):
            field = Button(look, f"person-{key}", "", ink=Ink.TITLE)
            field.setCheckable(True)
            field.clicked.connect(lambda _=False, p=place: self._go(p))
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._fields.append(field)
            if not look.layout.crowded:
                parts.addWidget(Label(look, t(text), Ink.SMALL, Tone.MUTED))
            parts.addWidget(field)
        self._said = Label(look, "", Ink.BODY, Tone.MUTED, name="person-said")
        self._change = Button(look, "person-calendar", "", icon="edit", kind=ButtonKind.QUIET)
        self._change.clicked.connect(self._turn_calendar)
        self._check = Button(look, "person-check", t("Check"), icon="check", kind=ButtonKind.MAIN)
        self._check.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._check.clicked.connect(self._enter)
        if not look.layout.crowded:
            parts.addWidget(self._said)
        parts.addWidget(self._change)
        parts.addStretch(1)
        parts.addWidget(self._check)
        keys = Keypad(look, "person", repeats=True)
        keys.digit.connect(self._add)
        keys.erased.connect(self._erase)
        keys.cleared.connect(self.clear)
        if not look.layout.crowded:
            keys.setMinimumWidth(style.mm(74))
        layout = row(parts, keys, spacing=style.mm(5))
        layout.setStretch(0, 3)
        layout.setStretch(1, 2)
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        claim_focus(self, FocusRank.ENTRY)
        self._show()

    def clear(self) -> None:
        """Forget what was typed."""
        self._typed.clear()
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Accept digits in any script, Backspace and Enter, once per press."""
        typed = to_latin_digits(event.text())
        if event.isAutoRepeat():
            event.ignore()
        elif len(typed) == 1 and typed.isascii() and typed.isdigit():
            self._add(typed)
        elif event.key() == Qt.Key.Key_Backspace:
            self._erase()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._enter()
        else:
            super().keyPressEvent(event)

    def _go(self, place: int) -> None:
        self._typed.place = place
        self._show()

    def _turn_calendar(self) -> None:
        jalali = self._calendar is Calendar.JALALI
        self._calendar = Calendar.GREGORIAN if jalali else Calendar.JALALI
        self._show()

    def _add(self, digit: str) -> None:
        self._typed.add(digit)
        self._show()

    def _erase(self) -> None:
        self._typed.erase()
        self._show()

    def _enter(self) -> None:
        if self._typed.is_full:
            number, birth = self._typed.texts
            self.clear()
            self.entered.emit(on.PersonEntered(number, birth, self._calendar))

    def _show(self) -> None:
        t = self._look.t
        for place, (field, typed) in enumerate(zip(self._fields, self._typed.texts, strict=True)):
            key, text, most = FIELDS[place]
            cursor = "_" if place == self._typed.place and len(typed) < most else ""
            shown = _dated(typed) if key == "birth" else typed
            empty = t(text) if self._look.layout.crowded else "…"
            field.setText(t.latin(t.digits(shown) + cursor) if shown or cursor else empty)
            field.setChecked(place == self._typed.place)
            field.setAccessibleName(f"{t(text)}: {t.digits(typed)}")
        self._change.setText(t("Calendar: {calendar}", calendar=t(CALENDARS[self._calendar])))
        self._said.setText(self._spoken())
        self._check.setEnabled(self._typed.is_full)

    def _spoken(self) -> str:
        """Say the date in words, with the age: a wrong digit is seen before it is checked."""
        t, birth = self._look.t, self._typed.texts[1]
        if len(birth) < BIRTH_DIGITS or self.today is None:
            return t("Year, month, day: eight digits, as printed.")
        born = typed_birth(birth, self._calendar, self.today)
        if born is None:
            return t("There is no such day.")
        before = (self.today.month, self.today.day) < (born.month, born.day)
        day = t.date(datetime.combine(born, time(), UTC))
        age = self.today.year - born.year - before
        return t.plural("{day}, {count} year old", "{day}, {count} years old", age, day=day)


def _dated(digits: str) -> str:
    """Group eight digits as a date is printed: `13660315` → `1366/03/15`."""
    return "/".join(part for part in (digits[:4], digits[4:6], digits[6:]) if part)
