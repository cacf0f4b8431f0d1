"""Watch the power supply: asked every few seconds on a thread, judged by `drivers.power.policy`.

warn                     a lamp, and a line in the log
finish the running voter readiness says POWER: who is being served is served, nobody else begins
close safely             out of service as soon as nothing is being recorded; line power mends it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.power import policy
from drivers.power.policy import PowerAdvice, PowerHistory, Thresholds
from drivers.power.seam import Doubt, PowerSource, PowerState, Supply, unknown
from drivers.power.supply_words import describe
from drivers.threads.watcher import Watcher
from drivers.threads.worker import OnCrash
from kiosk.clock import Clock
from kiosk.status import CheckLine, DeviceKind, DeviceNow, Doing, Lamp
from words.message import m

POLL_S: Final = 2.0
"""From one reading to the next."""

_THRESHOLDS: Final = Thresholds()

PowerCallback = Callable[[PowerAdvice, PowerState], None]


class PowerService:
    """Power supply with its thread; `changed` is told there of every other advice or supply."""

    def __init__(
        self,
        source: PowerSource,
        clock: Clock,
        changed: PowerCallback,
        on_crash: OnCrash,
    ) -> None:
        self.advice = PowerAdvice.NORMAL
        self.state = unknown(Doubt.NO_SERVICE)
        """The latest reading; UNKNOWN until there is one."""
        self._source = source
        self._clock = clock
        self._changed = changed
        self._history: PowerHistory | None = None
        self._told: tuple[PowerAdvice, Supply] | None = None
        self.watcher = Watcher("power", self._look, on_crash, every_s=POLL_S)

    def start(self) -> None:
        """Begin to ask the supply."""
        self.watcher.start()

    def stop(self) -> None:
        """End the thread and close the supply."""
        self.watcher.stop()
        self._source.close()

    @property
    def may_begin(self) -> bool:
        """Another voter may begin."""
        return self.advice < PowerAdvice.FINISH_RUNNING_VOTER

    @property
    def must_close(self) -> bool:
        """The battery is nearly empty: nobody is served."""
        return self.advice is PowerAdvice.CLOSE_SAFELY

    def lamp(self) -> Lamp:
        """For the rail of the screen."""
        fine = self.advice is PowerAdvice.NORMAL
        return Lamp(
            "power", m("Power"), fine, None if fine else describe(self.state), self._doing()
        )

    def _doing(self) -> Doing:
        state, charge = self.state, self.state.charge_percent
        now = {
            Supply.ON_BATTERY: DeviceNow.BUSY,
            Supply.LOW: DeviceNow.LOW,
            Supply.UNKNOWN: DeviceNow.EMPTY,
        }.get(state.supply, DeviceNow.REST)
        level = None if charge is None else charge / 100
        return Doing(DeviceKind.POWER, describe(state), now, level)

    def check(self) -> CheckLine:
        """Self-test line, of the latest reading."""
        known = self.state.supply is not Supply.UNKNOWN
        return CheckLine(m("Power supply"), known, describe(self.state))

    def _look(self) -> None:
        state, now = self._source.read(), self._clock.monotonic()
        self._history = policy.update_history(self._history, state, now, _THRESHOLDS)
        self.state = state
        self.advice = policy.choose_advice(self._history, now, _THRESHOLDS)
        if (self.advice, state.supply) != self._told and not self.watcher.stopping:
            self._told = (self.advice, state.supply)
            self._changed(self.advice, state)
