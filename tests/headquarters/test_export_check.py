"""The registry's export checks the books; over drawn days nobody's only vote is lost by the office's rule.

The days are drawn: lines are cut, cards come back unused, nonces are spent or not, books burn. What really
happened is known here alone, and the decisions are judged by it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass

import pytest

from election.claims import SignedClaim
from election.definition import ContestId, DeviceId
from election.provisional import ORDINARY, Proof, ProvisionalEntry
from election.registry_export import ExportedClaim
from headquarters.decisions import DecisionGround, DecisionVerdict
from headquarters.export_check import ExportCheck, check_export
from headquarters.night import People, used_ordinary
from headquarters.reconciliation import reconcile

STATIONS = tuple(DeviceId(f"b{n}-s1") for n in range(6))
S1, S2 = STATIONS[:2]
PERSON, OTHER = b"p" * 16, b"q" * 16
SIGNED = SignedClaim(b"claim", bytes(64))


def national(person: int) -> str:
    """Return a national number with its check digit."""
    digits = f"{person + 100_000_000:09}"
    rest = sum(int(digit) * (10 - at) for at, digit in enumerate(digits)) % 11
    return digits + str(rest if rest < 2 else 11 - rest)


def claim(device: DeviceId, reference: bytes, *, written: bool = True) -> ExportedClaim:
    return ExportedClaim(reference, device, (ContestId("council"),), written, False, SIGNED)


def test_what_an_export_says_besides_the_books() -> None:
    claims = [
        claim(S1, PERSON),
        claim(S1, OTHER),
        claim(S2, PERSON),
        claim(S2, OTHER, written=False),
    ]
    both = {S1: {PERSON, OTHER}, S2: {PERSON}}
    assert check_export(claims, both) == ExportCheck()
    assert check_export(claims, {S2: {PERSON}}) == ExportCheck(
        frozenset({PERSON, OTHER}), ((S1, 2),), ()
    )
    # A station that wrote a card and hides it: its own signed note is with the registry.
    assert check_export(claims, {S1: {OTHER}, S2: {PERSON}}) == ExportCheck(
        frozenset(), (), ((S1, 1),)
    )
    assert check_export([], {}) == ExportCheck()


@dataclass(frozen=True)
class Visit:
    device: DeviceId
    entry: ProvisionalEntry
    reference: bytes
    used: bool


def drawn_day(draw: random.Random) -> list[Visit]:
    visits = []
    for person in range(30):
        reference = person.to_bytes(16, "big")
        for _ in range(draw.choices((0, 1, 2, 3), (1, 6, 3, 1))[0]):
            spent, used = draw.randbytes(32), draw.random() < 0.7
            if draw.random() < 0.5:
                entry = ProvisionalEntry(ORDINARY, "", Proof.CHIP, spent, reference)
            else:
                proof = draw.choice(tuple(Proof))
                entry = ProvisionalEntry(
                    draw.randbytes(16), national(person), proof, spent, reference
                )
            visits.append(Visit(draw.choice(STATIONS), entry, reference, used))
    return visits


@pytest.mark.parametrize("seed", range(120))
def test_no_only_vote_is_lost_and_no_curable_double_stays(seed: int) -> None:
    draw = random.Random(seed)
    visits = drawn_day(draw)
    here = {device for device in STATIONS if draw.random() < 0.8}
    books = {device: set[bytes]() for device in here}
    for visit in visits:
        if visit.device in here:
            books[visit.device].add(visit.reference)
    ordinary = [visit for visit in visits if visit.entry.handle == ORDINARY]
    checked = check_export([claim(each.device, each.reference) for each in ordinary], books)
    assert checked.lacking == ()
    entries = [visit.entry for visit in visits if visit.device in here]
    draw.shuffle(entries)
    spent = {visit.entry.spent for visit in visits if visit.used}
    cast = [visit for visit in visits if visit.used and visit.entry.handle != ORDINARY]
    decisions = reconcile(
        [visit.entry.handle for visit in cast], entries, (), (), "۲۴٫۵", spent, checked.used
    )
    why = {each.handle: each.reason for each in decisions}
    counted = {each.handle for each in decisions if each.decision is DecisionVerdict.INCLUDE}
    by_person = defaultdict(list)
    for visit in visits:
        if visit.used:
            by_person[visit.reference].append(visit)
    twice = 0
    for reference, used in by_person.items():
        stays = [v for v in used if v.entry.handle == ORDINARY or v.entry.handle in counted]
        if len(stays) > 1:
            # Both are ordinary: nothing takes one out, and those that books know are told.
            assert all(each.entry.handle == ORDINARY for each in stays)
            twice += sum(each.device in here for each in stays) > 1
        for visit in used:
            if visit in stays or why[visit.entry.handle] is DecisionGround.UNKNOWN_HANDLE:
                assert visit in stays or visit.device not in here
                continue
            burnt = any(v.reference == reference and v.device not in here for v in ordinary)
            assert stays or burnt, why[visit.entry.handle]
    handles = {visit.entry.handle for visit in cast}
    assert used_ordinary(entries, People(entries), spent, handles).twice == twice
