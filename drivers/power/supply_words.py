"""Say what a power supply tells, in words for whoever is to see to it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from drivers.power.seam import Doubt, PowerState, Supply
from words.message import Message, Percent, m, plural

DOUBTS: Final[Mapping[Doubt, Message]] = {
    Doubt.NO_SERVICE: m("its service does not answer"),
    Doubt.SILENT: m("its service does not answer in time"),
    Doubt.STALE: m("its service has had no data for a while: stale"),
    Doubt.NO_DRIVER: m("its service has lost the driver"),
    Doubt.NO_DEVICE: m("there is no such device"),
    Doubt.REFUSED: m("its service refuses to answer"),
    Doubt.NONSENSE: m("its service answers what the protocol does not allow"),
    Doubt.NOT_SAID: m("its service names neither line nor battery"),
}
"""Why it is not known what feeds the machine."""


def describe(state: PowerState) -> Message:
    """Say what feeds the machine, for how long, and what to do."""
    match state.supply:
        case Supply.ON_LINE:
            if state.replace_battery:
                return m("The battery has to be replaced.")
            if state.low_battery or state.closing:
                return m("The battery is low.")
            return _with_charge(state, m("on line power"))
        case Supply.ON_BATTERY:
            return _with_charge(state, m("on battery"))
        case Supply.LOW:
            return m("Battery nearly empty: line power!")
        case Supply.UNKNOWN:
            return m("Unknown: check the UPS's cable.")


def _with_charge(state: PowerState, supply: Message) -> Message:
    if state.runtime_s is not None and state.supply is Supply.ON_BATTERY:
        minutes = int(state.runtime_s // 60)
        return plural(
            "{supply}, {count} minute", "{supply}, {count} minutes", minutes, supply=supply
        )
    if state.charge_percent is not None:
        charge = Percent(Fraction(round(state.charge_percent), 100))
        return m("{supply}, {charge}", supply=supply, charge=charge)
    return supply
