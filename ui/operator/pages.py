"""Console pages besides the overview: sign-in, second signature, an act in progress."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from election.definition import Role
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from ui.operator.closing import closing_order
from ui.operator.page import progress_bar, set_progress
from ui.operator.words import ACTS
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.busy import Busy
from ui.widgets.buttons import Button
from ui.widgets.frames import BorderedFrame, Item, column, row
from ui.widgets.labels import Label
from ui.widgets.look import Look
from ui.widgets.signin import SignatureFrame, SignInPanel, role_name
from words.message import Code, Latin


class SignInPage(Screen):
    """Page where an operator signs in with card and PIN."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        t = look.t
        self.put_band(
            Mood.BUSY,
            "key",
            t("Operator sign-in"),
            t("Take the card out to go back."),
            settings=True,
        )
        self._panel = SignInPanel(
            look, card_text=t("Put your operator card in"), action=t("Sign in")
        )
        self._panel.acted.connect(self.acted)
        self._panel.told.connect(self.tell)
        card = BorderedFrame(look)
        card.hold(column(self._panel))
        self.put_body(card)

    def show_state(self, state: object) -> None:
        """Show the next step of the sign-in."""
        if isinstance(state, at.SigningIn):
            self._panel.show_signin(state.signin)


def _replaced(state: at.SecondSignature) -> str:
    """Return the device whose number was typed; what freezes the act has refused any other number."""
    number = int(state.code) if state.code.isdecimal() else 0
    listed = state.view.replaceable
    return listed[number - 1] if 0 < number <= len(listed) else "?"


class SecondPage(Screen):
    """Page for the second signature: the first card comes out, the other role's card goes in."""

    def __init__(self, look: Look, state: at.SecondSignature) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        other = Role.SUPERVISOR if state.first.role is Role.OFFICER else Role.OFFICER
        self.put_band(
            Mood.WARN,
            "people",
            t(ACTS[state.act].name),
            t("Officer and supervisor sign"),
            settings=True,
        )
        if state.act is at.ConsoleAct.BLOCK_CARD:
            # Whoever signs second has seen which card is meant, and can give up.
            self.say(t("Block the card {number}", number=Code(state.code)))
        if state.act is at.ConsoleAct.TAKE_OVER:
            self.say(t("A spare takes over from {device}", device=Latin(_replaced(state))))
        if state.act is at.ConsoleAct.SET_CLOCK:
            self.say(t("Set the clock to {digits}", digits=Code(state.code)))
        self._panel = SignInPanel(
            look,
            card_text=t("Now the other card in: {role}", role=role_name(t, other)),
            action=t("Sign"),
            out_text=t("Take your card out"),
        )
        self._panel.acted.connect(self.acted)
        self._panel.told.connect(self.tell)
        first, second = SignatureFrame(look, 1), SignatureFrame(look, 2)
        first.show_operator(state.first)
        second.show_operator(None, waiting=True)
        cancel = Button(look, "cancel", t("Give up"), icon="back")
        cancel.clicked.connect(lambda: self.acted.emit(on.Cancelled()))
        order: list[Item] = [closing_order(look)] if state.act is at.ConsoleAct.CLOSE else []
        side = column(first, second, 1, cancel, spacing=style.mm(3))
        card = BorderedFrame(look)
        card.hold(column(self._panel, *order))
        beside = QWidget()
        beside.setLayout(side)
        self.put_beside(beside, card, shares=(2, 5))

    def show_state(self, state: object) -> None:
        """Show the next step of the second sign-in."""
        if isinstance(state, at.SecondSignature):
            self._panel.show_signin(state.signin)


class ActingPage(Screen):
    """Page of an act in progress that two persons signed; nothing can be touched."""

    def __init__(self, look: Look, state: at.Acting) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        words = ACTS[state.act]
        self.put_band(Mood.BUSY, words.icon, t(words.going_on), settings=True)
        first, second = SignatureFrame(look, 1), SignatureFrame(look, 2)
        first.show_operator(state.first)
        second.show_operator(state.second)
        self._bar = progress_bar(look)
        busy = Busy(look, mm=26)
        order: list[Item] = [closing_order(look)] if state.act is at.ConsoleAct.CLOSE else []
        told = column(
            1,
            busy,
            self._bar,
            Label(look, t("Do not switch off."), Ink.TITLE, name="todo", centred=True),
            *order,
            2,
            spacing=style.mm(5),
        )
        told.setAlignment(busy, Qt.AlignmentFlag.AlignHCenter)
        self.put(row(first, second, spacing=style.mm(3)))
        self.put(told, 1)

    def show_state(self, state: object) -> None:
        """Update the progress."""
        if isinstance(state, at.Acting):
            set_progress(self._bar, state.progress)
