"""Rail beside every page: clock and place, state of the devices, today's counters."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from kiosk.status import Counter, DeviceStatus, Lamp
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Pages, clear, column, row
from ui.widgets.labels import Icon, Label, Tone
from ui.widgets.large import is_large
from ui.widgets.look import Look


class Rail(QFrame):
    """Column of clock, lamps and counters.

    Lamps are called `lamp-<key>`, counters `counter-<key>`; broken devices come first.
    """

    settings_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        style, t = look.style, look.t
        self._look = look
        self._shown: tuple[object, ...] = ()
        self.setObjectName("rail")
        edge = "left" if not t.right_to_left else "right"
        self.setStyleSheet(
            f"QFrame#rail {{ background: {style.palette.surface};"
            f"border-{edge}: {style.hairline}px solid {style.palette.line}; }}"
        )
        self.setFixedWidth(max(style.mm(68), round(style.font_px(Ink.SMALL) * 9)))
        self._clock = Label(look, "", Ink.DISPLAY, name="clock", wrap=False)
        self._date = Label(look, "", Ink.SMALL, Tone.MUTED, name="date")
        self._date.setHidden(is_large(look))
        self._place = Label(look, "", Ink.SMALL, Tone.MUTED, name="place")
        self._parts = QVBoxLayout()
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setSpacing(style.mm(1.2))
        inner = QWidget()
        holder = column(self._place, self._parts, 1, spacing=style.mm(2))
        inner.setLayout(holder)
        settings = Button(look, "settings", t("Settings"), icon="settings", kind=ButtonKind.QUIET)
        settings.clicked.connect(self.settings_asked)
        layout = column(
            self._clock, self._date, Pages(look, "rail-more", inner), settings, spacing=0
        )
        layout.setContentsMargins(style.mm(4), style.mm(1.5), style.mm(4), style.mm(1.5))
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def show_status(self, status: DeviceStatus) -> None:
        """Show time, date and branch; draw lamps and counters anew if they changed."""
        t = self._look.t
        if status.clock is not None:
            self._clock.setText(t.time(status.clock))
            self._date.setText(t.date(status.clock))
        place = t.of(status.branch) if status.branch is not None else ""
        self._place.setText(place)
        self._place.setVisible(bool(place) and not is_large(self._look))
        shown = (status.lamps, status.counters)
        if shown != self._shown:
            self._shown = shown
            clear(self._parts)
            for lamp in sorted(status.lamps, key=lambda one: one.ok):
                self._parts.addWidget(_lamp(self._look, lamp))
            if status.counters:
                self._parts.addSpacing(self._look.style.mm(1))
                self._parts.addWidget(Label(self._look, t("Today"), Ink.STRONG))
            for counter in status.counters:
                self._parts.addWidget(_counter(self._look, counter))


def _lamp(look: Look, lamp: Lamp) -> QWidget:
    style, c, t = look.style, look.style.palette, look.t
    px = style.icon_px(Ink.SMALL)
    name = Label(look, t(lamp.name), Ink.SMALL if lamp.ok else Ink.STRONG)
    icon = Icon(look, "done" if lamp.ok else "warning", px, c.good if lamp.ok else c.bad)
    line = row(icon, name, spacing=style.mm(2))
    line.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
    line.setStretch(1, 1)
    line.setContentsMargins(0, style.mm(0.6), 0, 0)
    detail = t(lamp.detail) if lamp.detail is not None else ""
    works = t("works") if lamp.ok else t("does not work")
    if lamp.ok:
        quiet = QFrame()
        quiet.setObjectName(f"lamp-{lamp.key}")
        quiet.setLayout(line)
        quiet.setAccessibleName(f"{t(lamp.name)}: {works}")
        quiet.setProperty("ok", True)
        return quiet
    name.set_tone(Tone.BAD)
    card = BorderedFrame(look, "bad", name=f"lamp-{lamp.key}", pad_mm=1.8)
    inner = column(line, spacing=style.mm(0.8))
    if detail:
        inner.addWidget(Label(look, detail, Ink.SMALL, Tone.BAD))
    card.hold(inner)
    card.setAccessibleName(f"{t(lamp.name)}: {works}. {detail}")
    card.setProperty("ok", False)
    return card


def _counter(look: Look, counter: Counter) -> QWidget:
    t = look.t
    holder = QWidget()
    holder.setObjectName(f"counter-{counter.key}")
    line = row(
        Label(look, t(counter.name), Ink.SMALL, Tone.MUTED),
        Label(look, t.number(counter.value), Ink.STRONG, wrap=False),
        spacing=look.style.mm(2),
    )
    line.setStretch(0, 1)
    holder.setLayout(line)
    holder.setAccessibleName(f"{t(counter.name)}: {t.number(counter.value)}")
    return holder
