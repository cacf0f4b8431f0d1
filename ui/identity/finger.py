"""Fingerprint page: the photo from the card beside a drawing of what the hand has to do."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from ui.identity.page import HolderCard, put_person
from ui.identity.words import FINGERS, GUIDANCE, SAME_FINGER, Guidance
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.buttons import ButtonKind
from ui.widgets.frames import BorderedFrame, clear, column, row
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from ui.widgets.pictures import Picture


class FingerPage(Screen):
    """Page of one try: waiting, comparing, or the pause after a try that failed."""

    def __init__(self, look: Look, state: at.Fingerprint | at.FingerFailed) -> None:
        super().__init__(look)
        t = look.t
        failed = isinstance(state, at.FingerFailed)
        if isinstance(state, at.FingerFailed):
            note = t("Try {count} did not work", count=state.attempt)
            if state.tries_left is not None:
                note = t.plural(
                    "{count} try left on the card",
                    "{count} tries left on the card",
                    state.tries_left,
                )
            self.put_band(Mood.WARN, "finger", t("Once more"), note)
        else:
            note = t("Try {count}", count=state.attempt)
            self.put_band(Mood.BUSY, "finger", t("Place the finger"), note)
        self._shown: at.SensorFeedback | None = None
        self._say = Label(look, "", Ink.TITLE, name="guidance", centred=True)
        self._hint = Label(look, "", Ink.BODY, Tone.MUTED, name="todo", centred=True)
        self._scenes = QHBoxLayout()
        card = BorderedFrame(look)
        inner = column(self._scenes, self._say, self._hint, spacing=look.style.mm(3))
        inner.setStretch(0, 1)
        if state.wanted in FINGERS:
            inner.insertWidget(0, wanted_finger(look, state))
        card.hold(inner)
        put_person(self, HolderCard(look, state.holder), card)
        override = self.button(
            "override", t("Without fingerprint …"), on.OverrideAsked(), icon="people"
        )
        if failed:
            again = self.button(
                "try-again", t("Try again now"), on.TryAgain(), icon="finger", kind=ButtonKind.MAIN
            )
            soon = t("The next try begins by itself.")
            said = Label(
                look, "" if look.layout.crowded else soon, Ink.SMALL, Tone.MUTED, centred=True
            )
            self.put_actions(override, said, again).setStretchFactor(said, 1)
        else:
            self.put_actions(override, 1)

    def show_state(self, state: object) -> None:
        """Draw the guidance again if the sensor's feedback changed."""
        if isinstance(state, at.Fingerprint | at.FingerFailed) and state.feedback != self._shown:
            self._shown = state.feedback
            self._show(guidance_for(state))

    def _show(self, guidance: Guidance) -> None:
        look, t = self.look, self.look.t
        self._say.setText(t(guidance.say))
        self._hint.setText(t(guidance.hint))
        clear(self._scenes)
        side = look.style.mm(80 if len(guidance.scenes) == 1 else 48)
        if look.layout.brief:
            side = min(side, look.style.mm(40))
        for scene in guidance.scenes:
            self._scenes.addWidget(Picture(look, scene, side), 1)


def guidance_for(state: at.Fingerprint | at.FingerFailed) -> Guidance:
    """Return what to say; no other finger is suggested when the card wants a certain one."""
    if state.feedback is at.SensorFeedback.NO_MATCH and state.wanted in FINGERS:
        return SAME_FINGER
    return GUIDANCE[state.feedback]


def wanted_finger(look: Look, state: at.Fingerprint | at.FingerFailed) -> BorderedFrame:
    """Return the name of the finger that the card compares."""
    card = BorderedFrame(look, "soft", name="wanted", pad_mm=1.6)
    text = look.t(FINGERS[state.wanted])
    card.hold(row(Label(look, text, Ink.STRONG, Tone.ON_SOFT, name="finger", centred=True)))
    return card
