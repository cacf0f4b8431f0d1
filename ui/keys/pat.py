"""Ask which switch was pressed, and how fast to scan: the first page of a voter who brings switches.

A press is answered with what was pressed; the second press says whether there is one switch or two (personal
assistive technology, VVSG 2.0, 7.2-E). Nothing but switches is needed, and a touch closes it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.keys.scan import STEPS_S, Way
from ui.keys.scanning import Scanner
from ui.widgets import Button, ButtonKind, Dialog, Look
from words.message import Decimal


def which_switch(look: Look, owner: QWidget, first: int, give_up: Callable[[], None]) -> Dialog:
    """Return the question after the first press; the next press answers it."""
    t = look.t
    close = Button(look, "pat-close", t("Go on by touch"))
    close.clicked.connect(give_up)
    return Dialog(
        look,
        owner,
        "pat",
        t("You have pressed switch {number}", number=first),
        t("Now press the other switch. If you have one only, press it again."),
        close,
        icon="keypad",
    )


def way_of(first: int, second: int) -> Way:
    """Return how many switches there are, from the two presses."""
    return Way.ONE if first == second else Way.TWO


def how_fast(look: Look, owner: QWidget, scanner: Scanner, done: Callable[[], None]) -> Dialog:
    """Return the question how long each stop is offered; it is scanned itself."""
    t = look.t

    def text() -> str:
        return t("{seconds} s for each", seconds=Decimal(STEPS_S[scanner.step]))

    begin = Button(look, "pat-begin", t("Go on"), kind=ButtonKind.MAIN)
    slower = Button(look, "pat-slower", t("Slower"))
    faster = Button(look, "pat-faster", t("Faster"))
    dialog = Dialog(
        look,
        owner,
        "pat-speed",
        t("One switch: press it when the ring is around what you want"),
        text(),
        begin,
        slower,
        faster,
        icon="keypad",
    )

    def change(by: int) -> None:
        scanner.faster(by)
        dialog.say(text())

    begin.clicked.connect(done)
    slower.clicked.connect(lambda: change(-1))
    faster.clicked.connect(lambda: change(1))
    return dialog
