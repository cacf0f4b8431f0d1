"""Rail beside every page: clock and place, state of the devices, today's counters."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from kiosk.status import Counter, DeviceStatus, Lamp
from ui.identity.day import DeskDay
from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Pages, clear, column, keep_whole, row
from ui.widgets.labels import Icon, Label, Tone
from ui.widgets.look import Look


class Rail(QFrame):
    """Clock, lamps and counters: a column, or where few letters fit side by side a bar with the lamps' signs.

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
        if not look.layout.aside:
            edge = "top"
        self.setStyleSheet(
            f"QFrame#rail {{ background: {style.palette.surface};"
            f"border-{edge}: {style.hairline}px solid {style.palette.divider}; }}"
        )
        self._clock = Label(look, "", Ink.DISPLAY, name="clock", wrap=False)
        self._date = Label(look, "", Ink.SMALL, Tone.MUTED, name="date")
        self._place = Label(look, "", Ink.SMALL, Tone.MUTED, name="place", given=True)
        self._settings = Button(
            look, "settings", t("Settings"), icon="settings", kind=ButtonKind.QUIET
        )
        self._settings.clicked.connect(self.settings_asked)
        self._day = DeskDay()
        self._status = DeviceStatus()
        self._seconds: Label | None = None
        self._parts: QBoxLayout = (column if self._tall else row)(spacing=style.mm(1.2))
        if self._tall:
            self._stand()
        else:
            self._lie()

    @property
    def _tall(self) -> bool:
        return self._look.layout.aside

    def _stand(self) -> None:
        """Lay out the column."""
        look, style = self._look, self._look.style
        self.setFixedWidth(max(style.mm(68), round(style.font_px(Ink.SMALL) * 9)))
        inner = QWidget()
        inner.setLayout(column(self._place, self._parts, 1, spacing=style.mm(2)))
        pages = Pages(look, "rail-more", inner)
        layout = column(self._clock, self._date, pages, spacing=0)
        layout.setStretch(2, 1)
        layout.addSpacing(style.gap)
        layout.addWidget(self._settings)
        layout.setContentsMargins(style.mm(4), style.mm(1.5), style.mm(4), style.mm(1.5))
        self.setLayout(layout)

    def _lie(self) -> None:
        """Lay out the bar; date and place are on paper and on the console."""
        style = self._look.style
        self._settings.setText("")
        line = row(self._clock, self._parts, 1, self._settings, spacing=style.mm(4))
        line.setStretch(1, 1000)
        line.setContentsMargins(style.margin, style.mm(0.8), style.margin, style.mm(0.8))
        self.setLayout(line)

    def show_status(self, status: DeviceStatus) -> None:
        """Show time, date and branch; draw lamps and counters anew if they changed."""
        t = self._look.t
        self._status = status
        if status.clock is not None:
            self._clock.setText(t.time(status.clock))
            self._date.setText(t.date(status.clock))
        place = t.of(status.branch) if status.branch is not None else ""
        self._place.setText(place)
        self._place.setVisible(self._tall and bool(place))
        self._refresh()

    def show_day(self, day: DeskDay) -> None:
        """Show the last outcomes and the seconds of the voter who is there."""
        self._day = day
        self._refresh()
        if self._seconds is not None:
            self._seconds.setText(self._seconds_now())

    def _seconds_now(self) -> str:
        seconds = self._day.seconds
        return "–" if seconds is None else self._look.t("{seconds} s", seconds=seconds)

    def _refresh(self) -> None:
        shown = (self._status.lamps, self._status.counters, self._day.outcomes)
        if shown != self._shown:
            self._shown = shown
            clear(self._parts)
            self._draw(self._status)

    def _draw(self, status: DeviceStatus) -> None:
        look = self._look
        lamps = sorted(status.lamps, key=lambda one: one.ok)
        if not self._tall:
            for lamp in lamps:
                self._parts.addWidget(_sign(look, lamp))
            broken = look.t.conventions.comma.join(look.t(x.name) for x in lamps if not x.ok)
            names = Label(look, broken, Ink.STRONG, Tone.BAD, name="broken")
            self._parts.addWidget(names, 1)
            return
        # What is broken and the day's numbers are always in sight; what works may be a page further.
        for lamp in (one for one in lamps if not one.ok):
            self._parts.addWidget(_lamp(look, lamp))
        if status.counters:
            self._parts.addWidget(Label(look, look.t("Today"), Ink.STRONG))
        for counter in status.counters:
            self._parts.addWidget(_counter(look, counter))
        if self._day.outcomes:
            self._parts.addWidget(_outcomes(look, self._day.outcomes))
        self._seconds = Label(look, self._seconds_now(), Ink.STRONG, name="seconds", wrap=False)
        self._parts.addWidget(_beside(look, look.t("This voter"), self._seconds))
        self._parts.addSpacing(look.style.mm(1))
        for lamp in (one for one in lamps if one.ok):
            self._parts.addWidget(_lamp(look, lamp))


def _sign(look: Look, lamp: Lamp) -> QWidget:
    """Return a lamp without its name, which is said."""
    t, c = look.t, look.style.palette
    icon = Icon(
        look,
        "done" if lamp.ok else "warning",
        look.style.icon_px(Ink.STRONG),
        c.good if lamp.ok else c.bad,
    )
    icon.setObjectName(f"lamp-{lamp.key}")
    icon.setAccessibleName(f"{t(lamp.name)}: {t('works') if lamp.ok else t('does not work')}")
    icon.setProperty("ok", lamp.ok)
    return icon


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
        keep_whole(quiet)
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
    holder = _beside(
        look, t(counter.name), Label(look, t.number(counter.value), Ink.STRONG, wrap=False)
    )
    holder.setObjectName(f"counter-{counter.key}")
    holder.setAccessibleName(f"{t(counter.name)}: {t.number(counter.value)}")
    return holder


def _outcomes(look: Look, outcomes: tuple[bool, ...]) -> QWidget:
    """Return a sign for each of the last voters, the newest first: nothing says who or why."""
    t, style, c = look.t, look.style, look.style.palette
    px = style.icon_px(Ink.STRONG)
    signs = [
        Icon(look, "done" if good else "cross", px, c.good if good else c.bad) for good in outcomes
    ]
    words = [t("checked in") if good else t("refused") for good in outcomes]
    name = t("The last five")
    holder = QWidget()
    holder.setObjectName("outcomes")
    holder.setAccessibleName(f"{name}: {t.conventions.comma.join(words)}")
    keep_whole(holder)
    line = row(*signs, 1, spacing=style.mm(1.5))
    holder.setLayout(column(Label(look, name, Ink.SMALL, Tone.MUTED), line, spacing=style.mm(0.5)))
    return holder


def _beside(look: Look, name: str, value: Label) -> QWidget:
    holder = QWidget()
    line = row(Label(look, name, Ink.SMALL, Tone.MUTED), value, spacing=look.style.mm(2))
    line.setStretch(0, 1)
    holder.setLayout(line)
    return holder
