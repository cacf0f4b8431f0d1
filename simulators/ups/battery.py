"""Model of a UPS: line or battery, a charge that drains and comes back, and NUT's variables.

Pure but for the clock it is given. Forced states (low, replace, figures) hold until they are
taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

CAPACITY_S: Final = 1_800.0
"""A full battery feeds the branch for half an hour."""
RECHARGE_S: Final = 4 * 3_600.0
LOW_PERCENT: Final = 20.0


class UpsFault(Enum):
    """State or fault of a UPS; the value is its name in commands and on the bench."""

    BATTERY = "battery"  # line power is gone
    LOW = "low"  # and the battery is nearly empty
    STALE = "stale"  # the device does not tell its service anything
    GONE = "gone"  # the service has lost its driver
    REPLACE = "replace"
    SHUTDOWN = "shutdown"  # the device announces that it will switch off


FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "line": "line power is back, and everything is well again",
        UpsFault.BATTERY.value: "line power fails; the battery drains",
        UpsFault.LOW.value: "line power fails, and the battery is nearly empty",
        UpsFault.STALE.value: "the service hears nothing of the device",
        UpsFault.GONE.value: "the service has lost the driver of the device",
        UpsFault.REPLACE.value: "the battery has to be replaced",
        UpsFault.SHUTDOWN.value: "the device announces that it will switch off",
    }
)


class Battery:
    """Battery for `capacity_s` seconds when full; `drain` times as fast as the clock, for short tests."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        capacity_s: float = CAPACITY_S,
        low_percent: float = LOW_PERCENT,
        drain: float = 1.0,
    ) -> None:
        self._clock = clock
        self._capacity_s = capacity_s
        self._low_percent = low_percent
        self._drain = drain
        self._faults: set[UpsFault] = set()
        self._charge = 100.0
        self._at = clock()

    @property
    def stale(self) -> bool:
        """True while the service has no fresh data of the device."""
        return UpsFault.STALE in self._faults

    @property
    def gone(self) -> bool:
        """True while the service has no driver."""
        return UpsFault.GONE in self._faults

    def strike(self, name: str) -> None:
        """Cause a fault of `FAULTS`; `line` ends all of them. Raises ValueError naming all of them."""
        if name not in FAULTS:
            raise ValueError(f"name a state of a UPS, one of: {', '.join(FAULTS)}")
        self._settle()
        if name == "line":
            self._faults.clear()
            return
        fault = UpsFault(name)
        self._faults.add(fault)
        if fault is UpsFault.LOW:
            self._faults.add(UpsFault.BATTERY)
            self._charge = min(self._charge, self._low_percent / 2)

    def set_charge(self, percent: float) -> None:
        """Set the charge in percent. Raises ValueError outside 0 to 100."""
        if not 0 <= percent <= 100:
            raise ValueError("a charge is 0 to 100 percent")
        self._settle()
        self._charge = percent

    @property
    def charge(self) -> float:
        """Charge in percent."""
        self._settle()
        return self._charge

    @property
    def runtime_s(self) -> float:
        """Remaining time on battery in seconds."""
        return self.charge / 100 * self._capacity_s

    def status(self) -> str:
        """Return the words of `ups.status`, as dummy-ups and real drivers put them."""
        self._settle()
        on_battery = UpsFault.BATTERY in self._faults
        words = ["FSD"] if UpsFault.SHUTDOWN in self._faults else []
        words.append("OB" if on_battery else "OL")
        if self._charge <= self._low_percent:
            words.append("LB")
        if on_battery:
            words.append("DISCHRG")
        elif self._charge < 100:
            words.append("CHRG")
        if UpsFault.REPLACE in self._faults:
            words.append("RB")
        return " ".join(words)

    def variables(self) -> dict[str, str]:
        """Return the variables by NUT's names."""
        on_battery = UpsFault.BATTERY in self._faults
        return {
            "battery.charge": f"{self.charge:.0f}",
            "battery.charge.low": f"{self._low_percent:.0f}",
            "battery.runtime": f"{self.runtime_s:.0f}",
            "device.mfr": "Amin",
            "device.model": "Simulated UPS",
            "device.type": "ups",
            "driver.name": "simulator",
            "input.voltage": "0.0" if on_battery else "230.0",
            "output.voltage": "230.0",
            "ups.load": "25",
            "ups.status": self.status(),
        }

    def _settle(self) -> None:
        """Bring the charge up to now."""
        now = self._clock()
        passed, self._at = (now - self._at) * self._drain, now
        if UpsFault.BATTERY in self._faults:
            self._charge = max(0.0, self._charge - passed * 100 / self._capacity_s)
        else:
            self._charge = min(100.0, self._charge + passed * 100 / RECHARGE_S)
