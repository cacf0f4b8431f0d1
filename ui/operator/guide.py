"""Row of the guide: how far it is, what shows it, and the act that does it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from ui.operator.guide_lines import GuideLine, GuideState
from ui.theme import Ink
from ui.widgets.buttons import Button
from ui.widgets.frames import BorderedFrame, column, row
from ui.widgets.labels import Icon, Label, Tone
from ui.widgets.look import Look
from words.message import Message, m

SIGNS: dict[GuideState, tuple[str, Message]] = {
    GuideState.DONE: ("done", m("Done")),
    GuideState.NOW: ("next", m("What comes next")),
    GuideState.LATER: ("clock", m("Later")),
    GuideState.WRONG: ("warning", m("Something is wrong")),
    GuideState.LOOK: ("eye", m("Look yourself")),
}
"""Icon and word of each state: never colour alone."""


class GuideRow(BorderedFrame):
    """Called `guide-<key>`; property `guide`, the state's word."""

    def __init__(self, look: Look, line: GuideLine) -> None:
        role = {GuideState.NOW: "soft", GuideState.WRONG: "bad"}.get(line.state, "plain")
        super().__init__(look, role, name=f"guide-{line.key}", pad_mm=2)
        t, style, c = look.t, look.style, look.style.palette
        icon, word = SIGNS[line.state]
        wrong, now = line.state is GuideState.WRONG, line.state is GuideState.NOW
        ink = {GuideState.DONE: c.good, GuideState.WRONG: c.bad}.get(line.state, c.accent)
        tone = Tone.BAD if wrong else Tone.ON_SOFT if now else Tone.TEXT
        self._words = column(Label(look, t(line.title), Ink.STRONG, tone), spacing=style.mm(0.6))
        # Where lines are few, the button of what comes next has their room.
        if line.evidence is not None and not (now and look.layout.brief):
            quiet = tone if wrong or now else Tone.MUTED
            self._words.addWidget(Label(look, t.say(line.evidence), Ink.SMALL, quiet, given=True))
        sign = Icon(look, icon, style.icon_px(Ink.STRONG), ink)
        whole = row(sign, self._words, spacing=style.mm(2))
        whole.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
        whole.setStretch(1, 1)
        self.hold(whole)
        self.setAccessibleName(f"{t(line.title)}: {t(word)}")
        self.setProperty("guide", line.state.value)
        self._gap = style.gap

    def hold_act(self, button: Button) -> None:
        """Add the button of the line's act."""
        self._words.addSpacing(self._gap)
        self._words.addWidget(button)
