"""The night decides from books and spent hashes: nobody's only vote is lost, and no double goes untold."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from election.provisional import ORDINARY, Proof, ProvisionalEntry
from headquarters.decisions import DecisionGround, DecisionVerdict
from headquarters.night import People, used_ordinary
from headquarters.reconciliation import reconcile

NUMBERS = ("0499370899", "0013542419", "0084575948")
LOT = "a public value"


@dataclass(frozen=True)
class Visit:
    """One check-in, and what became of its card."""

    person: int
    provisional: bool
    has_line: bool
    """To whoever makes pseudonyms; an ordinary one always has."""
    used: bool


VISITS = st.lists(
    st.builds(Visit, st.integers(0, 2), st.booleans(), st.booleans(), st.booleans()), max_size=8
)


def night(visits: list[Visit]) -> tuple[list[ProvisionalEntry], set[bytes], set[bytes]]:
    """Entries, spent hashes, and handles of cast provisional ballots."""
    entries, spent, handles = [], set(), set()
    for place, visit in enumerate(visits, 1):
        name = bytes([visit.person + 1]) * 16
        nonce = place.to_bytes(32, "big")
        handle = place.to_bytes(16, "big") if visit.provisional else ORDINARY
        number = NUMBERS[visit.person] if visit.provisional else ""
        reference = name if visit.has_line or not visit.provisional else b""
        entries.append(ProvisionalEntry(handle, number, Proof.CHIP, nonce, reference))
        if visit.used:
            spent.add(nonce)
            if visit.provisional:
                handles.add(handle)
    random.Random(len(visits)).shuffle(entries)
    return entries, spent, handles


def counted(visits: list[Visit]) -> Counter[int]:
    """Ballots that count of each person."""
    entries, spent, handles = night(visits)
    decisions = {each.handle: each for each in reconcile(handles, entries, (), (), LOT, spent)}
    found: Counter[int] = Counter()
    for place, visit in enumerate(visits, 1):
        if not visit.used:
            continue
        if visit.provisional:
            decision = decisions[place.to_bytes(16, "big")]
            found[visit.person] += decision.decision is DecisionVerdict.INCLUDE
        else:
            found[visit.person] += 1
    return found


@given(VISITS)
def test_no_only_vote_is_lost_and_no_provisional_one_is_a_second(visits: list[Visit]) -> None:
    """Where the person of a provisional ballot is known to be that of an ordinary one."""
    found = counted(visits)
    for person in range(3):
        theirs = [visit for visit in visits if visit.person == person and visit.used]
        ordinary = sum(not visit.provisional for visit in theirs)
        tied = any(v.provisional and v.has_line for v in visits if v.person == person)
        if not theirs:
            assert found[person] == 0
        elif ordinary and tied:
            assert found[person] == ordinary
        elif ordinary == 0:
            assert found[person] == 1
        else:
            # Nobody ties the number to the pseudonym: at most one provisional ballot more.
            assert ordinary <= found[person] <= ordinary + 1


@given(VISITS)
def test_every_double_is_told(visits: list[Visit]) -> None:
    entries, spent, handles = night(visits)
    used = Counter(visit.person for visit in visits if visit.used and not visit.provisional)
    people = People(entries)
    told = used_ordinary(entries, people, spent, handles)
    assert told.twice == sum(number > 1 for number in used.values())
    assert len(told.used) == len(used)


def test_a_claim_whose_card_was_never_used_takes_nobodys_vote() -> None:
    """A claimed person goes home, or the card came back: the provisional ballot elsewhere counts."""
    assert counted([Visit(0, False, True, False), Visit(0, True, True, True)]) == Counter({0: 1})
    assert counted([Visit(0, False, True, True), Visit(0, True, True, True)]) == Counter({0: 1})


def test_what_a_book_calls_provisional_and_was_spent_as_an_ordinary_one_is_used() -> None:
    """A disk was put back after its card was given, and its station went on provisionally with the claim."""
    spent, elsewhere = bytes([1]) * 32, bytes([2]) * 32
    entries = [
        ProvisionalEntry(b"h" * 16, NUMBERS[0], Proof.CHIP, spent, bytes([9]) * 16),
        ProvisionalEntry(b"i" * 16, NUMBERS[0], Proof.CHIP, elsewhere, bytes([9]) * 16),
    ]
    both = {spent, elsewhere}
    (decision,) = reconcile([b"i" * 16], entries, (), (), LOT, both)
    assert decision.reason is DecisionGround.ALREADY_VOTED
    found = used_ordinary(entries, People(entries), both, {b"i" * 16})
    assert (len(found.used), found.twice) == (1, 0)
    assert not used_ordinary(entries, People(entries), both, {b"h" * 16, b"i" * 16}).used
    (left,) = reconcile([b"i" * 16], entries, (), (), LOT, {elsewhere})
    assert left.decision is DecisionVerdict.INCLUDE, "its card was never used"


def test_a_false_pair_takes_nobodys_vote() -> None:
    """A hostile station ties a number to the pseudonym of somebody who has voted."""
    voted, spent = bytes([9]) * 16, bytes([1]) * 32
    honest = ProvisionalEntry(b"h" * 16, NUMBERS[0], Proof.CHIP, bytes([2]) * 32, b"n" * 16)
    entries = [
        ProvisionalEntry(ORDINARY, "", Proof.CHIP, spent, voted),
        honest,
        ProvisionalEntry(b"x" * 16, NUMBERS[0], Proof.DOCUMENT, bytes([3]) * 32, voted),
    ]
    (decision,) = reconcile([honest.handle], entries, (), (), LOT, {spent, honest.spent})
    assert decision.decision is DecisionVerdict.INCLUDE


def test_without_the_terminals_every_ordinary_card_counts_as_used() -> None:
    entries, _, handles = night([Visit(0, False, True, False), Visit(0, True, True, True)])
    (decision,) = reconcile(handles, entries, (), (), LOT)
    assert decision.decision is DecisionVerdict.EXCLUDE
