"""Simulated UPS behind the protocol of NUT's upsd, on a TCP port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from simulators.commands.errors import OptionsError
from simulators.commands.host import ControlValue
from simulators.control import (
    Charge,
    ControlCommand,
    ControlError,
    Deed,
    Happen,
    SimulatedDevice,
)
from simulators.ups.upsd import UpsSimulator

WELL = "line"
"""The name that takes all faults back."""


class UpsDevice:
    """UPS that obeys control commands."""

    device = SimulatedDevice.UPS

    def __init__(self, ups: UpsSimulator) -> None:
        self._ups = ups

    @property
    def where(self) -> str:
        """Address of the service as host:port."""
        return f"{self._ups.host}:{self._ups.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """No variables: clients connect to the address."""
        return {}

    def obey(self, command: ControlCommand) -> None:
        """Change power, charge or faults, or end and restart the service. Raises `ControlError`."""
        match command:
            case Happen(what):
                self._ups.strike(what)
            case Deed.CLEAR_FAULTS:
                self._ups.strike(WELL)
            case Charge(percent):
                self._ups.set_charge(percent)
            case Deed.UNPLUG:
                if not self._ups.plugged:
                    raise ControlError("it is unplugged already; write `replug`")
                self._ups.unplug()
            case Deed.REPLUG:
                if self._ups.plugged:
                    raise ControlError("it is plugged in already; write `unplug` first")
                try:
                    self._ups.replug()
                except OSError as error:
                    raise ControlError("its port was taken meanwhile; start anew") from error
            case _:
                raise ControlError("a UPS does not do that; write `help`")

    def state(self) -> Mapping[str, ControlValue]:
        """Return status, charge in percent and remaining runtime in seconds."""
        told = self._ups.variables()
        return {
            "plugged": self._ups.plugged,
            "name": self._ups.name,
            "status": told["ups.status"],
            "charge_percent": float(told["battery.charge"]),
            "runtime_s": float(told["battery.runtime"]),
        }


@contextlib.contextmanager
def open_ups(
    listen: tuple[str, int], name: str, *, capacity_s: float, drain: float
) -> Iterator[UpsDevice]:
    """Start a service that answers, and stop it afterwards. Raises `OptionsError`."""
    host, port = listen
    try:
        ups = UpsSimulator(name, host=host, port=port, capacity_s=capacity_s, drain=drain)
        ups.start()
    except ValueError as error:
        raise OptionsError(f"--name: {error}") from error
    except OSError as error:
        raise OptionsError(f"--listen: {host}:{port} cannot be had: {error.strerror}") from error
    try:
        yield UpsDevice(ups)
    finally:
        ups.stop()
