"""Screens that say one thing: nobody is voting, or there is nothing to do but read or take the card.

Without a voter's own language they say it in Persian and in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from election.authorization import AuthorizationRefusal
from election.definition import Language
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from kiosk.status import DeviceStatus
from ui.ballot.screen import Screen
from ui.text import N_, Texts, load
from ui.theme import Ink
from ui.widgets import Emblem, Label, Look, Tone, clear, column
from ui.widgets.busy import Busy
from ui.widgets.slot import CardSlot


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    """A msgid, like `text`."""
    text: str = ""
    icon: str = "info"
    tone: Tone = Tone.ACCENT


CLOSED: dict[ClosedReason, Message] = {
    ClosedReason.NO_PACKAGE: Message(
        N_("This terminal is not set up yet"),
        N_("It has no election package. Voting begins after an officer has loaded it."),
        "box",
    ),
    ClosedReason.NOT_OPENED: Message(
        N_("The polls are not open yet"), N_("Please wait. The officers open the polls."), "clock"
    ),
    ClosedReason.PAUSED: Message(
        N_("Voting is paused"), N_("Please wait. The officers will resume it."), "pause"
    ),
    ClosedReason.CLOSED: Message(
        N_("The polls are closed"), N_("Thank you. No more votes are taken here."), "lock"
    ),
    ClosedReason.POWER: Message(
        N_("No new voters for the moment"),
        N_("The line power has failed. Please wait, or ask the officer for another terminal."),
        "battery",
    ),
}

TAKE_CARD = N_("Take your card and go to the officer.")

REFUSED: dict[AuthorizationRefusal | at.CardProblem, Message] = {
    AuthorizationRefusal.NO_TOKEN: Message(
        N_("This card is empty"),
        N_("Take the card back to the identity desk: it has to be made ready for you."),
        "card",
        Tone.WARN,
    ),
    AuthorizationRefusal.MALFORMED: Message(
        N_("This card cannot be read"),
        N_("Take the card back to the identity desk: it has to be written again."),
        "card",
        Tone.WARN,
    ),
    AuthorizationRefusal.WRONG_ELECTION: Message(
        N_("This card is for another election"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.WRONG_BRANCH: Message(
        N_("This card is for another branch"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.UNKNOWN_STATION: Message(
        N_("This card was not issued here"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.BAD_SIGNATURE: Message(
        N_("This card is not genuine"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.EXPIRED: Message(
        N_("The time of this card is over"),
        N_("Take the card back to the identity desk: it has to be made ready again."),
        "clock",
        Tone.WARN,
    ),
    AuthorizationRefusal.SPENT: Message(
        N_("The vote of this card is recorded"),
        N_("There is nothing more to do. Take the card and hand it to the officer."),
        "done",
        Tone.GOOD,
    ),
    AuthorizationRefusal.UNKNOWN_STYLE: Message(
        N_("This card does not fit this terminal"), TAKE_CARD, "stop", Tone.BAD
    ),
    at.CardProblem.UNKNOWN: Message(
        N_("This is not a voting card"),
        N_("Take it out and put in the voting card from the identity desk."),
        "card",
        Tone.WARN,
    ),
    at.CardProblem.IDENTITY: Message(
        N_("This is an identity card"),
        N_("Take it out and put in the voting card from the identity desk."),
        "card",
        Tone.WARN,
    ),
    at.CardProblem.UNREADABLE: Message(
        N_("The card does not answer"),
        N_("Take it out, turn it round and put it in again, chip first."),
        "card",
        Tone.WARN,
    ),
    at.CardProblem.PULLED: Message(
        N_("The card was taken out too early"),
        N_("Put it in again and leave it there until you have voted."),
        "card",
        Tone.WARN,
    ),
}

STILL_GOOD = N_("Your card is still good: take it, and the officer will show you another terminal.")

NOT_RECORDED: dict[at.RecordingProblem, tuple[str, str, str]] = {
    at.RecordingProblem.MEDIUM_FULL: (
        N_("Your vote could not be recorded"),
        N_("This terminal's memory is full."),
        STILL_GOOD,
    ),
    at.RecordingProblem.MEDIUM_LOST: (
        N_("Your vote could not be recorded"),
        N_("This terminal cannot write to its memory."),
        STILL_GOOD,
    ),
    at.RecordingProblem.CAPACITY: (
        N_("Your vote could not be recorded"),
        N_("This terminal has taken as many votes as it may."),
        STILL_GOOD,
    ),
    at.RecordingProblem.IN_DOUBT: (
        N_("It is not certain that your vote was recorded"),
        N_("Both memories of this terminal failed at once."),
        N_(
            "Take your card to the officer and stay: once the memories are read again, the card "
            "says whether your vote is there."
        ),
    ),
}
"""What happened, why, and what to do."""


class MessageScreen(Screen):
    """A picture, a sentence, and what to do next; in two languages if nobody's is known."""

    def __init__(self, look: Look, *, both: bool) -> None:
        super().__init__(look)
        style = look.style
        self._both = both
        self._other = load(_other(look.t.language)) if both else None
        self._head = Label(look, "", Ink.SMALL, Tone.MUTED, name="where", centred=True)
        self._foot = Label(look, "", Ink.SMALL, Tone.MUTED, name="foot", centred=True)
        self._middle = QVBoxLayout()
        self._middle.setSpacing(style.mm(4))
        page = self.page()
        page.setContentsMargins(style.mm(20), style.mm(5), style.mm(20), style.mm(5))
        page.addWidget(self._head)
        page.addStretch(2)
        page.addLayout(self._middle)
        page.addStretch(3)
        page.addWidget(self._foot)
        self._shown: at.State | None = None

    def show_status(self, status: DeviceStatus) -> None:
        t = self.look.t
        where = [t.of(status.election), t.of(status.branch)]
        self._head.setText("  ·  ".join(part for part in where if part))
        if status.clock is not None:
            self._foot.setText(f"{t.date(status.clock)}  ·  {t.time(status.clock)}")

    def show_state(self, state: at.State) -> None:
        if state != self._shown:
            clear(self._middle)
            self._shown = state
            self._draw(state)

    def _draw(self, state: at.State) -> None:
        match state:
            case at.Idle():
                self._draw_idle()
            case at.CheckingCard():
                self._say(Message(N_("Reading the card"), N_("Please leave it in.")), busy=True)
            case at.Closed(reason):
                self._say(CLOSED[reason])
            case at.Refused(reason):
                self._say(REFUSED[reason])
            case at.Sealing():
                self._say(
                    Message(N_("Your ballot is being encrypted"), N_("This takes a moment.")),
                    busy=True,
                )
            case at.Recording():
                self._say(
                    Message(N_("Your vote is being recorded"), N_("Please leave the card in.")),
                    busy=True,
                )
            case at.Spoiling():
                self._say(
                    Message(
                        N_("The ballot is being opened for checking"),
                        N_("Please leave the card in."),
                    ),
                    busy=True,
                )
            case at.Abandoned():
                self._say(
                    Message(
                        N_("Your vote was not cast"),
                        N_(
                            "The card was taken out before the end. Nothing was recorded and your "
                            "choices are erased. To vote, put the card in again."
                        ),
                        "warning",
                        Tone.WARN,
                    )
                )
            case at.NotRecorded(reason):
                title, why, what_to_do = NOT_RECORDED[reason]
                self._say(Message(title, what_to_do, "warning", Tone.BAD), why=why)
            case at.OutOfService(incident):
                self._say(
                    Message(
                        N_("This terminal is out of service"),
                        N_("Please take your card, if it is here, and go to the officer."),
                        "warning",
                        Tone.BAD,
                    ),
                    incident=incident,
                )
            case (
                at.Preferences()
                | at.Marking()
                | at.Review()
                | at.CastOrChallenge()
                | at.Challenged()
                | at.Recorded()
                | at.Helping()
                | at.Inactive()
            ):
                raise TypeError(f"{type(state).__name__} has a screen of its own")
            case _:
                assert_never(state)

    def _draw_idle(self) -> None:
        large = self.look.style.size is at.TextSize.LARGEST
        slot = CardSlot(self.look, mm=40 if large else 66)
        self._middle.addWidget(slot, 0, Qt.AlignmentFlag.AlignHCenter)
        self._words(N_("Put in your voting card"), N_("Chip first, and leave it there."))

    def _say(
        self, message: Message, *, busy: bool = False, why: str = "", incident: str = ""
    ) -> None:
        style = self.look.style
        c = style.palette
        picture: QWidget
        if busy:
            picture = Busy(self.look)
        else:
            inks = {
                Tone.GOOD: (c.good, c.good_soft),
                Tone.WARN: (c.warn, c.warn_soft),
                Tone.BAD: (c.bad, c.bad_soft),
            }
            ink, paper = inks.get(message.tone, (c.accent, c.soft))
            picture = Emblem(self.look, message.icon, ink, paper)
        self._middle.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self._words(message.title, message.text, why)
        if incident:
            t = self.look.t
            code = Label(
                self.look,
                t("Code for the officer: {code}", code=t.latin(incident)),
                Ink.BODY,
                name="incident",
                centred=True,
            )
            self._middle.addWidget(code)

    def _words(self, title: str, text: str, why: str = "") -> None:
        t = self.look.t
        body = f"{t(why)} {t(text)}" if why else t(text)
        self._middle.addLayout(_centred(self.look, t, title, body, main=True))
        if self._other is not None:
            other = self._other
            body = f"{other(why)} {other(text)}" if why else other(text)
            self._middle.addSpacing(self.look.style.mm(4))
            self._middle.addLayout(_centred(self.look, other, title, body, main=False))


def _centred(look: Look, t: Texts, title: str, body: str, *, main: bool) -> QVBoxLayout:
    first = Label(
        look,
        t(title),
        Ink.DISPLAY if main else Ink.TITLE,
        name="message-title" if main else "message-title-other",
        centred=True,
    )
    second = Label(look, body, Ink.BODY, Tone.MUTED, name="message-text", centred=True)
    for label in (first, second):
        label.set_right_to_left(t.right_to_left)
    return column(first, second, spacing=look.style.mm(1.5))


def _other(language: Language) -> Language:
    return Language.ENGLISH if language is Language.PERSIAN else Language.PERSIAN
