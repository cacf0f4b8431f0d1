"""What is done about power: the table of the policy, row by row, and what time and silence change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.power.policy import (
    PowerAdvice,
    PowerHistory,
    Thresholds,
    choose_advice,
    update_history,
)
from drivers.power.seam import Doubt, PowerState, Supply, unknown

LIMITS = Thresholds()
LINE = PowerState(Supply.ON_LINE, 100, 1800)
BATTERY = PowerState(Supply.ON_BATTERY, 80, 1200)
LOW = PowerState(Supply.LOW, 10, 300)
GONE = unknown(Doubt.NO_SERVICE)

STATES = st.builds(
    PowerState,
    st.sampled_from(Supply),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 3600),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def advice(*readings: tuple[float, PowerState], at: float) -> PowerAdvice:
    history: PowerHistory | None = None
    for now, state in readings:
        history = update_history(history, state, now, LIMITS)
    assert history is not None
    return choose_advice(history, at, LIMITS)


@pytest.mark.parametrize(
    ("state", "now", "later"),
    [
        (LINE, PowerAdvice.NORMAL, PowerAdvice.NORMAL),
        (PowerState(Supply.ON_LINE), PowerAdvice.NORMAL, PowerAdvice.NORMAL),
        (PowerState(Supply.ON_LINE, replace_battery=True), PowerAdvice.WARN, PowerAdvice.WARN),
        (PowerState(Supply.ON_LINE, low_battery=True), PowerAdvice.WARN, PowerAdvice.WARN),
        (PowerState(Supply.ON_LINE, 20, 599), PowerAdvice.WARN, PowerAdvice.WARN),
        (BATTERY, PowerAdvice.WARN, PowerAdvice.FINISH_RUNNING_VOTER),
        (
            PowerState(Supply.ON_BATTERY, 30, 599),
            PowerAdvice.FINISH_RUNNING_VOTER,
            PowerAdvice.FINISH_RUNNING_VOTER,
        ),
        (
            PowerState(Supply.ON_BATTERY, 30, 600),
            PowerAdvice.WARN,
            PowerAdvice.FINISH_RUNNING_VOTER,
        ),
        (LOW, PowerAdvice.CLOSE_SAFELY, PowerAdvice.CLOSE_SAFELY),
        (
            PowerState(Supply.ON_LINE, closing=True),
            PowerAdvice.CLOSE_SAFELY,
            PowerAdvice.CLOSE_SAFELY,
        ),
        (GONE, PowerAdvice.WARN, PowerAdvice.FINISH_RUNNING_VOTER),
        (unknown(Doubt.STALE), PowerAdvice.WARN, PowerAdvice.FINISH_RUNNING_VOTER),
        (unknown(Doubt.NO_DRIVER), PowerAdvice.WARN, PowerAdvice.FINISH_RUNNING_VOTER),
    ],
)
def test_each_row_of_the_table(state: PowerState, now: PowerAdvice, later: PowerAdvice) -> None:
    history = update_history(None, state, 1000, LIMITS)
    assert choose_advice(history, 1000, LIMITS) is now
    assert choose_advice(history, 1059.9, LIMITS) is now
    assert choose_advice(history, 1060, LIMITS) is later


def test_silence_does_not_begin_the_outage_anew() -> None:
    assert advice((0, BATTERY), (59, GONE), at=60) is PowerAdvice.FINISH_RUNNING_VOTER
    assert advice((0, GONE), (59, BATTERY), at=60) is PowerAdvice.FINISH_RUNNING_VOTER


def test_whoever_was_low_and_is_silent_is_low() -> None:
    assert advice((0, LOW), (5, GONE), at=5) is PowerAdvice.CLOSE_SAFELY
    assert advice((0, LOW), (5, BATTERY), at=5) is PowerAdvice.CLOSE_SAFELY
    assert advice((0, LOW), (5, LINE), at=5) is PowerAdvice.NORMAL


def test_line_power_between_two_outages_counts() -> None:
    readings = ((0, BATTERY), (50, LINE), (55, BATTERY))
    assert advice(*readings, at=110) is PowerAdvice.WARN
    assert advice(*readings, at=115) is PowerAdvice.FINISH_RUNNING_VOTER


def test_thresholds_are_a_setting() -> None:
    quick = Thresholds(battery_s=5, runtime_s=0)
    history = update_history(None, PowerState(Supply.ON_BATTERY, 5, 1), 0, quick)
    assert choose_advice(history, 4, quick) is PowerAdvice.WARN
    assert choose_advice(history, 5, quick) is PowerAdvice.FINISH_RUNNING_VOTER
    with pytest.raises(ValueError, match="negative"):
        Thresholds(battery_s=-1)


@given(st.lists(st.tuples(st.floats(0, 100), STATES), min_size=1, max_size=12))
def test_without_line_power_it_never_becomes_less_urgent(
    steps: list[tuple[float, PowerState]],
) -> None:
    now, history, before = 0.0, None, PowerAdvice.NORMAL
    for passed, state in steps:
        now += passed
        history = update_history(history, state, now, LIMITS)
        told = choose_advice(history, now, LIMITS)
        on_line = state.supply is Supply.ON_LINE and not state.closing
        if on_line:
            assert told <= PowerAdvice.WARN
        else:
            assert told >= max(before, PowerAdvice.WARN)
        if state.supply is Supply.LOW or state.closing:
            assert told is PowerAdvice.CLOSE_SAFELY
        assert choose_advice(history, now + 1000, LIMITS) >= told
        before = PowerAdvice.NORMAL if on_line else told
