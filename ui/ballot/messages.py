"""Screens with one message: no voter is at work, or all they can do is read it or take the card.

Before a voter has chosen a language the message is in every language that is installed.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from election.authorization import AuthorizationRefusal
from election.incidents import incident_of
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from kiosk.status import DeviceStatus
from ui.ballot.notices import Notice, notice
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import Emblem, Label, Look, Tone, clear, column, row
from ui.widgets.busy import Busy
from ui.widgets.slot import CardSlotPicture
from words.languages import installed
from words.message import Code
from words.text import PERSIAN

SIDE_BY_SIDE = 3
"""Languages in a row, below the one of the terminal at rest."""
MANY = 3
"""With so many other languages the picture is smaller, so that all of them are there."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a notice looks."""

    icon: str = "info"
    tone: Tone = Tone.ACCENT
    busy: bool = False
    """An arc goes round in place of the icon."""


CLOSED: dict[ClosedReason, str] = {
    ClosedReason.NO_PACKAGE: "box",
    ClosedReason.NOT_OPENED: "clock",
    ClosedReason.PAUSED: "pause",
    ClosedReason.REPLACED: "lock",
    ClosedReason.CLOSED: "lock",
    ClosedReason.POWER: "battery",
}
"""Icons."""

_TO_THE_DESK = Appearance("card", Tone.WARN)
_WRONG = Appearance("stop", Tone.BAD)

REFUSED: dict[AuthorizationRefusal | at.CardProblem, Appearance] = {
    AuthorizationRefusal.NO_TOKEN: _TO_THE_DESK,
    AuthorizationRefusal.MALFORMED: _TO_THE_DESK,
    AuthorizationRefusal.WRONG_ELECTION: _WRONG,
    AuthorizationRefusal.WRONG_BRANCH: _WRONG,
    AuthorizationRefusal.UNKNOWN_STATION: _WRONG,
    AuthorizationRefusal.BAD_SIGNATURE: _WRONG,
    AuthorizationRefusal.EXPIRED: Appearance("clock", Tone.WARN),
    AuthorizationRefusal.TOO_LONG: Appearance("clock", Tone.BAD),
    AuthorizationRefusal.SPENT: Appearance("done", Tone.GOOD),
    AuthorizationRefusal.ELSEWHERE: _TO_THE_DESK,
    AuthorizationRefusal.UNKNOWN_STYLE: _WRONG,
    at.CardProblem.UNKNOWN: _TO_THE_DESK,
    at.CardProblem.IDENTITY: _TO_THE_DESK,
    at.CardProblem.UNREADABLE: _TO_THE_DESK,
    at.CardProblem.PULLED: _TO_THE_DESK,
    at.CardProblem.TRAINING: _WRONG,
}


def appearance(state: at.BallotState) -> Appearance:
    """Return how the message of a state looks."""
    match state:
        case at.CheckingCard() | at.Sealing() | at.Printing() | at.Recording() | at.Spoiling():
            return Appearance(busy=True)
        case at.Closed(reason):
            return Appearance(CLOSED[reason])
        case at.Refused(reason):
            return REFUSED[reason]
        case at.Abandoned() | at.NotRecorded(at.RecordingProblem.CARD):
            return Appearance("warning", Tone.WARN)
        case at.NotRecorded() | at.OutOfService():
            return Appearance("warning", Tone.BAD)
        case _:
            return Appearance()


class MessageScreen(Screen):
    """Screen with a picture, a sentence and the next step, in all languages if none is chosen."""

    def __init__(self, look: Look, *, chosen: bool) -> None:
        brief = look.layout.brief
        super().__init__(look, edge_mm=(6 if look.layout.crowded else 20, 2 if brief else 5))
        style = look.style
        others = [] if chosen else [x.id for x in look.languages if x.id != look.t.language]
        # All of them are there at any size: only the terminal's own language grows with the text.
        calm = look
        if len(others) >= MANY:
            calm = look.no_larger_than(at.TextSize.NORMAL)
        self._others = [calm.in_(language) for language in others]
        self._head = Label(look, "", Ink.SMALL, Tone.MUTED, name="where", centred=True)
        self._foot = Label(look, "", Ink.SMALL, Tone.MUTED, name="foot", centred=True)
        self._middle = QVBoxLayout()
        self._middle.setSpacing(style.mm(4))
        self.put(self._head)
        self.put_body(column(2, self._middle, 3), pages="message-more")
        self.put(self._foot)
        for around in (self._head, self._foot):
            around.setVisible(not brief)
        self._shown: object = None

    def show_status(self, status: DeviceStatus) -> None:
        """Show election and branch at the top, date and time at the bottom."""
        t = self.look.t
        where = [t.of(text) for text in (status.election, status.branch) if text is not None]
        self._head.setText("  ·  ".join(where))
        if status.clock is not None:
            self._foot.setText(f"{t.date(status.clock)}  ·  {t.time(status.clock)}")

    def show_state(self, state: object) -> None:
        """Draw the message of a state anew unless it is shown already."""
        if state != self._shown and isinstance(state, at.BallotState):
            clear(self._middle)
            self._shown = state
            self._draw(state)

    def _picture_mm(self) -> float:
        """Height of the picture of the slot: languages and few lines need the room."""
        many = len(self._others) >= MANY
        if self.look.layout.crowded:
            return 24 if many else 40
        return 36 if many else 66

    def _draw(self, state: at.BallotState) -> None:
        said = notice(state)
        look, t, c = self.look, self.look.t, self.look.style.palette
        picture: QWidget | None
        if isinstance(state, at.Idle):
            picture = CardSlotPicture(look, mm=self._picture_mm())
        elif (looks := appearance(state)).busy:
            picture = Busy(look)
        elif look.layout.brief and self._others:
            picture = None  # the languages need the room
        else:
            inks = {
                Tone.GOOD: (c.good, c.good_soft),
                Tone.WARN: (c.warn, c.warn_soft),
                Tone.BAD: (c.bad, c.bad_soft),
            }
            picture = Emblem(look, looks.icon, *inks.get(looks.tone, (c.accent, c.soft)))
        if picture is not None:
            self._middle.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        title = self.heading(t(said.title), Ink.DISPLAY, name="message-title")
        self._middle.addLayout(_centred(look, said, title))
        small = Ink.STRONG if len(self._others) >= MANY else Ink.TITLE
        others = [
            _centred(
                x, said, Label(x, x.t(said.title), small, name="message-title-other", centred=True)
            )
            for x in self._others
        ]
        across = 1 if look.layout.narrow else SIDE_BY_SIDE
        for start in range(0, len(others), across):
            line = QWidget()
            line.setLayout(row(*others[start : start + across], spacing=look.style.mm(8)))
            self._middle.addSpacing(look.style.mm(4))
            self._middle.addWidget(line)
        if said.incident:
            known = incident_of(said.incident).row
            code = t("Code for the officer: {code}", code=Code(known.code))
            # For the officer, who reads Persian where the voter's language is none of the station's.
            officer = look if t.language in installed() else look.in_(PERSIAN)
            todo = f"{officer.t(known.cause)} {officer.t(known.remedy)}"
            said_there = Label(officer, todo, name="incident-todo", centred=True)
            if officer is not look:
                said_there.setProperty("language", str(officer.t.language))
            self._middle.addWidget(said_there)
            self._middle.addWidget(Label(look, code, name="incident", centred=True))


def _centred(look: Look, notice: Notice, title: Label) -> QVBoxLayout:
    t = look.t
    body = f"{t(notice.why)} {t(notice.text)}" if notice.why else t(notice.text)
    text = Label(look, body, Ink.BODY, Tone.MUTED, name="message-text", centred=True)
    for label in (title, text):
        label.setProperty("language", str(t.language))
    return column(title, text, spacing=look.style.mm(1.5))
