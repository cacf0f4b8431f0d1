"""How long a switch has to be held until it counts, for hands that touch it without wanting to.

A pure flow, with a clock around it. A hand that lets go for a moment while it holds has not let go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

HOLDS_S: Final = (0.0, 0.2, 0.4, 0.7, 1.0, 1.5)
"""Times that a switch is held for, in seconds; the first: a press counts at once."""
GAP_S: Final = 0.1
"""Letting go for so long is trembling, no letting go."""
LOOK_MS: Final = 20


@dataclass(frozen=True, slots=True)
class Hold:
    """A switch that is held, or none."""

    seconds: float = 0.0
    """How long it has to be held."""
    switch: int = 0
    since: float = 0.0
    let_go: float | None = None
    counted: bool = False

    def down(self, switch: int, now: float) -> tuple[Hold, int]:
        """Return the hold after a switch goes down, and the switch that counts at once, or 0."""
        if self.seconds <= 0:
            return self, switch
        if switch == self.switch and self.let_go is not None and now - self.let_go <= GAP_S:
            return replace(self, let_go=None), 0
        # Of two the newer one: whoever leans on both means the last.
        return Hold(self.seconds, switch, now), 0

    def up(self, switch: int, now: float) -> Hold:
        """Return the hold after a switch goes up."""
        return replace(self, let_go=now) if switch == self.switch else self

    def look(self, now: float) -> tuple[Hold, int]:
        """Return the hold as time passes, and the switch that has been held long enough, or 0."""
        if self.let_go is not None:
            return (Hold(self.seconds) if now - self.let_go > GAP_S else self), 0
        if not self.switch or self.counted or now - self.since < self.seconds:
            return self, 0
        return replace(self, counted=True), self.switch


class SwitchHold(QObject):
    """The hold of one voter's switches; the next voter's counts at once."""

    pressed = Signal(int)
    """A switch that counts."""

    def __init__(self, clock: Callable[[], float], parent: QObject) -> None:
        super().__init__(parent)
        self._clock, self._hold, self.step = clock, Hold(), 0
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    def down(self, switch: int) -> None:
        """Take a switch that goes down."""
        self._take(self._hold.down(switch, self._clock()))

    def up(self, switch: int) -> None:
        """Take a switch that goes up."""
        self._hold = self._hold.up(switch, self._clock())

    def look(self) -> None:
        """Let time pass."""
        self._take(self._hold.look(self._clock()))

    def longer(self, by: int) -> None:
        """Hold for a longer time, or a shorter one with a negative number."""
        self.step = min(max(0, self.step + by), len(HOLDS_S) - 1)
        self._hold = Hold(HOLDS_S[self.step])
        self._timer.stop()

    def forget(self) -> None:
        """Let a press count at once, as at the beginning."""
        self.longer(-len(HOLDS_S))

    def _take(self, step: tuple[Hold, int]) -> None:
        self._hold, counts = step
        if self._hold.switch and not self._timer.isActive():
            self._timer.start()
        elif not self._hold.switch:
            self._timer.stop()
        if counts:
            self.pressed.emit(counts)
