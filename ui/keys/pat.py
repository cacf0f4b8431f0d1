"""Ask which switch was pressed, how fast to scan, how long to hold: the first pages of who brings switches.

A press is answered with what was pressed; the second press says whether there is one switch or two (personal
assistive technology, VVSG 2.0, 7.2-E). Nothing but switches is needed, and a touch closes it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from ui.keys.hold import HOLDS_S, SwitchHold
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


def how(
    look: Look, owner: QWidget, scanner: Scanner, hold: SwitchHold, done: Callable[[], None]
) -> Dialog:
    """Return the question how long each stop is offered and a switch is held; it is scanned itself."""
    t = look.t
    one = scanner.way is Way.ONE

    def text() -> str:
        held = HOLDS_S[hold.step]
        press = (
            t("A press counts after {seconds} s.", seconds=Decimal(held))
            if held
            else t("A short press counts.")
        )
        speed = t("{seconds} s for each", seconds=Decimal(STEPS_S[scanner.step]))
        return f"{speed}. {press}" if one else press

    begin = Button(look, "pat-begin", t("Go on"), kind=ButtonKind.MAIN)
    acts: dict[Button, Callable[[], None]] = {}
    if one:
        acts[Button(look, "pat-slower", t("Slower"))] = lambda: scanner.faster(-1)
        acts[Button(look, "pat-faster", t("Faster"))] = lambda: scanner.faster(1)
    acts[Button(look, "pat-longer", t("Longer press"))] = lambda: hold.longer(1)
    acts[Button(look, "pat-shorter", t("Shorter press"))] = lambda: hold.longer(-1)
    title = (
        t("One switch: press it when the ring is around what you want")
        if one
        else t("Two switches: the first goes on, the second chooses")
    )
    dialog = Dialog(look, owner, "pat-speed", title, text(), begin, *acts, icon="keypad")

    def change(act: Callable[[], None]) -> None:
        act()
        dialog.say(text())

    begin.clicked.connect(done)
    for button, act in acts.items():
        button.clicked.connect(partial(change, act))
    return dialog
