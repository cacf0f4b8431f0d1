"""Say what a power supply tells, in words for whoever is to see to it."""

from __future__ import annotations

from fractions import Fraction

from drivers.power.seam import PowerState, Supply
from words.message import Message, Percent, m, plural


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
