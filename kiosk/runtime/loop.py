"""The event loop of one flow: events in from any thread, one step at a time, effects out.

The loop owns the flow's state. Events are queued by `post` and worked off by `drain` on one thread
(the GUI's); `wake` asks that thread to come. Nothing else may change the state, so that what is on
the screen is always exactly one state of the flow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from kiosk.flows.common import Step

StateT = TypeVar("StateT")
EventT = TypeVar("EventT")
EffectT = TypeVar("EffectT")


class Loop(Generic[StateT, EventT, EffectT]):
    def __init__(
        self,
        state: StateT,
        step: Callable[[StateT, EventT], Step[StateT, EffectT]],
        perform: Callable[[EffectT], None],
        show: Callable[[StateT], None],
        wake: Callable[[], None],
    ) -> None:
        """`perform` must not block: it hands the work to a worker. `show` draws a new state."""
        self.state = state
        self._step = step
        self._perform = perform
        self._show = show
        self._wake = wake
        self._events: deque[EventT] = deque()
        self._lock = Lock()

    def post(self, event: EventT) -> None:
        """From any thread."""
        with self._lock:
            self._events.append(event)
        self._wake()

    def drain(self) -> None:
        """Work off what is queued. On the owning thread only; an effect's own events come after."""
        while True:
            with self._lock:
                if not self._events:
                    return
                event = self._events.popleft()
            before = self.state
            stepped = self._step(before, event)
            self.state = stepped.state
            for effect in stepped.effects:
                self._perform(effect)
            if self.state is not before:
                self._show(self.state)
