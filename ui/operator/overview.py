"""Overview page of the console: state of the polls, package, checks or report, and possible acts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QWidget

from election.polls import Operator, PollsState
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from kiosk.status import CheckLine, Counter, DeviceStatus
from ui.operator.closing import closing_order
from ui.operator.guide import GuideRow
from ui.operator.guide_lines import GuideLine, GuideState, guide
from ui.operator.live import DevicePictures
from ui.operator.page import progress_bar, set_progress
from ui.operator.strip import Strip
from ui.operator.words import ACTS, CLOCK_FIRST, END_TRAINING, ORDER, POLLS, QUESTIONS
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.dialog import Dialog
from ui.widgets.flowing import Flowing
from ui.widgets.frames import BorderedFrame, Item, Pages, clear, column, discard, row
from ui.widgets.labels import Icon, Label, Tone
from ui.widgets.look import Look
from ui.widgets.signin import role_name
from ui.widgets.stage import stage_of
from words.text import without_controls


class Overview(Screen):
    """Page with the state of the polls, the package, checks or report, and the acts that are possible."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._band = self.put_band(Mood.STILL, "lock", "", settings=True)
        self._shown: at.Console | None = None
        self._report_wanted = False
        self._question: Dialog | None = None
        self._working = Working(look)
        self._status = DeviceStatus()
        self._drawn: tuple[object, ...] = ()
        self._guide: Pages | None = None
        self._pictures: DevicePictures | None = None
        self._next: str | None = None
        self._body = column(spacing=look.style.mm(3))
        self.put(self._body, 1)

    def show_state(self, state: object) -> None:
        """Draw the page anew if the state to show changed; open or close the question."""
        if not isinstance(state, at.Console):
            return
        before, self._shown = self._shown, state
        if before is None or self._drawn != self._standing(state):
            fresh = before is not None and before.view.report != state.view.report
            if fresh or state.view.report is None:
                self._report_wanted = state.view.report is not None
            if before is None:
                self._report_wanted = state.view.report is not None and not state.view.checks
            self._build(state)
        if before is None or before.confirming is not state.confirming:
            self._ask(state.confirming)
        self._working.show_work(self, state.busy, state.progress, card_out=state.card_out)

    def show_status(self, status: DeviceStatus) -> None:
        """Show the devices' lamps, live, in the guide."""
        self._status = status
        if self._shown is not None and self._drawn != self._standing(self._shown):
            self._build(self._shown)
        elif self._pictures is not None:
            self._pictures.show_lamps(status.lamps)

    def _standing(self, state: at.Console) -> tuple[object, ...]:
        """Return what makes the overview be drawn anew."""
        # What a device does is drawn where it is: no page turns back because a card came.
        lamps = tuple((lamp.key, lamp.ok, lamp.detail) for lamp in self._status.lamps)
        return state.operator, state.view, state.outcome, lamps, self._status.counters

    # ---------------------------------------------------------------- parts

    def _build(self, state: at.Console) -> None:
        t, style = self.look.t, self.look.style
        self._drawn = self._standing(state)
        clear(self._body)
        election = t.of(state.view.election) if state.view.election else ""
        words = POLLS[state.view.polls]
        self._band.become(words.mood, words.icon)
        self.say(t(words.name), election)
        if state.outcome is not None:
            self._body.addWidget(self._message(state.outcome))
        inner = QWidget()
        columns = row(self._acts(state), self._evidence(state), spacing=style.mm(4))
        columns.setStretch(0, 5)
        columns.setStretch(1, 7)
        inner.setLayout(columns)
        self._body.addWidget(inner, 1)

    def _acts(self, state: at.Console) -> QWidget:
        look, t, style = self.look, self.look.t, self.look.style
        clock_only = state.operator.clock_only
        lines = () if clock_only else guide(state.view, self._status.lamps)
        # What is done can be done again, further down.
        guided = {line.act for line in lines if line.state is not GuideState.DONE}
        possible = at.allowed(state.view, state.operator)
        rest = [act for act in ORDER if act in possible and act not in guided]
        # What two people have to confirm comes before everything else, and so does what is alone.
        first = [act for act in rest if clock_only or act is at.ConsoleAct.CONFIRM]
        who = _signed_in(look, state.operator)
        # Where lines are few, what comes next does not wait for who is there.
        parts: list[Item] = [] if look.layout.brief else [who]
        parts += [self._act(act, main=True) for act in first]
        if clock_only:
            parts.append(Label(look, t(CLOCK_FIRST), Ink.BODY, name="clock-first"))
        rows = [GuideRow(look, line) for line in lines]
        for line, shown in zip(lines, rows, strict=True):
            if line.act in guided and line.act is not None:
                main = line.state is GuideState.NOW and not first
                shown.hold_act(self._act(line.act, main=main))
            parts.append(shown)
        parts += [self._act(act) for act in rest if act not in first]
        parts += [_count(look, counter) for counter in self._status.counters]
        if look.layout.brief:
            parts.append(who)
        help_wanted = Button(look, "what-to-do", t("Something is the matter"), icon="help")
        help_wanted.clicked.connect(lambda: self.acted.emit(on.GuideWanted()))
        parts.append(help_wanted)
        devices = Button(look, "devices", t("Devices"), icon="usb", kind=ButtonKind.QUIET)
        devices.clicked.connect(lambda: self.acted.emit(on.DevicesWanted()))
        parts += [] if clock_only else [devices]
        parts.append(1)
        if state.view.polls is PollsState.CLOSED:
            parts.append(closing_order(look))
        parts.append(Label(look, t("Take your card out to leave."), Ink.SMALL, Tone.MUTED))
        content = QWidget()
        content.setLayout(column(*parts, spacing=style.gap))
        return self._paged(content, lines, rows)

    def _paged(self, content: QWidget, lines: tuple[GuideLine, ...], rows: list[GuideRow]) -> Pages:
        """Return the guide on the page with what comes next; where it was if that is the same."""
        before, self._guide = self._guide, Pages(self.look, "acts", content)
        now = next((n for n, line in enumerate(lines) if line.state is GuideState.NOW), None)
        key = None if now is None else lines[now].key
        if before is not None and key == self._next:
            self._guide.begin(before.area.verticalScrollBar().value())
        elif now is not None:
            self._guide.begin(rows[now])
        self._next = key
        return self._guide

    def _act(self, act: at.ConsoleAct, *, main: bool = False) -> Button:
        look, words = self.look, ACTS[act]
        name = words.name
        if act is at.ConsoleAct.TRAIN and self._shown is not None and self._shown.view.training:
            name = END_TRAINING
        kind = ButtonKind.MAIN if main else words.kind
        button = Button(look, f"act-{act.value}", look.t(name), icon=words.icon, kind=kind)
        button.clicked.connect(lambda: self.acted.emit(on.ActChosen(act)))
        return button

    def _evidence(self, state: at.Console) -> QWidget:
        look, t, style, view = self.look, self.look.t, self.look.style, state.view
        content = QWidget()
        parts: list[Item] = []
        if view.package and not self._report_wanted:
            parts.append(_package(look, view.package))
            if view.number:
                parts.append(_number(look, view.number))
        self._pictures = None
        if not self._report_wanted and any(lamp.doing for lamp in self._status.lamps):
            self._pictures = DevicePictures(look)
            self._pictures.show_lamps(self._status.lamps)
            # In the morning the package is compared first; in the day it is the devices that fail.
            by_day = view.polls in {PollsState.OPEN, PollsState.PAUSED}
            parts.insert(0 if by_day else len(parts), self._pictures)
        if view.report is not None and self._report_wanted:
            paper = row(1, Strip(look, view.report), 1)
            paper.setStretch(1, 20)
            parts.append(paper)
        elif view.checks:
            parts.extend(check_card(look, n, check) for n, check in enumerate(view.checks))
        elif not view.package:
            bring = t("Put the USB drive from headquarters in, then load the package.")
            hint = Label(look, bring, Ink.BODY, Tone.MUTED, name="bring-package")
            parts += [] if state.operator.clock_only else [hint]
        else:
            parts.append(Label(look, t("No test has been made yet."), Ink.BODY, Tone.MUTED))
        parts.append(1)
        content.setLayout(column(*parts, spacing=style.mm(2)))
        turned = Pages(look, "evidence", content)
        holder = QWidget()
        if view.report is None:
            holder.setLayout(column(turned))
            return holder
        checks = self._tab("view-checks", t("Checks"), report=False)
        report = self._tab("view-report", t("Report"), report=True)
        tabs = row(checks, report, spacing=style.gap)
        layout = column(tabs, turned, spacing=style.mm(2))
        layout.setStretch(1, 1)
        holder.setLayout(layout)
        return holder

    def _tab(self, name: str, text: str, *, report: bool) -> Button:
        button = Button(self.look, name, text, icon="list" if not report else "printer")
        button.setCheckable(True)
        button.setChecked(report == self._report_wanted)
        button.clicked.connect(lambda: self._show_report(report))
        return button

    def _show_report(self, wanted: bool) -> None:
        self._report_wanted = wanted
        if self._shown is not None:
            self._build(self._shown)
            if (stage := stage_of(self)) is not None:
                stage.keep_focus_later()

    def _message(self, outcome: at.ActOutcome) -> QWidget:
        look, t, style = self.look, self.look.t, self.look.style
        role = "good" if outcome.ok else "bad"
        tone = Tone.GOOD if outcome.ok else Tone.BAD
        c = style.palette
        card = BorderedFrame(look, role, pad_mm=2)
        icon = Icon(
            look,
            "done" if outcome.ok else "warning",
            style.icon_px(Ink.TITLE),
            c.good if outcome.ok else c.bad,
        )
        close = Button(look, "message-ok", t("OK"), kind=ButtonKind.PLAIN)
        close.clicked.connect(lambda: self.acted.emit(on.Cancelled()))
        text = Label(look, t(outcome.message), Ink.STRONG, tone, name="message")
        line = row(icon, text, close, spacing=style.mm(3))
        line.setStretch(1, 1)
        card.hold(line)
        return card

    def _ask(self, act: at.ConsoleAct | None) -> None:
        discard(self._question)
        self._question = None
        if act is None or act not in QUESTIONS:
            return
        t, words = self.look.t, QUESTIONS[act]
        no = Button(self.look, "confirm-no", t("No, back"), icon="back")
        yes = Button(
            self.look,
            "confirm-yes",
            t(words.yes),
            icon=ACTS[act].icon,
            kind=ButtonKind.WARN if ACTS[act].kind is ButtonKind.WARN else ButtonKind.MAIN,
        )
        no.clicked.connect(lambda: self.acted.emit(on.ConfirmAnswered(False)))
        yes.clicked.connect(lambda: self.acted.emit(on.ConfirmAnswered(True)))
        self._question = Dialog(
            self.look, self, "confirm", t(words.title), t(words.text), no, yes, icon=ACTS[act].icon
        )
        self._question.show()


class Working:
    """Dialog over the overview while one person's act goes on; the overview stays readable."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._dialog: Dialog | None = None
        self._bar: QProgressBar | None = None
        self._act: at.ConsoleAct | None = None
        self._note: Label | None = None

    def show_work(
        self, parent: QWidget, act: at.ConsoleAct | None, progress: float | None, *, card_out: bool
    ) -> None:
        """Show the act with its progress (0…1, None if unknown), or close the dialog if there is none."""
        if act is not self._act:
            self._act = act
            discard(self._dialog)
            self._dialog = None
            if act is not None:
                self._open(parent, act)
        if self._bar is not None and act is not None:
            set_progress(self._bar, progress)
        if self._note is not None and act is not None:
            self._note.setVisible(card_out)
            if self._dialog is not None:
                self._dialog.place()

    def _open(self, parent: QWidget, act: at.ConsoleAct) -> None:
        look, t = self._look, self._look.t
        self._bar = progress_bar(look)
        self._note = Label(
            look, t("Your card is out: the session ends when this is done."), Ink.BODY, Tone.MUTED
        )
        body = QWidget()
        body.setLayout(column(self._bar, self._note, spacing=look.style.mm(3)))
        self._dialog = Dialog(
            look, parent, "working", t(ACTS[act].going_on), "", icon=ACTS[act].icon, body=body
        )
        self._dialog.show()


# ---------------------------------------------------------------- pieces


def _count(look: Look, counter: Counter) -> QWidget:
    """Return one of today's sums."""
    t = look.t
    line = Flowing(look.style.mm(2), spread=True)
    line.setObjectName(f"counter-{counter.key}")
    line.add(Label(look, t(counter.name), Ink.SMALL, Tone.MUTED))
    line.add(Label(look, t.number(counter.value), Ink.STRONG))
    return line


def _signed_in(look: Look, operator: Operator) -> BorderedFrame:
    t, style = look.t, look.style
    card = BorderedFrame(look, "sunken", name="operator", pad_mm=2.4)
    icon = Icon(look, "key", style.icon_px(Ink.TITLE), style.palette.accent)
    name = Label(look, without_controls(operator.name), Ink.STRONG, name="operator-name")
    role = Label(look, role_name(t, operator.role), Ink.SMALL, Tone.MUTED, name="operator-role")
    line = row(icon, column(name, role), spacing=style.mm(2.5))
    line.setStretch(1, 1)
    card.hold(line)
    return card


def _package(look: Look, digest: str) -> BorderedFrame:
    t, style = look.t, look.style
    card = BorderedFrame(look, "soft", pad_mm=3)
    groups = Label(look, t.latin(digest), Ink.TITLE, Tone.ON_SOFT, name="digest", centred=True)
    groups.setStyleSheet("letter-spacing: 2px;")
    card.hold(
        column(
            Label(
                look,
                t("Package: compare with the sheet from headquarters"),
                Ink.SMALL,
                Tone.ON_SOFT,
            ),
            groups,
            spacing=style.mm(1),
        )
    )
    return card


def _number(look: Look, number: str) -> BorderedFrame:
    """Return the election's number, which everybody can compare with what was published."""
    t, style = look.t, look.style
    card = BorderedFrame(look, "soft", pad_mm=3)
    title = Label(look, t("Number of the election: as published"), Ink.SMALL, Tone.ON_SOFT)
    groups = Label(look, t.latin(number), Ink.BODY, Tone.ON_SOFT, name="number", centred=True)
    card.hold(column(title, groups, spacing=style.mm(1)))
    return card


def check_card(look: Look, number: int, check: CheckLine) -> QWidget:
    """Return a line of a test, called `check-<number>`."""
    t, style, c = look.t, look.style, look.style.palette
    card = BorderedFrame(
        look, "card" if check.passed else "bad", name=f"check-{number}", pad_mm=2.2
    )
    icon = Icon(
        look,
        "done" if check.passed else "warning",
        style.icon_px(Ink.STRONG),
        c.good if check.passed else c.bad,
    )
    tone = Tone.TEXT if check.passed else Tone.BAD
    words = column(Label(look, t(check.name), Ink.STRONG, tone))
    if check.detail is not None:
        detail = Label(
            look, t.say(check.detail), Ink.SMALL, Tone.MUTED if check.passed else Tone.BAD
        )
        words.addWidget(detail)
    line = row(icon, words, spacing=style.mm(2.5))
    line.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
    line.setStretch(1, 1)
    card.hold(line)
    card.setProperty("passed", check.passed)
    return card
