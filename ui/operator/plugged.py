"""Console page of the plugged devices: which serves as what, what else is there, test, keep, undo."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from election.device_table import PLACES, AsBefore, Choose, DeviceRow, DeviceTable, Look, TryOut
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from ui.operator.overview import check_card
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import look as widgets
from ui.widgets.band import Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Item, column
from ui.widgets.labels import Label, Tone
from ui.widgets.tiles import Tiles


class PluggedPage(Screen):
    """A card for each place, with a button for everything that may serve there."""

    def __init__(self, look: widgets.Look, state: at.ChoosingDevices) -> None:
        super().__init__(look)
        t, table = look.t, state.view.devices
        self.put_band(Mood.BUSY, "usb", t("Devices"), t("What serves as what?"), settings=True)
        places: list[Item] = [self._place(table, row) for row in table.rows]
        if not places:
            places = [Label(look, t("No device of this station can be chosen here."), Ink.BODY)]
        checks: list[Item] = [check_card(look, n, x) for n, x in enumerate(state.view.checks)]
        keep = self._button("keep", t("Keep them"), main=True)
        keep.clicked.connect(lambda: self.acted.emit(on.ActChosen(at.ConsoleAct.KEEP_DEVICES)))
        test = self._button("try-out", t("Test"))
        test.clicked.connect(lambda: self.acted.emit(on.DevicesWanted(TryOut())))
        for button in (keep, test):
            button.setEnabled(table.changed)
        undo = self._button("as-before", t("As before"))
        undo.clicked.connect(lambda: self.acted.emit(on.DevicesWanted(AsBefore())))
        undo.setEnabled(bool(table.before))
        anew = self._button("look-anew", t("Look anew"))
        anew.clicked.connect(lambda: self.acted.emit(on.DevicesWanted(Look())))
        more = Tiles([anew, undo], look.style.gap)
        self.put_body(column(*checks, *places, more, 1, spacing=look.style.mm(2)), pages="plugged")
        back = self.button("cancel", t("Back"), on.Cancelled(), icon="back")
        self.put_actions(back, 1, test, keep)

    def _button(self, name: str, text: str, *, main: bool = False) -> Button:
        return Button(self.look, name, text, kind=ButtonKind.MAIN if main else ButtonKind.PLAIN)

    def _place(self, table: DeviceTable, row: DeviceRow) -> QWidget:
        look, t, style = self.look, self.look.t, self.look.style
        card = BorderedFrame(look, "soft" if row.changed else "card", pad_mm=2.2)
        there = table.is_there(row.chosen)
        words: list[Item] = [Label(look, t(PLACES[row.place]), Ink.STRONG)]
        if not there:
            gone = t("It is not plugged in.")
            words.append(Label(look, gone, Ink.SMALL, Tone.BAD, name=f"gone-{row.place.value}"))
        buttons: list[QWidget] = []
        for number, name in enumerate(table.candidates(row.place)):
            shown = t.latin(name.rpartition("/")[2])
            button = Button(look, f"{row.place.value}-{number}", shown, ink=Ink.SMALL)
            button.setCheckable(True)
            button.setChecked(name == row.chosen)
            choice = on.DevicesWanted(Choose(row.place, name))
            button.clicked.connect(lambda _=False, c=choice: self.acted.emit(c))
            buttons.append(button)
        card.hold(column(*words, Tiles(buttons, style.gap), spacing=style.gap))
        return card
