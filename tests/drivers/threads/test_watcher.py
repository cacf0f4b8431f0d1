"""A watcher looks until it is stopped, and reports a defect instead of dying silently."""

from __future__ import annotations

import threading
import time

from drivers.threads.watcher import Watcher

EVERY_S = 0.05


def test_looks_until_it_is_stopped() -> None:
    looks: list[int] = []
    came = threading.Event()

    def look() -> None:
        looks.append(1)
        came.set()

    watcher = Watcher("time", look, lambda *_: None, every_s=EVERY_S)
    watcher.start()
    assert came.wait(30)
    watcher.stop()
    count = len(looks)
    time.sleep(3 * EVERY_S)
    assert len(looks) == count


def test_a_waiting_look_is_interrupted() -> None:
    waiting, go = threading.Event(), threading.Event()

    def look() -> None:
        waiting.set()
        assert go.wait(30)

    watcher = Watcher("reader", look, lambda *_: None, interrupt=go.set)
    watcher.start()
    assert waiting.wait(30)
    watcher.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "reader"]


def test_a_defect_is_reported_and_ends_the_watch() -> None:
    told: list[tuple[str, str]] = []
    reported = threading.Event()

    def crashed(name: str, defect: BaseException) -> None:
        told.append((name, type(defect).__name__))
        reported.set()

    watcher = Watcher("fragile", lambda: 1 // 0, crashed)  # type: ignore[arg-type]
    watcher.start()
    assert reported.wait(30)
    watcher.stop()
    assert told == [("fragile", "ZeroDivisionError")]


def test_a_stop_without_a_start_is_harmless() -> None:
    Watcher("idle", lambda: None, lambda *_: None).stop()
