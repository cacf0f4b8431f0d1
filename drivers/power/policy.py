"""Policy for the power of a machine: pure, from one reading to the next.

    | known state                                     | advice               |
    |-------------------------------------------------|----------------------|
    | on line                                         | NORMAL               |
    | on line, battery low, worn or with short runtime | WARN                |
    | on battery                                      | WARN                 |
    | on battery for 60 s, or runtime under 10 min    | FINISH_RUNNING_VOTER |
    | on battery and low, or going to switch off      | CLOSE_SAFELY         |
    | unknown (stale, no driver, no service)          | WARN                 |
    | unknown for 60 s, also after on battery         | FINISH_RUNNING_VOTER |

Only a reading of line power takes the last two back: a supply that was low and is silent counts as low.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from drivers.power.seam import PowerState, Supply


class PowerAdvice(IntEnum):
    """Advice in order of urgency."""

    NORMAL = 0
    WARN = 1
    FINISH_RUNNING_VOTER = 2  # let the running voter finish, admit no other
    CLOSE_SAFELY = 3  # at once


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits in seconds: `battery_s` without line power, `runtime_s` left. Raises ValueError."""

    battery_s: float = 60.0
    runtime_s: float = 600.0

    def __post_init__(self) -> None:
        if self.battery_s < 0 or self.runtime_s < 0:
            raise ValueError("thresholds of power are not negative")


@dataclass(frozen=True, slots=True)
class Outage:
    """Time without line power: when it began, and the worst that was reported in it."""

    since: float
    short: bool = False
    low: bool = False


@dataclass(frozen=True, slots=True)
class PowerHistory:
    """The last reading and the outage it belongs to, made by `update_history`."""

    state: PowerState
    outage: Outage | None


def update_history(
    history: PowerHistory | None, state: PowerState, now: float, thresholds: Thresholds
) -> PowerHistory:
    """Return the history after one more reading; `history` is None before the first.

    `now` is any clock that does not jump, in seconds.
    """
    if state.supply is Supply.ON_LINE and not state.closing:
        return PowerHistory(state, None)
    before = history.outage if history is not None else None
    outage = before or Outage(now)
    short = state.supply is not Supply.ON_LINE and _short(state, thresholds)
    low = state.supply is Supply.LOW or state.closing
    return PowerHistory(state, Outage(outage.since, outage.short or short, outage.low or low))


def choose_advice(history: PowerHistory, now: float, thresholds: Thresholds) -> PowerAdvice:
    """Choose the advice at `now`; ask also between readings, for time alone can make it urgent."""
    outage = history.outage
    if outage is None:
        state = history.state
        poor = state.replace_battery or state.low_battery or _short(state, thresholds)
        return PowerAdvice.WARN if poor else PowerAdvice.NORMAL
    if outage.low:
        return PowerAdvice.CLOSE_SAFELY
    if outage.short or now - outage.since >= thresholds.battery_s:
        return PowerAdvice.FINISH_RUNNING_VOTER
    return PowerAdvice.WARN


def _short(state: PowerState, thresholds: Thresholds) -> bool:
    return state.runtime_s is not None and state.runtime_s < thresholds.runtime_s
