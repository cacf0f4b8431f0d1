"""Screens for help and the inactivity alert: the marks are hidden, and none is lost."""

from __future__ import annotations

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from kiosk.status import DeviceStatus
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets import (
    ButtonKind,
    Emblem,
    Label,
    Look,
    Tone,
    column,
    row,
)


class InterruptionScreen(Screen):
    """Screen for `Helping` and `Inactive`. Button: `still-here`."""

    def __init__(self, look: Look, *, helping: bool) -> None:
        super().__init__(look, edge_mm=(20, 6))
        t, style = look.t, look.style
        c = style.palette
        self._title = self.heading("", Ink.DISPLAY, name="message-title")
        self._text = Label(look, "", Ink.BODY, Tone.MUTED, name="message-text", centred=True)
        self._left = Label(look, "", Ink.DISPLAY, Tone.ACCENT, name="time-left", centred=True)
        words = t("Go on voting") if helping else t("I am still here")
        go_on = self.button(
            "still-here", words, on.StillHere(), icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        go_on.setMinimumHeight(style.mm(20))
        go_on.setMinimumWidth(style.mm(80))
        emblem = Emblem(look, "bell" if helping else "clock", c.accent, c.soft)
        said = column(
            row(1, emblem, 1), self._title, self._text, self._left, row(1, go_on, 1),
            spacing=style.mm(4),
        )  # fmt: skip
        self.put(column(2, said, 3), 1)

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
            case _:
                raise TypeError(f"not for {type(state).__name__}")

    def show_status(self, status: DeviceStatus) -> None:
        """Show the time left, if a limit is running."""
        left = status.deadline_s
        self._left.setText("" if left is None else self.look.t.clock(left))
