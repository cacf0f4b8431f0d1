"""Scanning with one switch and two: everything is reached, nothing is chosen by time alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.keys.scan import PASSES, Scan

ROWS = st.lists(st.integers(1, 12), min_size=1, max_size=8).map(tuple)


@given(ROWS)
def test_every_stop_is_reached_by_the_fewest_steps(rows: tuple[int, ...]) -> None:
    for row, length in enumerate(rows):
        for place in range(length):
            scan = Scan(rows)
            for _ in range(row):
                scan = scan.advance()
            scan, chosen = scan.select()
            if length > 1:
                assert chosen is None
                for _ in range(place):
                    scan = scan.advance()
                scan, chosen = scan.select()
            assert chosen == (row, place)


@given(ROWS, st.lists(st.booleans(), max_size=200))
def test_whatever_is_pressed_a_scan_stands_on_a_stop(
    rows: tuple[int, ...], presses: list[bool]
) -> None:
    scan = Scan(rows)
    for pressed in presses:
        chosen = None
        if pressed:
            scan, chosen = scan.select()
        else:
            scan = scan.advance()
        assert 0 <= scan.row < len(rows)
        assert scan.place is None or 0 <= scan.place < rows[scan.row]
        if chosen is not None:
            assert pressed
            assert chosen[1] < rows[chosen[0]]


@given(ROWS)
def test_a_scan_that_nobody_answers_rests_and_the_first_press_wakes_it(
    rows: tuple[int, ...],
) -> None:
    scan = Scan(rows)
    for _ in range(PASSES * len(rows)):
        scan = scan.advance()
    assert scan.resting
    scan, chosen = scan.select()
    assert chosen is None, "a press that wakes chooses nothing"
    assert not scan.resting


def test_a_row_gone_through_is_left_and_an_empty_page_is_nothing() -> None:
    scan, _ = Scan((3,)).select()
    for _ in range(3):
        scan = scan.advance()
    assert scan.place is None
    assert Scan(()).advance().select() == (Scan(()), None)
