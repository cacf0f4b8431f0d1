"""Circles that screens leave are collected once the device is free, and not while somebody is served."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.forgetting import AFTER_MS, Forgetting


class Left:
    """Refers to itself, as a discarded screen does."""

    def __init__(self) -> None:
        self.myself = self


def test_a_circle_is_gone_when_the_device_is_free(qtbot: QtBot) -> None:
    owner = QObject()
    forgetting = Forgetting(owner)
    gc.disable()
    try:
        left = weakref.ref(Left())
        forgetting.seen(served=False)
        forgetting.seen(served=True)
        qtbot.wait(2 * AFTER_MS)
        assert left() is not None, "somebody is served"
        forgetting.seen(served=False)
        forgetting.seen(served=False)
        qtbot.waitUntil(lambda: left() is None, timeout=20_000)
    finally:
        gc.enable()
