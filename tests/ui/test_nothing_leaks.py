"""No screen outlives its state, and no digit that was typed and not entered can be reached afterwards."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

import simulators.bench
import ui
from election import signing_in as signin
from kiosk.flows.ballot import states as ballot
from kiosk.flows.ballot.states import Presentation
from kiosk.flows.common import ClosedReason
from kiosk.flows.identity import states as at
from kiosk.flows.operator import states as console
from tests.ui import gallery, samples_station
from tests.ui.hands import click, settle
from tests.ui.sample import make_sample, status
from ui.ballot.window import BallotWindow
from ui.identity.voter import VoterWindow
from ui.identity.window import IdentityWindow
from words.text import ENGLISH

ENGLISH_LOOK = Presentation(ENGLISH)


def modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def test_no_signal_hides_a_name_of_qt() -> None:
    """Qt asks for its virtual functions by name: an object whose Signal is found is never freed."""
    hiding = {
        f"{kind.__qualname__}.{name}"
        for package in (ui, simulators.bench)
        for module in modules(package)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, QObject)
        for name, value in vars(kind).items()
        if isinstance(value, Signal) and any(hasattr(base, name) for base in kind.__bases__)
        if kind.__module__.partition(".")[0] in {"ui", "simulators"}
    }
    assert hiding == set()


class Drawn:
    """Screens that were drawn and left, by name."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._widgets: dict[str, list[weakref.ref[QWidget]]] = {}

    def draw(self, name: str, draw: Callable[[], None], rest: Callable[[], None]) -> None:
        """Draw a screen and leave it."""
        rest()
        settle()
        kept = {id(w) for w in self._window.findChildren(QWidget)}
        draw()
        settle()
        drawn = [w for w in self._window.findChildren(QWidget) if id(w) not in kept]
        self._widgets[name] = [weakref.ref(w) for w in drawn]
        del drawn
        rest()
        settle()

    def left(self) -> dict[str, list[str]]:
        """Return the widgets of screens that were left, and of their Python objects, what is not freed."""
        gc.collect()
        found: dict[str, list[str]] = {}
        for name, widgets in self._widgets.items():
            for ref in widgets:
                widget = ref()
                # Wrappers of Qt's own parts hold nothing once the part is deleted.
                if widget is not None and (
                    isValid(widget) or not type(widget).__module__.startswith("PySide6")
                ):
                    found.setdefault(name, []).append(type(widget).__name__)
        return found


def test_every_screen_of_the_ballot_terminal_is_freed(qtbot: QtBot) -> None:
    sample = make_sample(candidates=240)
    window = BallotWindow(96, sample.portraits)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()

    def draw(state: ballot.BallotState, touches: gallery.Touches) -> None:
        window.show_state(state, status())
        settle()
        for place in touches:
            gallery.touch(window, place)

    def rest() -> None:
        window.show_state(ballot.Closed(ClosedReason.PAUSED), status())

    drawn = Drawn(window)
    for name, (state, touches) in gallery.situations(sample, ENGLISH_LOOK).items():
        drawn.draw(name, lambda s=state, t=touches: draw(s, t), rest)  # type: ignore[misc]
    assert drawn.left() == {}


@pytest.mark.parametrize("kind", [IdentityWindow, VoterWindow])
def test_every_screen_of_the_identity_station_is_freed(
    qtbot: QtBot, kind: type[IdentityWindow | VoterWindow]
) -> None:
    window = kind(96, ENGLISH_LOOK)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    now = samples_station.status()
    drawn = Drawn(window)
    for name, state in samples_station.identity_states().items():
        away = at.ReadingCard(0.5) if isinstance(state, at.Idle) else at.Idle()
        drawn.draw(
            name,
            lambda s=state: window.show_state(s, now),  # type: ignore[misc]
            lambda s=away: window.show_state(s, now),  # type: ignore[misc]
        )
    assert drawn.left() == {}


def test_every_screen_of_the_console_is_freed(qtbot: QtBot) -> None:
    window = IdentityWindow(96, ENGLISH_LOOK)
    qtbot.addWidget(window)
    window.show()
    drawn = Drawn(window)
    for name, state in samples_station.operator_states().items():
        drawn.draw(
            name,
            lambda s=state: window.show_operator(s),  # type: ignore[misc]
            lambda: window.show_operator(console.Away()),
        )
    assert drawn.left() == {}


# ---------------------------------------------------------------- digits


def holders() -> list[str]:
    """Return what holds the typed digits in one string."""
    gc.collect()
    return [
        f"{type(holder)} {holder!r:.200}"
        for holder in gc.get_objects()
        for held in gc.get_referents(holder)
        if isinstance(held, str) and tuple(held.replace(" ", ""))[-len(DIGITS) :] == DIGITS
    ]


def identity_window(qtbot: QtBot) -> IdentityWindow:
    window = IdentityWindow(96, ENGLISH_LOOK)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    return window


DIGITS = tuple("75319")
"""Never written together, so that only what is typed can hold them together."""


@pytest.mark.parametrize(
    ("state", "key"),
    [("access-digits", "access"), ("access-zone", "zone-key"), ("override-pin", "pin")],
)
def test_digits_typed_and_not_entered_are_gone_with_the_card(
    qtbot: QtBot, state: str, key: str
) -> None:
    window = identity_window(qtbot)
    window.show_state(samples_station.identity_states()[state], samples_station.status())
    for digit in DIGITS:
        click(window, f"{key}-{digit}")
    assert holders() != [], "the search finds what is still typed"
    window.show_state(at.Idle(), samples_station.status())
    settle()
    assert holders() == []


def test_a_pin_typed_and_not_entered_is_gone_with_the_operator(qtbot: QtBot) -> None:
    window = identity_window(qtbot)
    window.show_operator(console.SigningIn(signin.EnterPin()))
    for digit in DIGITS:
        click(window, f"pin-{digit}")
    assert holders() != [], "the search finds what is still typed"
    window.show_operator(console.Away())
    settle()
    assert holders() == []
