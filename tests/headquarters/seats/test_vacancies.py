"""Who follows when a member leaves."""

from __future__ import annotations

from fractions import Fraction

import pytest

from election.definition import PERSIAN, SelectionCode
from headquarters.errors import AllocationError
from headquarters.seats.allocate import allocate
from headquarters.seats.model import Allocation, SeatParameters, Votes
from headquarters.seats.readings import Vacancy
from headquarters.seats.steps import FilledStep
from headquarters.seats.vacancies import fill_vacancies
from tests.headquarters.seats.elections import group, lots
from words.languages import installed


def council(seed: str = "s") -> Allocation:
    """A: 1, 2 elected, 3 reserve. B: 11 elected, 12 reserve. C: 21 elected, 22 reserve."""
    votes = Votes(
        (
            group("A", 1, [40, 30, 20, 10]),
            group("B", 11, [35, 8, 7]),
            group("C", 21, [36, 8, 6]),
        ),
        None,
        4,
    )
    return allocate(votes, SeatParameters(4, seed, reserve_share=Fraction(1, 2)))


def sit(*left: int, vacancy: Vacancy = Vacancy.MOST_VOTES, seed: str = "s") -> list[int]:
    sitting = fill_vacancies(council(seed), [SelectionCode(code) for code in left], vacancy)
    return [int(member.code) for member in sitting.members]


def test_the_same_list_comes_first() -> None:
    assert sit() == [1, 2, 11, 21]
    assert sit(2) == [1, 3, 11, 21]
    assert sit(11) == [1, 2, 12, 21]


def test_then_the_reading_decides() -> None:
    assert sit(1, 2, vacancy=Vacancy.STAYS_VACANT) == [3, 11, 21]
    winners = {tuple(sit(1, 2, seed=f"seed {i}")) for i in range(30)}
    assert winners == {(3, 12, 11, 21), (3, 22, 11, 21)}


def test_a_tie_among_reserves_of_groups_is_told() -> None:
    sitting = fill_vacancies(council(), [SelectionCode(1), SelectionCode(2)])
    (lot,) = lots(sitting.steps)
    assert lot.context == "reserves"
    assert {ticket.participant for ticket in lot.tickets} == {"12", "22"}
    assert [type(step) for step in sitting.steps][-1] is FilledStep


def test_a_reserve_who_left_is_passed_over() -> None:
    assert sit(12, 11, vacancy=Vacancy.STAYS_VACANT) == [1, 2, 21]
    assert sit(3, 12, 22, 1) == [2, 11, 21]
    assert sit(2, 3) == sit(2, 3, vacancy=Vacancy.MOST_VOTES)


def test_who_followed_can_leave_too() -> None:
    assert sit(21, 22, vacancy=Vacancy.STAYS_VACANT) == [1, 2, 11]


def test_steps_say_who_follows_whom() -> None:
    sitting = fill_vacancies(
        council(), [SelectionCode(2), SelectionCode(12), SelectionCode(11)], Vacancy.STAYS_VACANT
    )
    sentences = [str(step.sentence) for step in sitting.steps]
    assert "person 3" in sentences[0]
    assert "person 2" in sentences[0]
    assert "stays vacant" in sentences[1]
    assert "خالی می‌ماند" in installed().speaker(PERSIAN)(sitting.steps[1].sentence)


@pytest.mark.parametrize("left", [(99,), (4,), (2, 2)])
def test_who_is_nobody_cannot_leave(left: tuple[int, ...]) -> None:
    with pytest.raises(AllocationError):
        sit(*left)
