"""Second screen of the identity station, turned to the voter: the same moment without personal data.

On a second screen, if there is one. It has nothing to touch; it says in words and a picture what the
voter has to do now, and otherwise to wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from kiosk.flows.ballot.states import Presentation
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.status import DeviceStatus
from ui.identity.finger import guidance_for
from ui.identity.words import FINGERS
from ui.screen import Screen, ScreenPlace
from ui.theme import Ink
from ui.widgets.band import Mood, TimeRing
from ui.widgets.frames import column, row
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.pictures import Picture, Scene
from ui.widgets.presented import Presented
from words.languages import Languages, for_voters
from words.message import Message, m

PICTURE_MM = 110


@dataclass(frozen=True, slots=True)
class VoterNotice:
    """Message to the voter."""

    say: Message
    hint: Message | None = None
    scenes: tuple[Scene, ...] = ()
    finger: Message | None = None
    mood: Mood = Mood.STILL
    also: Message | None = None
    """What holds all the while; heard after the rest."""


WELCOME = VoterNotice(
    m("Welcome"), m("Please give the officer your identity card."), (Scene.GIVE_DOCUMENT,)
)
OPENING = VoterNotice(
    m("Your card is being opened"),
    m("The officer types what is printed on it. You need not say it."),
    (Scene.CARD_STAYS,),
)
WAIT = VoterNotice(m("One moment, please"), None, (Scene.CARD_STAYS,))
ASKING = VoterNotice(
    m("One moment, please"), m("The registry is being asked. It takes a few seconds at most."), ()
)
NO_ANSWER = VoterNotice(
    m("One moment, please"),
    m("The line to the registry is silent. You vote all the same, with a provisional ballot."),
    (),
)
CLOSED = VoterNotice(m("Please wait"), m("The officer will call you."))
NO_POWER = VoterNotice(
    m("Please wait"), m("The line power has failed. It goes on when it is back.")
)
OVERRIDE = VoterNotice(
    m("One moment, please"), m("The officer and the supervisor look after you."), ()
)
DOCUMENT = VoterNotice(
    m("Please give the officer your document"),
    m("You sign a form on paper; officer and supervisor sign for you."),
    (Scene.GIVE_DOCUMENT,),
)
DONE = VoterNotice(
    m("You may vote"),
    m("Take both cards, and go to a voting terminal."),
    (Scene.GIVE_CARD, Scene.GIVE_DOCUMENT),
    mood=Mood.GOOD,
)
DONE_ON_PAPER = VoterNotice(
    m("You may vote"),
    m("Take your document and the ballot paper, and go to a voting booth."),
    (Scene.GIVE_PAPER, Scene.GIVE_DOCUMENT),
    mood=Mood.GOOD,
)
ANOTHER_WAY = m("There is another way than the finger. Ask the officer; you need not say why.")
"""Seen and heard in all that is about the finger: nobody has to explain a hand."""
REFUSED = VoterNotice(m("Please speak with the officer"), None, ())
"""Why, the officer says: never a screen that others can see."""


def voter_notice(state: at.IdentityState) -> VoterNotice:
    """Return the message to the voter in a state; it holds nothing of the card's holder."""
    match state:
        case at.Idle():
            return WELCOME
        case at.Closed(ClosedReason.POWER):
            return NO_POWER
        case at.Closed() | at.OutOfService():
            return CLOSED
        case at.AwaitingAccess():
            return OPENING
        case at.ClaimingBallot(waiting=True):
            return ASKING
        case at.Overriding(reason=at.OverrideReason.NO_ANSWER):
            return NO_ANSWER
        case at.ReadingCard() | at.ClaimingBallot() | at.WritingAuthorization():
            return WAIT
        case at.Fingerprint() | at.FingerFailed():
            guidance = guidance_for(state)
            mood = Mood.WARN if isinstance(state, at.FingerFailed) else Mood.BUSY
            finger = FINGERS.get(state.wanted)
            return VoterNotice(
                guidance.say, guidance.hint, guidance.scenes, finger, mood, ANOTHER_WAY
            )
        case at.Overriding():
            return OVERRIDE
        case (
            at.ChoosingDocument()
            | at.EnteringPerson()
            | at.CheckingPerson()
            | at.ConfirmingDocument()
        ):
            return DOCUMENT
        case at.Done():
            return DONE_ON_PAPER if state.papers else DONE
        case at.Refused():
            return REFUSED
        case _:
            assert_never(state)


class TurnedScreen(Screen):
    """What the voter sees and hears. Labels `voter-say`, `voter-hint`, `voter-finger`."""

    def __init__(self, look: Look, now: VoterNotice) -> None:
        super().__init__(look, edge_mm=(6, 3) if look.layout.brief else (10, 6))
        t, style = look.t, look.style
        tone = {Mood.GOOD: Tone.GOOD, Mood.WARN: Tone.WARN}.get(now.mood, Tone.TEXT)
        # Where lines are few, two texts below each other have room beside a small picture only.
        crowded = look.layout.brief and now.also is not None
        title = Ink.TITLE if crowded else Ink.DISPLAY
        say = self.heading(t(now.say), title, tone, name="voter-say")
        self._ring = TimeRing(look)
        self._ring.hide()
        self.put(row(1, self._ring, 1))
        self.put(1)
        if now.scenes:
            part = 0.5 if crowded else 0.7 if len(now.scenes) > 1 else 1
            side = style.mm(PICTURE_MM * part)
            scenes = row(*(Picture(look, scene, side) for scene in now.scenes))
            for place in range(len(now.scenes)):
                scenes.setStretch(place, 1)
            self.put(scenes, 12)
        if now.finger:
            finger = t(now.finger)
            self.put(Label(look, finger, Ink.TITLE, Tone.ACCENT, name="voter-finger", centred=True))
        ink = Ink.BODY if crowded else Ink.TITLE
        hint = Label(look, t(now.hint) if now.hint else "", ink, Tone.MUTED, centred=True)
        hint.setObjectName("voter-hint")
        self.put(column(say, hint, spacing=style.mm(2)))
        if now.also is not None:
            self.put(Label(look, t(now.also), Ink.BODY, Tone.TEXT, name="voter-also", centred=True))
        self.put(2)

    def show_status(self, status: DeviceStatus) -> None:
        """Show the time left."""
        self._ring.show_left(status.deadline_s)


class VoterWindow(Presented):
    """Window for the voter. Property `flow`."""

    def __init__(
        self,
        dpi: float,
        presentation: Presentation | None = None,
        languages: Languages | None = None,
    ) -> None:
        """`languages`: those of voters unless others are given."""
        super().__init__("voter-window", dpi, presentation, languages or for_voters())
        self._status = DeviceStatus()
        self._state: at.IdentityState = at.Closed(ClosedReason.NO_PACKAGE)
        self.setLayout(column(self._stage))
        self._build()

    def show_state(self, state: at.IdentityState, status: DeviceStatus) -> None:
        """Show the message of a state and the time left."""
        self._state, self._status = state, status
        self._set_mode(status.mode)
        self.setProperty("flow", type(state).__name__)
        now = voter_notice(state)
        self._place.show_state(now, lambda: TurnedScreen(self._look, now), state, status)

    def _build(self) -> None:
        super()._build()
        self.setWindowTitle(self._look.t("Identity station, voter's side"))
        self._place = ScreenPlace(self._stage)
        self._whole.addWidget(self._place, 1)
        self.show_state(self._state, self._status)
