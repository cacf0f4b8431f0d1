"""Dialog with a question in place of a screen, which is dimmed and cannot be operated."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QLayout, QVBoxLayout, QWidget

from ui.theme import Ink
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.frames import BorderedFrame, Item, Pages, column, discard, row
from ui.widgets.labels import Emblem, Label
from ui.widgets.look import Look
from ui.widgets.stage import FocusRank, Veil, claim_focus

WIDEST_MM = 230


class Dialog(Veil):
    """Question in the middle, with its answers; the first answer is the safe one.

    Emits nothing itself: connect the buttons. `body` may hold further widgets under the text.
    """

    def __init__(
        self,
        look: Look,
        parent: QWidget,
        name: str,
        title: str,
        text: str,
        *buttons: Button,
        icon: str = "help",
        body: QWidget | None = None,
        widest_mm: float = WIDEST_MM,
    ) -> None:
        super().__init__(look, parent)
        style = look.style
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        card = BorderedFrame(look, pad_mm=4 if look.layout.brief else 7)
        colours = style.palette
        inner = QVBoxLayout()
        inner.setSpacing(style.mm(4))
        heading = Label(look, title, Ink.TITLE, name=f"{name}-title")
        claim_focus(heading, FocusRank.HEADING)
        emblem = Emblem(look, icon, colours.accent, colours.soft, mm=15)
        head = row(
            *((emblem,) if not look.layout.brief else ()),
            heading,
            spacing=style.mm(4),
        )
        head.setStretchFactor(heading, 1)
        inner.addLayout(head)
        self._text = Label(look, text, name=f"{name}-text") if text else None
        said: list[Item] = [] if self._text is None else [self._text]
        if body is not None:
            said.append(body)
        self._said = column(*said, spacing=style.mm(3))
        content = QWidget()
        content.setLayout(self._said)
        self._pages = Pages(look, f"{name}-more", content)
        self._pages.setVisible(bool(said))
        self._pages.area.setMinimumHeight(1)
        inner.addWidget(self._pages)
        self._head, self._buttons = head, self._answers(look, buttons)
        inner.addLayout(self._buttons)
        card.hold(inner)
        self._card, self._inner = card, inner
        card.setParent(self)
        self._widest = style.mm(widest_mm)
        self._first = buttons[0] if buttons else None
        card.show()
        self.place()

    def _answers(self, look: Look, buttons: tuple[Button, ...]) -> QBoxLayout:
        """Put the answers side by side if they fit, else below each other."""
        style = look.style
        layout = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        layout.setSpacing(style.gap * 2)
        for button in buttons:
            layout.addWidget(button, 1)
        wanted = sum(b.sizeHint().width() + 2 * style.gap for b in buttons)
        if wanted > min(self.width(), style.mm(WIDEST_MM)) - 2 * style.mm(10):
            layout.setDirection(QBoxLayout.Direction.TopToBottom)
        return layout

    def place(self) -> None:
        """Give the question the height of what it says, at most that of the screen."""
        margin = self._look.style.margin
        width = min(self.width() - 2 * margin, self._widest)
        pads = self._inner.contentsMargins()
        within = width - pads.left() - pads.right() - 2 * self._card.frameWidth()
        around = pads.top() + pads.bottom() + 2 * self._card.frameWidth()
        around += sum(_height(part, within) for part in (self._head, self._buttons))
        around += 2 * self._inner.spacing()
        most = self.height() - 2 * margin
        said = 0 if self._pages.isHidden() else _height(self._said, within)
        height = min(around + said, most)
        self._card.setGeometry(
            (self.width() - width) // 2, (self.height() - height) // 2, width, height
        )

    def say(self, text: str) -> None:
        """Change the text under the title, which had one."""
        self.setAccessibleDescription(text)
        if self._text is not None:
            self._text.setText(text)
            self.place()

    def safe(self) -> QWidget | None:
        """Return the first answer."""
        return self._first

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the question in the middle."""
        super().resizeEvent(event)
        if hasattr(self, "_card"):
            self.place()

    def showEvent(self, event: QShowEvent) -> None:
        """Place the question once it is on the stage."""
        super().showEvent(event)
        self.place()


def ask(look: Look, over: QWidget, name: str, title: str, text: str, yes: str, icon: str) -> Button:
    """Ask before something final and return the button that says `yes`; the other one goes back.

    The question is called `name-dialog`, its answers `name-no` and `name-yes`.
    """
    no = Button(look, f"{name}-no", look.t("Back"), icon="back")
    sure = Button(look, f"{name}-yes", yes, icon=icon, kind=ButtonKind.WARN)
    dialog = Dialog(look, over, f"{name}-dialog", title, text, no, sure, icon=icon)
    no.clicked.connect(lambda: discard(dialog))
    dialog.show()
    return sure


def _height(layout: QLayout, width: int) -> int:
    """Return the height in px that a layout needs at a width."""
    wrapped = layout.heightForWidth(width) if layout.hasHeightForWidth() else 0
    return max(wrapped, layout.minimumSize().height())
