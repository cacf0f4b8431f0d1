"""Tab of the contest screen for codes that are typed back to back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from election.definition import Candidate, CandidateList
from ui.ballot.code_entry import CodeEntry
from ui.ballot.contest_view_state import ContestViewState
from ui.ballot.finding import ChosenCodes, FindingPage
from ui.ballot.portraits import PortraitCache
from ui.ballot.questions import called
from ui.ballot.search import CandidateIndex
from ui.theme import Ink
from ui.widgets import (
    SPELLS,
    BorderedFrame,
    Button,
    ButtonKind,
    CodeBoxes,
    Keypad,
    Label,
    Look,
    Pages,
    Photo,
    Tone,
    column,
    row,
)


class ByCode(FindingPage):
    """Page for codes from posters and leaflets, typed back to back.

    Before a code counts it is answered beside photo and name; what was typed after it waits.
    """

    def __init__(
        self, look: Look, index: CandidateIndex, cache: PortraitCache, view_state: ContestViewState
    ) -> None:
        super().__init__(look, index, cache, view_state)
        t, style = look.t, look.style
        self._chosen: ChosenCodes = frozenset()
        self._width = self.contest.code_width
        self._boxes = CodeBoxes(look, self._width)
        self._roomy = not look.layout.crowded
        self._photo = Photo(look, style.mm(34 if self._roomy else 22))
        self._name = Label(look, "", Ink.TITLE, name="found-name")
        self._of = Label(look, "", Ink.BODY, Tone.MUTED, name="found-list")
        self._hint = Label(look, "", Ink.BODY, Tone.MUTED, name="code-hint", centred=True)
        self._ahead = Label(look, "", Ink.BODY, Tone.MUTED, name="code-ahead")
        self._yes = Button(look, "confirm-yes", kind=ButtonKind.MAIN, icon="check")
        self._no = Button(look, "confirm-no", t("No"), icon="cross")
        self._yes.clicked.connect(self._confirm)
        self._no.clicked.connect(self._again)
        self._found = BorderedFrame(
            look, "card", name="found", pad_mm=2 if look.layout.brief else 4
        )
        words = column(1, self._name, self._of, self._ahead, 1, spacing=style.mm(1))
        said = QWidget()
        said.setLayout(words)
        beside: QWidget = said
        if look.layout.brief:
            beside = Pages(look, "found-more", said)
            beside.area.setMinimumHeight(1)
        who = row(self._photo, beside, spacing=style.mm(4))
        who.setStretch(1, 1)
        answers = row(self._yes, self._no, spacing=style.gap * 2)
        inner = column(who, answers, spacing=style.mm(3))
        self._found.hold(inner)
        keypad = self._keypad = self._made_keypad()
        start = QVBoxLayout()
        start.setSpacing(style.mm(3))
        self._heading = Label(look, t("Type the code"), Ink.STRONG, centred=True)
        start.addWidget(self._heading)
        start.addWidget(self._boxes, 0, Qt.AlignmentFlag.AlignHCenter)
        start.addWidget(self._hint)
        start.addWidget(self._found, 1 if look.layout.brief else 0)
        start.addStretch(0 if look.layout.brief else 1)
        body = QHBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(style.mm(6))
        body.addLayout(start, 5)
        keys = column(keypad, 1)
        keys.setStretch(0, 1000)
        body.addLayout(keys, 4)
        self._body = body
        self._show(view_state.typed_code)

    def _made_keypad(self) -> Keypad:
        style = self.look.style
        keypad = Keypad(self.look)
        # Where letters are few across, the sentences beside the keys need the width.
        keypad.setMaximumSize(style.mm(54 if self.look.layout.brief else 110), style.mm(105))
        keypad.digit.connect(self._type)
        keypad.erased.connect(lambda: self._show(self._entry.erased().typed))
        keypad.cleared.connect(lambda: self._show(""))
        return keypad

    def show_chosen(self, chosen: ChosenCodes) -> None:
        """Show again whether the person or list with the typed code is chosen."""
        self._chosen = chosen
        self._show(self.view_state.typed_code)

    @property
    def _entry(self) -> CodeEntry:
        return CodeEntry(self._width, self.view_state.typed_code)

    def _known(self, code: str) -> bool:
        return self.index.find(code) is not None

    def type(self, key: str) -> str:
        """Take a digit: the digit is heard, and after the last one who has the code."""
        waits = bool(self.pending()[0])
        self._type(key)
        return self.look.t.digits(key) if waits else self._told(key)

    def erase(self) -> str:
        """Take back the last digit."""
        self._show(self._entry.erased().typed)
        return self._told(self.look.t("Erase"))

    def pending(self) -> tuple[str, str]:
        """Return who has the code that was typed, and the answer that changes nothing already chosen."""
        t = self.look.t
        found = self.index.find(self._entry.first)
        if found is None:
            return "", ""
        name = called(t, self.contest, found.code)
        if found.code in self._chosen:
            said = [name, t("Chosen already"), self._no.text()]
            return t.conventions.listing(said), "confirm-no"
        return t.conventions.listing([name, self._yes.text()]), "confirm-yes"

    def _told(self, key: str) -> str:
        return self.pending()[0] or (
            self._hint.text() if self._entry.whole else self.look.t.digits(key)
        )

    def _type(self, digit: str) -> None:
        self._show(self._entry.add(digit, self._known).typed)

    def _again(self) -> None:
        self._show(self._entry.answered(self._known).typed)

    def _confirm(self) -> None:
        found = self.index.find(self._entry.first)
        self._again()
        if found is not None:
            self.touched.emit(int(found.code))

    def _show(self, typed: str) -> None:
        self.view_state.typed_code = typed
        t = self.look.t
        entry = self._entry
        self._boxes.show_code(entry.first)
        self._heading.setVisible(self._roomy or not typed)
        found, whole = self.index.find(entry.first), entry.whole
        there = found is not None
        # Large text needs the keypad's room for the answer; "no" brings it back. What leaves goes first:
        # Qt lays out what is there at each of these steps.
        if not there:
            self._found.hide()
        self._hint.setVisible(not there)
        self._boxes.setVisible(not there or not self.look.layout.brief)
        self._keypad.setVisible(self._roomy or not there)
        self._body.setStretch(1, 4 if self._roomy or not there else 0)
        self._found.setVisible(there)
        self._hint.set_tone(Tone.WARN if whole else Tone.MUTED)
        if found is not None:
            self._show_found(found)
            return
        self._photo.show_picture(b"")
        self._name.clear()
        self._of.clear()
        if whole:
            self._hint.setText(
                t(
                    "The code {code} belongs to nobody. Check it and type it again.",
                    code=t.code(entry.first),
                )
            )
        elif self.contest.lists:
            self._hint.setText(t("Every candidate and every list has one."))
        else:
            self._hint.setText(t("Every candidate has one."))

    def _show_found(self, found: Candidate | CandidateList) -> None:
        t = self.look.t
        self._name.setText(t.of(found.name))
        for answer in (self._yes, self._no):
            answer.setProperty(SPELLS, t.of(found.name))
        match found:
            case Candidate():
                picture = self.cache.get(found.portrait, self._photo.width())
                self._photo.show_pixmap(picture, called(t, self.contest, found.code))
                of = found.list_code
                alone = t("Independent") if self.contest.lists else ""
                self._of.setText(called(t, self.contest, of) if of else alone)
            case CandidateList():
                self._photo.show_pixmap(None, called(t, self.contest, found.code))
                self._of.setText(
                    t.plural(
                        "A list of {count} member", "A list of {count} members", len(found.members)
                    )
                )
        self._photo.setVisible(isinstance(found, Candidate))
        if self.look.layout.brief:
            # The boxes have given their room to the name.
            code = t.code(self.contest.format_code(found.code))
            self._of.setText(f"{code}  {self._of.text()}")
        self._of.setVisible(bool(self._of.text()))
        ahead = " ".join(t.code(code) for code in self._entry.ahead)
        self._ahead.setText(t("After this: {codes}", codes=ahead) if ahead else "")
        self._ahead.setVisible(bool(ahead))
        chosen = found.code in self._chosen
        if chosen:
            already = t("Chosen already")
            self._of.setText(f"{already}  ·  {self._of.text()}" if self._of.text() else already)
            self._of.setVisible(True)
        self._yes.setText(t("Take away") if chosen else t("Choose"))
        self._yes.set_icon("trash" if chosen else "check")
        self._yes.set_kind(ButtonKind.PLAIN if chosen else ButtonKind.MAIN)
        self._no.setText(t("Keep") if chosen else t("No"))
        self._no.set_icon("check" if chosen else "cross")
        self._no.set_kind(ButtonKind.MAIN if chosen else ButtonKind.PLAIN)
        self._found.set_role("soft" if chosen else "card")
