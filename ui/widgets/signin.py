"""Sign-in with an operator card: card in, PIN, checking, reason for a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from election.definition import Role
from election.polls import Operator
from election.roles import ROLES
from election.signing_in import (
    CheckingPin,
    EnterPin,
    Mistyped,
    NeedCard,
    PinEntered,
    Rejected,
    Rejection,
    SignedIn,
    SignIn,
    UnblockChosen,
    Unblocking,
    Wanted,
)
from ui.theme import Ink
from ui.widgets.buttons import Button
from ui.widgets.frames import BorderedFrame, Item, clear, column, row
from ui.widgets.labels import Emblem, Label, Tone
from ui.widgets.look import Look
from ui.widgets.pictures import Picture, Scene
from ui.widgets.pinpad import PinPad
from words.message import Message, m
from words.speaker import Speaker

REJECTIONS: dict[Rejection, Message] = {
    Rejection.UNKNOWN_CARD: m("This is not an operator card."),
    Rejection.UNREADABLE: m("The card does not answer. Wipe the chip."),
    Rejection.EXPIRED: m("This operator card has expired. Headquarters has to issue a new one."),
    Rejection.NOT_YET_VALID: m(
        "This operator card is not valid yet. Check the date and clock of the device."
    ),
    Rejection.OTHER_ISSUER: m("This card was not issued by the headquarters of this election."),
    Rejection.OTHER_BRANCH: m("This operator card belongs to another branch."),
    Rejection.NOT_REGISTERED: m(
        "The register does not name this card for this branch or its district. Use a registered card."
    ),
    Rejection.NOT_AN_OPERATOR: m("The certificate on this card is not an operator's."),
    Rejection.PIN_BLOCKED: m(
        "The PIN of this card is blocked after too many wrong tries. Its sealed letter unblocks it; "
        "without the letter use the second card."
    ),
    Rejection.PUK_BLOCKED: m(
        "This card cannot be unblocked any more. Use the second card, and tell headquarters."
    ),
    Rejection.WRONG_PROOF: m(
        "This card could not prove that it is genuine. Keep it and tell headquarters."
    ),
    Rejection.BLOCKED: m(
        "This card was reported lost and is blocked here. Keep it, tell headquarters, and use the second "
        "card."
    ),
    Rejection.SAME_ROLE: m(
        "This role has signed already: the second signature takes the other role."
    ),
}


@dataclass(frozen=True, slots=True)
class UnblockWords:
    """What is said while one of the numbers is typed that unblock a card."""

    todo: Message
    hint: Message
    action: Message
    asked: Message
    """In the empty field."""


UNBLOCKING: dict[Wanted, UnblockWords] = {
    Wanted.PUK: UnblockWords(
        m("Enter the PUK of the sealed letter"),
        m("It has eight digits. The letter's number is that of the card."),
        m("Go on"),
        m("PUK of the letter"),
    ),
    Wanted.PIN: UnblockWords(
        m("Choose a new PIN"),
        m("Six to eight digits that nobody guesses. Cover the keys with your hand."),
        m("Go on"),
        m("New PIN"),
    ),
    Wanted.AGAIN: UnblockWords(
        m("Enter the new PIN once more"),
        m("Cover the keys with your hand."),
        m("Unblock"),
        m("New PIN"),
    ),
}


MISTYPED: dict[Mistyped, Message] = {
    Mistyped.PUK: m("A PUK has eight digits. Nothing was tried."),
    Mistyped.PIN: m("A PIN has six to eight digits."),
    Mistyped.DIFFERED: m("The two were different. Choose the new PIN once more."),
}


def role_name(t: Speaker, role: Role) -> str:
    """Return the name of an operator's role."""
    return t(ROLES[role])


class SignInPanel(QWidget):
    """Panel that shows one sign-in and reports the PIN as `PinEntered`; nothing else can be touched."""

    acted = Signal(object)
    told = Signal(str)
    """What to do now, where lines are few: it belongs into the page's band, and empty when it is over."""

    def __init__(self, look: Look, *, card_text: str, action: str, out_text: str = "") -> None:
        """Create the panel without a sign-in.

        `card_text` asks for the card, `action` is on the PIN pad's main key, `out_text` follows
        an accepted card.
        """
        super().__init__()
        self._look = look
        self._card_text, self._action, self._out_text = card_text, action, out_text
        self._shown: SignIn | None = None
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(look.style.mm(3))
        self._pad: PinPad | None = None

    def show_signin(self, state: SignIn) -> None:
        """Draw the sign-in's next step; digits typed for the last one are forgotten."""
        if state == self._shown:
            return
        self._shown = state
        if self._pad is not None:
            self._pad.clear()
            self._pad = None
        clear(self._body)
        self.told.emit("")
        match state:
            case NeedCard():
                self._message(Scene.CARD_IN, self._card_text)
            case EnterPin(tries_left):
                self._enter_pin(tries_left)
            case Unblocking():
                self._unblock(state)
            case CheckingPin():
                self._message(Scene.CARD_STAYS, self._look.t("Checking the card – leave it in."))
            case Rejected(reason):
                self._rejected(reason)
            case SignedIn():
                self._message(Scene.CARD_OUT, self._out_text)
            case _:
                assert_never(state)

    def _message(self, scene: Scene, text: str) -> None:
        side = 40 if self._look.layout.brief else 64
        picture = Picture(self._look, scene, self._look.style.mm(side))
        self._body.addStretch(1)
        self._body.addWidget(picture, 6)
        self._body.addWidget(Label(self._look, text, Ink.TITLE, name="signin-todo", centred=True))
        self._body.addStretch(1)

    def _enter_pin(self, tries_left: int | None) -> None:
        t = self._look.t
        wrong = None if tries_left is None else _tries_left(self._look, tries_left)
        hint = t("Cover the keys with your hand.")
        self._enter(t("Enter the PIN of your card"), hint, wrong, self._action)

    def _unblock(self, state: Unblocking) -> None:
        """Ask for the digits that unblock the card, one after the other."""
        look, t = self._look, self._look.t
        words = UNBLOCKING[state.wanted]
        wrong = None
        if state.tries_left is not None:
            wrong = _wrong_puk(look, state.tries_left)
        if state.mistyped is not None:
            again = t(MISTYPED[state.mistyped])
            wrong = Label(look, again, Ink.STRONG, Tone.BAD, name="tries-left")
        self._enter(t(words.todo), t(words.hint), wrong, t(words.action), t(words.asked))

    def _enter(
        self, todo: str, hint: str, wrong: Label | None, action: str, typed: str = ""
    ) -> None:
        """Show the pad beside what is to be typed; `wrong`: what was wrong the last time."""
        look = self._look
        asked = Label(look, todo, Ink.TITLE, name="signin-todo")
        pad = PinPad(look)
        pad.name_action(action, typed)
        if look.layout.brief:
            self.told.emit((wrong or asked).text())
            self._begin(pad)
            return
        words: list[Item] = [asked]
        if not look.layout.crowded:
            words.append(Label(look, hint, Ink.BODY, Tone.MUTED))
        if wrong is not None:
            card = BorderedFrame(look, "bad", pad_mm=2)
            card.hold(row(wrong))
            words.insert(0, card)
        self._begin(pad, _beside(look, column(*words, spacing=look.style.mm(3)), pad))

    def _begin(self, pad: PinPad, whole: QWidget | None = None) -> None:
        """Show the pad, or what it stands in, and let the digits go there."""
        pad.entered.connect(lambda pin: self.acted.emit(PinEntered(pin)))
        if whole is None:
            self._body.addWidget(pad, 1)
        else:
            self._body.addLayout(row(0, whole, 0), 1)
            whole.show()
        # Qt shows what is added a moment later, and a screen that appears asks who wants the focus now.
        pad.show()
        self._pad = pad
        pad.setFocus()

    def _rejected(self, reason: Rejection) -> None:
        look, t = self._look, self._look.t
        c = look.style.palette
        self._body.addStretch(1)
        if not look.layout.brief:
            emblem = Emblem(look, "stop", c.bad, c.bad_soft, mm=24)
            self._body.addWidget(emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        self._body.addWidget(
            Label(look, t(REJECTIONS[reason]), Ink.TITLE, Tone.BAD, name="signin-why", centred=True)
        )
        self._body.addWidget(
            Label(look, t("Take the card out."), Ink.BODY, name="signin-todo", centred=True)
        )
        if reason is Rejection.PIN_BLOCKED:
            letter = Button(look, "unblock", t("I have the sealed letter"), icon="key")
            letter.clicked.connect(lambda: self.acted.emit(UnblockChosen()))
            self._body.addWidget(letter, 0, Qt.AlignmentFlag.AlignHCenter)
        self._body.addStretch(2)


def _beside(look: Look, words: QVBoxLayout, pad: PinPad) -> QWidget:
    """Return the words beside the pad, near enough to be read together with it; above it when large."""
    holder = QWidget()
    said = QWidget()
    said.setLayout(words)
    if look.layout.crowded:
        holder.setLayout(column(said, pad, spacing=look.style.mm(2)))
        return holder
    line = row(said, pad, spacing=look.style.mm(4))
    line.setStretch(0, 1)
    line.setAlignment(said, Qt.AlignmentFlag.AlignVCenter)
    holder.setLayout(line)
    holder.setMaximumWidth(pad.width() + round(look.style.font_px(Ink.TITLE) * 13))
    return holder


def _tries_left(look: Look, tries_left: int) -> Label:
    left = look.t.plural(
        "Wrong PIN. {count} try left, then the card blocks itself.",
        "Wrong PIN. {count} tries left.",
        tries_left,
    )
    return Label(look, left, Ink.STRONG, Tone.BAD, name="tries-left")


def _wrong_puk(look: Look, tries_left: int) -> Label:
    left = look.t.plural(
        "Wrong PUK. {count} try left, then the card is lost.",
        "Wrong PUK. {count} tries left.",
        tries_left,
    )
    return Label(look, left, Ink.STRONG, Tone.BAD, name="tries-left")


class SignatureFrame(BorderedFrame):
    """One of the two signatures: who has signed, or that it is still missing."""

    def __init__(self, look: Look, number: int) -> None:
        super().__init__(look, "sunken", name=f"signature-{number}", pad_mm=1.6)
        style, c = look.style, look.style.palette
        self._look, self._number = look, number
        self._tick = Emblem(look, "check", c.good, c.good_soft, mm=9)
        self._text = Label(look, "", Ink.SMALL)
        line = row(self._tick, self._text, spacing=style.mm(2))
        line.setAlignment(self._tick, Qt.AlignmentFlag.AlignVCenter)
        line.setStretch(1, 1)
        self.hold(line)

    def show_operator(self, operator: Operator | None, *, waiting: bool = False) -> None:
        """Show who has signed, None if nobody has; `waiting`: the signature is asked for now."""
        t = self._look.t
        self._tick.setVisible(operator is not None)
        self.set_role("good" if operator else "soft" if waiting else "sunken")
        if operator is None:
            self._text.setText(t("Signature {count} of 2", count=self._number))
            self._text.set_tone(Tone.ON_SOFT if waiting else Tone.MUTED)
        else:
            self._text.setText(f"{t.name(operator.name)} · {role_name(t, operator.role)}")
            self._text.set_tone(Tone.GOOD)
