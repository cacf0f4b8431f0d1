"""Attend a line: ask for the voter who waits, probe, and hand over what can wait between voters.

One thread does all that goes over the line, so no other waits for it. Whoever asks is called back once: with
the reply, or with nothing when the line is down, when asking fails, or when the deadline is over. What comes
after that is dropped. What can wait is handed over while no voter is being asked for, in no order.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Lock, Timer
from typing import Final

from drivers.errors import DeviceLostError, DriverError
from drivers.registry.line import Exchange, Post, Reply
from drivers.registry.link import DEADLINE_S, Link
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash

Done = Callable[[Reply | None], None]
ALIVE: Final = Post("/alive")
OTHER_S: Final = 2.0
"""For a probe, and for what can wait: a voter may come meanwhile."""
_TOO_FAST, _BUSY, _FAULTS = 429, 503, 500
"""Statuses: ask again later; and from 500 on nothing was taken. A web server answers 502 and 504 where the
registry behind it is down, and a fault there is 500: the line is no better than a cut one."""


class Question:
    """A request for a voter who waits, and whom to call back, once."""

    def __init__(self, post: Post, done: Done, seconds: float) -> None:
        self.post = post
        self.until = time.monotonic() + seconds
        self._done: Done | None = done
        self._lock = Lock()
        self._timer = Timer(seconds, self.answer, [None])
        self._timer.daemon = True
        self._timer.start()

    @property
    def left_s(self) -> float:
        """Seconds until nobody waits any more."""
        return self.until - time.monotonic()

    def answer(self, reply: Reply | None) -> None:
        """Call back, unless that has been done."""
        with self._lock:
            done, self._done = self._done, None
        self._timer.cancel()
        if done is not None:
            done(reply)


@dataclass(slots=True)
class Errand:
    """What can wait. `first`: it goes before all others, and before every question."""

    post: Post
    done: Callable[[Reply], None]
    first: bool = False


def _drawn() -> float:
    return secrets.randbelow(2001) / 1000 - 1


class Attendant:
    """The thread of one line."""

    def __init__(
        self,
        name: str,
        line: Exchange,
        changed: Callable[[bool], None],
        on_crash: OnCrash,
        *,
        probes: bool = True,
        jitter: Callable[[], float] = _drawn,
    ) -> None:
        """Attend a line once started.

        `changed` is told on this thread when the line is up or down; `probes`: by itself, too.
        """
        self.link = Link()
        """As it is now; replaced whole."""
        self._line = line
        self._changed = changed
        self._jitter = jitter
        self._probes = probes
        self._questions: list[Question] = []
        self._errands: list[Errand] = []
        self._occupied = False
        self._later = 0.0
        """Nothing is handed over before."""
        self._something = Condition()
        self._watcher = Watcher(name, self._look, on_crash, interrupt=self._wake)

    def start(self) -> None:
        """Begin, with a probe."""
        self._watcher.start()

    def stop(self) -> None:
        """End the thread and the connection; who asks is told that there is no answer."""
        self._watcher.stop()
        self._line.close()
        with self._something:
            questions, self._questions = self._questions, []
        for question in questions:
            question.answer(None)

    def ask(self, post: Post, done: Done, seconds: float = DEADLINE_S) -> None:
        """Ask for a voter who waits; `done` is called once, on some thread."""
        with self._something:
            self._occupied = True
            if self.link.up and not self._watcher.stopping:
                self._questions.append(Question(post, done, seconds))
                self._something.notify()
                return
        done(None)

    def free(self) -> None:
        """No voter is being asked for: what can wait may go."""
        with self._something:
            self._occupied = False
            self._something.notify()

    def hand_over(self, *errands: Errand) -> None:
        """Take what can wait; each is called back when it was taken or refused there, else never."""
        with self._something:
            self._errands.extend(errands)
            self._something.notify()

    @property
    def waiting(self) -> int:
        """Number of errands that are not handed over."""
        return len(self._errands)

    def disbelieve(self) -> None:
        """Count the last answer as none: it was not what it has to be."""
        self._set(self.link.failed(time.monotonic(), self._jitter()))

    # ------------------------------------------------------------ its thread

    def _look(self) -> None:
        with self._something:
            question, errand = self._next()
            if question is None and errand is None and not self._is_due():
                self._something.wait(self._pause())
                return
        if errand is not None and errand.first:
            self._run(errand)
        elif question is not None:
            if question.left_s > 0:
                question.answer(self._exchange(question.post, question.left_s))
        elif errand is not None:
            self._run(errand)
        else:
            self._exchange(ALIVE, OTHER_S)

    def _next(self) -> tuple[Question | None, Errand | None]:
        """Take what comes next; an errand stays in the list until it is done."""
        may = self.link.up and time.monotonic() >= self._later
        firsts = [errand for errand in self._errands if errand.first]
        if firsts and may:
            return None, firsts[0]
        if self._questions:
            return self._questions.pop(0), None
        if self._errands and may and not self._occupied and not self._is_due():
            return None, secrets.choice(self._errands)
        return None, None

    def _run(self, errand: Errand) -> None:
        reply = self._exchange(errand.post, OTHER_S)
        if reply is None or reply.status in {_TOO_FAST, _BUSY}:
            self._later = time.monotonic() + OTHER_S
            return
        with self._something:
            self._errands.remove(errand)
        errand.done(reply)

    def _exchange(self, post: Post, seconds: float) -> Reply | None:
        began = time.monotonic()
        try:
            reply = self._line.exchange(post, seconds)
            if reply.status >= _FAULTS and reply.status != _BUSY:
                raise DeviceLostError("the registry is not there")
        except DriverError:
            self._set(self.link.failed(time.monotonic(), self._jitter()))
            return None
        now = time.monotonic()
        self._set(self.link.answered(now, now - began, self._jitter()))
        return reply

    def _set(self, link: Link) -> None:
        before, self.link = self.link, link
        if link.up is before.up or self._watcher.stopping:
            return
        if link.up:
            self._later = 0.0
        else:
            with self._something:
                questions, self._questions = self._questions, []
            for question in questions:
                question.answer(None)
        self._changed(link.up)

    def _is_due(self) -> bool:
        return self._probes and self.link.is_due(time.monotonic())

    def _pause(self) -> float | None:
        now = time.monotonic()
        times = [self.link.probe_at] if self._probes else []
        if self.link.up and any(each.first or not self._occupied for each in self._errands):
            times.append(self._later)
        return max(0.0, min(times) - now) if times else None

    def _wake(self) -> None:
        with self._something:
            self._something.notify_all()
