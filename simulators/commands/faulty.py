"""Card with handling faults: pulled, exchanged, mute, slow or answering nonsense on command."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from simulators.local_reader import VirtualCard

SLOW_S: Final = 3.0
"""Longer than any command of a card takes; readers differ in how long they wait."""
NONSENSE_BYTES: Final = 24


@dataclass(slots=True)
class _Due:
    kind: str
    left: int


@dataclass(slots=True)
class FaultPlan:
    """Faults by the command they strike, for all cards of a slot."""

    rng: random.Random
    due: list[_Due] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, at: int, rate: float | None) -> None:
        """Plan a fault for the `at`-th command from now, or for each with the probability `rate`."""
        with self.lock:
            if rate is None:
                self.due.append(_Due(kind, at))
            else:
                self.rates[kind] = rate

    def clear(self) -> None:
        """Forget all planned faults."""
        with self.lock:
            self.due.clear()
            self.rates.clear()

    def strikes(self) -> str | None:
        """Return the fault of this command, None for most."""
        with self.lock:
            for due in self.due:
                due.left -= 1
            now = next((due for due in self.due if due.left <= 0), None)
            if now is not None:
                self.due.remove(now)
                return now.kind
            for kind, rate in self.rates.items():
                if self.rng.random() < rate:
                    return kind
            return None


class HeldCard:
    """`VirtualCard` in a hand that pulls and exchanges it as planned.

    `powered` is set as soon as the reader has asked for the answer to reset. `pull` and `swap` are called in
    the slot's own thread; they end this card's stay, and its answer is lost.
    """

    def __init__(
        self,
        card: VirtualCard,
        plan: FaultPlan,
        pull: Callable[[], None],
        swap: Callable[[], None],
    ) -> None:
        self.mute = False
        self.powered = threading.Event()
        self.commands = 0
        self._out = threading.Event()
        self._card = card
        self._plan = plan
        self._handling = {"pull": pull, "swap": swap}

    @property
    def atr(self) -> bytes:
        """Answer to reset; reading it sets `powered`."""
        self.powered.set()
        return self._card.atr

    def put_in(self) -> None:
        """Prepare the card; to be called before it goes into the reader."""
        self.mute = False
        self.powered.clear()
        self._out.clear()

    def take_out(self) -> None:
        """Release a mute card, which holds the slot's thread; to be called before it is pulled."""
        self._out.set()

    def reset(self) -> None:
        """Reset the card."""
        self._card.reset()

    def process(self, apdu: bytes) -> bytes:
        """Answer one command, unless a fault strikes it."""
        self.commands += 1
        match self._plan.strikes():
            case "pull" | "swap" as kind:
                self._handling[kind]()
            case "slow":
                time.sleep(SLOW_S)
            case "garbage":
                return self._plan.rng.randbytes(NONSENSE_BYTES)
            case "mute":
                self.mute = True
                self._out.wait()
        return self._card.process(apdu)
