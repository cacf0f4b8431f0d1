"""What a companion sees: a banner on every screen, and a card where the choice is dark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QFrame, QWidget

from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from ui.theme import Ink
from ui.widgets import BorderedFrame, Button, Icon, Label, Look, Tone, column, row


class CompanionBanner(QFrame):
    """Says on every screen of a voter that a companion may be there.

    By its symbol alone, which is heard as the sentence, where lines are few and another banner has one.
    """

    def __init__(self, look: Look, *, alone: bool = True) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setObjectName("companion-banner")
        style = look.style
        icon = Icon(look, "people", style.icon_px(Ink.SMALL), style.palette.warn)
        said = look.t("A companion may help here.")
        self.setAccessibleName(said)
        words = (Label(look, said, Ink.SMALL, Tone.WARN, wrap=False),)
        line = row(1, icon, *(words if alone else ()), 1, spacing=style.mm(1.5))
        line.setContentsMargins(style.margin, style.mm(0.3), style.margin, style.mm(0.3))
        self.setLayout(line)


def companion_card(
    look: Look, parent: QWidget, wish: at.Presentation, answer: Callable[[on.BallotEvent], None]
) -> QWidget:
    """Return what stands on the dark screen. Buttons: `dark-light`, `dark-help`."""
    t = look.t
    light = Button(look, "dark-light", t("Show my choices"), icon="eye")
    seen = replace(wish, companion=at.Companion.SEES)
    light.clicked.connect(lambda: answer(on.PresentationChosen(seen)))
    call = Button(look, "dark-help", t("Help"), icon="help")
    call.clicked.connect(lambda: answer(on.HelpAsked()))
    ways = (light, call)
    card = BorderedFrame(look, "card", name="dark-card", pad_mm=5)
    card.hold(
        column(
            Label(look, t("What is chosen stays dark"), Ink.TITLE, name="dark-title"),
            Label(
                look,
                t("A companion may help here. The voter hears what is chosen, and uses the keys."),
                name="dark-text",
            ),
            column(*ways, spacing=look.style.gap)
            if look.layout.crowded
            else row(*ways, spacing=look.style.gap * 2),
            spacing=look.style.mm(4),
        )
    )
    card.setParent(parent)
    return card
