"""Judge a day with outages: nothing that was answered is lost, and nothing is given twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from election.claims import AnswerKind, ClaimId
from registry.rules import Held


@dataclass(frozen=True, slots=True)
class Told:
    """What a station was answered to a claim."""

    reference: bytes
    claim: ClaimId
    kind: AnswerKind
    contests: frozenset[str]


def faults(told: Iterable[Told], book: Mapping[bytes, Sequence[Held]]) -> list[str]:
    """Return what is wrong, without a voter; empty if nothing is."""
    found = []
    given: dict[tuple[bytes, str], set[ClaimId]] = defaultdict(set)
    answers: dict[ClaimId, set[frozenset[str]]] = defaultdict(set)
    for one in told:
        if one.kind is not AnswerKind.GRANTED:
            continue
        answers[one.claim].add(one.contests)
        for contest in one.contests:
            given[one.reference, contest].add(one.claim)
        held = [each for each in book.get(one.reference, ()) if each.signed.id == one.claim]
        if [frozenset(each.contests) for each in held] != [one.contests]:
            found.append("a claim that was granted is not in the book")
    found += ["a contest was given to two claims" for claims in given.values() if len(claims) > 1]
    found += ["one claim was answered in two ways" for ways in answers.values() if len(ways) > 1]
    for claims in book.values():
        contests = [contest for each in claims for contest in each.contests]
        if len(contests) != len(set(contests)):
            found.append("the book gives a contest twice")
    return found
