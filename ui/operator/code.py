"""Console page where digits are typed: a code of headquarters, the number of a card or device, a time."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy

from election.blocked_cards import NUMBER_DIGITS
from election.definition import DeviceId
from election.document_codes import CODE_DIGITS
from election.typed_clock import DIGITS
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from ui.operator.words import ACTS
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, column, row
from ui.widgets.keypad import Keypad
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.typed_digits import TypedDigits
from words.message import Items, Latin, Message, m

GROUP = 4
"""Digits that are read out together."""


class CodePage(Screen):
    """Up to twelve digits in groups of four: `code-0`…`code-9`, `code-erase`, `code-clear`, `code-ok`."""

    def __init__(
        self,
        look: Look,
        act: at.ConsoleAct = at.ConsoleAct.MORE_DOCUMENTS,
        replaceable: tuple[DeviceId, ...] = (),
    ) -> None:
        super().__init__(look)
        t = look.t
        told = t("Call headquarters for a code, and type its twelve digits.")
        least = CODE_DIGITS
        if act is at.ConsoleAct.BLOCK_CARD:
            told = t(
                "Type the number of the lost card: it stands on its sealed letter. Two other cards sign."
            )
            least, _ = NUMBER_DIGITS
        elif act is at.ConsoleAct.SET_CLOCK:
            least = DIGITS
            told = t("Date and time, twelve digits: year, month, day, hour, minute")
        elif act is at.ConsoleAct.TAKE_OVER:
            least = 1
            told = t(
                "Which device does the spare replace? {devices}",
                devices=Items(tuple(map(_numbered, enumerate(replaceable, 1)))),
            )
        self.put_band(Mood.BUSY, "key", t(ACTS[act].name), settings=True)
        entry = CodeEntry(look, least)
        entry.entered.connect(lambda code: self.acted.emit(on.CodeEntered(code)))
        frame = BorderedFrame(look, pad_mm=0.4 if look.layout.crowded else 4)
        if look.layout.brief:
            self.tell(told)
            frame.hold(column(entry))
        else:
            # Beside each other the digits and their keys have the width; one below the other their own.
            middle = entry if look.layout.crowded else row(1, entry, 1)
            frame.hold(column(Label(look, told, Ink.BODY, name="todo"), middle))
        self.put_body(frame)
        give_up = self.button("cancel", t("Give up"), on.Cancelled(), icon="back")
        self.put_actions(give_up, 1)


def _numbered(each: tuple[int, DeviceId]) -> Message:
    number, device = each
    whole = device.replace("-", "\N{NON-BREAKING HYPHEN}")  # no name is torn at the end of a line
    return m("{number} – {device}", number=number, device=Latin(whole))


class CodeEntry(TypedDigits):
    """The digits, from keys on the screen or a keyboard; they leave it once."""

    def __init__(self, look: Look, least: int = CODE_DIGITS) -> None:
        super().__init__(least, CODE_DIGITS)
        t, style = look.t, look.style
        self._look = look
        self.setObjectName("code-digits")
        self._shown = Label(look, "", Ink.STRONG, Tone.ACCENT, name="code-shown", centred=True)
        self._shown.setMinimumHeight(round(style.font_px(Ink.STRONG) * 1.6))
        keys = Keypad(look, "code")
        self._ok = Button(look, "code-ok", t("Go on"), icon="check", kind=ButtonKind.MAIN)
        self._ok.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._listen_to(keys)
        self._ok.clicked.connect(self._enter)
        if look.layout.crowded:
            beside = column(1, self._shown, self._ok, 1, spacing=style.gap)
            flat = row(beside, keys, spacing=style.gap)
            for place in range(2):
                flat.setStretch(place, 1)
            self.setLayout(flat)
        else:
            layout = column(self._shown, keys, self._ok, spacing=style.gap)
            layout.setStretch(1, 1)
            self.setLayout(layout)
            self.setFixedWidth(max(style.mm(86), round(style.font_px(Ink.TITLE) * 9)))
        self.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        parts = (self._digits[at : at + GROUP] for at in range(0, CODE_DIGITS, GROUP))
        shown = self._look.t.digits(" ".join(part for part in parts if part))
        self._shown.setText("\u2066" + shown + "\u2069" if shown else "–")
        self._ok.setEnabled(self._complete)
