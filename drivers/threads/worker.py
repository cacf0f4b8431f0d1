"""Do one device's blocking work on a thread, one job after another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Queue

Job = Callable[[], None]
OnCrash = Callable[[str, BaseException], None]

STOP_S = 5.0
"""How long `stop` waits for a running job; every device call has a shorter time-out of its own."""


class Worker:
    """Expected trouble is handled inside the jobs; what escapes a job is a defect.

    A defect is reported to `on_crash` (worker's name, exception) and the worker goes on: the device
    is then out of service by decision of the flow, not by a dead thread.
    """

    def __init__(self, name: str, on_crash: OnCrash) -> None:
        self.name = name
        self._on_crash = on_crash
        self._jobs: Queue[Job | None] = Queue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Do the job after those already waiting. From any thread."""
        self._jobs.put(job)

    def stop(self, last: Job | None = None, *, finish: bool = False) -> None:
        """Let the running job end, then do `last`; what is waiting is dropped unless `finish`."""
        if not finish:
            with suppress(Empty):
                while True:
                    self._jobs.get_nowait()
        if last is not None:
            self._jobs.put(last)
        self._jobs.put(None)
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except BaseException as defect:  # noqa: BLE001 - reported, never swallowed
                self._on_crash(self.name, defect)
            # While nothing is to be done the last job would be kept, and with it what it was given.
            del job
