"""Decide in the night whose provisional ballots count, from the books of all stations and from spent nonces.

Pure, and the same whatever comes first. A voter is used up when a nonce drawn for that voter is spent:

    ordinary, spent        counts, whatever else there is; a second one is a *double*, told: nothing undoes it
    provisional, spent     counts if no other ballot of the person does; of several the chip's, then the lot's
    not spent              no vote; a claim that led nowhere takes nobody's ballot out

A registry's word decides nothing while there is the book of the station that asked. Its export checks the
books: a claim that its station's book lacks is told. Where the book is lost, the claim stands for it: nobody
knows whether it was used, so it counts as used, and is told. A handle that no book knows is excluded, unless
the voucher of a registered station whose book is lost stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from election.books import BookEntry
from election.definition import BranchId, ContestId, DeviceId
from election.lots import rank
from election.provisional import ORDINARY
from headquarters.decisions import Decision, DecisionGround, DecisionVerdict
from headquarters.reconciliation import ReconciliationError

Person = bytes
"""A pseudonym."""


@dataclass(frozen=True, slots=True)
class CastHandle:
    """A provisional ballot that was cast."""

    handle: bytes
    branch: BranchId
    voucher: DeviceId | None = None
    """The registered station whose voucher stands beside it, if there is one."""


@dataclass(frozen=True, slots=True)
class KnownClaim:
    """A claim that the registry granted (`election.registry_export`)."""

    device: DeviceId
    reference: bytes
    contests: frozenset[ContestId]


@dataclass(frozen=True, slots=True)
class Night:
    """Everything that the office compares."""

    entries: Iterable[BookEntry]
    spent: Collection[bytes]
    """Hashes of nonces, of all terminals."""
    cast: Collection[CastHandle]
    books: Collection[DeviceId]
    """Stations whose books are here."""
    districts: Mapping[BranchId, str]
    claims: Iterable[KnownClaim] = ()
    not_eligible: Collection[bytes] = frozenset()
    """Pseudonyms of people who may not vote."""
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Double:
    """Ordinary ballots of one person: nothing takes one out. Named by stations, never by person."""

    stations: tuple[DeviceId, ...]
    """Sorted; one station twice if it gave both."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What follows, and what is told with its number."""

    decisions: Mapping[str, tuple[Decision, ...]]
    """By district, each by handle."""
    doubles: tuple[Double, ...]
    lost_books: int
    """Provisional ballots that are excluded because of a claim whose station's book is lost."""
    vouched: int
    """Provisional ballots that count by a voucher alone: no book knows the person."""
    unentered: tuple[tuple[DeviceId, int], ...]
    """Claims that the registry has and the book of their station lacks, by station."""


@dataclass(slots=True)
class _People:
    """Entries by person and by handle."""

    of: dict[Person, set[BookEntry]] = field(default_factory=lambda: defaultdict(set))
    by_handle: dict[bytes, set[BookEntry]] = field(default_factory=lambda: defaultdict(set))


def compare(night: Night) -> Compared:
    """Decide on every provisional ballot that was cast.

    Raises `ReconciliationError` where the lot is needed and missing.
    """
    people = _People()
    for entry in night.entries:
        people.of[entry.reference].add(entry)
        if not entry.ordinary:
            people.by_handle[entry.handle].add(entry)
    lost, unentered = _checked_claims(night, people)
    counting = _counting(night, people, lost)
    grounds: dict[bytes, tuple[DecisionGround, BranchId]] = {}
    vouched = excluded = 0
    for one in sorted(set(night.cast), key=lambda one: (one.handle, one.branch)):
        ground = _ground(one, night, people, lost, counting)
        if ground is None:
            excluded += 1
            ground = DecisionGround.ALREADY_VOTED
        vouched += ground is DecisionGround.ELIGIBLE and not people.by_handle[one.handle]
        grounds.setdefault(one.handle, (ground, one.branch))
    parts = _by_district(grounds, night.districts)
    return Compared(parts, _doubles(night, people), excluded, vouched, unentered)


def _ground(
    one: CastHandle,
    night: Night,
    people: _People,
    lost: Mapping[Person, list[KnownClaim]],
    counting: Mapping[bytes, BookEntry],
) -> DecisionGround | None:
    """Return the ground; None: excluded because of a claim whose book is lost."""
    mine = _one_entry(one.handle, people)
    if mine is None:
        if people.by_handle[one.handle]:
            return DecisionGround.CONTRADICTION
        without_book = one.voucher is not None and one.voucher not in night.books
        return DecisionGround.ELIGIBLE if without_book else DecisionGround.UNKNOWN_HANDLE
    if mine.reference in night.not_eligible:
        return DecisionGround.NOT_ELIGIBLE
    if _has_voted(mine, night, people):
        return DecisionGround.ALREADY_VOTED
    if _may_have_voted(mine, lost):
        return None
    if one.handle in counting:
        return DecisionGround.ELIGIBLE
    rivals = (each for each in counting.values() if each.reference == mine.reference)
    best = min(each.proof for each in rivals if each.concerns(mine))
    if best < mine.proof:
        return DecisionGround.PROVEN_BY_CHIP
    return DecisionGround.ANOTHER_PROVISIONAL


def _counting(
    night: Night, people: _People, lost: Mapping[Person, list[KnownClaim]]
) -> dict[bytes, BookEntry]:
    """Return the provisional ballots that count, as far as books say: the best of each person first."""
    open_ones: dict[Person, list[BookEntry]] = defaultdict(list)
    for handle in {each.handle for each in night.cast}:
        mine = _one_entry(handle, people)
        if (
            mine is not None
            and mine.reference not in night.not_eligible
            and not _has_voted(mine, night, people)
            and not _may_have_voted(mine, lost)
        ):
            open_ones[mine.reference].append(mine)
    counting: dict[bytes, BookEntry] = {}
    for entries in open_ones.values():
        taken: list[BookEntry] = []
        for entry in sorted(entries, key=lambda entry: _place(entry, entries, night.lot)):
            if not any(entry.concerns(other) for other in taken):
                taken.append(entry)
        counting |= {entry.handle: entry for entry in taken}
    return counting


def _place(entry: BookEntry, entries: Collection[BookEntry], lot: str | None) -> tuple[int, bytes]:
    """Sort ballots of one person: by what proved it, and then by lot."""
    equals = [each for each in entries if each.proof == entry.proof and each.concerns(entry)]
    if len(equals) == 1 and lot is None:
        return entry.proof, entry.handle
    if lot is None:
        raise ReconciliationError.of(
            "a person has {count} provisional ballots, and the lot chooses; record its public value first "
            "(amin election lot FOLDER decisions VALUE), then give the file with --lot",
            count=len(equals),
        )
    return entry.proof, rank(entry.handle, lot)


def _one_entry(handle: bytes, people: _People) -> BookEntry | None:
    """Return the entry with a handle, the best proven of several; None of none, or of several persons."""
    entries = people.by_handle[handle]
    if len({entry.reference for entry in entries}) != 1:
        return None
    return min(entries, key=lambda entry: (entry.proof, entry.device, entry.spending))


def _has_voted(mine: BookEntry, night: Night, people: _People) -> bool:
    return any(
        each.ordinary and each.spending in night.spent and each.concerns(mine)
        for each in people.of[mine.reference]
    )


def _may_have_voted(mine: BookEntry, lost: Mapping[Person, list[KnownClaim]]) -> bool:
    return any(_touches(mine, claim) for claim in lost.get(mine.reference, ()))


def _touches(entry: BookEntry, claim: KnownClaim) -> bool:
    return not entry.contests or not claim.contests or bool(entry.contests & claim.contests)


def _checked_claims(
    night: Night, people: _People
) -> tuple[dict[Person, list[KnownClaim]], tuple[tuple[DeviceId, int], ...]]:
    """Return claims whose book is lost, by person, and how many a book lacks, by station."""
    lost: dict[Person, list[KnownClaim]] = defaultdict(list)
    lacking: dict[DeviceId, int] = defaultdict(int)
    for claim in night.claims:
        if claim.device not in night.books:
            lost[claim.reference].append(claim)
        elif all(entry.device != claim.device for entry in people.of.get(claim.reference, ())):
            lacking[claim.device] += 1
    return lost, tuple(sorted(lacking.items()))


def _doubles(night: Night, people: _People) -> tuple[Double, ...]:
    found = []
    for entries in people.of.values():
        used = {
            (entry.spending, entry.device): entry
            for entry in entries
            if entry.ordinary and entry.spending in night.spent
        }
        clashing = [
            one
            for one in used.values()
            if any(
                one.concerns(other) and one.spending != other.spending for other in used.values()
            )
        ]
        if clashing:
            found.append(Double(tuple(sorted(entry.device for entry in clashing))))
    return tuple(sorted(found, key=lambda double: double.stations))


def _by_district(
    grounds: Mapping[bytes, tuple[DecisionGround, BranchId]], districts: Mapping[BranchId, str]
) -> dict[str, tuple[Decision, ...]]:
    parts: dict[str, list[Decision]] = defaultdict(list)
    for handle, (ground, branch) in sorted(grounds.items()):
        counts = ground is DecisionGround.ELIGIBLE
        verdict = DecisionVerdict.INCLUDE if counts else DecisionVerdict.EXCLUDE
        assert handle != ORDINARY
        parts[districts[branch]].append(Decision(handle, verdict, ground))
    return {district: tuple(decisions) for district, decisions in sorted(parts.items())}
