"""Fictional election: its candidates and voters.

Everything comes from the seed. Sizes are those of Tehran's council in 2021: 2,294 candidates for
21 seats; the second race has 12 candidates for one seat.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from election.definition import ContestId
from election.evidence import DocumentKind
from simulators.names import BilingualName as NameText
from simulators.people import Person, Sex, make_people, party_names, portrait

COUNCIL = ContestId("council")
EXPERTS = ContestId("experts")

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


class VisitKind(Enum):
    """Course of a visitor's visit."""

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
    BIRTH_CERTIFICATE = "brings a birth certificate"
    DRIVING_LICENCE = "brings a driving licence"
    SERVICE_CARD = "brings a service card"
    DEAD_CARD = "national card whose chip does not answer"
    DEAD_PASSPORT = "passport whose chip does not answer"
    TWO_KINDS = "comes with a birth certificate, later with the card"


SPECIAL = (
    VisitKind.FAILS_FIRST,
    VisitKind.IMPOSTOR,
    VisitKind.DOUBLE,
    VisitKind.UNDER_AGE,
    VisitKind.PULLS_CARD,
    VisitKind.LEAVES,
    VisitKind.CHALLENGES,
    VisitKind.COUNCIL_ONLY,
    VisitKind.WORN,
    VisitKind.BLANK,
    VisitKind.OTHER_ISSUER,
)
"""In this order as far as the number of visitors allows."""


WITHOUT_CHIP = {
    VisitKind.BIRTH_CERTIFICATE: DocumentKind.BIRTH_CERTIFICATE,
    VisitKind.DRIVING_LICENCE: DocumentKind.DRIVING_LICENCE,
    VisitKind.SERVICE_CARD: DocumentKind.SERVICE_CARD,
    VisitKind.DEAD_CARD: DocumentKind.NATIONAL_CARD,
    VisitKind.DEAD_PASSPORT: DocumentKind.PASSPORT,
    VisitKind.TWO_KINDS: DocumentKind.BIRTH_CERTIFICATE,
}
"""Documents that are checked by eye, by who brings them."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Person who comes to the branch."""

    person: Person
    kind: VisitKind
    home: str = ""
    """Where the person lives, in an election that is not the demonstration's."""

    @property
    def residence(self) -> str:
        """District the person lives in, which sets the ballot style."""
        if self.home:
            return self.home
        return ELSEWHERE if self.kind is VisitKind.COUNCIL_ONLY else TEHRAN


def make_visitors(
    rng: random.Random, count: int, day: date, special: Sequence[VisitKind] = SPECIAL
) -> tuple[Visitor, ...]:
    """Return `count` visitors: one of each special kind while there is room, the others ordinary."""
    kinds = [*special[: max(0, count - 2)]]
    kinds += [VisitKind.ORDINARY] * (count - len(kinds))
    rng.shuffle(kinds)
    adults = iter(make_people(rng, count, day, ages=(19, 88, 33)))
    young = iter(make_people(rng, count, day, ages=(12, 16, 15)))
    return tuple(
        Visitor(next(young) if kind is VisitKind.UNDER_AGE else next(adults), kind)
        for kind in kinds
    )


@dataclass(frozen=True, slots=True)
class SlateFiles:
    """Input files of `amin election add-candidates` for one contest."""

    contest: ContestId
    candidates: Path
    lists: Path | None
    portraits: Path


def write_slates(
    folder: Path,
    seed: int,
    day: date,
    executor: Executor | None,
    progress: Callable[[int, int], None],
) -> tuple[SlateFiles, ...]:
    """Write candidates of both contests and their portraits (in `executor`'s processes if given)."""
    rng = random.Random(f"candidates {seed}")
    people = make_people(rng, COUNCIL_CANDIDATES + SECOND_CANDIDATES, day, ages=CANDIDATE_AGES)
    portraits = _portraits(people, executor, progress)
    first, second = slice(COUNCIL_CANDIDATES), slice(COUNCIL_CANDIDATES, None)
    return (
        _write_slate(folder, COUNCIL, people[first], portraits[first], party_names()[:LISTS]),
        _write_slate(folder, EXPERTS, people[second], portraits[second], ()),
    )


def _write_slate(
    folder: Path,
    contest: ContestId,
    people: Sequence[Person],
    portraits: Sequence[bytes],
    lists: Sequence[NameText],
) -> SlateFiles:
    """Write one contest's files; each list takes as many persons as there are seats, the rest stand alone."""
    target = folder / contest
    files = SlateFiles(
        contest,
        target / "candidates.csv",
        target / "lists.csv" if lists else None,
        target / "portraits",
    )
    files.portraits.mkdir(parents=True)
    rows = []
    for number, (person, picture) in enumerate(zip(people, portraits, strict=True)):
        key = person.national_number
        (files.portraits / f"{key}.jpg").write_bytes(picture)
        party = number // COUNCIL_SEATS
        listed = str(party) if party < len(lists) else ""
        woman = "yes" if person.sex is Sex.FEMALE else "no"
        rows.append((key, person.name.fa, person.name.latin, listed, woman, f"{key}.jpg"))
    _write_csv(files.candidates, ("key", "name_fa", "name_en", "list", "woman", "portrait"), rows)
    if files.lists is not None:
        names = [(str(number), name.fa, name.latin) for number, name in enumerate(lists)]
        _write_csv(files.lists, ("key", "name_fa", "name_en"), names)
    return files


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


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
