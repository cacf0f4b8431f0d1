"""Battery of a laptop or tablet, as the operating system reports it through psutil."""

from __future__ import annotations

from typing import Final

import psutil

from drivers.power.seam import Doubt, PowerState, Supply, unknown

LOW_PERCENT: Final = 10.0


class BatterySource:
    """A `PowerSource`; the battery is low from `low_percent` down, because systems differ on it."""

    def __init__(self, low_percent: float = LOW_PERCENT) -> None:
        """Check the threshold. Raises ValueError unless it is a percentage."""
        if not 0 <= low_percent <= 100:
            raise ValueError("low is a percentage")
        self._low_percent = low_percent

    def read(self) -> PowerState:
        """Read charge and supply as `PowerSource.read`. Never raises."""
        try:
            battery = psutil.sensors_battery()
        except (OSError, ValueError, psutil.Error):
            # psutil reads files of the kernel, which may vanish or hold anything while it does.
            return unknown(Doubt.NONSENSE)
        if battery is None:
            return unknown(Doubt.NO_DEVICE)
        charge = float(battery.percent)
        if not 0 <= charge <= 100:
            return unknown(Doubt.NONSENSE)
        seconds = float(battery.secsleft)
        return PowerState(
            self._supply(battery.power_plugged, charge),
            charge_percent=charge,
            # psutil uses negative values for "unknown" and "unlimited".
            runtime_s=seconds if seconds >= 0 else None,
            low_battery=charge <= self._low_percent,
            doubt=Doubt.NOT_SAID if battery.power_plugged is None else None,
        )

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _supply(self, plugged: bool | None, charge: float) -> Supply:
        if plugged is None:
            return Supply.UNKNOWN
        if plugged:
            return Supply.ON_LINE
        return Supply.LOW if charge <= self._low_percent else Supply.ON_BATTERY
