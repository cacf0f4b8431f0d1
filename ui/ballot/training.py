"""First and last screen of a training: no card is needed, and nothing is recorded."""

from __future__ import annotations

from kiosk.flows.ballot import events as on
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
from words.message import Message, m

BEGIN = (
    m("Try out how to vote"),
    m("The names are invented. No card is needed, and no vote counts."),
)
TO_BEGIN = m("Press select to begin the training.")
END = (
    m("The training is over"),
    m(
        "Nothing was recorded. In an election your vote would count now, and you would take your card."
    ),
)


class TrainingScreen(Screen):
    """Button: `training-begin` or `training-done`."""

    def __init__(self, look: Look, *, over: bool) -> None:
        crowded = look.layout.crowded
        super().__init__(look, edge_mm=(6 if crowded else 20, 6))
        t, style, c = look.t, look.style, look.style.palette
        title, text = END if over else BEGIN
        words: Message = m("To the beginning") if over else m("Begin the training")
        event: on.BallotEvent = on.CardRemoved() if over else on.CardInserted()
        name = "training-done" if over else "training-begin"
        self.go = go = self.button(
            name, t(words), event, icon="next", kind=ButtonKind.MAIN, trailing=True
        )
        heading = self.heading(t(title), Ink.DISPLAY, name="message-title")
        said = Label(look, t(text), Ink.BODY, Tone.MUTED, name="message-text", centred=True)
        emblem = Emblem(look, "people", c.accent, c.soft)
        emblem.setVisible(not look.layout.brief)
        pages = self.put_body(
            column(2, row(1, emblem, 1), heading, said, 3, spacing=style.mm(4)),
            pages="training-more",
        )
        pages.area.setMinimumHeight(1)
        self.put(column(go) if crowded else row(1, go, 1))
