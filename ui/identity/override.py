"""Override page, without a fingerprint: a reason, then officer and supervisor sign, or "Deny"."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget

from election.signing_in import EnterPin, SignedIn
from kiosk.flows.identity import events as on
from kiosk.flows.identity import states as at
from ui.identity.page import PHOTO_MM as LEAST_PHOTO_MM
from ui.identity.page import HolderCard, put_person
from ui.identity.words import CHOOSABLE, REASONS
from ui.screen import Screen
from ui.theme import Ink
from ui.widgets.band import Mood
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.dialog import ask
from ui.widgets.frames import BorderedFrame, column, row
from ui.widgets.labels import Label
from ui.widgets.look import Look
from ui.widgets.signin import SignatureFrame, SignInPanel

PHOTO_MM = 58
"""Larger than elsewhere: here the photo alone is compared; less where the text needs the room."""


class OverridePage(Screen):
    """Page that asks for the reason until there is one; "change" brings the question back."""

    def __init__(self, look: Look, state: at.Overriding) -> None:
        super().__init__(look)
        t = look.t
        unanswered = state.reason is at.OverrideReason.NO_ANSWER
        if state.reason is at.OverrideReason.OF_AGE:
            head = t("Is this person old enough to vote?")
        elif unanswered:
            head = t("The registry does not answer: a provisional ballot?")
        elif state.reason is at.OverrideReason.PROTEST:
            head = t("The person protests: a provisional ballot?")
        elif state.reason is at.OverrideReason.RENEWAL:
            head = t("Issue the card once more?")
        else:
            head = t("Finish the check-in?") if state.reissue else t("Without fingerprint")
        self.put_band(Mood.WARN, "people", head, t("Officer and supervisor sign"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._reasons())
        self._signing = _Signing(look, state)
        self._signing.change.clicked.connect(lambda: self._stack.setCurrentIndex(0))
        self._signing.panel.acted.connect(self.acted)
        self._signing.panel.told.connect(self.tell)
        self._stack.addWidget(self._signing)
        card = BorderedFrame(look)
        card.hold(column(self._stack))
        holder = HolderCard(
            look,
            state.holder,
            photo_mm=LEAST_PHOTO_MM if look.layout.crowded else PHOTO_MM,
            question=t("Is this the person?"),
        )
        put_person(self, holder, card)
        deny = self.button("deny", t("Deny – no ballot"), icon="stop", kind=ButtonKind.WARN)
        deny.clicked.connect(self._ask_deny)
        if unanswered:
            again = self.button("ask-again", t("Ask again"), on.TryAgain(), icon="line")
            self.put_actions(deny, 1, again)
        else:
            self.put_actions(deny, 1)
        self._reason: at.OverrideReason | None = None

    def show_state(self, state: object) -> None:
        """Show the question or, once a reason is given, the progress of the signatures."""
        if not isinstance(state, at.Overriding):
            return
        if state.reason is None:
            self._stack.setCurrentIndex(0)
        elif state.reason is not self._reason:
            self._stack.setCurrentIndex(1)
        self._reason = state.reason
        self._signing.show_signing(state)

    def _reasons(self) -> QWidget:
        look, t = self.look, self.look.t
        holder = QWidget()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.style.gap * 2)
        for place, reason in enumerate(CHOOSABLE):
            button = self.button(f"reason-{reason.value}", t(REASONS[reason]))
            button.setMinimumHeight(look.style.mm(20))
            button.clicked.connect(lambda _=False, r=reason: self._choose(r))
            grid.addWidget(button, place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        question = Label(look, t("Why does it not work with a fingerprint?"), Ink.TITLE)
        holder.setLayout(column(question, grid, 1, spacing=look.style.mm(4)))
        return holder

    def _choose(self, reason: at.OverrideReason) -> None:
        self._stack.setCurrentIndex(1)
        self.acted.emit(on.ReasonChosen(reason))

    def _ask_deny(self) -> None:
        look, t = self.look, self.look.t
        yes = ask(
            look,
            self,
            "deny",
            t("Deny this person a ballot?"),
            t("The refusal is counted and reported."),
            t("Deny"),
            "stop",
        )
        yes.clicked.connect(lambda: self.acted.emit(on.OverrideDenied()))


class _Signing(QWidget):
    """Reason, the two signatures, and the sign-in in progress."""

    def __init__(self, look: Look, state: at.Overriding) -> None:
        super().__init__()
        t, style = look.t, look.style
        self._look = look
        self._reason = Label(look, "", Ink.STRONG, name="reason")
        self.change = Button(look, "change-reason", t("Change"), icon="edit", kind=ButtonKind.QUIET)
        self.change.setVisible(not state.is_fixed)
        self._first = SignatureFrame(look, 1)
        self._second = SignatureFrame(look, 2)
        self.panel = SignInPanel(
            look,
            card_text=t("Operator card into the second reader"),
            action=t("Sign"),
            out_text=t("Signed. Take the card out; now the other person's card."),
        )
        reason = row(self._reason, self.change, spacing=style.gap)
        reason.setStretch(0, 1)
        # Beside a reason of many lines it would be higher than a page.
        reason.setAlignment(self.change, Qt.AlignmentFlag.AlignTop)
        signatures = row(self._first, self._second, spacing=style.mm(2))
        layout = column(reason, signatures, self.panel, spacing=style.mm(2))
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def show_signing(self, state: at.Overriding) -> None:
        t = self._look.t
        if state.reason is not None:
            self._reason.setText(t(REASONS[state.reason]))
        self._first.show_operator(state.first, waiting=state.first is None)
        self._second.show_operator(None, waiting=state.first is not None)
        typing = self._look.layout.brief and isinstance(state.signin, EnterPin)
        for part in (self._reason, self._first, self._second):
            part.setHidden(typing)
        self.change.setHidden(typing or state.is_fixed)
        # While the first card is still in, the sign-in says so itself.
        self.panel.show_signin(state.signin)
        self.change.setEnabled(not isinstance(state.signin, SignedIn) and state.first is None)
