"""Short pages of the identity station: ready, reading, asking, writing, done, refused, closed, broken."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QWidget

from election.incidents import Incident, incident_of
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.status import DeviceStatus
from ui.identity.page import HolderCard, put_person
from ui.identity.words import CLOSED, PROBLEMS, REFUSALS
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.busy import Busy
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Item, column, row
from ui.widgets.labels import Emblem, Label, Tone
from ui.widgets.look import Look
from ui.widgets.pictures import Picture, Scene
from words.message import Code, Items

PICTURE_MM = 74
BRIEF_PICTURE_MM = 40


def _told(look: Look, *items: Item) -> QWidget:
    """Return a column of items in the middle of the page; without decoration where lines are few."""
    holder = QWidget()
    if look.layout.brief:
        items = tuple(x for x in items if not isinstance(x, Emblem | Busy) and not _is_aside(x))
    layout = column(1, *items, 2, spacing=look.style.mm(4))
    for item in items:
        if isinstance(item, Emblem | Busy):
            layout.setAlignment(item, Qt.AlignmentFlag.AlignHCenter)
        elif isinstance(item, Picture):
            layout.setStretchFactor(item, 12)
    layout.setContentsMargins(look.style.mm(6), 0, look.style.mm(6), 0)
    holder.setLayout(layout)
    return holder


def _todo(look: Look, text: str, ink: Ink = Ink.TITLE) -> Label:
    return Label(look, text, ink, name="todo", centred=True)


def _why(look: Look, text: str, tone: Tone = Tone.TEXT) -> Label:
    return Label(look, text, Ink.TITLE, tone, name="why", centred=True)


def _aside(look: Look, text: str) -> Label:
    return Label(look, text, Ink.BODY, Tone.MUTED, name="aside", centred=True)


def _is_aside(item: Item) -> bool:
    return isinstance(item, Label) and item.objectName() == "aside"


def _scene(look: Look, scene: Scene, *, dim: bool = False) -> Picture:
    side = BRIEF_PICTURE_MM if look.layout.brief else PICTURE_MM
    return Picture(look, scene, look.style.mm(side), dim=dim)


class IdlePage(Screen):
    """Page that asks for the next voter's card."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        t = look.t
        self.put_band(Mood.GOOD, "person", t("Ready"), t("The next voter can come."))
        self.put_body(
            _told(
                look,
                _scene(look, Scene.CARD_IN),
                _todo(look, t("Put the voter's identity card into the first reader")),
                _aside(look, t("Leave it in until this screen says that it can come out.")),
            )
        )
        self._document = _by_document(self)
        self.put_actions(1, self._document)

    def show_status(self, status: DeviceStatus) -> None:
        """Offer the way without a chip where there is one."""
        super().show_status(status)
        self._document.setVisible(status.document_check)


def _by_document(page: Screen) -> Button:
    text = page.look.t("Document without a chip")
    return page.button("by-document", text, on.DocumentOffered(), icon="person")


class ReadingPage(Screen):
    """Page with the progress of reading the identity card."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        t = look.t
        self.put_band(Mood.BUSY, "card", t("Reading the card"))
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setObjectName("progress")
        self._bar.setAccessibleName(t("Reading the card"))
        self.put_body(
            _told(
                look,
                _scene(look, Scene.CARD_STAYS),
                self._bar,
                _todo(look, t("Leave the card in.")),
            )
        )

    def show_state(self, state: object) -> None:
        """Update the progress."""
        if isinstance(state, at.ReadingCard):
            self._bar.setValue(round(state.progress * 1000))


class ClaimingPage(Screen):
    """Page shown while the registry is asked whether the voter may have a ballot."""

    def __init__(self, look: Look, state: at.ClaimingBallot) -> None:
        super().__init__(look)
        t = look.t
        waited = t("It takes longer than usual: four seconds at most.") if state.waiting else ""
        self.put_band(Mood.BUSY, "line", t("Asking the registry"), waited)
        told = BorderedFrame(look)
        told.hold(
            column(
                _told(
                    look,
                    Busy(look, mm=26),
                    Label(
                        look,
                        t("Has this person received a ballot anywhere today?"),
                        Ink.TITLE,
                        centred=True,
                    ),
                    Label(
                        look,
                        "" if state.identity_out else t("Leave the card in."),
                        name="todo",
                        centred=True,
                    ),
                )
            )
        )
        put_person(self, HolderCard(look, state.holder), told)


class WritingPage(Screen):
    """Page shown while the authorization card is written, or with the reason why it can't be."""

    def __init__(self, look: Look, state: at.WritingAuthorization) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        problem = state.problem
        told = BorderedFrame(look)
        if problem is None:
            self.put_band(Mood.BUSY, "card", t("Writing the authorization card"))
            body = _told(
                look,
                Busy(look, mm=26),
                _todo(look, t("Leave the card in.")),
            )
        elif problem is at.WriteProblem.NO_CARD:
            # The ordinary way, not a fault: the officer takes a card from the tray.
            said = PROBLEMS[problem]
            self.put_band(
                Mood.GOOD, "check", t("Entitled to vote"), t("One card is still missing.")
            )
            body = _told(
                look,
                _scene(look, Scene.CARD_IN_BLANK),
                _todo(look, t(said.todo)),
                _aside(look, t("Into the second reader.")),
            )
        else:
            said = PROBLEMS[problem]
            self.put_band(Mood.WARN, "warning", t("The card is not written yet"))
            c = style.palette
            body = _told(
                look,
                Emblem(look, "card", c.warn, c.warn_soft, mm=26),
                _why(look, t(said.why), Tone.WARN),
                _todo(look, t(said.todo), Ink.BODY),
            )
        told.hold(column(body))
        put_person(self, HolderCard(look, state.holder), told)
        if problem is at.WriteProblem.OCCUPIED:
            text = t("Overwrite this card")
            self.put_actions(
                1, self.button("overwrite", text, on.TryAgain(), icon="edit", kind=ButtonKind.WARN)
            )
        elif problem is not None and problem is not at.WriteProblem.NO_CARD:
            self.put_actions(
                1,
                self.button(
                    "try-again", t("Try again"), on.TryAgain(), icon="edit", kind=ButtonKind.MAIN
                ),
            )


class DonePage(Screen):
    """Page that says what to hand to the voter: authorization card or ballot paper, and the document."""

    def __init__(self, look: Look, state: at.Done) -> None:
        super().__init__(look)
        t = look.t
        papers = Items(state.papers)
        paper = bool(state.papers)
        written = t("The authorization card is written.")
        told = t("The voter is checked in.") if paper else written
        self.put_band(Mood.GOOD, "done", t("May vote"), told)
        first = _handover(
            look,
            Scene.GIVE_PAPER if paper else Scene.GIVE_CARD,
            t("Give one ballot paper of each: {papers}", papers=papers)
            if paper
            else t("Give the authorization card to the voter"),
            t("Given"),
            # Nobody but the officer knows of a paper whether it is given.
            done=state.authorization_out and not paper,
            name="give-paper" if paper else "give-card",
        )
        second = _handover(
            look,
            Scene.GIVE_DOCUMENT,
            t("Give the identity card back")
            if state.holder.document is None
            else t("Give the document back"),
            t("Given back"),
            done=state.identity_out,
            name="give-document",
        )
        both = QWidget()
        layout = row(first, second, spacing=look.style.mm(3))
        layout.setStretch(0, 1)
        layout.setStretch(1, 1)
        both.setLayout(layout)
        self.put_body(both)


def _handover(
    look: Look, scene: Scene, todo: str, done_text: str, *, done: bool, name: str
) -> BorderedFrame:
    style, c = look.style, look.style.palette
    card = BorderedFrame(look, "good" if done else "card", name=name)
    card.setProperty("done", done)
    picture = _scene(look, scene, dim=done)
    parts: list[Item] = [1, picture]
    parts.append(Label(look, todo, Ink.TITLE, Tone.MUTED if done else Tone.TEXT, centred=True))
    if done:
        tick = row(
            1,
            Emblem(look, "check", c.good, c.good_soft, mm=13),
            Label(look, done_text, Ink.STRONG, Tone.GOOD, wrap=False),
            1,
            spacing=style.mm(2),
        )
        parts.append(tick)
    layout = column(*parts, 1, spacing=style.mm(3))
    layout.setStretchFactor(picture, 12)
    card.hold(layout)
    return card


class RefusedPage(Screen):
    """Page that says why no ballot is given and what the officer can do."""

    def __init__(self, look: Look, state: at.Refused) -> None:
        super().__init__(look)
        t, c = look.t, look.style.palette
        said = REFUSALS[state.reason]
        self.put_band(Mood.BAD, "stop", t("No ballot"))
        self._document = _by_document(self)
        self._offers = state.reason is at.VoterRefusal.CHIP_DEAD and not state.card_out
        ask_out = "" if state.card_out else t("Take the card out to go on.")
        told = _told(
            look,
            Emblem(look, "stop", c.bad, c.bad_soft, mm=26),
            _why(look, t(said.why), Tone.BAD),
            _todo(look, t(said.todo), Ink.BODY),
            *((_aside(look, ask_out),) if ask_out else ()),
        )
        if state.holder is None:
            self.put_body(told)
        else:
            card = BorderedFrame(look)
            card.hold(column(told))
            put_person(self, HolderCard(look, state.holder), card)
        protest = self.button("protest", t("The person protests"), on.Protested(), icon="people")
        protest.setHidden(state.shown is None)
        self.put_actions(1, self._document, protest)

    def show_status(self, status: DeviceStatus) -> None:
        """Offer the way without a chip for a card whose chip does not answer."""
        super().show_status(status)
        self._document.setVisible(self._offers and status.document_check)


class ClosedPage(Screen):
    """Page of a station that takes no voters at present, with the reason."""

    def __init__(self, look: Look, reason: ClosedReason) -> None:
        super().__init__(look)
        t = look.t
        said = CLOSED[reason]
        if reason is ClosedReason.POWER:
            self.put_band(Mood.WARN, "battery", t(said.why))
            c = look.style.palette
            self.put_body(
                _told(
                    look,
                    Emblem(look, "battery", c.warn, c.warn_soft, mm=30),
                    _todo(look, t(said.todo)),
                    _aside(look, t("Whoever was being served was served to the end.")),
                )
            )
            return
        icon = "pause" if reason is ClosedReason.PAUSED else "lock"
        self.put_band(Mood.STILL, icon, t(said.why))
        self.put_body(
            _told(
                look,
                _scene(look, Scene.CARD_IN_BLANK),
                _todo(look, t(said.todo)),
                _aside(look, t("Operator cards go into the second reader.")),
            )
        )


class BrokenPage(Screen):
    """Page of a station that is out of service: why, what to do, who may, what of the votes, and the code."""

    def __init__(self, look: Look, incident: str) -> None:
        super().__init__(look)
        t, c = look.t, look.style.palette
        found = incident_of(incident)
        row = found.row
        self.put_band(Mood.BAD, "power", t("Out of service"))
        icon = "battery" if found is Incident.POWER else "warning"
        self.put_body(
            _told(
                look,
                Emblem(look, icon, c.bad, c.bad_soft, mm=24),
                _why(look, t(row.cause)),
                _todo(look, t(row.remedy), Ink.BODY),
                _aside(look, t("Who: {who}.", who=row.who.value)),
                _aside(look, t(row.votes.value)),
                Label(
                    look,
                    t("Code: {code}", code=Code(row.code)),
                    Ink.TITLE,
                    Tone.BAD,
                    name="incident",
                    centred=True,
                ),
            )
        )
