"""First and last screen of a training: no card is needed, and nothing is recorded."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kiosk.flows.ballot import events as on
from ui.ballot.screen import Screen
from ui.theme import Ink
from ui.widgets import (
    ButtonKind,
    Emblem,
    FocusRank,
    Label,
    Look,
    Pages,
    Tone,
    claim_focus,
    column,
    row,
)
from words.message import Message, m

BEGIN = (
    m("Try out how to vote"),
    m("The names are invented. No card is needed, and no vote counts."),
)
END = (
    m("The training is over"),
    m(
        "Nothing was recorded. In an election your vote would count now, and you would take your card."
    ),
)


class TrainingScreen(Screen):
    """Button: `training-begin` or `training-done`."""

    def __init__(self, look: Look, *, over: bool) -> None:
        super().__init__(look)
        t, style, c = look.t, look.style, look.style.palette
        title, text = END if over else BEGIN
        words: Message = m("To the beginning") if over else m("Begin the training")
        event: on.BallotEvent = on.CardRemoved() if over else on.CardInserted()
        name = "training-done" if over else "training-begin"
        go = self.button(name, t(words), event, icon="next", kind=ButtonKind.MAIN, trailing=True)
        heading = Label(look, t(title), Ink.DISPLAY, name="message-title", centred=True)
        claim_focus(heading, FocusRank.HEADING)
        said = Label(look, t(text), Ink.BODY, Tone.MUTED, name="message-text", centred=True)
        content = QWidget()
        content.setLayout(column(2, heading, said, 3, spacing=style.mm(4)))
        pages = Pages(look, "training-more", content)
        pages.area.setMinimumHeight(1)
        page = self.page()
        side = style.mm(6 if look.layout.crowded else 20)
        page.setContentsMargins(side, style.mm(6), side, style.mm(6))
        if not look.layout.brief:
            page.addStretch(1)
            emblem = Emblem(look, "people", c.accent, c.soft)
            page.addWidget(emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        page.addWidget(pages, 2)
        page.addLayout(column(go) if look.layout.crowded else row(1, go, 1))
        if not look.layout.brief:
            page.addStretch(1)
