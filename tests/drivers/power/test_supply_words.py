"""What is said of a power supply."""

from __future__ import annotations

import pytest

from drivers.power.seam import Doubt, PowerState, Supply, unknown
from drivers.power.supply_words import describe
from words.languages import installed
from words.text import PERSIAN


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (PowerState(Supply.ON_LINE, 100.0), "on line power, 100 %"),
        (PowerState(Supply.ON_LINE, replace_battery=True), "replaced"),
        (PowerState(Supply.ON_BATTERY, 80.0, 725.0), "on battery, 12 minutes"),
        (PowerState(Supply.ON_BATTERY), "on battery"),
        (PowerState(Supply.LOW, 4.0), "line power"),
        (unknown(Doubt.STALE), "cable"),
    ],
)
def test_what_is_said_of_the_power(state: PowerState, sentence: str) -> None:
    english = str(describe(state))
    assert sentence in english
    assert installed().speaker(PERSIAN)(describe(state)) != english
