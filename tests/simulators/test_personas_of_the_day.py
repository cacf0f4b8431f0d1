"""The day's personas: a mixture has everybody, and hands with switches press in the right moment."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from simulators.demo.hands import RobotPlace, StuckError
from simulators.demo.personas import SwitchFingers, Temper, VotingWay, mixture
from words.languages import for_voters


def test_a_mixture_has_each_way_language_and_temper() -> None:
    people = mixture(36)
    assert {one.way for one in people} == set(VotingWay)
    assert {one.language for one in people} == {one.id for one in for_voters()}
    assert {one.temper for one in people} == set(Temper)
    assert len({(one.way, one.language) for one in people}) == 36


@dataclass
class Scan:
    """A scan of two rows that rests at first; presses are written down."""

    pressed: list[str] = field(default_factory=list)
    places: list[RobotPlace] = field(
        default_factory=lambda: [
            RobotPlace("", (), False),
            RobotPlace("", ("help",), False),
            RobotPlace("", ("back", "next"), False),
            RobotPlace("", ("back",), True),
            RobotPlace("", ("next",), True),
        ]
    )

    def where(self) -> RobotPlace:
        return self.places.pop(0) if self.places else RobotPlace("", ("help",), False)

    def press(self, key: str) -> None:
        self.pressed.append(key)

    def press_at(self, key: str, name: str, *, in_row: bool) -> int:
        self.pressed.append(f"{key} {name} {in_row}")
        return 1 if in_row else 2


@pytest.mark.parametrize(
    ("two", "presses"),
    [
        (False, ["F11", "F11 next False", "F11 next True"]),
        (True, ["F12", "F11", "F12 next False", "F11", "F12 next True"]),
    ],
)
def test_switches_wake_a_resting_scan_and_choose_row_and_stop(
    monkeypatch: pytest.MonkeyPatch, two: bool, presses: list[str]
) -> None:
    monkeypatch.setattr("simulators.demo.personas.STEADY_S", 0.0)
    monkeypatch.setattr("simulators.demo.personas.LOOK_S", 0.0)
    scan = Scan()
    SwitchFingers(scan, two=two).choose("next")  # type: ignore[arg-type]
    assert scan.pressed == presses
    with pytest.raises(StuckError):
        SwitchFingers(scan, two=two).choose("nowhere")  # type: ignore[arg-type]
