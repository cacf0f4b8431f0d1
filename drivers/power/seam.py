"""Seam of the power supply: the interface that the other rooms use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Supply(Enum):
    """Sources that feed the machine."""

    ON_LINE = "on line"
    ON_BATTERY = "on battery"
    LOW = "low"  # on battery, and the battery is nearly empty
    UNKNOWN = "unknown"


class Doubt(Enum):
    """Reasons why the supply is UNKNOWN."""

    NO_SERVICE = "no service"  # nothing answers at the address, or it went away
    SILENT = "silent"  # the service does not answer in time
    STALE = "stale"  # the service has had no data from the device for a while
    NO_DRIVER = "no driver"  # the service has lost its driver for the device
    NO_DEVICE = "no device"  # no such device, or no battery in this machine
    REFUSED = "refused"
    NONSENSE = "nonsense"  # answers that the protocol does not allow
    NOT_SAID = "not said"  # an answer that names neither line nor battery


@dataclass(frozen=True, slots=True)
class PowerState:
    """One reading; `charge_percent` and `runtime_s` are None if the supply does not report them.

    `low_battery` can be true on line as well, after an outage. `closing` is true when the supply announced
    that it will switch off. `doubt` is None unless the supply is UNKNOWN.
    """

    supply: Supply
    charge_percent: float | None = None
    runtime_s: float | None = None
    low_battery: bool = False
    replace_battery: bool = False
    closing: bool = False
    doubt: Doubt | None = None


def unknown(doubt: Doubt) -> PowerState:
    """Make the reading of a supply that is UNKNOWN, with the reason."""
    return PowerState(Supply.UNKNOWN, doubt=doubt)


class PowerSource(Protocol):
    """One supply, asked every few seconds by one worker thread."""

    def read(self) -> PowerState:
        """Ask the supply for its state.

        Never raises: a supply that cannot be asked is UNKNOWN, which the policy answers.
        """

    def close(self) -> None:
        """Release the connection. Never raises."""
