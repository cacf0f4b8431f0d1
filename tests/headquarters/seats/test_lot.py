"""Lots: fixed vectors, what anybody can do by hand, fairness, and when there is one at all."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.definition import Text
from headquarters.errors import AllocationError
from headquarters.seats.allocate import allocate
from headquarters.seats.lot import draw, lot
from headquarters.seats.model import SeatParameters, Votes
from headquarters.seats.readings import Method
from headquarters.seats.steps import ElectedStep
from tests.headquarters.seats.elections import apportioned, group, lots
from tests.needs import missing

# printf '%s' 'seed|seat 1|0' | sha256sum, and the same with 1.
VECTORS = {
    "0": "04baa9603c63e279a995d46270d8acd2399e0ed2564873c6455227bc8fed35e5",
    "1": "476401cb0c1a87800bba14c0dd8a531e65f6afbe0d5f21b1778dda45e83decca",
}


def test_vectors() -> None:
    assert {key: lot("seed", "seat 1", key) for key in VECTORS} == VECTORS
    first = min(VECTORS, key=lambda key: VECTORS[key])
    given_seats, _ = apportioned([7, 7], SeatParameters(1, "seed"))
    assert given_seats.index(1) == int(first)


def test_a_draw_can_be_repeated_with_sha256sum() -> None:
    program = shutil.which("sha256sum")
    if program is None:
        missing("sha256sum")
    text = "شاخص ۲٬۷۱۸|order 0007|12"
    done = subprocess.run([program], input=text.encode(), capture_output=True, check=True)
    assert done.stdout.decode().split()[0] == lot("شاخص ۲٬۷۱۸", "order 0007", "12")


def test_the_smallest_comes_first_whatever_the_order_of_input() -> None:
    people = [(str(i), Text(f"نامزد {i}", f"person {i}")) for i in range(50)]
    tickets = draw("seed", "order A", people)
    assert tickets == draw("seed", "order A", reversed(people))
    assert [t.digest for t in tickets] == sorted(lot("seed", "order A", str(i)) for i in range(50))
    assert [t.participant for t in tickets] != [
        t.participant for t in draw("seed", "order B", people)
    ]


@given(st.text(), st.text(), st.text())
def test_no_two_draws_share_a_text(seed: str, context: str, participant: str) -> None:
    """A bar in the seed moves nothing, because there is none after it."""
    if "|" in context + participant:
        with pytest.raises(AllocationError):
            lot(seed, context, participant)
    else:
        assert f"{seed}|{context}|{participant}".rsplit("|", 2) == [seed, context, participant]
        assert len(lot(seed, context, participant)) == 64


def test_everybody_has_the_same_chance() -> None:
    """Of 3,000 seeds each of three gets the seat about 1,000 times (five deviations are 130)."""
    won = Counter(
        apportioned([5, 5, 5], SeatParameters(1, f"seed {i}"))[0].index(1) for i in range(3000)
    )
    assert all(abs(count - 1000) < 130 for count in won.values())
    assert len(won) == 3


def test_no_lot_where_all_who_are_equal_get_a_seat() -> None:
    given_seats, steps = apportioned([5, 5, 5], SeatParameters(3, "s", method=Method.DHONDT))
    assert (given_seats, lots(steps)) == ([1, 1, 1], [])
    given_seats, steps = apportioned([5, 5, 5], SeatParameters(5, "s", method=Method.DHONDT))
    (step,) = lots(steps)
    assert sorted(given_seats) == [1, 2, 2]
    assert (step.context, step.chosen, len(step.tickets)) == ("seat 4", 2, 3)
    assert {t.participant for t in step.tickets[:2]} == {
        str(i) for i, seats in enumerate(given_seats) if seats == 2
    }


def persons(votes: list[int], seats: int, seed: str = "s") -> tuple[list[int], list[int]]:
    given_votes = Votes((group("A", 1, votes),), None, 21)
    (result,) = allocate(given_votes, SeatParameters(seats, seed)).groups
    return [m.code for m in result.elected], [m.code for m in result.reserves]


def test_among_all_elected_there_is_no_lot() -> None:
    given_votes = Votes((group("A", 1, [9, 9, 4, 3]),), None, 21)
    assert not lots(allocate(given_votes, SeatParameters(2, "s")).steps)


def test_one_order_for_seats_and_reserves() -> None:
    """Who loses the lot for a seat is the first reserve, by the same draw."""
    given_votes = Votes((group("A", 1, [9, 5, 5, 5, 1]),), None, 21)
    result = allocate(given_votes, SeatParameters(2, "s", reserve_share=Fraction(1)))
    (step,) = lots(result.steps)
    drawn = [int(ticket.participant) for ticket in step.tickets]
    elected = [member.code for member in result.groups[0].elected]
    reserves = [member.code for member in result.groups[0].reserves]
    assert elected == [1, drawn[0]]
    assert reserves == drawn[1:]
    assert (step.context, step.chosen) == ("order A", 1)
    assert isinstance(result.steps[-1], ElectedStep)


def test_other_seeds_other_orders() -> None:
    found = {tuple(persons([5, 5, 5, 5], 2, f"seed {i}")[0]) for i in range(60)}
    assert len(found) > 8  # of 12


def test_a_tie_among_reserves_is_drawn_and_told() -> None:
    given_votes = Votes((group("A", 1, [9, 8, 5, 5, 5]),), None, 21)
    result = allocate(given_votes, SeatParameters(2, "s", reserve_share=Fraction(1)))
    (step,) = lots(result.steps)
    assert step.chosen == 0
    assert len(result.groups[0].reserves) == 2
