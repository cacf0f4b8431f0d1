"""Screens for help and the inactivity alert: the marks are hidden, and none is lost.

Once the officer is called there are two ways out: the voter goes on, or leaves without a vote.
"""

from __future__ import annotations

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.status import DeviceStatus
from ui.ballot.notices import TWO_WAYS
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import (
    Button,
    ButtonKind,
    Emblem,
    Label,
    Look,
    Tone,
    column,
    row,
)
from ui.widgets.dialog import ask
from words.languages import installed
from words.text import PERSIAN, Language


class InterruptionScreen(Screen):
    """Screen for `Helping` and `Inactive`. Buttons: `still-here`, `end`, which asks (`end-yes`)."""

    def __init__(self, look: Look, *, helping: bool, officers: Language = PERSIAN) -> None:
        """`officers`: language of the sentence for the officer where the voter's is not theirs."""
        super().__init__(look, edge_mm=(6 if look.layout.crowded else 20, 6))
        t, style = look.t, look.style
        c = style.palette
        self._title = self.heading("", Ink.DISPLAY, name="message-title")
        self._text = Label(look, "", Ink.BODY, Tone.MUTED, name="message-text", centred=True)
        self._left = Label(look, "", Ink.DISPLAY, Tone.ACCENT, name="time-left", centred=True)
        words = t("Go on voting") if helping else t("I am still here")
        go_on = self.button(
            "still-here", words, on.StillHere(), icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        if not look.layout.brief:
            go_on.setMinimumHeight(style.mm(20))
        theirs = look if look.t.language in installed() else look.in_(officers)
        self._officer = Label(
            theirs, theirs.t(TWO_WAYS), Ink.BODY, Tone.MUTED, name="two-ways", centred=True
        )
        self._officer.setProperty("language", str(theirs.t.language))
        self._end = Button(look, "end", t("Leave without a vote"), icon="cross")
        self._end.clicked.connect(self._ask)
        emblem = Emblem(look, "bell" if helping else "clock", c.accent, c.soft)
        emblem.setVisible(not look.layout.brief)
        said = (self._title, self._text, self._left, self._officer)
        self.put_body(
            column(2, row(1, emblem, 1), *said, 3, spacing=style.mm(4)), pages="interruption-more"
        ).area.setMinimumHeight(1)
        ways = (go_on, self._end)
        self.put(
            column(*ways, spacing=style.gap)
            if look.layout.crowded
            else row(1, *ways, 1, spacing=style.gap * 2)
        )

    def show_state(self, state: object) -> None:
        """Show why the vote is interrupted and what happens next."""
        t = self.look.t
        match state:
            case at.Helping():
                self._title.setText(t("The officer has been called"))
                self._text.setText(
                    t("Your choices are kept, and hidden from whoever comes to help you.")
                )
                self._left.hide()
                self._officer_comes(True)
            case at.Inactive(_, _, officer_called):
                self._title.setText(t("Are you still there?"))
                if officer_called:
                    self._text.setText(
                        t("The officer has been called. Your choices are kept, and hidden.")
                    )
                else:
                    self._text.setText(
                        t(
                            "Your choices are kept, and hidden. Without an answer the officer is called."
                        )
                    )
                self._left.setVisible(not officer_called)
                self._officer_comes(officer_called)
            case _:
                raise TypeError(f"not for {type(state).__name__}")

    def _officer_comes(self, called: bool) -> None:
        self._officer.setVisible(called)
        self._end.setVisible(called)

    def _ask(self) -> None:
        t = self.look.t
        sure = ask(
            self.look,
            self,
            "end",
            t("Leave without a vote?"),
            t("Nothing is recorded and all choices are erased. The card stays good."),
            t("Leave without a vote"),
            "cross",
        )
        sure.clicked.connect(lambda: self.acted.emit(on.EndedWithoutVote()))

    def show_status(self, status: DeviceStatus) -> None:
        """Show the time left, if a limit is running."""
        left = status.deadline_s
        self._left.setText("" if left is None else self.look.t.clock(left))
