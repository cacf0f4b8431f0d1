"""Draw screens in a form and judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QWidget

from tests.ui.hands import settle
from tests.ui.walks.forms import DrawnForm
from tests.ui.walks.judge import faults
from tests.ui.walks.screens import WalkedScreen, windows

Keep = Callable[[WalkedScreen, QWidget, list[str]], None]
"""What is done with a screen that is drawn, and its faults."""


def walk(
    form: DrawnForm, every: Iterable[WalkedScreen], keep: Keep | None = None
) -> dict[str, list[str]]:
    """Draw screens in one form; return what is wrong, by screen."""
    makers, window, kind = windows(form), None, ""
    wrong: dict[str, list[str]] = {}
    for screen in every:
        if window is None or screen.kind != kind:
            if window is not None:
                close(window)
            kind, window = screen.kind, makers[screen.kind]()
            window.resize(*form.px)
            window.show()
            window.activateWindow()
        screen.draw(window)
        settle()
        found = faults(window, form)
        if found:
            wrong[str(screen)] = found
        if keep is not None:
            keep(screen, window, found)
        window.resize(*form.px)
    if window is not None:
        close(window)
    return wrong


def close(window: QWidget) -> None:
    """Close a window for good."""
    window.close()
    window.deleteLater()
    settle()
