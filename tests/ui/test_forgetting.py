"""Circles that screens leave are collected once the device is free, and not while somebody is served."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.forgetting import AFTER_MS, ALL, Collector, Forgetting


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


MANY = 200_000
"""Objects that a worker makes: Python looks for circles many times meanwhile."""


class Ended:
    """Refers to itself, and tells on which thread it ends: a widget would be destroyed there."""

    threads: list[str] = []  # noqa: RUF012 - of all of them

    def __init__(self) -> None:
        self.myself = self

    def __del__(self) -> None:
        self.threads.append(threading.current_thread().name)


def work() -> None:
    """Make many objects on another thread, as one that reads records does."""
    kept: list[list[int]] = []

    def make() -> None:
        kept.extend([number] for number in range(MANY))

    worker = threading.Thread(target=make, name="store")
    worker.start()
    worker.join()


@pytest.fixture
def ended() -> Iterator[list[str]]:
    gc.collect()
    Ended.threads.clear()
    yield Ended.threads
    gc.disable()  # as tests have it


def test_without_a_collector_a_worker_would_destroy_what_screens_leave(ended: list[str]) -> None:
    gc.enable()
    Ended()
    work()
    assert ended == ["store"]


def test_nothing_ends_on_a_workers_thread(qtbot: QtBot, ended: list[str]) -> None:
    owner = QObject()
    collector = Collector(owner)
    Ended()
    work()
    assert ended == []
    qtbot.waitUntil(lambda: bool(ended), timeout=20_000)
    assert ended == [threading.main_thread().name]
    collector.stop()
    assert gc.isenabled()


def test_what_lived_long_is_looked_at_too_if_nobody_ever_leaves(
    qtbot: QtBot, ended: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, ALL + 1))
    owner = QObject()
    old = Ended()
    gc.collect()
    del old
    collector = Collector(owner)
    qtbot.waitUntil(lambda: ended == [threading.main_thread().name], timeout=20_000)
    collector.stop()
