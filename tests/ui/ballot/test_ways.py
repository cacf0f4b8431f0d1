"""The whole vote by touch, keypad, keyboard, one switch and two, at the real window: the table of acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from kiosk.flows.ballot import states as at
from tests.shares import share
from tests.ui.ballot.ways import Hand, Keys, Machine, Switches, Touch, Vote, voters
from tests.ui.sample import Sample, make_sample
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


SIZES = (2, 12, 60, 420, 1500, 4096)
"""Candidates of the first contest; the second has twelve."""
PARTS = 3


@cache
def contest_of(size: int) -> Sample:
    """An election with so many candidates in its first contest, on lists as far as those are whole."""
    made = make_sample(candidates=max(size, 189))
    council = made.council
    persons = council.candidates[:size]
    codes = {one.code for one in persons}
    lists = tuple(one for one in council.lists if codes.issuperset(one.members))
    of = {one.code for one in lists}
    kept = tuple(p if p.list_code in of else replace(p, list_code=None) for p in persons)
    most = min(size, 21)
    return replace(
        made,
        council=replace(council, candidates=kept, lists=lists, seats=most, max_selections=most),
    )


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
    window.close()
    return hand


TOUCHES: dict[tuple[int, bool], int] = {}
"""Acts of a touch, by size and by name or not: counted once."""


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_the_whole_vote_within_the_limits_of_acts(
    open_window: Callable[[], BallotWindow],
    way: str,
    record_property: Callable[[str, object], None],
) -> None:
    """At every size of a contest: the table of acts, and of seconds at one step a second."""
    make, by_name, most = WAYS[way]
    over: list[str] = []
    for size in share(SIZES, PARTS, list(WAYS).index(way)):
        sample = contest_of(size)
        key = size, by_name
        if key not in TOUCHES:
            TOUCHES[key] = voted(open_window(), sample, Touch, by_name, seed=3).acts
        hand = voted(open_window(), sample, make, by_name, seed=3)
        times = hand.acts / TOUCHES[key]
        line = f"{size:5} {way:22} {hand.acts:4} acts, {times:4.1f} × touch, {hand.seconds:5.0f} s"
        print(line)
        record_property(f"acts-{size}", line)
        if times > most:
            over.append(line)
    assert over == []
