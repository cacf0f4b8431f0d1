"""Fill the seat of an elected person who leaves: the same group's next reserve comes first.

When a group's reserves are used up, the reading of `Vacancy` decides. Persons who leave are taken
one by one, in the order given; a reserve who left before following is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from election.definition import SelectionCode
from headquarters.errors import AllocationError
from headquarters.seats.lot import settle
from headquarters.seats.model import Allocation, Member
from headquarters.seats.phrases import Name
from headquarters.seats.readings import Vacancy
from headquarters.seats.steps import AllocationStep, FilledStep
from words.message import m


@dataclass(frozen=True, slots=True)
class Sitting:
    """The members of the council after vacancies were filled."""

    members: tuple[Member, ...]
    """Groups in the order of the allocation; who followed stands where the other sat."""
    steps: tuple[AllocationStep, ...]


@dataclass(slots=True)
class _Seat:
    """Changes while vacancies are filled, in `fill_vacancies` only."""

    group: str
    name: Name
    holder: Member | None


def fill_vacancies(
    allocation: Allocation, left: Sequence[SelectionCode], vacancy: Vacancy = Vacancy.MOST_VOTES
) -> Sitting:
    """Fill the seats of those who left, in the order of `left` (their codes).

    Raises `AllocationError` for somebody who is neither elected nor a reserve, or left twice.
    """
    if len(set(left)) != len(left):
        raise AllocationError(m("the same person cannot leave twice"))
    seats = [
        _Seat(group.key, group.name, member)
        for group in allocation.groups
        for member in group.elected
    ]
    waiting = {group.key: list(group.reserves) for group in allocation.groups}
    names = {group.key: group.name for group in allocation.groups}
    steps: list[AllocationStep] = []
    for code in left:
        if _resign(waiting, code):
            continue
        seat = next((seat for seat in seats if seat.holder and seat.holder.code == code), None)
        if seat is None or seat.holder is None:
            raise AllocationError(m("code {code} is neither a member nor a reserve", code=code))
        gone = seat.holder.name
        source = _source(waiting, seat.group, vacancy, allocation.parameters.seed, steps)
        seat.holder = waiting[source].pop(0) if source is not None else None
        follows = None if seat.holder is None else seat.holder.name
        of_group = None if source is None else names[source]
        steps.append(FilledStep(seat.name, gone, follows, of_group))
    return Sitting(tuple(seat.holder for seat in seats if seat.holder), tuple(steps))


def _resign(waiting: dict[str, list[Member]], code: SelectionCode) -> bool:
    for members in waiting.values():
        for member in members:
            if member.code == code:
                members.remove(member)
                return True
    return False


def _source(
    waiting: dict[str, list[Member]],
    group: str,
    vacancy: Vacancy,
    seed: str,
    steps: list[AllocationStep],
) -> str | None:
    """Return the group whose first reserve follows; None if the seat stays vacant."""
    if waiting[group]:
        return group
    match vacancy:
        case Vacancy.STAYS_VACANT:
            return None
        case Vacancy.MOST_VOTES:
            return _most_votes(waiting, seed, steps)
        case _:
            assert_never(vacancy)


def _most_votes(
    waiting: dict[str, list[Member]], seed: str, steps: list[AllocationStep]
) -> str | None:
    # The first of each group has most votes of it, and ties within a group are settled before.
    first = {key: members[0] for key, members in waiting.items() if members}
    if not first:
        return None
    most = max(member.votes for member in first.values())
    equal = {str(member.code): key for key, member in first.items() if member.votes == most}
    if len(equal) == 1:
        return next(iter(equal.values()))
    names = {code: first[key].name for code, key in equal.items()}
    about = m("Reserves with equally many votes")
    return equal[settle(steps, about, "reserves", seed, names, 1)[0]]
