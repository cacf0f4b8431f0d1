"""Join a window to its device: events from threads to the drawing thread, and the status on the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from kiosk.flows.operator.states import AskingCards, ConsoleState
from kiosk.station.ballot import BallotTerminal
from kiosk.station.identity import IdentityStation
from ui.ballot.window import BallotWindow
from ui.identity.window import IdentityWindow

REFRESH_MS = 500
"""How often the status line is drawn anew."""


class UiBridge(QObject):
    """Brings events from the workers' threads to the drawing thread, and the status to the window."""

    _woken = Signal()

    def __init__(self, window: BallotWindow | IdentityWindow) -> None:
        super().__init__()
        self._window = window
        self._woken.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._device: BallotTerminal | IdentityStation | None = None
        self._redraw: Callable[[], None] = _nothing

    def wire(self, device: BallotTerminal | IdentityStation, redraw: Callable[[], None]) -> None:
        """Take the window's events to the device; `redraw` draws its present state."""
        self._device, self._redraw = device, redraw
        take = device.take if isinstance(device, BallotTerminal) else device.loop.post
        self._window.acted.connect(take)
        self._window.operator_event.connect(device.console.loop.post)

    def wake(self) -> None:
        """From any thread."""
        self._woken.emit()

    def draw_console(self, state: ConsoleState) -> None:
        """Show a state of the operator's console."""
        self._window.show_operator(state)
        self._window.setProperty("consoleDetail", detail_of(state))

    def start(self, *, fullscreen: bool) -> None:
        """Show the window and start the device."""
        self._redraw()
        if fullscreen:
            self._window.showFullScreen()
        else:
            self._window.resize(1280, 800)
            self._window.show()
        if self._device is not None:
            self._device.start()
        self._timer.start()

    def stop(self) -> None:
        """Stop the device; the window may stay."""
        self._timer.stop()
        if self._device is not None:
            self._device.stop()

    def _drain(self) -> None:
        if self._device is not None:
            self._guarded(self._device.drain)

    def _refresh(self) -> None:
        self._guarded(self._redraw)

    def _guarded(self, do: Callable[[], None]) -> None:
        """Qt would print what escapes here, marks and all, and go on with a stale screen."""
        try:
            do()
        except Exception as defect:
            if self._device is None:
                raise
            self._device.crashed("screen", defect)


def _nothing() -> None:
    pass


def detail_of(state: object) -> str:
    """Return of a refusal its reason, of a sign-in how far it is: for whoever reads without eyes.

    Of a recorded vote, that its receipt is still being written; of a closing, the cards that are missing.
    """
    if getattr(state, "card_busy", False):
        return "card-busy"
    if isinstance(state, AskingCards):
        return str(state.view.order.cards_out if state.view.order else 0)
    signin = getattr(state, "signin", None)
    return type(signin).__name__ if signin is not None else str(getattr(state, "reason", ""))
