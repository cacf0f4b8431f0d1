"""Close-up of one device: its display in large, and everything that can be made to happen to it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from simulators.bench.art import CARD_RATIO, Art, grey_image
from simulators.bench.devices import HOW, SEEN
from simulators.bench.power import SUPPLIES
from simulators.bench.protocol import BenchState, Cable, ReaderSlot, Seen, TouchStyle
from ui.raster import to_image
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Pages, column, row
from ui.widgets.labels import Label, Tone
from ui.widgets.stage import Veil
from words.message import Message, m

NAMES: dict[Cable, Message] = {
    Cable.IDENTITY_READER: m("First reader"),
    Cable.AUTHORIZATION_READER: m("Second reader"),
    Cable.TERMINAL_READER: m("Card reader"),
    Cable.FINGERPRINT: m("Finger sensor"),
    Cable.PRINTER: m("Printer"),
    Cable.SCANNER: m("Scanner"),
    Cable.UPS: m("Power supply"),
}

FAULTS: dict[str, Message] = {
    "pull": m("Pull the card in the middle"),
    "corrupt": m("Turn a bit of the next answer"),
    "drop": m("Lose a byte"),
    "late": m("Answer too late"),
    "split": m("Answer byte by byte"),
    "garbage": m("Stray bytes first"),
    "duplicate": m("Answer twice"),
    "silence": m("Do not answer"),
    "short": m("Lose the end"),
    "cut": m("Pull the plug in the middle"),
    "paper out": m("Paper out"),
    "paper near end": m("Paper near its end"),
    "paper ok": m("New paper"),
    "cover open": m("Open the cover"),
    "cover closed": m("Close the cover"),
    "jam": m("Jam the cutter"),
    "jam cleared": m("Free the cutter"),
    "head hot": m("Overheat the head"),
    "head cool": m("Cool the head"),
    "broken": m("Break the motor"),
    "repaired": m("Repair the motor"),
    "off line": m("Switch off line"),
    "on line": m("Switch on line"),
    "power cut": m("Cut its power"),
    "power on": m("Give it power"),
    "line": m("Line power is back"),
    "battery": m("Line power fails"),
    "low": m("Battery nearly empty"),
    "stale": m("Says nothing"),
    "gone": m("Driver lost"),
    "replace": m("Battery worn out"),
    "shutdown": m("About to switch off"),
    "noise": m("Noise on the line"),
    "no end": m("Next code without its end"),
    "encoding": m("Next code in another encoding"),
    "repeated": m("Next code three times"),
    "glued": m("Next code twice at once"),
    "cut off": m("Pull the plug in the next code"),
}
"""Texts for the simulators' names; a new one shows its name."""

ROWS = 6
PICTURE_MM = 92


class DeviceSheet(Veil):
    """Dialog for one device. Buttons: `fault-<name>`, `touch-<how>`, `scan-text`, `scan`, `sheet-close`."""

    struck = Signal(str)
    touched = Signal(object)
    """Touch"""
    scanned = Signal(str)
    closed = Signal()

    def __init__(self, art: Art, parent: QWidget, device: Cable, state: BenchState) -> None:
        look = art.look
        super().__init__(look, parent)
        t, style = look.t, look.style
        self._art = art
        self.setObjectName("sheet")
        self._device = device
        self._shown: object = None
        self._picture = QLabel()
        self._picture.setObjectName("sheet-picture")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._said = Label(look, "", Ink.TITLE, name="sheet-said", centred=True)
        acts = QGridLayout()
        acts.setSpacing(style.gap)
        buttons: list[Button] = []
        if device is Cable.FINGERPRINT:
            for how, text in HOW.items():
                button = Button(look, f"sheet-touch-{how.value}", t(text), icon="finger")
                button.clicked.connect(lambda _=False, h=how: self.touched.emit(h))
                buttons.append(button)
        for name in state.faults_of(device):
            fault = t(FAULTS[name]) if name in FAULTS else name
            button = Button(look, f"fault-{name.replace(' ', '-')}", fault, ink=Ink.BODY)
            button.clicked.connect(lambda _=False, n=name: self.struck.emit(n))
            buttons.append(button)
        columns = 2 if len(buttons) <= 2 * ROWS else 3
        for place, button in enumerate(buttons):
            acts.addWidget(button, place // columns, place % columns)
        for number in range(columns):
            acts.setColumnStretch(number, 1)
        content = QWidget()
        content.setLayout(column(acts, 1))
        close = Button(look, "sheet-close", t("Close"), icon="check", kind=ButtonKind.MAIN)
        close.clicked.connect(self.closed)
        head = row(Label(look, t(NAMES[device]), Ink.DISPLAY, wrap=False), 1, close)
        right = column(spacing=style.mm(3))
        if device is Cable.SCANNER:
            right.addLayout(self._scanning())
        right.addWidget(Label(look, t("What can happen to it"), Ink.SMALL, Tone.MUTED))
        right.addWidget(Pages(look, "sheet-more", content), 1)
        seen = column(1, self._picture, self._said, 1, spacing=style.mm(3))
        shows = QWidget()
        shows.setLayout(seen)
        shows.setFixedWidth(style.mm(PICTURE_MM + 8))
        shows.setVisible(device is not Cable.SCANNER)
        body = row(shows, right, spacing=style.mm(5))
        body.setStretch(1, 1)
        card = BorderedFrame(look, name="sheet-card", pad_mm=6)
        inner = column(head, body, spacing=style.mm(4))
        inner.setStretch(1, 1)
        card.hold(inner)
        outer = row(card)
        outer.setContentsMargins(style.mm(14), style.mm(12), style.mm(14), style.mm(12))
        self.setLayout(outer)
        self.show_state(state)

    def show_state(self, state: BenchState) -> None:
        """Show the device's present state."""
        match self._device:
            case Cable.FINGERPRINT:
                self._show(grey_image(state.sensor.picture), state.sensor.picture)
                self._say_sensor(state)
            case Cable.PRINTER:
                strip = state.printer.strip
                self._show(None if strip is None else to_image(strip), strip)
                metres = round(state.printer.paper_left_mm / 1000)
                self._said.setText(self._look.t("{count} metres of paper", count=metres))
            case Cable.UPS:
                t, ups = self._look.t, state.ups
                charge = t("{count} %", count=round(ups.charge))
                self._said.setText(f"{t(SUPPLIES[ups.supply])}\n{charge}")
            case Cable.SCANNER:
                pass
            case _:
                self._show_card(state)

    def _show_card(self, state: BenchState) -> None:
        """Show the card that is in, in full."""
        found = state.slot(ReaderSlot(self._device))
        card = state.card(found.card) if found is not None else None
        self._said.setText(self._look.t("card in") if card else self._look.t("no card"))
        if card is None:
            self._show(None, None)
            return
        wide = self._look.style.mm(PICTURE_MM)
        image = QImage(wide, round(wide * CARD_RATIO), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self._art.card(painter, QRectF(image.rect()), card)
        painter.end()
        self._show(image, card)

    def _say_sensor(self, state: BenchState) -> None:
        t, sensor = self._look.t, state.sensor
        lines = []
        if sensor.how is not TouchStyle.NONE:
            lines.append(t(HOW[sensor.how]))
        if sensor.seen in SEEN and sensor.seen is not Seen.NONE:
            lines.append(t(SEEN[sensor.seen][0]))
        self._said.setText("\n".join(lines) or t("no finger"))

    def _show(self, image: QImage | None, source: object) -> None:
        if source is self._shown and source is not None:
            return
        self._shown = source
        if image is None:
            self._picture.clear()
            return
        side = self._look.style.mm(PICTURE_MM)
        self._picture.setPixmap(
            QPixmap.fromImage(image).scaled(
                side,
                side,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )

    def _scanning(self) -> QGridLayout:
        look, t = self._look, self._look.t
        field = QLineEdit()
        field.setObjectName("scan-text")
        field.setFont(look.style.font(Ink.BODY))
        field.setMinimumHeight(look.style.target)
        field.setAccessibleName(t("Text of the code"))
        field.setPlaceholderText(t("Text of the code"))
        scan = Button(look, "scan", t("Scan it"), icon="search", kind=ButtonKind.MAIN)
        scan.clicked.connect(lambda: self.scanned.emit(field.text()))
        field.returnPressed.connect(lambda: self.scanned.emit(field.text()))
        grid = QGridLayout()
        grid.setSpacing(look.style.gap)
        grid.addWidget(field, 0, 0)
        grid.addWidget(scan, 0, 1)
        grid.setColumnStretch(0, 1)
        return grid
