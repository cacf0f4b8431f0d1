"""Read the stations' own books in the night: who has used an ordinary ballot, whatever a registry said.

A claim alone says nothing: a voter has voted when a nonce that was drawn for that voter is spent. So an
ordinary check-in stands before a provisional ballot of the same person only if its authorization was used,
or a ballot paper was given with it;
and a person with two of them has two ordinary ballots, which nobody can take out any more: they are told.

A person is known by the pseudonym of the registry, by the national number, or by both where both are there.
A number that two check-ins tie to different pseudonyms is a person by itself: no station can have another
person's ballot taken out by a false pair.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from election.bundle import Bundle
from election.definition import BranchId, DeviceId, EnrolledDevice, Role
from election.provisional import ORDINARY, ProvisionalEntry

NO_RESCUES: Final[Mapping[DeviceId, AbstractSet[bytes]]] = MappingProxyType({})


class People:
    """The persons of all check-ins, by one name each."""

    def __init__(self, entries: Iterable[ProvisionalEntry]) -> None:
        """Learn which numbers and pseudonyms belong together."""
        tied: dict[str, set[bytes]] = defaultdict(set)
        for entry in entries:
            if entry.national_number and entry.reference:
                tied[entry.national_number].add(entry.reference)
        self._by_number: Mapping[str, str] = {
            number: next(iter(names)).hex() for number, names in tied.items() if len(names) == 1
        }

    def who(self, entry: ProvisionalEntry) -> str:
        """Name the person of a check-in."""
        if entry.national_number:
            return self.named(entry.national_number)
        return entry.reference.hex()

    def named(self, national_number: str) -> str:
        """Name the person with this number."""
        return self._by_number.get(national_number, national_number)


@dataclass(frozen=True, slots=True)
class UsedBooks:
    """What all books and boxes of the stations and terminals say together."""

    used: frozenset[str]
    """Persons with an ordinary ballot that was cast."""
    twice: int
    """Persons among them with more than one."""


def used_ordinary(
    entries: Sequence[ProvisionalEntry],
    people: People,
    spent: AbstractSet[bytes] | None,
    cast: AbstractSet[bytes],
) -> UsedBooks:
    """Find who has used an ordinary authorization.

    `cast`: handles of all provisional ballots. What a book calls provisional, and was spent without its
    handle, was spent as an ordinary one: of a disk that was put back, whose station went on provisionally.
    `spent`: hashes of the nonces of all cast ballots; None if they are not known: then every ordinary
    authorization counts as used: nobody votes twice, but who never used a card loses a provisional one.
    """
    authorizations: dict[str, set[bytes]] = defaultdict(set)
    for entry in entries:
        used = entry.handle == ORDINARY
        if spent is not None:
            used = entry.spent in spent and (used or entry.handle not in cast)
        if used:
            authorizations[people.who(entry)].add(entry.spent)
    numbers = Counter({person: len(found) for person, found in authorizations.items()})
    return UsedBooks(frozenset(numbers), sum(number > 1 for number in numbers.values()))


def spent_in(
    bundles: Sequence[Bundle],
    on_paper: Collection[BranchId] = (),
    rescued: Mapping[DeviceId, AbstractSet[bytes]] = NO_RESCUES,
) -> frozenset[bytes] | None:
    """Return the hashes of all nonces that were used; None without any terminal's bundle or rescue.

    `on_paper`: branches whose voters got a ballot paper with the check-in, so that all they list is used.
    `rescued`: what was found in the memories of dead terminals, by terminal.
    """
    boxes = [bundle.box for bundle in bundles if bundle.box is not None]
    if not boxes and not rescued:
        return None
    papers = (each.check_ins for each in bundles if each.branch in on_paper)
    given = (spent for check_ins in papers if check_ins is not None for spent in check_ins.issued)
    cast = (spent for box in boxes for spent in box.spent_hashes)
    return frozenset((*cast, *given)).union(*rescued.values())


def unread_terminals(
    devices: Iterable[EnrolledDevice], bundles: Sequence[Bundle], read: Collection[DeviceId]
) -> tuple[DeviceId, ...]:
    """Return the terminals of the bundles' branches of which there is no bundle, and no rescue in `read`.

    Who used an ordinary card there, and has a provisional ballot elsewhere, counts twice.
    """
    here = {bundle.branch for bundle in bundles}
    given = {*read, *(bundle.device for bundle in bundles)}
    return tuple(
        sorted(
            device.id
            for device in devices
            if device.role is Role.BALLOT_TERMINAL
            and device.branch in here
            and device.id not in given
        )
    )
