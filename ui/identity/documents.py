"""Pages for a document without a chip: which one, whose, the form, and two signatures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget

from election.evidence_words import DOCUMENTS
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from kiosk.status import DeviceStatus
from ui.identity.document_entry import PersonEntry
from ui.identity.page import HolderCard, put_person
from ui.identity.words import ENTRIES
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.busy import Busy
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.dialog import ask
from ui.widgets.frames import BorderedFrame, Item, column, row
from ui.widgets.labels import Emblem, Icon, Label, Tone
from ui.widgets.look import Look
from ui.widgets.signin import SignatureFrame, SignInPanel


class _DocumentPage(Screen):
    """Page that can be left: nothing is claimed before both have signed."""

    def put_cancel(self, *acts: Button) -> None:
        """Add the way out at the bottom, and the acts of this page."""
        cancel = self.button("document-cancel", self.look.t("Cancel – no ballot"), icon="cross")
        cancel.clicked.connect(self._leave)
        self.put_actions(cancel, 1, *acts)

    def _leave(self) -> None:
        self.acted.emit(on.DocumentGivenUp())


class ChoosingDocumentPage(_DocumentPage):
    """Page that asks which document it is, then which ballot style."""

    def __init__(self, look: Look, state: at.ChoosingDocument) -> None:
        super().__init__(look)
        t = look.t
        note = "" if state.kind is None else t(DOCUMENTS[state.kind])
        self.put_band(Mood.WARN, "person", t("Document without a chip"), note)
        self.put_body(self._kinds(state) if state.kind is None else self._styles(state))
        self.put_cancel()

    def _kinds(self, state: at.ChoosingDocument) -> QWidget:
        t = self.look.t
        buttons = []
        for kind, name in DOCUMENTS.items():
            button = self.button(f"document-{kind.value}", t(name), on.DocumentChosen(kind))
            button.setEnabled(state.dead or not kind.has_chip)
            buttons.append(button)
        hint = (
            t("The card in the reader does not answer. Choose what it is, or another document.")
            if state.dead
            else t(
                "A national card or a passport goes into the first reader: it is checked by eye only "
                "if its chip does not answer there."
            )
        )
        return self._question(t("Which document does the voter have?"), buttons, hint)

    def _styles(self, state: at.ChoosingDocument) -> QWidget:
        t = self.look.t
        buttons = [
            self.button(f"style-{each.style}", t.of(each.name), on.StyleChosen(each.style))
            for each in state.styles
        ]
        hint = t("The place of residence decides. If you are not sure, ask the supervisor.")
        return self._question(t("What may this person vote in?"), buttons, hint)

    def _question(self, question: str, buttons: list[Button], hint: str) -> QWidget:
        look = self.look
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.style.gap * 2)
        across = 1 if look.layout.crowded else 2
        for place, button in enumerate(buttons):
            button.setMinimumHeight(look.style.mm(18))
            grid.addWidget(button, place // across, place % across)
        for part in range(across):
            grid.setColumnStretch(part, 1)
        holder = QWidget()
        holder.setLayout(
            column(
                Label(look, question, Ink.TITLE, name="todo"),
                grid,
                Label(look, hint, Ink.BODY, Tone.MUTED, name="hint"),
                1,
                spacing=look.style.mm(4),
            )
        )
        return holder


class EnteringPersonPage(_DocumentPage):
    """Page for number and birth date; what is typed is in its widgets only, and goes with it."""

    def __init__(self, look: Look, state: at.EnteringPerson) -> None:
        super().__init__(look)
        t, choice = look.t, state.choice
        if not look.layout.crowded:
            self.put_band(Mood.WARN, "person", t(DOCUMENTS[choice.kind]), t.of(choice.style.name))
        elif state.problem is None:
            self.put_band(Mood.WARN, "person", t(DOCUMENTS[choice.kind]))
        else:
            # The keys need the room.
            self.put_band(Mood.BAD, "warning", t(ENTRIES[state.problem].why))
        self._entry = PersonEntry(look)
        self._entry.entered.connect(self.acted)
        words: list[Item] = []
        if not look.layout.crowded:
            todo = t("Type them as the document says them")
            asked = Label(look, todo, Ink.TITLE, name="todo")
            words.append(asked if state.problem is None else _problem(look, state.problem))
        card = BorderedFrame(look, pad_mm=0.4 if look.layout.crowded else 4)
        whole = column(*words, self._entry, spacing=look.style.mm(2))
        whole.setStretch(len(words), 1)
        card.hold(whole)
        self.put_body(card)
        self.put_cancel()

    def show_status(self, status: DeviceStatus) -> None:
        """Take over the day by which an age is shown."""
        super().show_status(status)
        if status.clock is not None:
            self._entry.today = status.clock.date()


class CheckingPersonPage(_DocumentPage):
    """Page shown while the roll is asked."""

    def __init__(self, look: Look, state: at.CheckingPerson) -> None:
        super().__init__(look)
        t = look.t
        self.put_band(Mood.BUSY, "line", t(DOCUMENTS[state.choice.kind]))
        busy = Busy(look, mm=26)
        asked = Label(look, t("Comparing number and birth date"), Ink.TITLE, centred=True)
        layout = column(1, busy, asked, 2, spacing=look.style.mm(4))
        layout.setAlignment(busy, Qt.AlignmentFlag.AlignHCenter)
        holder = QWidget()
        holder.setLayout(layout)
        self.put_body(holder)
        self.put_cancel()


class ConfirmingDocumentPage(_DocumentPage):
    """Page with the form that the voter signs, then the two signatures."""

    def __init__(self, look: Look, state: at.ConfirmingDocument) -> None:
        super().__init__(look)
        t = look.t
        kind = state.holder.document
        name = "" if kind is None else t(DOCUMENTS[kind])
        question = t("Is this the person, and does the document say the same?")
        large = look.layout.crowded
        if large:
            self.put_band(Mood.WARN, "people", name)
        else:
            self.put_band(Mood.WARN, "people", name, t("Voter, officer and supervisor sign"))
        self._form = _FormPart(look)
        self._again = self.button("form-again", t("Print again"), on.PrintAgain(), icon="printer")
        self._signed = self.button(
            "form-signed",
            t("The voter has signed"),
            on.FormSigned(),
            icon="check",
            kind=ButtonKind.MAIN,
        )
        self._signing = _Signatures(look)
        self._signing.panel.acted.connect(self.acted)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._form)
        self._stack.addWidget(self._signing)
        card = BorderedFrame(look)
        card.hold(column(self._stack))
        person = HolderCard(look, state.holder, question="" if large else question)
        put_person(self, person, card)
        self.put_cancel(self._again, self._signed)

    def show_state(self, state: object) -> None:
        """Show the form, or the progress of the signatures."""
        if isinstance(state, at.ConfirmingDocument):
            self._form.show_form(state)
            self._again.setVisible(state.printed is False)
            self._signed.setVisible(state.printed is True and not state.signed)
            self._signing.show_signing(state)
            self._stack.setCurrentIndex(1 if state.signed else 0)

    def _leave(self) -> None:
        look, t = self.look, self.look.t
        yes = ask(
            look,
            self,
            "leave",
            t("Give this person no ballot now?"),
            t("Write “void” across the form and put it into the bag all the same."),
            t("Cancel"),
            "cross",
        )
        yes.clicked.connect(lambda: self.acted.emit(on.DocumentGivenUp()))


class _FormPart(QWidget):
    """The form: printing, not printed, or to be signed by the voter."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        c = look.style.palette
        self._busy = Busy(look, mm=22)
        self._emblem = Emblem(look, "printer", c.accent, c.soft, mm=22)
        self._head = Label(look, "", Ink.TITLE, name="form", centred=True)
        self._todo = Label(look, "", Ink.BODY, name="todo", centred=True)
        layout = column(
            1, self._busy, self._emblem, self._head, self._todo, 2, spacing=look.style.mm(3)
        )
        for each in (self._busy, self._emblem):
            layout.setAlignment(each, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(layout)

    def show_form(self, state: at.ConfirmingDocument) -> None:
        t = self._look.t
        self._busy.setVisible(state.printed is None)
        self._emblem.setVisible(state.printed is not None)
        if state.printed is None:
            self._head.setText(t("The form is being printed"))
            self._todo.setText("")
        elif state.printed:
            self._head.setText(t("Form no. {number}", number=state.form or 0))
            self._todo.setText(
                t(
                    "The voter fills it in by hand and signs. It goes into the bag, not to the voter."
                )
            )
        else:
            self._head.setText(t("Form no. {number} did not come out", number=state.form or 0))
            self._todo.setText(
                t(
                    "Look after the printer and its paper. What came out is void, and goes into the bag."
                )
            )


class _Signatures(QWidget):
    """Both signatures, and the sign-in in progress."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        t, style = look.t, look.style
        self._first = SignatureFrame(look, 1)
        self._second = SignatureFrame(look, 2)
        self.panel = SignInPanel(
            look,
            card_text=t("Operator card into the second reader"),
            action=t("Sign"),
            out_text=t("Signed. Take the card out; now the other person's card."),
        )
        layout = column(
            row(self._first, self._second, spacing=style.mm(2)), self.panel, spacing=style.mm(2)
        )
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def show_signing(self, state: at.ConfirmingDocument) -> None:
        self._first.show_operator(state.first, waiting=state.first is None)
        self._second.show_operator(None, waiting=state.first is not None)
        self.panel.show_signin(state.signin)


def _problem(look: Look, problem: at.EntryProblem) -> BorderedFrame:
    said = ENTRIES[problem]
    card = BorderedFrame(look, "bad", name="entry-problem", pad_mm=2.4)
    words = column(
        Label(look, look.t(said.why), Ink.STRONG, Tone.BAD, name="why"),
        Label(look, look.t(said.todo), Ink.BODY, Tone.BAD, name="todo"),
    )
    icon = Icon(look, "warning", look.style.icon_px(Ink.TITLE), look.style.palette.bad)
    line = row(icon, words, spacing=look.style.mm(3))
    line.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
    line.setStretch(1, 1)
    card.hold(line)
    return card
