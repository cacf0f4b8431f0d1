"""Window of the branch: the devices' screens, the steps of the day, the devices, the tray of cards."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from election.definition import Language
from kiosk.flows.ballot.states import Presentation, TextSize
from simulators.bench.arrange import Arrangement, Place, desk_of
from simulators.bench.art import Art
from simulators.bench.cards import CardTray
from simulators.bench.devices import HOW, Drawn, PrinterDrawing, ReaderDrawing, SensorDrawing
from simulators.bench.monitors import Monitors
from simulators.bench.pairs import ROOM_MM, Pairs
from simulators.bench.power import ScannerBox, Ups
from simulators.bench.protocol import (
    Bench,
    BenchCardId,
    BenchState,
    Cable,
    Monitor,
    PersonKey,
    Printing,
    ReaderSlot,
    SupplySetting,
    TouchStyle,
)
from simulators.bench.sheet import NAMES, DeviceSheet
from simulators.bench.steps import Steps
from simulators.bench.strip import StripView
from simulators.bench.tour import STOPS, Stop, Tour
from simulators.languages import bench_languages
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Item, clear, column, discard, row
from ui.widgets.labels import Label, Tone
from ui.widgets.look import make_look
from ui.widgets.stage import Stage, Veil
from words.languages import LanguageData, Languages
from words.message import Message, m

MOST_TO_DRAWINGS = 1000
"""Share of the free height that goes to the drawings, against 1 above and below."""
LOOK_MS = 150
"""Interval at which the window asks for the bench's state."""

TAKES: dict[ReaderSlot, Message] = {
    ReaderSlot.IDENTITY: m("identity card"),
    ReaderSlot.AUTHORIZATION: m("authorization or operator card"),
    ReaderSlot.TERMINAL: m("authorization or operator card"),
}
"""Cards that belong into a reader."""
OPERATORS_ONLY = m("operator card")
"""What the second reader takes where ballots are papers."""

TOUCHES = (TouchStyle.RIGHT, TouchStyle.WRONG, TouchStyle.WET)
"""The ways of putting a finger on that are one touch away; the sheet has them all."""


class BenchWindow(QWidget):
    """Window that drives a `Bench`; call `start` once the bench's state may be read."""

    tour_finished = Signal()
    """The guided tour was read to its end or skipped: the caller remembers it."""

    def __init__(
        self,
        dpi: float,
        bench: Bench,
        presentation: Presentation | None = None,
        languages: Languages | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self._dpi = dpi
        self._bench = bench
        self._languages = (languages or bench_languages()).load()
        asked = presentation or Presentation(size=TextSize.SMALL)
        # A table full of devices is no voter's screen: larger text would push them off it.
        self._presentation = replace(asked, size=TextSize.SMALL)
        self._state = BenchState()
        self._tour: Tour | None = None
        self._veil: Veil | None = None
        self._table = QWidget()
        self._whole = column()
        self._table.setLayout(self._whole)
        self.setLayout(column(Stage(self._table)))
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look_again)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._name_turn)
        self._build()

    def start(self) -> None:
        """Draw the state now and a few times a second from now on."""
        self.look_again()
        self._timer.start()

    def stop(self) -> None:
        """Stop asking for the state."""
        self._timer.stop()

    def look_again(self) -> None:
        """Ask the bench for its state and draw what changed."""
        state = self._bench.state()
        if state != self._state:
            self._state = state
            self._show()

    def start_tour(self) -> None:
        """Begin the guided tour from its first bubble."""
        if self._tour is not None:
            self._tour.leave()
        parts = {
            "steps": self._steps,
            "tray": self._tray,
            "station": self._station,
            "terminal": self._terminal,
        }
        t = self._look.t
        stops = tuple(Stop(parts.get(at), t(title), t(text)) for at, title, text in STOPS)
        tour = Tour(self._look, self._table, stops)
        tour.finished.connect(self._tour_over)
        self._tour = tour

    # ---------------------------------------------------------------- parts

    def _build(self) -> None:
        touring = self._tour is not None
        self._close()
        self._look = make_look(self._dpi, self._presentation, self._languages)
        look, t, style = self._look, self._look.t, self._look.style
        self.setLayoutDirection(look.direction)
        self.setPalette(style.qt_palette())
        self.setStyleSheet(style.stylesheet())
        self.setWindowTitle(t("The branch"))
        clear(self._whole)
        self._art = Art(look)
        self._steps = Steps(look)
        self._steps.asked.connect(self._bench.do_step)
        self._steps.cancelled.connect(self._bench.cancel_step)
        self._monitors = Monitors(look)
        self._monitors.opened.connect(self._bench.enlarge)
        self._pairs = Pairs(look)
        self._pairs.chosen.connect(self._turn_to)
        self._pairs.stand(low=self.height() < look.style.mm(ROOM_MM))
        self._tray = CardTray(self._art)
        self._tray.chosen.connect(self._show)
        self._readers: dict[ReaderSlot, ReaderDrawing] = {}
        self._cables: dict[Cable, Button] = {}
        self._station = self._panel(t("Identity station"), self._station_devices())
        self._terminal = self._panel(t("Ballot terminal"), self._terminal_devices())
        self._message = Label(look, "", Ink.BODY, name="message")
        branch = self._panel(t("Branch"), [self._branch_devices()])
        table = QWidget()
        devices = row(self._station, self._terminal, branch, spacing=style.gap)
        for place, share in enumerate((3, 2, 1)):
            devices.setStretch(place, share)
        table.setLayout(devices)
        desk = desk_of(look, table, self._tray)
        self._arrangement = Arrangement(look, self._pairs, self._monitors, self._steps, desk)
        self._whole.addWidget(self._head())
        self._whole.addWidget(self._arrangement, 1)
        self._show()
        if touring:
            self.start_tour()

    def _head(self) -> QWidget:
        look, t, style = self._look, self._look.t, self._look.style
        bar = BorderedFrame(look, "bar", pad_mm=0)
        other = self._next_language()
        language = Button(look, "language", other.name, icon="globe", kind=ButtonKind.QUIET)
        language.clicked.connect(lambda: self._speak(other.id))
        tour = Button(look, "tour", t("Tour"), icon="help", kind=ButtonKind.QUIET)
        tour.clicked.connect(self.start_tour)
        title = Label(look, t("The branch"), Ink.TITLE, wrap=False)
        self._turn = Button(look, "turn-page", "", icon="eye")
        self._turn.clicked.connect(self._turn_page)
        line = row(title, self._message, self._turn, tour, language, spacing=style.mm(4))
        line.setStretch(1, 1)
        line.setContentsMargins(style.mm(4), style.mm(1), style.mm(4), style.mm(1))
        bar.setLayout(line)
        return bar

    def _panel(self, title: str, devices: list[Item]) -> BorderedFrame:
        card = BorderedFrame(self._look, pad_mm=2.5)
        head = Label(self._look, title, Ink.TITLE)
        line = row(*devices, spacing=self._look.style.mm(2.5))
        for place in range(line.count()):
            line.setStretch(place, 1)
        layout = column(head, line, spacing=self._look.style.mm(1))
        layout.setStretch(1, 1)
        card.hold(layout)
        return card

    def _station_devices(self) -> list[Item]:
        t, style = self._look.t, self._look.style
        self._sensor = SensorDrawing(self._art, t(NAMES[Cable.FINGERPRINT]))
        self._sensor.clicked.connect(lambda: self._touch(TouchStyle.RIGHT))
        touches = QGridLayout()
        touches.setSpacing(style.gap)
        for place, how in enumerate(TOUCHES):
            button = self._small(f"touch-{how.value}", t(HOW[how]))
            button.clicked.connect(lambda _=False, h=how: self._touch(h))
            touches.addWidget(button, place // 2, place % 2)
        lift = self._small("lift", t("Lift it"))
        lift.clicked.connect(self._bench.hands.lift)
        touches.addWidget(lift, 1, 1)
        return [
            self._reader(ReaderSlot.IDENTITY),
            self._reader(ReaderSlot.AUTHORIZATION),
            self._stand(Cable.FINGERPRINT, self._sensor, touches),
        ]

    def _terminal_devices(self) -> list[Item]:
        self._printer = PrinterDrawing(self._art, self._look.t(NAMES[Cable.PRINTER]))
        self._printer.clicked.connect(self._read_strip)
        return [self._reader(ReaderSlot.TERMINAL), self._stand(Cable.PRINTER, self._printer)]

    def _reader(self, slot: ReaderSlot) -> Item:
        t, cable = self._look.t, Cable(slot)
        reader = ReaderDrawing(self._art, slot, t(NAMES[cable]))
        reader.clicked.connect(lambda: self._touch_slot(slot))
        reader.dropped.connect(lambda key: self._insert(slot, key))
        self._readers[slot] = reader
        return self._stand(cable, reader)

    def _branch_devices(self) -> Item:
        t = self._look.t
        self._ups = Ups(self._art, t(NAMES[Cable.UPS]))
        self._ups.clicked.connect(lambda: self._look_closely(Cable.UPS))
        self._scanner = ScannerBox(self._art, t(NAMES[Cable.SCANNER]))
        self._scanner.clicked.connect(lambda: self._look_closely(Cable.SCANNER))
        devices = column(
            self._stand(Cable.UPS, self._ups),
            self._stand(Cable.SCANNER, self._scanner),
            spacing=self._look.style.gap,
        )
        devices.setStretch(0, 1)
        devices.setStretch(1, 1)
        return devices

    def _stand(self, device: Cable, drawing: Drawn, *controls: Item) -> Item:
        """Return a device under its name: controls, then its cable and a button for its faults."""
        look, t = self._look, self._look.t
        name = Label(look, t(NAMES[device]), Ink.SMALL, Tone.MUTED, centred=True)
        cable = Button(
            look, f"cable-{device.value}", t("Unplug"), kind=ButtonKind.QUIET, ink=Ink.SMALL
        )
        cable.clicked.connect(lambda: self._pull_or_plug(device))
        self._cables[device] = cable
        said = t("What can happen to it")
        more = Button(look, f"more-{device.value}", "⋯", kind=ButtonKind.QUIET, said=said)
        more.clicked.connect(lambda: self._look_closely(device))
        under = row(1, cable, more, 1, spacing=look.style.gap)
        # What a drawing does not take stands above and below the whole, not between its parts.
        layout = column(1, name, drawing, *controls, under, 1, spacing=look.style.gap)
        layout.setStretch(2, MOST_TO_DRAWINGS)
        return layout

    def _small(self, name: str, text: str) -> Button:
        return Button(self._look, name, text, kind=ButtonKind.KEY, ink=Ink.SMALL)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the other page where there is room for one only."""
        super().resizeEvent(event)
        self._pairs.stand(low=self.height() < self._look.style.mm(ROOM_MM))
        self._later.start(0)

    def _turn_page(self) -> None:
        self._arrangement.open_page(screens=not self._arrangement.page_open)
        self._name_turn()

    def _name_turn(self) -> None:
        t = self._look.t
        self._turn.setVisible(self._arrangement.place is Place.PAGE)
        text = t("Devices and cards") if self._arrangement.page_open else t("Screens and steps")
        self._turn.setText(text)
        self._turn.setAccessibleName(text)

    # ---------------------------------------------------------------- hands

    def _touch_slot(self, slot: ReaderSlot) -> None:
        held = self._tray.held
        if held is not None:
            self._insert(slot, held)
        else:
            self._bench.hands.remove(slot)
            self.look_again()

    def _turn_to(self, pair: int) -> None:
        self._bench.turn_to(pair)
        self.look_again()

    def _insert(self, slot: ReaderSlot, card: BenchCardId) -> None:
        self._tray.let_go()
        self._bench.hands.insert(slot, card)
        self.look_again()

    def _touch(self, how: TouchStyle) -> None:
        person = self._whose()
        if person is not None:
            self._bench.hands.place_finger(person, how)
            self.look_again()

    def _whose(self) -> PersonKey | None:
        """Return the person whose card is in the hand, else in the first reader."""
        held = self._state.card(self._tray.held)
        if held is not None and held.person is not None:
            return held.person
        slot = self._state.slot(ReaderSlot.IDENTITY)
        card = self._state.card(slot.card) if slot is not None else None
        return card.person if card is not None else None

    def _pull_or_plug(self, cable: Cable) -> None:
        self._bench.connect(cable, plugged=not self._is_plugged(cable))
        self.look_again()

    def _is_plugged(self, cable: Cable) -> bool:
        match cable:
            case Cable.FINGERPRINT:
                return self._state.sensor.plugged
            case Cable.PRINTER:
                return self._state.printer.state is not Printing.UNPLUGGED
            case Cable.SCANNER:
                return self._state.scanner.plugged
            case Cable.UPS:
                return self._state.ups.supply is not SupplySetting.GONE
            case _:
                found = self._state.slot(ReaderSlot(cable))
                return found is None or found.plugged

    # ---------------------------------------------------------------- show

    def _show(self) -> None:
        state, t = self._state, self._look.t
        self._steps.show_state(state)
        self._pairs.show_state(state)
        self._arrangement.fit()
        self._monitors.show_state(state)
        self._station.setVisible(state.stands_here(Monitor.STATION))
        self._terminal.setVisible(state.stands_here(Monitor.TERMINAL))
        self._name_turn()
        if self.sender() is not self._tray:
            self._tray.show_state(state)
        held = state.card(self._tray.held)
        for slot, reader in self._readers.items():
            found = state.slot(slot)
            card = state.card(found.card) if found else None
            plugged = found is None or found.plugged
            paper = state.on_paper and slot is ReaderSlot.AUTHORIZATION
            takes = t(OPERATORS_ONLY if paper else TAKES[slot])
            reader.show_reader(card, takes, plugged=plugged, inviting=held is not None)
        finger = next((c for c in state.cards if c.person == state.sensor.finger), None)
        whose = t.say(finger.name) if finger and state.sensor.finger else ""
        self._sensor.show_sensor(state.sensor, whose)
        possible = self._whose() is not None
        for how in TOUCHES:
            button = self.findChild(Button, f"touch-{how.value}")
            if button is not None:
                button.setEnabled(possible)
        self._printer.show_printer(state.printer)
        self._ups.show_ups(state.ups)
        self._scanner.show_scanner(state.scanner)
        if isinstance(self._veil, DeviceSheet):
            self._veil.show_state(state)
        for cable, button in self._cables.items():
            plugged = self._is_plugged(cable)
            said = t("Unplug") if plugged else t("Plug in")
            if button.text() != said:
                button.setText(said)
                button.setAccessibleName(said)
            button.set_kind(ButtonKind.QUIET if plugged else ButtonKind.MAIN)
        self._message.setText("" if state.message is None else t(state.message))
        self._message.set_tone(Tone.BAD if state.message_bad else Tone.MUTED)

    def _look_closely(self, device: Cable) -> None:
        sheet = DeviceSheet(self._art, self._table, device, self._state)
        sheet.struck.connect(lambda name: self._strike(device, name))
        sheet.touched.connect(self._touch)
        sheet.scanned.connect(self._bench.hands.scan)
        sheet.closed.connect(self._close)
        self._open(sheet)

    def _strike(self, device: Cable, name: str) -> None:
        self._bench.hands.strike(device, name)
        self.look_again()

    def _open(self, veil: Veil) -> None:
        self._close()
        self._veil = veil
        veil.show()

    def _close(self) -> None:
        discard(self._veil)
        self._veil = None

    def _read_strip(self) -> None:
        """Show the whole strip, large."""
        if self._printer.image is not None:
            strip = StripView(self._look, self._table, self._printer.image)
            strip.closed.connect(self._close)
            self._open(strip)

    def _next_language(self) -> LanguageData:
        every = list(self._languages)
        now = [x.id for x in every].index(self._presentation.language)
        return every[(now + 1) % len(every)]

    def _speak(self, language: Language) -> None:
        self._presentation = replace(self._presentation, language=language)
        self._build()

    def _tour_over(self) -> None:
        self._tour = None
        self.tour_finished.emit()
