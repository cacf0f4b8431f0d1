"""The whole vote by touch, keypad, keyboard, one switch and two, at the real window: the table of acts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.flows.ballot import states as at
from tests.ui.ballot.ways import Hand, Keys, Machine, Switches, Touch, Vote, voters
from tests.ui.sample import Sample
from ui.ballot.window import BallotWindow
from ui.keys.scan import Way

WAYS: dict[str, tuple[Callable[[BallotWindow], Hand], bool, float]] = {
    "keypad, by code": (Keys, False, 1.5),
    "keyboard, by name": (lambda window: Keys(window, letters=True), True, 1.5),
    "one switch, by code": (lambda window: Switches(window, way=Way.ONE), False, 3.0),
    "one switch, by name": (lambda window: Switches(window, way=Way.ONE), True, 3.0),
    "two switches, by code": (lambda window: Switches(window, way=Way.TWO), False, 6.0),
    "two switches, by name": (lambda window: Switches(window, way=Way.TWO), True, 10.0),
}
"""Way, by name or not, and how many times the acts of a touch it may take (docs/sound.md)."""


def voted(
    window: BallotWindow,
    sample: Sample,
    make: Callable[[BallotWindow], Hand],
    by_name: bool,
    seed: int,
) -> Hand:
    machine = Machine(window, sample)
    machine.insert()
    hand = make(window)
    (chosen,) = voters(seed, sample, 1)
    Vote(hand, machine, by_name).vote(sample, chosen)
    assert isinstance(machine.state, at.Recorded)
    assert [list(persons) for persons in machine.recorded] == [[code] for code in chosen.values()]
    return hand


TOUCHES: dict[bool, int] = {}
"""Acts of a touch, by name or not: counted once."""


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_the_whole_vote_within_the_limits_of_acts(
    window: BallotWindow,
    open_window: Callable[[], BallotWindow],
    sample: Sample,
    way: str,
    record_property: Callable[[str, object], None],
) -> None:
    make, by_name, most = WAYS[way]
    if by_name not in TOUCHES:
        TOUCHES[by_name] = voted(window, sample, Touch, by_name, seed=3).acts
    touch = TOUCHES[by_name]
    hand = voted(open_window(), sample, make, by_name, seed=3)
    line = f"{way:24} {hand.acts:4} acts, {hand.acts / touch:4.1f} × touch, {hand.seconds:5.0f} s"
    print(line)
    record_property("acts", line)
    assert hand.acts / touch <= most, line
