"""Screens after sealing: cast the ballot or challenge the machine, and the outcome of either."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from election.challenge import tracking_groups
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from ui.ballot.paper_words import TAKE_SLIP
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import (
    BorderedFrame,
    ButtonKind,
    Emblem,
    Label,
    Look,
    Pages,
    QrCode,
    Tone,
    clear,
    column,
    row,
)
from ui.widgets.frames import keep_whole
from ui.widgets.slot import CardSlotPicture
from words.speaker import Speaker

GAP = "\N{EM SPACE}"
"""Between two groups of a tracking number."""


def grouped(tracking: str, t: Speaker, per_line: int) -> str:
    """Return the tracking number of a tracking code in groups of five digits, to be compared by eye.

    Groups run from left to right in every language, with the language's digits, `per_line`
    groups to a line.
    """
    groups = tracking_groups(tracking)
    lines = (groups[i : i + per_line] for i in range(0, len(groups), per_line))
    return "\n".join(t.code(GAP.join(line)) for line in lines)


class CastScreen(Screen):
    """Buttons: `cast`, `challenge`, `back`."""

    def __init__(self, look: Look, *, challenge_allowed: bool) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        self._tracking = Label(look, "", Ink.TITLE, name="tracking", centred=True)
        cast = self.button(
            "cast",
            t("Record my vote"),
            on.CastChosen(),
            icon="box",
            kind=ButtonKind.MAIN,
            ink=Ink.DISPLAY,
        )
        cast.setMinimumHeight(style.mm(30))
        cast.setMinimumWidth(style.mm(120))
        number = QWidget()
        number.setLayout(
            column(
                Label(look, t("Tracking number"), Ink.SMALL, Tone.MUTED, centred=True),
                self._tracking,
                spacing=style.mm(3),
            )
        )
        # On one page: a heading alone says nothing.
        keep_whole(number)
        middle = column(
            1,
            Label(
                look,
                t("It counts as soon as you record it. After that it cannot be changed."),
                Ink.TITLE,
                centred=True,
            ),
            row(1, cast, 1),
            number,
            1,
            spacing=style.mm(3),
        )
        if challenge_allowed:
            middle.addWidget(self._challenge())
        self.put_title(t("Your vote is not recorded yet"))
        self.put_body(middle, pages="cast-page")
        self.put_actions(self.button("back", t("Back to the review"), on.Back(), icon="back"), 1)

    def _challenge(self) -> BorderedFrame:
        look = self.look
        t, style = look.t, look.style
        challenge = self.button(
            "challenge", t("Check the machine"), on.ChallengeChosen(), icon="eye"
        )
        words = column(
            Label(look, t("Do you want to check the machine first?"), Ink.STRONG),
            Label(
                look,
                t(
                    "First photograph or write down the tracking number. Then this ballot is opened; it "
                    "does not count, and you go on to cast another."
                ),
                Ink.SMALL,
                Tone.MUTED,
            ),
        )
        crowded = look.layout.crowded
        line = (column if crowded else row)(words, challenge, spacing=style.mm(4))
        line.setStretch(0, 0 if crowded else 3)
        card = BorderedFrame(look, "sunken")
        card.hold(line)
        return card

    def show_state(self, state: object) -> None:
        """Show the tracking number of the sealed ballot. Raises TypeError for another state."""
        if not isinstance(state, at.CastOrChallenge):
            raise TypeError(f"not for {type(state).__name__}")
        self._tracking.setText(grouped(state.tracking, self.look.t, 3))


class ChallengedScreen(Screen):
    """Screen with the ballot's opening as a QR code; `begin` leads back to the review."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        t, style = look.t, look.style
        self._opening = ""
        self._tracking = Label(look, "", Ink.TITLE, name="tracking")
        self._place = column()
        words = column(
            1,
            Label(look, t("This ballot was opened and does not count"), Ink.TITLE),
            Label(
                look,
                t(
                    "Photograph the code. At home the election's checking page shows from it what the "
                    "machine had sealed: it has to be what you had chosen."
                ),
            ),
            Label(look, t("It has to show the number you saw before, too"), Ink.SMALL, Tone.MUTED),
            self._tracking,
            Label(
                look,
                t("This ballot becomes public. Now mark your vote anew: it stays secret."),
                Ink.STRONG,
            ),
            1,
            spacing=style.mm(3),
        )
        content = QWidget()
        content.setLayout(words)
        body = row(Pages(look, "challenged-page", content), self._place, spacing=style.mm(6))
        body.setStretch(0, 1)
        go_on = self.button(
            "begin", t("Go on voting"), on.Begin(), icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        self.put_title(t("The machine was checked"))
        self.put(body, 1)
        self.put_actions(1, go_on)

    def show_state(self, state: object) -> None:
        """Show tracking number and opening. Raises TypeError for another state."""
        if not isinstance(state, at.Challenged):
            raise TypeError(f"not for {type(state).__name__}")
        self._tracking.setText(grouped(state.tracking, self.look.t, 3))
        if state.opening != self._opening:
            self._opening = state.opening
            clear(self._place)
            side = min(self.look.style.mm(120), round(self.window().height() * 0.58))
            self._place.addWidget(QrCode(state.opening, side, name="opening-qr"))


class RecordedScreen(Screen):
    """Screen that thanks the voter, shows the tracking code and asks to take the card."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, edge_mm=(12, 4))
        t, style = look.t, look.style
        c = style.palette
        self._tracking_shown = ""
        self._tracking = Label(look, "", Ink.BODY, name="tracking", centred=True)
        self._card = Label(look, "", Ink.DISPLAY, Tone.ON_SOFT, name="take-card", centred=True)
        self._tight = look.layout.crowded
        self._slot = CardSlotPicture(look, outwards=True, mm=24 if self._tight else 38)
        self._qr = column()
        self._slip = Label(look, t(TAKE_SLIP), Ink.STRONG, name="take-slip", centred=True)
        take = BorderedFrame(look, "soft", pad_mm=5)
        take.hold(column(row(1, self._slot, 1), self._card, spacing=style.mm(3)))
        thanks = Label(look, t("Thank you."), Ink.BODY, Tone.MUTED, centred=True)
        recorded = self.heading(t("Your vote is recorded"), Ink.TITLE)
        # The card is the last step and the largest text: a voter who reads nothing else takes it.
        start = column(
            1,
            row(1, Emblem(look, "check", c.good, c.good_soft, mm=20), 1),
            recorded,
            take,
            thanks,
            1,
            spacing=style.mm(4),
        )
        keep = BorderedFrame(look, "card", pad_mm=5)
        what_for = Label(
            look,
            t("With it you can find your sealed ballot in the public archive."),
            Ink.SMALL,
            Tone.MUTED,
            centred=True,
        )
        heading = Label(look, t("Your tracking number"), Ink.STRONG, centred=True)
        keep.hold(
            column(heading, self._qr, self._tracking, self._slip, what_for, spacing=style.mm(2))
        )
        for less in (thanks, what_for):
            less.setVisible(not self._tight)
        both = row(start, column(1, keep, 1), spacing=style.mm(10))
        both.setStretch(0, 6)
        both.setStretch(1, 5)
        self.put_body(both, pages="recorded-page")

    def show_state(self, state: object) -> None:
        """Show the tracking code and whether the card is out. Raises TypeError for another state."""
        if not isinstance(state, at.Recorded):
            raise TypeError(f"not for {type(state).__name__}")
        t = self.look.t
        if state.tracking != self._tracking_shown:
            self._tracking_shown = state.tracking
            clear(self._qr)
            side = self.look.style.mm(46 if self._tight else 56)
            qr = QrCode(state.tracking, side, name="tracking-qr")
            self._qr.addWidget(qr, 0, Qt.AlignmentFlag.AlignHCenter)
            self._tracking.setText(grouped(state.tracking, t, 2 if self._tight else 3))
        self._slip.setVisible(state.slip)
        if self._tight and state.slip:
            # Number and code are on the slip; the card, which is the last step, needs the room.
            clear(self._qr)
            self._tracking.hide()
        # Hidden for the moment in which the card is written, without moving what the voter reads.
        policy = self._slot.sizePolicy()
        policy.setRetainSizeWhenHidden(state.card_busy)
        self._slot.setSizePolicy(policy)
        self._slot.setVisible(not state.card_out and not state.card_busy)
        if state.card_busy:
            self._card.setText(t("Leave your card in for a moment."))
        elif state.card_out:
            self._card.setText(t("Hand the card to the officer."))
        else:
            self._card.setText(t("Take your card and hand it to the officer."))
