"""Console pages before a station closes: how the other devices stand, and the cards that are missing."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from election.closing_order import (
    NOTHING_TO_ASK,
    BeforeClosing,
    Neighbour,
    Said,
    Standing,
)
from election.definition import Role
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from ui.operator.words import ACTS, CLOSING_ORDER
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Item, column
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.tiles import Tiles
from words.message import Message, m

_STANDINGS: Final[dict[Standing, Message]] = {
    Standing.CLOSED: m("Closed"),
    Standing.OPEN: m("Still open"),
    Standing.DEAD: m("Broken"),
    Standing.TAKEN_OVER: m("Taken over"),
}


def closing_order(look: Look) -> Label:
    """Return the order in which a branch closes, for every screen about closing."""
    return Label(look, look.t(CLOSING_ORDER), Ink.SMALL, Tone.MUTED, name="closing-order")


class DevicesPage(Screen):
    """Page that asks how every other device of the branch stands."""

    def __init__(self, look: Look, state: at.AskingDevices) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        self._buttons: dict[Said, Button] = {}
        _put_band(self, t("How do the other devices of this branch stand?"))
        order = state.view.order or NOTHING_TO_ASK
        devices: list[Item] = [self._device(each) for each in order.neighbours]
        self.put_body(
            column(closing_order(look), *devices, 1, spacing=style.mm(3)), pages="devices"
        )
        self._next = Button(
            look, "go-on", t("Go on"), icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        self._next.clicked.connect(lambda: self.acted.emit(on.WentOn()))
        self.put_actions(_back(self), 1, self._next)

    def show_state(self, state: object) -> None:
        """Show what was said up to now."""
        if isinstance(state, at.AskingDevices):
            for said, button in self._buttons.items():
                button.setChecked(said in state.said)
            order = state.view.order or NOTHING_TO_ASK
            self._next.setEnabled(state.counted and order.is_answered(state.said))

    def _device(self, neighbour: Neighbour) -> BorderedFrame:
        look, t, style = self.look, self.look.t, self.look.style
        device = t.latin(neighbour.device)
        if neighbour.role is Role.IDENTITY_STATION:
            name = t("Identity station {device}", device=device)
        else:
            name = t("Ballot terminal {device}", device=device)
        buttons: list[QWidget] = []
        for standing, word in _STANDINGS.items():
            said = Said(neighbour.device, standing)
            button = Button(look, f"{standing.value}-{neighbour.device}", t(word))
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, s=said: self._say(s))
            self._buttons[said] = button
            buttons.append(button)
        card = BorderedFrame(look, "card", pad_mm=2.2)
        line = column(Label(look, name, Ink.STRONG), Tiles(buttons, style.gap), spacing=style.gap)
        card.hold(line)
        return card

    def _say(self, said: Said) -> None:
        # The state decides what stands: a second touch takes nothing back.
        self._buttons[said].setChecked(True)
        self.acted.emit(on.StandingSaid(said))


class CardsPage(Screen):
    """Page of the last station that asks for the cards that are missing, and counts those that come."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        _put_band(self, t("Are all cards back?"))
        self._count = Label(look, "", Ink.DISPLAY, name="cards-out", centred=True)
        what = Label(
            look,
            t(
                "Collect them at the terminals and the box. Put each into the reader for authorization "
                "cards, one after the other; they are counted here. If your own card is in that "
                "reader, take it out and sign in with the other reader."
            ),
            Ink.BODY,
            centred=True,
        )
        why = Label(
            look,
            t(
                "A card that comes back proves its vote. What is missing stands in the act of closing."
            ),
            Ink.SMALL,
            Tone.MUTED,
            centred=True,
        )
        told = column(1, self._count, what, why, 1, closing_order(look), spacing=style.mm(4))
        self.put_body(told, pages="cards")
        self._next = Button(look, "go-on", icon="next", kind=ButtonKind.WARN, trailing=True)
        self._next.clicked.connect(lambda: self.acted.emit(on.WentOn()))
        self.put_actions(_back(self), 1, self._next)

    def show_state(self, state: object) -> None:
        """Show how many are missing."""
        if isinstance(state, at.AskingCards):
            t, missing = self.look.t, _missing(state.view.order)
            count = t.plural("{count} card is missing", "{count} cards are missing", missing)
            self._count.setText(count if missing else t("All cards of this station are back"))
            self._next.set_kind(ButtonKind.WARN if missing else ButtonKind.MAIN)
            text = t("Go on without them") if missing else t("Go on")
            self._next.setText(text)
            self._next.setAccessibleName(text)


def _missing(order: BeforeClosing | None) -> int:
    return (order or NOTHING_TO_ASK).cards_out


def _put_band(screen: Screen, question: str) -> None:
    words = ACTS[at.ConsoleAct.CLOSE]
    screen.put_band(Mood.WARN, words.icon, screen.look.t(words.name), question, settings=True)


def _back(screen: Screen) -> Button:
    return screen.button("cancel", screen.look.t("Back"), on.Cancelled(), icon="back")
