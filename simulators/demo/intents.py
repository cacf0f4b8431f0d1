"""Votes that the day's voters mean; known to the driver of the demo alone, to be compared with the tally."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from election.definition import Contest, ContestId, Election, SelectionCode
from simulators.demo.electorate import VisitKind, Visitor
from ui.ballot.contest_view_state import FEW
from words.folding import fold

KNOWN = 80
"""Well-known persons of a long list of candidates."""
_KEYS = frozenset("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی ")


class SearchWay(Enum):
    """Way a voter finds candidates."""

    CODE = "code"
    NAME = "name"
    LIST = "list"
    ALL = "all"
    ONE = "one"
    """Yes to the one that stands alone."""


@dataclass(frozen=True, slots=True)
class ContestChoice:
    """Intended vote in one contest: a list, persons, a blank vote (neither), or no part in it."""

    contest: ContestId
    list_code: SelectionCode | None = None
    persons: tuple[SelectionCode, ...] = ()
    takes_part: bool = True
    way: SearchWay = SearchWay.CODE

    @property
    def blank(self) -> bool:
        """True for a blank vote, which takes part but chooses nothing."""
        return self.takes_part and self.list_code is None and not self.persons


@dataclass(frozen=True, slots=True)
class Intent:
    """Intended ballot, kept by the driver of the demo alone to be compared with the tally."""

    choices: tuple[ContestChoice, ...]


@dataclass(slots=True)
class Meant:
    """Totals that all cast ballots together should come to."""

    lists: Counter[tuple[ContestId, SelectionCode]]
    persons: Counter[tuple[ContestId, SelectionCode]]
    blanks: Counter[ContestId]

    @classmethod
    def of(cls, intents: Iterable[Intent]) -> Meant:
        """Return the totals of these intended ballots."""
        meant = cls(Counter(), Counter(), Counter())
        for intent in intents:
            for choice in intent.choices:
                meant.persons.update((choice.contest, code) for code in choice.persons)
                if choice.list_code is not None:
                    meant.lists[choice.contest, choice.list_code] += 1
                if choice.blank:
                    meant.blanks[choice.contest] += 1
        return meant


def contests_of(visitor: Visitor, election: Election) -> tuple[Contest, ...]:
    """Return the contests of the visitor's ballot style."""
    style = election.style_for(visitor.residence)
    return tuple(c for c in election.contests if style and c.id in style.contests)


def make_intent(rng: random.Random, kind: VisitKind, contests: tuple[Contest, ...]) -> Intent:
    """Return the vote a visitor of this kind intends in the contests of their ballot style."""
    return Intent(tuple(_choice(rng, kind, contest) for contest in contests))


def _choice(rng: random.Random, kind: VisitKind, contest: Contest) -> ContestChoice:
    if kind is VisitKind.BLANK:
        return ContestChoice(contest.id)
    if len(contest.candidates) <= FEW:
        return _among_few(rng, contest)
    if contest.lists and rng.random() < 0.5:
        return ContestChoice(contest.id, rng.choice(contest.lists).code, way=SearchWay.LIST)
    most = contest.max_selections
    count = min(rng.choice((1, 3, 5, 8, most)), most)
    # A few well-known persons get most votes, as in life; then names from all over the book.
    codes = [c.code for c in contest.candidates]
    known, anyone = codes[:KNOWN], codes[KNOWN:]
    if len(anyone) < count:
        known, anyone = codes, codes
    persons = dict.fromkeys(rng.sample(known, (count + 1) // 2) + rng.sample(anyone, count // 2))
    way = SearchWay.NAME if count <= 3 and _are_typed(contest, persons) else SearchWay.CODE
    return ContestChoice(contest.id, persons=tuple(persons), way=way)


def _among_few(rng: random.Random, contest: Contest) -> ContestChoice:
    """Return a choice where all stand on a page or two, or somebody or a list stands alone."""
    if rng.random() < 0.2:
        return ContestChoice(contest.id, takes_part=False)
    if contest.lists and (contest.only is not None or rng.random() < 0.5):
        return ContestChoice(contest.id, rng.choice(contest.lists).code, way=SearchWay.LIST)
    if contest.only is not None:
        return ContestChoice(contest.id, persons=(contest.only,), way=SearchWay.ONE)
    count = min(contest.max_selections, len(contest.candidates))
    if count == 1:
        chosen = [rng.choice(contest.candidates)]
    else:
        chosen = rng.sample(contest.candidates, rng.randint(1, count))
    return ContestChoice(contest.id, persons=tuple(c.code for c in chosen), way=SearchWay.ALL)


def _are_typed(contest: Contest, persons: Iterable[SelectionCode]) -> bool:
    """Whether the names are written with the letters and blanks that the Persian keyboard has."""
    found = (contest.candidate(code) for code in persons)
    return all(each and set(fold(each.name.fa)) <= _KEYS for each in found)
