"""Console page that asks what is the matter, and says at the end what to do and which code it has."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from election.incidents import Incident
from election.ways_out import Path, Question, at
from kiosk.flows.operator import events as on
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.buttons import Button
from ui.widgets.frames import BorderedFrame, Item, column
from ui.widgets.labels import Label, Tone
from ui.widgets.look import Look
from words.message import Code


class GuidedPage(Screen):
    """A question with its answers, or an end of the tree: the row of an incident."""

    def __init__(self, look: Look, path: Path) -> None:
        super().__init__(look)
        t, here = look.t, at(path)
        if isinstance(here, Question):
            self.put_band(Mood.WARN, "help", t("What to do"), t(here.text), settings=True)
            content: list[Item] = list(self._answers(here))
        else:
            self.put_band(Mood.WARN, "help", t("What to do"), t(here.row.cause), settings=True)
            content = _row(look, here)
        self.put_body(column(*content, 1, spacing=look.style.mm(3)), pages="ways-out")
        self.put_actions(self.button("cancel", t("Back"), on.Cancelled(), icon="back"), 1)

    def _answers(self, question: Question) -> list[QWidget]:
        buttons: list[QWidget] = []
        for number, (text, _) in enumerate(question.answers):
            button = Button(
                self.look, f"answer-{number}", self.look.t(text), icon="next", trailing=True
            )
            button.clicked.connect(lambda _=False, n=number: self.acted.emit(on.GuideAnswered(n)))
            buttons.append(button)
        return buttons


def _row(look: Look, incident: Incident) -> list[Item]:
    """Say what is to be done, who may, what of the votes, and the code for the telephone."""
    t, row = look.t, incident.row
    code = BorderedFrame(look, "soft", pad_mm=3)
    said = t("Code: {code}", code=Code(row.code))
    code.hold(column(Label(look, said, Ink.TITLE, Tone.ON_SOFT, name="incident", centred=True)))
    return [
        Label(look, t(row.remedy), Ink.BODY, name="incident-todo"),
        Label(look, t("Who: {who}.", who=row.who.value), Ink.STRONG, name="incident-who"),
        Label(look, t(row.votes.value), Ink.BODY, Tone.MUTED, name="incident-votes"),
        code,
    ]
