"""Check the stations' books against what a registry hands over: it decides nothing while there is a book.

Where the book of a station is lost, its claims stand for it: nobody knows whether they were used, so their
voters count as having voted, and how many is told. A claim whose card was written, as its station told the
registry itself, has to be in that station's book: one that is not is told, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from election.definition import DeviceId
from election.registry_export import ExportedClaim
from words.message import Latin, Message, m

Numbers = tuple[tuple[DeviceId, int], ...]
"""By station, sorted."""


@dataclass(frozen=True, slots=True)
class ExportCheck:
    """What the export says besides the books."""

    used: frozenset[bytes] = frozenset()
    """Pseudonyms with a claim whose station's book is not here."""
    lost: Numbers = ()
    """Claims of stations whose books are not here."""
    lacking: Numbers = ()
    """Written cards that their station's book does not have."""

    def lines(self) -> Iterator[Message]:
        """Tell what is lost or lacking, by station."""
        for device, count in self.lost:
            yield m(
                "{device}: its book is lost; its {count} claims count as used",
                device=Latin(device),
                count=count,
            )
        for device, count in self.lacking:
            yield m(
                "{device}: its book lacks {count} cards that it wrote: ask both offices",
                device=Latin(device),
                count=count,
            )


def check_export(
    claims: Iterable[ExportedClaim], books: Mapping[DeviceId, Collection[bytes]]
) -> ExportCheck:
    """Compare. `books`: the pseudonyms in the book of every station that handed one in."""
    used: set[bytes] = set()
    lost: Counter[DeviceId] = Counter()
    lacking: Counter[DeviceId] = Counter()
    for claim in claims:
        book = books.get(claim.device)
        if book is None:
            used.add(claim.reference)
            lost[claim.device] += 1
        elif claim.written and claim.reference not in book:
            lacking[claim.device] += 1
    return ExportCheck(frozenset(used), _sorted(lost), _sorted(lacking))


def _sorted(numbers: Counter[DeviceId]) -> Numbers:
    return tuple(sorted(numbers.items()))
