"""Books of all stations, compared: nobody's only vote is lost, and no double that can be cured stays untold.

The days are drawn: lines are cut, answers get lost, cards come back unused, nonces are spent or not, books
burn.
What really happened is known here alone, and the decisions are judged by it.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import pytest

from election.books import BookEntry
from election.definition import BranchId, ContestId, DeviceId
from election.provisional import ORDINARY, Proof
from headquarters.book_comparison import (
    CastHandle,
    Compared,
    Double,
    KnownClaim,
    Night,
    compare,
)
from headquarters.decisions import DecisionGround, DecisionVerdict
from headquarters.reconciliation import ReconciliationError

BRANCHES = tuple(BranchId(f"b{n}") for n in range(4))
DISTRICTS = dict(zip(BRANCHES, ("north", "north", "south", "south"), strict=True))
STATIONS = {DeviceId(f"{branch}-s{n}"): branch for branch in BRANCHES for n in (1, 2)}
COUNCIL, ASSEMBLY = ContestId("council"), ContestId("assembly")
SETS = (
    frozenset({COUNCIL, ASSEMBLY}),
    frozenset({COUNCIL}),
    frozenset({ASSEMBLY}),
    frozenset[ContestId](),
)
S1, S2, S3 = DeviceId("b0-s1"), DeviceId("b1-s1"), DeviceId("b2-s1")


@dataclass(frozen=True)
class Visit:
    """What really happened: a person got an authorization, and used it or not."""

    entry: BookEntry
    used: bool


def drawn_day(draw: random.Random, people: int = 30) -> tuple[list[Visit], Night]:
    visits = []
    for person in range(people):
        for _ in range(draw.choices((0, 1, 2, 3), (1, 6, 3, 1))[0]):
            device = draw.choice(list(STATIONS))
            entry = BookEntry(
                device,
                STATIONS[device],
                person.to_bytes(16, "big"),
                draw.randbytes(32),
                ORDINARY if draw.random() < 0.5 else draw.randbytes(16),
                draw.choice(tuple(Proof)),
                draw.choice(SETS),
            )
            visits.append(Visit(entry, draw.random() < 0.7))
    books = {device for device in STATIONS if draw.random() < 0.8}
    used = [visit.entry for visit in visits if visit.used]
    night = Night(
        [visit.entry for visit in visits if visit.entry.device in books],
        {entry.spending for entry in used},
        [
            CastHandle(entry.handle, entry.branch, entry.device)
            for entry in used
            if not entry.ordinary
        ],
        books,
        DISTRICTS,
        [
            KnownClaim(entry.device, entry.reference, entry.contests)
            for entry in (visit.entry for visit in visits)
            if entry.ordinary
        ],
        lot="۲۴٫۵",
    )
    return visits, night


def included(found: Compared) -> set[bytes]:
    return {
        each.handle
        for part in found.decisions.values()
        for each in part
        if each.decision is DecisionVerdict.INCLUDE
    }


def grounds(found: Compared) -> dict[bytes, DecisionGround]:
    return {each.handle: each.reason for part in found.decisions.values() for each in part}


@pytest.mark.parametrize("seed", range(150))
def test_no_only_vote_is_lost_and_no_curable_double_stays(seed: int) -> None:
    visits, night = drawn_day(random.Random(seed))
    found = compare(night)
    counted, why = included(found), grounds(found)
    assert set(why) == {one.handle for one in night.cast}
    by_person = defaultdict(list)
    for visit in visits:
        if visit.used:
            by_person[visit.entry.reference].append(visit.entry)
    doubles: Counter[tuple[DeviceId, ...]] = Counter()
    for person, used in by_person.items():
        stays = [entry for entry in used if entry.ordinary or entry.handle in counted]
        known = [entry for entry in stays if entry.device in night.books]
        for one in known:
            for other in known:
                if one is not other and one.concerns(other):
                    # Both are ordinary: nothing takes one out, and it is told.
                    assert one.ordinary, (person, why.get(one.handle))
                    assert other.ordinary, (person, why.get(other.handle))
        clashing = [
            one for one in known if any(one is not other and one.concerns(other) for other in known)
        ]
        if clashing:
            doubles[tuple(sorted(entry.device for entry in clashing))] += 1
        for entry in used:
            if entry.ordinary or entry.handle in counted:
                continue
            # Whoever is excluded has another ballot in the same contest, or a claim whose book is lost.
            others = [each for each in stays if each.concerns(entry)]
            burnt = [
                visit.entry
                for visit in visits
                if visit.entry.reference == person
                and visit.entry.ordinary
                and visit.entry.device not in night.books
                and visit.entry.concerns(entry)
            ]
            assert others or burnt, why[entry.handle]
    told = Counter(double.stations for double in found.doubles)
    assert told == doubles
    if night.books == set(STATIONS):
        assert (found.lost_books, found.vouched) == (0, 0)
    assert found.unentered == ()


@pytest.mark.parametrize("seed", range(20))
def test_nothing_depends_on_what_comes_first_or_twice(seed: int) -> None:
    draw = random.Random(seed)
    _, night = drawn_day(draw)
    wanted = compare(night)
    entries, cast, claims = list(night.entries), list(night.cast), list(night.claims)
    for _ in range(3):
        for each in (entries, cast, claims):
            draw.shuffle(each)
        again = replace(night, entries=[*entries, *entries], cast=[*cast, *cast], claims=claims)
        assert compare(again) == wanted


def test_parts_are_of_districts_and_in_order() -> None:
    _, night = drawn_day(random.Random(7), people=120)
    found = compare(night)
    branch_of = {one.handle: one.branch for one in night.cast}
    for district, part in found.decisions.items():
        handles = [each.handle for each in part]
        assert handles == sorted(set(handles))
        assert {DISTRICTS[branch_of[handle]] for handle in handles} == {district}
    assert set(found.decisions) == {"north", "south"}


# ---------------------------------------------------------------- one by one

HANDLE, OTHER = b"h" * 16, b"k" * 16
PERSON = b"p" * 16


def entry(device: DeviceId, spending: bytes, handle: bytes = ORDINARY) -> BookEntry:
    return BookEntry(device, STATIONS[device], PERSON, spending * 32, handle)


def night(*entries: BookEntry, spent: bytes = b"", books: object = STATIONS) -> Night:
    return Night(
        entries,
        {bytes([one]) * 32 for one in spent},
        [
            CastHandle(each.handle, each.branch, each.device)
            for each in entries
            if each.handle != ORDINARY
        ],
        set(books),  # type: ignore[call-overload]
        DISTRICTS,
    )


def test_a_claim_that_was_never_spent_takes_nobodys_ballot_out() -> None:
    """The answer got lost, the card came back, the power went: the person's only vote is this one."""
    found = compare(night(entry(S1, b"a"), entry(S2, b"b", HANDLE), spent=b"b"))
    assert grounds(found) == {HANDLE: DecisionGround.ELIGIBLE}


def test_an_ordinary_ballot_counts_before_a_provisional_one() -> None:
    found = compare(night(entry(S1, b"a"), entry(S2, b"b", HANDLE), spent=b"ab"))
    assert grounds(found) == {HANDLE: DecisionGround.ALREADY_VOTED}


def test_a_claim_does_not_count_against_its_own_handle() -> None:
    """The registry granted what the station, cut off, gave out provisionally."""
    asked = night(entry(S1, b"a", HANDLE), spent=b"a")
    claim = KnownClaim(S1, PERSON, frozenset({COUNCIL}))
    assert grounds(compare(replace(asked, claims=[claim]))) == {HANDLE: DecisionGround.ELIGIBLE}


def test_a_lost_book_counts_as_used_and_is_told() -> None:
    asked = night(entry(S2, b"b", HANDLE), spent=b"b", books={S2})
    found = compare(replace(asked, claims=[KnownClaim(S1, PERSON, frozenset())]))
    assert grounds(found) == {HANDLE: DecisionGround.ALREADY_VOTED}
    assert found.lost_books == 1
    elsewhere = replace(asked, claims=[KnownClaim(S1, b"q" * 16, frozenset())])
    assert grounds(compare(elsewhere)) == {HANDLE: DecisionGround.ELIGIBLE}


def test_a_handle_without_a_book_counts_by_a_registered_voucher_alone() -> None:
    cast = [CastHandle(HANDLE, BRANCHES[0], S1), CastHandle(OTHER, BRANCHES[0], None)]
    asked = replace(night(books={S2}), cast=cast)
    found = compare(asked)
    assert grounds(found) == {HANDLE: DecisionGround.ELIGIBLE, OTHER: DecisionGround.UNKNOWN_HANDLE}
    assert found.vouched == 1
    # A book that is here and does not know it: the station invented the handle, or lost the entry.
    here = compare(replace(asked, books={S1, S2}))
    assert grounds(here)[HANDLE] is DecisionGround.UNKNOWN_HANDLE


def test_a_double_is_told_with_both_stations_and_nobody() -> None:
    found = compare(night(entry(S1, b"a"), entry(S3, b"b"), spent=b"ab"))
    assert found.doubles == (Double((S1, S3)),)
    assert compare(night(entry(S1, b"a"), entry(S3, b"b"), spent=b"a")).doubles == ()
    # A book that a spare took over has the same entry again, and one nonce is one vote.
    assert compare(night(entry(S1, b"a"), entry(S2, b"a"), spent=b"a")).doubles == ()


def test_a_claim_that_its_stations_book_lacks_is_told() -> None:
    """A station that hides an entry, or a registry that invents a claim: somebody has to explain it."""
    claims = [KnownClaim(S1, PERSON, frozenset()), KnownClaim(S2, PERSON, frozenset())]
    found = compare(replace(night(entry(S2, b"b")), claims=claims))
    assert found.unentered == ((S1, 1),)


def test_one_handle_of_two_people_is_a_contradiction() -> None:
    one, other = entry(S1, b"a", HANDLE), replace(entry(S2, b"b", HANDLE), reference=b"q" * 16)
    assert grounds(compare(night(one, other, spent=b"ab"))) == {
        HANDLE: DecisionGround.CONTRADICTION
    }


def test_chip_before_document_and_then_the_lot() -> None:
    checked = replace(entry(S1, b"a", HANDLE), proof=Proof.DOCUMENT)
    found = compare(night(checked, entry(S2, b"b", OTHER), spent=b"ab"))
    assert grounds(found) == {HANDLE: DecisionGround.PROVEN_BY_CHIP, OTHER: DecisionGround.ELIGIBLE}
    equal = night(entry(S1, b"a", HANDLE), entry(S2, b"b", OTHER), spent=b"ab")
    with pytest.raises(ReconciliationError, match="the lot chooses"):
        compare(equal)
    chosen = {frozenset(included(compare(replace(equal, lot=str(n))))) for n in range(20)}
    assert chosen == {frozenset({HANDLE}), frozenset({OTHER})}


def test_who_may_not_vote() -> None:
    asked = replace(night(entry(S1, b"a", HANDLE), spent=b"a"), not_eligible={PERSON})
    assert grounds(compare(asked)) == {HANDLE: DecisionGround.NOT_ELIGIBLE}


def test_nothing_of_a_person_is_shown() -> None:
    assert PERSON.hex() not in repr(entry(S1, b"a"))
    assert "pppp" not in repr(night(entry(S1, b"a")).entries)
