"""Elections for the tests of seats: by hand, and at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from election.definition import ENGLISH, SelectionCode, Text
from headquarters.seats.apportion import Contender, apportion
from headquarters.seats.model import (
    INDEPENDENTS,
    INDEPENDENTS_NAME,
    Allocation,
    ContestVotesRead,
    Group,
    Member,
    SeatParameters,
    Votes,
)
from headquarters.seats.phrases import Name
from headquarters.seats.steps import AllocationStep, LotStep
from words.languages import installed

# Quotas A 9.4, B 6.3, C 2.6, D 0.8, independents 1.9 of 21 (domain: "Vote and count").
WORKED = {"A": 9400, "B": 6300, "C": 2600, "D": 800, INDEPENDENTS: 1900}

NAMES: Mapping[str, Name] = {
    "A": Text("فهرست امید", "List of Hope"),
    "B": Text("ائتلاف همدلی", "Coalition of Sympathy"),
    "C": Text("فهرست مردم‌سالاری", "People’s List"),
    "D": Text("جبههٔ سازندگی", "Front of Building"),
    INDEPENDENTS: INDEPENDENTS_NAME,
}


def group(key: str, first: int, votes: Sequence[int]) -> Group:
    members = tuple(
        Member(SelectionCode(first + i), Text(f"نامزد {first + i}", f"person {first + i}"), vote)
        for i, vote in enumerate(votes)
    )
    return Group(key, NAMES.get(key, Text(f"گروه {key}", f"group {key}")), members)


def falling(total: int, members: int) -> list[int]:
    """Votes of members, all different if there are enough, that add up to `total`."""
    steps = members * (members - 1) // 2
    base, rest = divmod(total - steps, members)
    if base < 0:
        return [total] + [0] * (members - 1)
    votes = [base + members - 1 - i for i in range(members)]
    votes[0] += rest
    return votes


def votes_of(
    totals: Mapping[str, int], members: int = 21, ballots: int | None = None, selections: int = 21
) -> Votes:
    """Groups with so many votes, each with `members` candidates."""
    return Votes(
        tuple(
            group(key, 1000 * (i + 1), falling(total, members))
            for i, (key, total) in enumerate(totals.items())
        ),
        ballots,
        selections,
    )


def contest_of(votes: Votes, seats: int = 21) -> ContestVotesRead:
    return ContestVotesRead("council", Text("شورای شهر", "City council"), seats, votes, 4)


def contenders(totals: Sequence[int], room: int = 1000) -> list[Contender]:
    """Contenders called 0, 1, 2 …"""
    return [
        Contender(str(i), Text(f"گروه {i}", f"group {i}"), votes, room)
        for i, votes in enumerate(totals)
    ]


def apportioned(
    totals: Sequence[int], parameters: SeatParameters, room: int = 1000
) -> tuple[list[int], list[AllocationStep]]:
    """Seats in the order of `totals`, and the steps."""
    steps: list[AllocationStep] = []
    seats = apportion(contenders(totals, room), sum(totals), parameters, steps)
    return [seats[str(i)] for i in range(len(totals))], steps


def lots(steps: Sequence[AllocationStep]) -> list[LotStep]:
    return [step for step in steps if isinstance(step, LotStep)]


def random_totals(random: Random) -> tuple[list[int], int]:
    """Votes of 2 to 6 groups and a number of seats; in every third election with many ties."""
    groups, seats = random.randint(2, 6), random.choice([3, 5, 7, 9, 11, 21])
    if random.random() < 1 / 3:
        return [50 * random.randint(1, 12) for _ in range(groups)], seats
    return [random.randint(300, 90_000) for _ in range(groups)], seats


def english(name: Name) -> str:
    return installed().speaker(ENGLISH).without_isolates().say(name)


def seats_of(allocation: Allocation, key: str) -> int:
    return next(group.seats for group in allocation.groups if group.key == key)
