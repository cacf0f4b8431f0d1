"""Names by ear: spelled, and reached by a keypad alone through initials and lists."""

from __future__ import annotations

import random
import re

import pytest
from PySide6.QtCore import Qt

from election.definition import ENGLISH, PERSIAN, Candidate, Language
from kiosk.flows.ballot import states as at
from tests.ui.ballot.ears import Ear
from tests.ui.ballot.ways import Keys, Machine
from tests.ui.sample import Sample
from ui.ballot.window import BallotWindow

STEPS = 80
"""Presses after which nothing more is expected."""


@pytest.fixture
def machine(window: BallotWindow, sample: Sample) -> Machine:
    return Machine(window, sample)


def marking(machine: Machine, language: Language) -> tuple[Ear, Keys]:
    machine.insert(at.Presentation(language))
    ear, keys = Ear(machine), Keys(machine.window)
    ear.desk.plugged(True)
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)
    assert isinstance(machine.state, at.Marking)
    ear.listen()
    return ear, keys


def down_to(ear: Ear, keys: Keys, begins: str) -> int:
    """Press ▼ until what is heard begins so; return how often."""
    heard = []
    for step in range(1, STEPS):
        keys.press(Qt.Key.Key_Down)
        heard.append(ear.listen())
        if heard[-1].startswith(begins):
            return step
    raise AssertionError(f"{begins} was not heard among {heard}")


def latin(candidate: Candidate) -> str:
    return candidate.name.in_(ENGLISH)


@pytest.mark.slow
def test_initial_then_name_by_a_keypad_without_letters(machine: Machine, sample: Sample) -> None:
    """Among thousands: three letters of the screen's keyboard, each with its number of names, then ▼."""
    ear, keys = marking(machine, ENGLISH)
    wanted = random.Random(12).choice(sample.council.candidates)
    family = latin(wanted).split()[-1]
    down_to(ear, keys, "Name")
    keys.press(Qt.Key.Key_Return)
    ear.listen()
    counts = []
    for letter in family[:3].lower():
        if keys.here() != f"key-{letter}":
            down_to(ear, keys, letter)
        machine.window.pilot._last = None  # half a second has passed
        keys.press(Qt.Key.Key_Return)
        heard = ear.listen()
        assert heard.endswith(("name", "names")), "the letter is heard with its number of names"
        counts.append(int(re.findall(r"\d+", heard)[-1]))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] < len(sample.council.candidates)
    met: list[str] = []
    keys.press(Qt.Key.Key_Down)
    while not (heard := ear.listen()).startswith(latin(wanted)):
        assert len(met) <= 2 * counts[-1], met
        met.append(heard)
        machine.window.pilot._last = None
        # "More" turns the page, and says its first name.
        keys.press(Qt.Key.Key_Return if heard == "More" else Qt.Key.Key_Down)
    machine.window.pilot._last = None
    keys.press(Qt.Key.Key_Return)
    assert f"{latin(wanted)}: chosen" in ear.listen()
    ear.close()


@pytest.mark.slow
def test_letters_go_to_a_list_and_in_it_to_a_member(machine: Machine, sample: Sample) -> None:
    ear, keys = marking(machine, ENGLISH)
    the_list = sample.council.lists[3]
    down_to(ear, keys, "Lists")
    keys.press(Qt.Key.Key_Return)
    ear.listen()
    name = the_list.name.in_(ENGLISH)
    for letter in name[:3].lower():
        keys.press(Qt.Key.Key_unknown, letter)
    assert name in ear.listen()
    keys.press(Qt.Key.Key_Return)
    ear.listen()
    members = [c for c in sample.council.candidates if c.code in the_list.members]
    wanted = members[11]
    for letter in latin(wanted).split()[0].lower():
        keys.press(Qt.Key.Key_unknown, letter)
    heard = ear.listen()
    assert latin(wanted).split()[0] in heard
    assert keys.here().startswith("candidates-")
    assert int(keys.here().split("-")[1]) in the_list.members
    ear.close()


@pytest.mark.slow
@pytest.mark.parametrize("language", [PERSIAN, ENGLISH, Language("ckb"), Language("az-Arab")])
def test_a_name_is_spelled_on_its_card_at_its_code_and_in_the_tray(
    machine: Machine, sample: Sample, language: Language
) -> None:
    ear, keys = marking(machine, language)
    wanted = sample.council.candidates[17]
    shown = wanted.name.in_(language)
    letters = [x.lower() for x in shown if x.isalnum()]

    def spelt() -> list[str]:
        keys.press(Qt.Key.Key_F10)
        return [x for x in ear.listen() if x.isalnum()]

    for digit in f"{wanted.code:0{sample.council.code_width}d}":
        keys.press(Qt.Key.Key_unknown, digit)
    ear.listen()
    assert spelt() == letters
    keys.press(Qt.Key.Key_Return)
    ear.listen()
    for _ in range(STEPS):
        keys.press(Qt.Key.Key_Down)
        if keys.here() == f"tray-{int(wanted.code)}":
            break
    ear.listen()
    assert spelt() == letters
    for _ in range(STEPS):
        keys.press(Qt.Key.Key_Down)
        if keys.here() == "tab-all":
            break
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Down)
    ear.listen()
    first = sample.council.candidates[0]
    assert keys.here() == f"candidates-{int(first.code)}"
    assert spelt() == [x.lower() for x in first.name.in_(language) if x.isalnum()]
    ear.close()


def test_spelling_means_nothing_where_nothing_is_and_does_nothing(machine: Machine) -> None:
    before = machine.state
    keys = Keys(machine.window)
    keys.press(Qt.Key.Key_F10)
    assert machine.state is before
    machine.insert()
    held = machine.state
    keys.press(Qt.Key.Key_F10)
    assert machine.state is held
