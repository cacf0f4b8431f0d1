"""Keys and switches at the real window: a blind voter's way, arrows, trembling hands, which switch."""

from __future__ import annotations

import random
import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from election.definition import ENGLISH
from kiosk.flows.ballot import events as on
from kiosk.flows.ballot import states as at
from tests.ui.ballot.ears import Ear
from tests.ui.ballot.ways import Keys, Machine, Switches, page_of, stop
from tests.ui.hands import settle
from tests.ui.sample import Sample
from ui.ballot.window import BallotWindow
from ui.keys.acts import KeyAct
from ui.keys.scan import Way
from ui.keys.stops import stops_of
from words.languages import for_voters


@pytest.fixture
def machine(window: BallotWindow, sample: Sample) -> Machine:
    return Machine(window, sample)


@pytest.mark.slow
def test_a_blind_voters_whole_way_alone_by_what_is_heard_only(
    machine: Machine,
    sample: Sample,
) -> None:
    """From the idle tone to the card, the screen dark; each key is pressed because of what was said."""
    ear, keys = Ear(machine), Keys(machine.window)
    ear.desk.plugged(True)
    assert "voting card" in ear.listen()
    machine.insert()
    first = ear.listen()
    numbers = re.findall(r"For this language press (\d)", first)
    assert len(numbers) == 1
    keys.press(Qt.Key.Key_unknown, numbers[0])
    assert "Press select to begin voting" in ear.listen()
    keys.press(Qt.Key.Key_F9)
    assert "dark" in ear.listen()
    darkness = machine.window.findChild(QWidget, "darkness")
    assert darkness is not None
    assert darkness.isVisible()
    keys.press(Qt.Key.Key_Return)
    assert "1 of 2" in ear.listen()
    council = sample.council.candidates[7]
    for contest, candidate in (
        (sample.council, council),
        (sample.experts, sample.experts.candidates[3]),
    ):
        for digit in f"{candidate.code:0{contest.code_width}d}":
            keys.press(Qt.Key.Key_unknown, digit)
            heard = ear.listen()
        assert candidate.name.en in heard
        assert "Choose" in heard
        keys.press(Qt.Key.Key_Return)
        heard = ear.listen()
        assert f"{candidate.name.en}: chosen" in heard
        assert heard.rpartition(" | ")[2] in {"Next contest", "To the review"}
        keys.press(Qt.Key.Key_Return)
    heard = ear.listen()
    assert "Check your choices" in heard
    assert council.name.en in heard
    keys.press(Qt.Key.Key_Return)
    assert ear.listen() == "My choices are right"
    keys.press(Qt.Key.Key_Return)
    assert "Your vote is not recorded yet" in ear.listen()
    assert darkness.isVisible()
    keys.press(Qt.Key.Key_Return)
    assert ear.listen() == "Record my vote"
    keys.press(Qt.Key.Key_Return)
    heard = ear.listen()
    assert "Your vote is recorded" in heard
    assert "Take your card" in heard
    assert machine.recorded[0] == (council.code,)
    machine.act(on.CardRemoved())
    assert not darkness.isVisible()
    ear.listen()
    ear.close()


def test_help_and_the_officer_see_a_screen_without_marks(machine: Machine) -> None:
    machine.insert(at.Presentation(ENGLISH, hearing=at.Hearing(dark=True)))
    darkness = machine.window.findChild(QWidget, "darkness")
    assert darkness is not None
    assert darkness.isVisible()
    Keys(machine.window).press(Qt.Key.Key_F1)
    assert isinstance(machine.state, at.Helping)
    assert not darkness.isVisible()


def test_nothing_can_be_touched_in_the_dark(machine: Machine) -> None:
    machine.insert(at.Presentation(hearing=at.Hearing(dark=True)))
    begin = stop(machine.window, "begin").area.center()
    spot = page_of(machine.window).mapTo(machine.window, begin)
    handle = machine.window.windowHandle()
    QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle()
    assert isinstance(machine.state, at.Preferences)


@pytest.mark.parametrize("language", ["fa", "en"])
def test_arrows_are_as_seen_and_next_is_as_read(machine: Machine, language: str) -> None:
    presentation = at.Presentation(
        for_voters()[next(x.id for x in for_voters() if x.id == language)].id
    )
    machine.insert(presentation)
    keys = Keys(machine.window)
    keys.reach("begin")
    seen: list[str] = []
    stops = [one for row in stops_of(page_of(machine.window)) for one in row]
    for _ in stops:
        keys.press(Qt.Key.Key_Down)
        seen.append(keys.here())
    assert sorted(seen) == sorted(one.key for one in stops), "every stop is reached by going on"
    assert seen[-2:] == ["help", "settings"], "they come last"
    keys.press(Qt.Key.Key_Down)
    before = stop(machine.window, keys.here()).area.center().x()
    first = keys.here()
    right_to_left = language == "fa"
    keys.press(Qt.Key.Key_Left if right_to_left else Qt.Key.Key_Right)
    after = stop(machine.window, keys.here()).area.center().x()
    assert (after < before) is right_to_left
    keys.press(Qt.Key.Key_Right if right_to_left else Qt.Key.Key_Left)
    assert keys.here() == first


def test_a_trembling_hand_selects_once(machine: Machine) -> None:
    now = [0.0]
    pilot = machine.window.pilot
    pilot._clock = lambda: now[0]
    machine.insert()
    pilot.act(KeyAct.SELECT)
    assert isinstance(machine.state, at.Marking)
    for _ in range(5):
        now[0] += 0.3
        pilot.act(KeyAct.SELECT)
    settle()
    assert isinstance(machine.state, at.Marking)
    assert machine.state.index == 0
    assert not machine.state.confirming_blank


def test_volume_speed_and_language_by_keys_stay_within_their_bounds(machine: Machine) -> None:
    machine.insert()
    pilot = machine.window.pilot
    for act, wanted in (
        (KeyAct.LOUDER, at.LOUDEST),
        (KeyAct.QUIETER, 0),
        (KeyAct.FASTER, at.FASTEST_WPM),
        (KeyAct.SLOWER, at.SLOWEST_WPM),
    ):
        for _ in range(15):
            pilot.act(act)
        assert isinstance(machine.state, at.Preferences)
        hearing = machine.state.session.presentation.hearing
        assert wanted in {hearing.volume, hearing.wpm}
    for digit in "0987654321":
        pilot.digit(digit)
    assert isinstance(machine.state, at.Preferences)
    assert machine.state.session.presentation.language == next(iter(for_voters())).id


@pytest.mark.parametrize(("second", "way"), [(1, Way.ONE), (2, Way.TWO)])
def test_which_switch_did_you_press(machine: Machine, second: int, way: Way) -> None:
    machine.insert(at.Presentation(ENGLISH))
    hand = Switches(machine.window, way=way)
    hand.press(1)
    assert machine.window.findChild(QWidget, "pat") is not None
    hand.press(second)
    scanner = machine.window.pilot.scanner
    assert scanner.way is way
    if way is Way.ONE:
        step = scanner.step
        hand.reach("pat-slower")
        assert scanner.step == step + 1
        hand.reach("pat-faster")
        hand.reach("pat-faster")
        assert scanner.step == step - 1
        hand.reach("pat-begin")
        assert not machine.window._stage.asking
    machine.act(on.CardRemoved())
    settle()
    assert scanner.way is None, "the next voter brings other switches, or none"


@pytest.mark.parametrize("comes", ["switch", "time"])
def test_a_press_as_the_page_changes_chooses_nothing(machine: Machine, comes: str) -> None:
    """It was meant for what stood there before; what is offered first is offered for its whole time."""
    machine.insert(at.Presentation(ENGLISH))
    hand = Switches(machine.window, way=Way.TWO)
    hand.begin()
    scanner = machine.window.pilot.scanner
    machine.act(on.Begin())
    before = machine.state
    if comes == "switch":
        scanner.press(2)
    else:
        scanner._tick()
    assert not scanner.in_row
    assert scanner._scan.row == scanner._first(scanner._rows, page_of(machine.window))
    settle()
    assert machine.state == before
    assert not scanner.in_row
    scanner.press(2)
    assert scanner.in_row, "the next press is taken"


@pytest.mark.parametrize("goes", ["another", "the same"])
def test_a_scan_stays_where_it_is_while_other_stops_go(machine: Machine, goes: str) -> None:
    """As arrows of a review that was drawn too high: the press takes what has the ring, or nothing."""
    machine.insert(at.Presentation(ENGLISH))
    hand = Switches(machine.window, way=Way.TWO)
    hand.begin()
    scanner = machine.window.pilot.scanner
    rows = [[stop.key for stop in row] for row in stops_of(page_of(machine.window))]
    there = next(place for place, row in enumerate(rows) if "begin" in row)
    while scanner._scan.row != there:
        scanner.press(1)
    leaves = rows[there] if goes == "the same" else rows[there - 1]
    for name in leaves:
        found = page_of(machine.window).findChild(QWidget, name)
        assert found is not None
        found.hide()
    before = machine.state
    scanner.press(2)
    if goes == "the same":
        assert machine.state == before
        assert not scanner.in_row
    elif len(rows[there]) == 1:
        assert isinstance(machine.state, at.Marking)
    else:
        assert set(scanner.offers) <= set(rows[there])
        assert scanner.in_row


def test_switches_mean_nothing_without_a_voter(machine: Machine) -> None:
    for number in (1, 2, 1):
        machine.window.switch_pressed.emit(number)
    settle()
    assert isinstance(machine.state, at.Idle)
    assert machine.window.pilot.scanner.way is None
    assert machine.window.findChild(QWidget, "pat") is None


def test_the_scan_keeps_the_voter_there_until_it_rests(machine: Machine) -> None:
    machine.insert(at.Presentation(ENGLISH))
    hand = Switches(machine.window, way=Way.TWO)
    hand.begin()
    machine.window.pilot.scanner.begin(Way.ONE)
    machine.window.pilot.scanner._timer.stop()
    attended: list[object] = []
    machine.window.acted.connect(attended.append)
    for _ in range(60):
        machine.window.pilot.scanner._tick()
        settle()
    assert on.Attended() in attended
    assert not machine.window.pilot.scanner.running
    attended.clear()
    machine.window.pilot.scanner._tick()
    assert attended == [], "a scan that nobody answers keeps nobody there"


def test_a_code_typed_twice_is_taken_away_and_an_unknown_one_is_told(
    machine: Machine,
    sample: Sample,
) -> None:
    machine.insert(at.Presentation(ENGLISH))
    keys = Keys(machine.window)
    keys.reach("begin")
    code = sample.council.candidates[0].code
    for expected, answer in (
        ((code,), "confirm-yes"),
        ((code,), "confirm-no"),
        ((), "confirm-yes"),
    ):
        for digit in f"{code:04d}":
            keys.press(Qt.Key.Key_unknown, digit)
        if expected == () or answer == "confirm-no":
            assert "Chosen already" in machine.heard[-1]
            assert keys.here() == "confirm-no", "nothing that is chosen leaves by a second Enter"
        keys.move_to(answer)
        keys.press(Qt.Key.Key_Return)
        assert isinstance(machine.state, at.Marking)
        assert machine.state.marks.persons == expected


def test_codes_typed_back_to_back_are_asked_about_one_by_one_by_ear(
    machine: Machine, sample: Sample
) -> None:
    machine.insert(at.Presentation(ENGLISH))
    keys = Keys(machine.window)
    keys.reach("begin")
    codes = [one.code for one in sample.council.candidates[:3]]
    for digit in "".join(f"{code:04d}" for code in codes):
        keys.press(Qt.Key.Key_unknown, digit)
    assert isinstance(machine.state, at.Marking)
    assert machine.state.marks.empty
    added: list[str] = []
    machine.window.control_added.connect(added.append)
    for code in codes:
        settle()
        assert keys.here() == "confirm-yes"
        keys.press(Qt.Key.Key_Return)
        assert machine.state.marks.persons[-1] == code
        settle()
    names = [machine.window.look.t.of(one.name) for one in sample.council.candidates[1:3]]
    assert all(name in said for name, said in zip(names, added, strict=False))
    assert keys.here() == "next"


def test_down_goes_through_everything_and_out_of_what_is_paged(
    machine: Machine, sample: Sample
) -> None:
    machine.insert()
    keys = Keys(machine.window)
    keys.reach("begin")
    machine.act(on.Toggled(sample.council.candidates[0].code))
    settle()
    wanted = [one.key for one in machine.window.pilot._stops()]
    assert any(key.startswith("tray-") for key in wanted)
    reached = set()
    for _ in range(len(wanted) + 1):
        keys.press(Qt.Key.Key_Down)
        reached.add(keys.here())
    assert set(wanted) <= reached


def test_a_code_of_nobody_is_told_by_ear(machine: Machine, sample: Sample) -> None:
    machine.insert(at.Presentation(ENGLISH))
    keys = Keys(machine.window)
    keys.reach("begin")
    for digit in "9998":
        keys.press(Qt.Key.Key_unknown, digit)
    assert "belongs to nobody" in machine.heard[-1]
    keys.press(Qt.Key.Key_Backspace)
    assert isinstance(machine.state, at.Marking)
    assert machine.state.marks.persons == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_keys_and_switches_are_pressed_the_vote_stays_possible(
    machine: Machine, seed: int
) -> None:
    """Random hands, with the scan running now and then: no error, no impossible mark, always a way on."""
    rng = random.Random(seed)
    pilot = machine.window.pilot
    languages = [language.id for language in for_voters()]
    machine.insert()
    for _ in range(110):
        pilot._last = None
        pilot.scanner._timer.stop()
        match rng.randrange(10):
            case 0 | 1 | 2:
                pilot.digit(rng.choice("0123456789"))
            case 3 | 4 | 5:
                pilot.act(rng.choice([KeyAct.UP, KeyAct.DOWN, KeyAct.LEFT, KeyAct.RIGHT]))
            case 6:
                pilot.act(KeyAct.SELECT)
            case 7:
                pilot.letter(rng.choice("ابپت abԱ"))
            case 8:
                pilot.switch(rng.choice([1, 2]))
            case _:
                pilot.act(rng.choice(list(KeyAct)))
        settle()
        state = machine.state
        if isinstance(state, at.Helping | at.Inactive):
            machine.act(on.StillHere())
        elif isinstance(state, at.VoterState):
            for contest, marks in zip(state.session.contests, state.session.marks, strict=True):
                assert len(marks.persons) <= contest.max_selections
            assert stops_of(page_of(machine.window)), "there is always something to choose"
            if rng.random() < 0.03:
                look = at.Presentation(rng.choice(languages))
                machine.act(on.PresentationChosen(look))
        elif not at.has_voter(state) or isinstance(state, at.Recorded):
            machine.act(on.CardRemoved())
            machine.insert()
    assert len(machine.recorded) % 2 == 0


@pytest.mark.parametrize("number", [0, 3, -1, 255, 10**9])
def test_a_switch_that_nobody_knows_changes_nothing(
    window: BallotWindow, sample: Sample, number: int
) -> None:
    """Not the screen, not the question which switch it was, not the scan."""
    machine = Machine(window, sample)
    pilot = window.pilot
    pilot.switch(number)
    machine.insert()
    machine.act(on.Begin())
    before = machine.state
    pilot.switch(number)
    settle()
    assert not window.findChildren(QWidget, "pat")
    pilot.switch(1)
    settle()
    assert [w for w in window.findChildren(QWidget, "pat") if w.isVisible()]
    pilot.switch(number)
    settle()
    assert [w for w in window.findChildren(QWidget, "pat") if w.isVisible()]
    assert pilot.scanner.way is None
    assert machine.state == before


def test_down_after_a_choice_goes_on_choosing_and_not_to_help(
    machine: Machine, sample: Sample
) -> None:
    machine.insert(at.Presentation(ENGLISH))
    keys = Keys(machine.window)
    keys.reach("begin")
    for candidate in sample.council.candidates[:2]:
        for digit in f"{candidate.code:04d}":
            keys.press(Qt.Key.Key_unknown, digit)
        keys.press(Qt.Key.Key_Return)
        settle()
        assert keys.here() == "next"
    keys.press(Qt.Key.Key_Down)
    assert keys.here() == machine.window.pilot._stops()[0].key
    assert keys.here() not in {"help", "settings"}
    for _ in machine.window.pilot._stops():
        keys.press(Qt.Key.Key_Down)
        if keys.here() == "next":
            break
    keys.press(Qt.Key.Key_Down)
    assert keys.here() == "help", (
        "who comes there by going on finds help after it, as on every screen"
    )
