"""Workers do one job after another, outlive defects, and end cleanly."""

from __future__ import annotations

import threading

from drivers.threads.worker import Worker


def test_jobs_are_done_in_order() -> None:
    done: list[int] = []
    worker = Worker("order", lambda *_: None)
    for number in range(200):
        worker.submit(lambda number=number: done.append(number))  # type: ignore[misc]
    worker.stop(finish=True)
    assert done == list(range(200))


def test_a_defect_is_reported_and_the_worker_goes_on() -> None:
    told: list[tuple[str, BaseException]] = []
    done = threading.Event()
    worker = Worker("fragile", lambda name, defect: told.append((name, defect)))
    worker.submit(lambda: 1 // 0)  # type: ignore[arg-type]
    worker.submit(done.set)
    assert done.wait(30)
    worker.stop()
    ((name, defect),) = told
    assert name == "fragile"
    assert isinstance(defect, ZeroDivisionError)


def _busy(worker: Worker) -> threading.Event:
    """Keep the worker busy until the event is set."""
    begun, go = threading.Event(), threading.Event()

    def job() -> None:
        begun.set()
        go.wait(30)

    worker.submit(job)
    assert begun.wait(30)
    return go


def test_stopping_drops_what_waits_but_not_the_last_job() -> None:
    done: list[str] = []
    worker = Worker("stopping", lambda *_: None)
    go = _busy(worker)
    worker.submit(lambda: done.append("waiting"))
    threading.Timer(0.05, go.set).start()
    worker.stop(lambda: done.append("last"))
    assert done == ["last"]


def test_stopping_can_finish_what_waits() -> None:
    done: list[str] = []
    worker = Worker("finishing", lambda *_: None)
    go = _busy(worker)
    worker.submit(lambda: done.append("waiting"))
    threading.Timer(0.05, go.set).start()
    worker.stop(lambda: done.append("last"), finish=True)
    assert done == ["waiting", "last"]
