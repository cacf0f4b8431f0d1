"""Screens with one message: no voter is at work, or all they can do is read it or take the card.

Before a voter has chosen a language the message is in every language that is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from election.authorization import AuthorizationRefusal
from kiosk.flows.ballot import states as at
from kiosk.flows.common import ClosedReason
from kiosk.incidents import incident_of
from kiosk.status import DeviceStatus
from ui.ballot.screen import Screen
from ui.theme import Ink
from ui.widgets import Emblem, Label, Look, Tone, clear, column, row
from ui.widgets.busy import Busy
from ui.widgets.slot import CardSlotPicture
from ui.widgets.stage import FocusRank, claim_focus
from words.message import Code, Message, m

SIDE_BY_SIDE = 2
"""Languages in a row, below the one of the terminal at rest."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Text of a screen and its look."""

    title: Message
    text: Message
    icon: str = "info"
    tone: Tone = Tone.ACCENT
    busy: bool = False
    """An arc goes round in place of the icon."""
    why: Message | None = None
    """Reason, before the text."""
    incident: str = ""
    """What an officer is told by code, cause and remedy (`kiosk.incidents`)."""


CLOSED: dict[ClosedReason, Notice] = {
    ClosedReason.NO_PACKAGE: Notice(
        m("This terminal is not set up yet"),
        m("It has no election package. Voting begins after an officer has loaded it."),
        "box",
    ),
    ClosedReason.NOT_OPENED: Notice(
        m("The polls are not open yet"), m("Please wait. The officers open the polls."), "clock"
    ),
    ClosedReason.PAUSED: Notice(
        m("Voting is paused"), m("Please wait. The officers will resume it."), "pause"
    ),
    ClosedReason.CLOSED: Notice(
        m("The polls are closed"), m("Thank you. No more votes are taken here."), "lock"
    ),
    ClosedReason.POWER: Notice(
        m("No new voters for the moment"),
        m("The line power has failed. Please wait, or ask the officer for another terminal."),
        "battery",
    ),
}

TAKE_CARD = m("Take your card and go to the officer.")

REFUSED: dict[AuthorizationRefusal | at.CardProblem, Notice] = {
    AuthorizationRefusal.NO_TOKEN: Notice(
        m("This card is empty"),
        m("Take the card back to the identity desk: it has to be made ready for you."),
        "card",
        Tone.WARN,
    ),
    AuthorizationRefusal.MALFORMED: Notice(
        m("This card cannot be read"),
        m("Take the card back to the identity desk: it has to be written again."),
        "card",
        Tone.WARN,
    ),
    AuthorizationRefusal.WRONG_ELECTION: Notice(
        m("This card is for another election"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.WRONG_BRANCH: Notice(
        m("This card is for another branch"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.UNKNOWN_STATION: Notice(
        m("This card was not issued here"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.BAD_SIGNATURE: Notice(
        m("This card is not genuine"), TAKE_CARD, "stop", Tone.BAD
    ),
    AuthorizationRefusal.EXPIRED: Notice(
        m("The time of this card is over"),
        m("Take the card back to the identity desk: it has to be made ready again."),
        "clock",
        Tone.WARN,
    ),
    AuthorizationRefusal.TOO_LONG: Notice(
        m("The clocks of the two devices differ"),
        m("Give the card to an officer: the clock of a device has to be set right."),
        "clock",
        Tone.BAD,
    ),
    AuthorizationRefusal.SPENT: Notice(
        m("The vote of this card is recorded"),
        m("There is nothing more to do. Take the card and hand it to the officer."),
        "done",
        Tone.GOOD,
    ),
    AuthorizationRefusal.ELSEWHERE: Notice(
        m("Another terminal began with this card"),
        m(
            "Put the card into the terminal where you marked your ballot: it knows whether your vote "
            "is recorded. If it is out of service, go to the officer."
        ),
        "card",
        Tone.WARN,
    ),
    AuthorizationRefusal.UNKNOWN_STYLE: Notice(
        m("This card does not fit this terminal"), TAKE_CARD, "stop", Tone.BAD
    ),
    at.CardProblem.UNKNOWN: Notice(
        m("This is not a voting card"),
        m("Take it out and put in the voting card from the identity desk."),
        "card",
        Tone.WARN,
    ),
    at.CardProblem.IDENTITY: Notice(
        m("This is an identity card"),
        m("Take it out and put in the voting card from the identity desk."),
        "card",
        Tone.WARN,
    ),
    at.CardProblem.UNREADABLE: Notice(
        m("The card does not answer"),
        m("Take it out, turn it round and put it in again, chip first."),
        "card",
        Tone.WARN,
    ),
    at.CardProblem.PULLED: Notice(
        m("The card was taken out too early"),
        m("Put it in again and leave it there until you have voted."),
        "card",
        Tone.WARN,
    ),
}

PUT_IN_AGAIN = m("Nothing was recorded. To vote, put the card in again and leave it there.")
STILL_GOOD = m("Your card is still good: take it, and the officer will show you another terminal.")

WHY_NOT_RECORDED: dict[at.RecordingProblem, Message] = {
    at.RecordingProblem.CARD: m(
        "The card was taken out, or failed, before your vote was recorded."
    ),
    at.RecordingProblem.MEDIUM_FULL: m("This terminal's memory is full."),
    at.RecordingProblem.MEDIUM_LOST: m("This terminal cannot write to its memory."),
    at.RecordingProblem.CAPACITY: m("This terminal has taken as many votes as it may."),
    at.RecordingProblem.IN_DOUBT: m("Both memories of this terminal failed at once."),
}


def notice(state: at.BallotState) -> Notice:
    """Return the message of a state. Raises `TypeError` for a state with a screen of its own."""
    match state:
        case at.Idle():
            return Notice(m("Put in your voting card"), m("Chip first, and leave it there."))
        case at.CheckingCard():
            return Notice(m("Reading the card"), m("Please leave it in."), busy=True)
        case at.Closed(reason):
            return CLOSED[reason]
        case at.Refused(reason):
            return REFUSED[reason]
        case at.Sealing():
            return Notice(m("Your ballot is being encrypted"), m("This takes a moment."), busy=True)
        case at.Recording():
            return Notice(
                m("Your vote is being recorded"), m("Please leave the card in."), busy=True
            )
        case at.Spoiling():
            return Notice(
                m("The ballot is being opened for checking"),
                m("Please leave the card in."),
                busy=True,
            )
        case at.Abandoned():
            return Notice(
                m("Your vote was not cast"),
                m(
                    "The card was taken out before the end. Nothing was recorded and your "
                    "choices are erased. To vote, put the card in again."
                ),
                "warning",
                Tone.WARN,
            )
        case at.NotRecorded(at.RecordingProblem.IN_DOUBT as reason):
            return Notice(
                m("It is not certain that your vote was recorded"),
                m(
                    "Take your card to the officer and stay: once the memories are read again, the "
                    "card says whether your vote is there."
                ),
                "warning",
                Tone.BAD,
                why=WHY_NOT_RECORDED[reason],
            )
        case at.NotRecorded(at.RecordingProblem.CARD as reason):
            return Notice(
                m("Your vote could not be recorded"),
                PUT_IN_AGAIN,
                "warning",
                Tone.WARN,
                why=WHY_NOT_RECORDED[reason],
            )
        case at.NotRecorded(reason):
            return Notice(
                m("Your vote could not be recorded"),
                STILL_GOOD,
                "warning",
                Tone.BAD,
                why=WHY_NOT_RECORDED[reason],
            )
        case at.OutOfService(incident):
            return Notice(
                m("This terminal is out of service"),
                m("Please take your card, if it is here, and go to the officer."),
                "warning",
                Tone.BAD,
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


class MessageScreen(Screen):
    """Screen with a picture, a sentence and the next step, in all languages if none is chosen."""

    def __init__(self, look: Look, *, chosen: bool) -> None:
        super().__init__(look)
        style = look.style
        others = [] if chosen else [x.id for x in look.languages if x.id != look.t.language]
        self._others = [look.in_(language) for language in others]
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
        self._shown: at.BallotState | None = None

    def show_status(self, status: DeviceStatus) -> None:
        """Show election and branch at the top, date and time at the bottom."""
        t = self.look.t
        where = [t.of(text) for text in (status.election, status.branch) if text is not None]
        self._head.setText("  ·  ".join(where))
        if status.clock is not None:
            self._foot.setText(f"{t.date(status.clock)}  ·  {t.time(status.clock)}")

    def show_state(self, state: at.BallotState) -> None:
        """Draw the message of a state anew unless it is shown already."""
        if state != self._shown:
            clear(self._middle)
            self._shown = state
            self._draw(notice(state))

    def _draw(self, notice: Notice) -> None:
        look, t, c = self.look, self.look.t, self.look.style.palette
        picture: QWidget
        if isinstance(self._shown, at.Idle):
            picture = CardSlotPicture(look, mm=40 if look.style.size is at.TextSize.LARGEST else 66)
        elif notice.busy:
            picture = Busy(look)
        else:
            inks = {
                Tone.GOOD: (c.good, c.good_soft),
                Tone.WARN: (c.warn, c.warn_soft),
                Tone.BAD: (c.bad, c.bad_soft),
            }
            picture = Emblem(look, notice.icon, *inks.get(notice.tone, (c.accent, c.soft)))
        self._middle.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self._middle.addLayout(_centred(look, notice, Ink.DISPLAY, "message-title"))
        others = [_centred(x, notice, Ink.TITLE, "message-title-other") for x in self._others]
        for start in range(0, len(others), SIDE_BY_SIDE):
            line = QWidget()
            line.setLayout(row(*others[start : start + SIDE_BY_SIDE], spacing=look.style.mm(8)))
            self._middle.addSpacing(look.style.mm(4))
            self._middle.addWidget(line)
        if notice.incident:
            known = incident_of(notice.incident).row
            code = t(
                "Code for the officer: {code}. {cause} {remedy}",
                code=Code(known.code),
                cause=known.cause,
                remedy=known.remedy,
            )
            self._middle.addWidget(Label(look, code, name="incident", centred=True))


def _centred(look: Look, notice: Notice, ink: Ink, name: str) -> QVBoxLayout:
    t = look.t
    body = f"{t(notice.why)} {t(notice.text)}" if notice.why else t(notice.text)
    labels = (
        Label(look, t(notice.title), ink, name=name, centred=True),
        Label(look, body, Ink.BODY, Tone.MUTED, name="message-text", centred=True),
    )
    claim_focus(labels[0], FocusRank.HEADING)
    for label in labels:
        label.setProperty("language", str(t.language))
    return column(*labels, spacing=look.style.mm(1.5))
