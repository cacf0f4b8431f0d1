"""The loop of a flow: one step at a time, effects of a step before the next event."""

from __future__ import annotations

import threading

from kiosk.flows.common import Step
from kiosk.runtime.loop import Loop


class Counting:
    """Adds up events; an event of 10 posts another one as its effect."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.performed: list[str] = []
        self.woken = 0
        self.loop: Loop[int, int, str] = Loop(
            0, self.step, self.perform, self.shown.append, self.wake
        )

    def step(self, state: int, event: int) -> Step[int, str]:
        if event == 0:
            return Step(state)
        return Step(state + event, ("more",) if event == 10 else (f"{state}+{event}",))

    def perform(self, effect: str) -> None:
        self.performed.append(effect)
        if effect == "more":
            self.loop.post(5)

    def wake(self) -> None:
        self.woken += 1


def test_events_are_worked_off_in_order_and_effects_events_come_after() -> None:
    counting = Counting()
    for event in (1, 10, 2):
        counting.loop.post(event)
    assert counting.loop.state == 0, "nothing happens before drain"
    counting.loop.drain()
    assert counting.performed == ["0+1", "more", "11+2", "13+5"]
    assert counting.shown == [1, 11, 13, 18]
    assert counting.woken == 4


def test_an_unchanged_state_is_not_drawn_again() -> None:
    counting = Counting()
    counting.loop.post(0)
    counting.loop.drain()
    assert counting.shown == []


def test_events_come_from_many_threads() -> None:
    counting = Counting()

    def post() -> None:
        for _ in range(250):
            counting.loop.post(1)

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        counting.loop.drain()
    counting.loop.drain()
    assert counting.loop.state == 1000
