"""The fictional election: who stands, and who comes to vote.

Everything comes from the seed. Sizes are those of Tehran's council in 2021: 2,294 candidates for
21 seats; the second race has 12 candidates for one seat.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from enum import Enum

from election.definition import BallotForm, ContestId, StyleId, Text
from headquarters.candidates import ContestRules, NewCandidate, NewList, Slate, make_slate
from simulators.people import Person, Sex, make_people, party_names, portrait

COUNCIL = ContestId("council")
EXPERTS = ContestId("experts")
BOTH = StyleId("both")
COUNCIL_ONLY = StyleId("council-only")

COUNCIL_CANDIDATES = 2294
COUNCIL_SEATS = 21
LISTS = 9
SECOND_CANDIDATES = 12
CANDIDATE_AGES = (25, 80, 45)

TEHRAN = "تهران"
"""Residence on the identity card of those who vote in both contests."""
ELSEWHERE = "ری"

CHUNK = 64
"""Portraits drawn per piece of work."""


class Kind(Enum):
    """What happens to a visitor of the branch."""

    ORDINARY = "ordinary"
    FAILS_FIRST = "fails the first fingerprint tries"
    WORN = "worn fingers: override"
    IMPOSTOR = "somebody else's card"
    DOUBLE = "comes twice"
    UNDER_AGE = "under age"
    PULLS_CARD = "pulls the identity card while it is read"
    LEAVES = "leaves the booth before casting"
    CHALLENGES = "challenges the first ballot"
    OTHER_ISSUER = "card of another issuer"
    BLANK = "votes blank"
    COUNCIL_ONLY = "may vote in the council race only"


SPECIAL = (
    Kind.FAILS_FIRST,
    Kind.IMPOSTOR,
    Kind.DOUBLE,
    Kind.UNDER_AGE,
    Kind.PULLS_CARD,
    Kind.LEAVES,
    Kind.CHALLENGES,
    Kind.COUNCIL_ONLY,
    Kind.WORN,
    Kind.BLANK,
    Kind.OTHER_ISSUER,
)
"""In this order as far as the number of visitors allows."""


@dataclass(frozen=True, slots=True)
class Visitor:
    person: Person
    kind: Kind

    @property
    def residence(self) -> str:
        return ELSEWHERE if self.kind is Kind.COUNCIL_ONLY else TEHRAN


def make_visitors(rng: random.Random, count: int, day: date) -> tuple[Visitor, ...]:
    """`count` visitors: one of each special kind while there is room, the others ordinary."""
    kinds = [*SPECIAL[: max(0, count - 2)]]
    kinds += [Kind.ORDINARY] * (count - len(kinds))
    rng.shuffle(kinds)
    adults = iter(make_people(rng, count, day, ages=(19, 88, 33)))
    young = iter(make_people(rng, count, day, ages=(12, 16, 15)))
    return tuple(
        Visitor(next(young) if kind is Kind.UNDER_AGE else next(adults), kind) for kind in kinds
    )


def make_slates(
    seed: int,
    day: date,
    executor: Executor | None,
    progress: Callable[[int, int], None],
) -> tuple[Slate, Slate]:
    """Council and second contest, with drawn portraits (in `executor`'s processes if given)."""
    rng = random.Random(f"candidates {seed}")
    people = make_people(rng, COUNCIL_CANDIDATES + SECOND_CANDIDATES, day, ages=CANDIDATE_AGES)
    portraits = _portraits(people, executor, progress)
    council = make_slate(
        ContestRules(
            COUNCIL,
            Text("شورای اسلامی شهر تهران", "Tehran city council"),
            seats=COUNCIL_SEATS,
            max_selections=COUNCIL_SEATS,
            form=BallotForm.SLOTS,
        ),
        _stand(people[:COUNCIL_CANDIDATES], portraits, LISTS * COUNCIL_SEATS),
        _lists(),
    )
    second = make_slate(
        ContestRules(
            EXPERTS,
            Text("میان‌دوره‌ای مجلس خبرگان", "Assembly of Experts, mid-term"),
            seats=1,
            max_selections=1,
            form=BallotForm.CHOICE,
        ),
        _stand(people[COUNCIL_CANDIDATES:], portraits[COUNCIL_CANDIDATES:], 0),
    )
    return council, second


def _stand(people: tuple[Person, ...], portraits: list[bytes], on_lists: int) -> list[NewCandidate]:
    """The first `on_lists` persons fill the lists, the others stand alone."""
    return [
        NewCandidate(
            key=person.national_number,
            name=Text(person.name.fa, person.name.latin),
            list_key=str(number // COUNCIL_SEATS) if number < on_lists else None,
            woman=person.sex is Sex.FEMALE,
            portrait=picture,
        )
        for number, (person, picture) in enumerate(zip(people, portraits, strict=False))
    ]


def _lists() -> list[NewList]:
    return [
        NewList(str(number), Text(name.fa, name.latin))
        for number, name in enumerate(party_names()[:LISTS])
    ]


def _portraits(
    people: tuple[Person, ...], executor: Executor | None, progress: Callable[[int, int], None]
) -> list[bytes]:
    pieces = [people[i : i + CHUNK] for i in range(0, len(people), CHUNK)]
    drawn: list[bytes] = []
    for piece in executor.map(_draw, pieces) if executor else map(_draw, pieces):
        drawn += piece
        progress(len(drawn), len(people))
    return drawn


def _draw(people: tuple[Person, ...]) -> list[bytes]:
    return [portrait(person) for person in people]
