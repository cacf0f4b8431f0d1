"""The simulated upsd: the recorded answers of the real one, a battery that drains, and a script."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.ups.battery import FAULTS, Battery
from simulators.ups.upsd import UpsSimulator

VECTORS = Path(__file__).parents[2] / "vectors" / "hardware"
RECORDED = json.loads((VECTORS / "nut_upsd.json").read_text())["exchanges"]
# What a reader asks: without the instructions of the dummy driver, and before anybody logged in rightly.
READERS = [e for e in RECORDED[: RECORDED.index(["LOGOUT", ["OK Goodbye"]])] if "CMD" not in e[0]]


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.mark.parametrize(("question", "answer"), READERS, ids=[e[0] for e in READERS])
def test_it_answers_as_the_real_one_was_recorded(
    question: str, answer: list[str], clock: list[float]
) -> None:
    ups = UpsSimulator(description="Test UPS", capacity_s=1500 / 0.97, clock=lambda: clock[0])
    ups.set_charge(97)
    assert list(ups.answer(question)) == answer


def test_the_battery_drains_gets_low_and_comes_back(clock: list[float]) -> None:
    battery = Battery(lambda: clock[0], capacity_s=1000, low_percent=20)
    assert (battery.status(), battery.runtime_s) == ("OL", 1000)
    battery.strike("battery")
    clock[0] += 500
    assert (battery.status(), battery.charge, battery.runtime_s) == ("OB DISCHRG", 50, 500)
    clock[0] += 300
    assert battery.status() == "OB LB DISCHRG"
    battery.strike("line")
    assert battery.status() == "OL LB CHRG"
    clock[0] += 12 * 3600
    assert (battery.status(), battery.charge) == ("OL", 100)


def test_a_script_plays_by_the_clock(clock: list[float]) -> None:
    script = [(10, "battery"), (20, "stale"), (30, "line")]
    with UpsSimulator(script=script, clock=lambda: clock[0]) as ups:
        seen = []
        for clock[0] in (0.0, 10.0, 20.0, 30.0):
            seen.append(ups.answer("GET VAR kiosk ups.status"))
    status = "VAR kiosk ups.status"
    assert seen[:2] == [(f'{status} "OL"',), (f'{status} "OB DISCHRG"',)]
    assert seen[2] == ("ERR DATA-STALE",)
    assert seen[3][0].startswith(f'{status} "OL')


def test_faults_are_known_by_name() -> None:
    ups = UpsSimulator()
    for name in FAULTS:
        ups.strike(name)
    with pytest.raises(ValueError, match="stale"):
        ups.strike("flood")
    with pytest.raises(ValueError, match="percent"):
        ups.set_charge(101)
    with pytest.raises(ValueError, match="name"):
        UpsSimulator("two words")


@pytest.mark.fuzz
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["GET", "LIST", "VAR", "kiosk", "UPS"])).map(" ".join)
)
def test_every_line_gets_an_answer(line: str) -> None:
    answer = UpsSimulator().answer(line)
    assert answer
    assert all("\n" not in line for line in answer)
