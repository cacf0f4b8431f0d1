"""Do one device's blocking work on a thread, one job after another."""

from __future__ import annotations

import threading
import time
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

    def __init__(
        self, name: str, on_crash: OnCrash, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._on_crash = on_crash
        self._monotonic = monotonic
        self._due_s: float | None = None
        """By when the running job should have ended, on the monotonic clock; None: none runs."""
        self._jobs: Queue[tuple[Job, float] | None] = Queue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def thread(self) -> int:
        """Native id of its thread."""
        return self._thread.native_id or 0

    @property
    def runs(self) -> bool:
        """Whether its thread is still there; after `stop` too, if a job hangs in the system."""
        return self._thread.is_alive()

    @property
    def late_s(self) -> float:
        """How long the running job has taken beyond what it may; 0 if none has. From any thread."""
        due_s = self._due_s
        return 0.0 if due_s is None else max(0.0, self._monotonic() - due_s)

    def submit(self, job: Job, may_take_s: float = 0.0) -> None:
        """Do the job after those already waiting; `late_s` counts from `may_take_s`. From any thread."""
        self._jobs.put((job, may_take_s))

    def stop(self, last: Job | None = None, *, finish: bool = False) -> None:
        """Let the running job end, then do `last`; what is waiting is dropped unless `finish`."""
        if not finish:
            with suppress(Empty):
                while True:
                    self._jobs.get_nowait()
        if last is not None:
            self.submit(last)
        self._jobs.put(None)
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while (given := self._jobs.get()) is not None:
            job, may_take_s = given
            self._due_s = self._monotonic() + may_take_s
            try:
                job()
            except BaseException as defect:  # noqa: BLE001 - reported, never swallowed
                self._on_crash(self.name, defect)
            self._due_s = None
            # While nothing is to be done the last job would be kept, and with it what it was given.
            del given, job
