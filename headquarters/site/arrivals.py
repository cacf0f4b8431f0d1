"""Compute what is in and what is not, by district, and every interim result that was published before.

Districts are those of the register. An interim index is believed as its successors are: its batches are
theirs, and its sums have to follow from them. So each keeps an address of its own, with what it said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from election.definition import BranchId, DeviceId
from election.files import read_file
from election.register import Register
from election.schema import from_json
from headquarters.counting import ContestCount
from headquarters.index_document import EARLIER_FOLDER, MAX_INDEX, ArchiveIndex, Sums
from headquarters.site.errors import SiteError
from words.message import Latin, m


@dataclass(frozen=True, slots=True)
class DistrictFacts:
    """What is in and what is not, of a district."""

    name: str
    """Empty: the branches whose district the register does not name."""
    branches: int
    counted: int
    """Branches whose ballots are in the sums."""
    here: int
    """Devices."""
    pending: int
    missing: int


@dataclass(frozen=True, slots=True)
class InterimFacts:
    """An index that was published while devices were pending."""

    number: int
    """From 1, in the order of publication."""
    digest: str
    """SHA-256 of the index, hex."""
    time: datetime
    """The latest of its archives, UTC."""
    ballots: int
    branches: int
    batches: tuple[int, ...]
    """Places of its batches in the newest index, from 0."""
    contests: tuple[ContestCount, ...]


def district_facts(
    register: Register,
    counted: frozenset[str],
    devices: Mapping[DeviceId, BranchId],
    here: frozenset[DeviceId],
    missing: frozenset[DeviceId],
) -> tuple[DistrictFacts, ...]:
    """Return the districts by name, that of nobody last; `devices`: all that are expected."""
    of = {branch: row.district for row in register.reserves for branch in row.branches}
    branches = Counter(of.get(branch, "") for group in register.groups for branch in group)
    summed = Counter(
        of.get(branch, "") for group in register.groups for branch in group if branch in counted
    )
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for device, branch in devices.items():
        state = "here" if device in here else "missing" if device in missing else "pending"
        sums[of.get(branch, "")][state] += 1
    return tuple(
        DistrictFacts(
            name,
            branches[name],
            summed[name],
            sums[name]["here"],
            sums[name]["pending"],
            sums[name]["missing"],
        )
        for name in sorted(branches, key=lambda name: (not name, name))
    )


def read_interims(
    folder: Path,
    predecessors: Sequence[str],
    current: tuple[str, ArchiveIndex],
    times: Sequence[int],
    counts: Sequence[Sequence[ContestCount]],
    sums: Sequence[Sums],
) -> tuple[InterimFacts, ...]:
    """Return the interim results, first to last, the current one among them if it is one.

    `predecessors`: SHA-256 of verified indexes, newest first; `times`, `sums`: of the batches of the
    current index; `counts`: by contest, of those batches. Raises `SiteError` for an index whose sums do not
    follow from its archives, `SchemaError`, `OSError`.
    """
    digest, index = current
    indexes = [
        (
            name,
            from_json(ArchiveIndex, read_file(folder / EARLIER_FOLDER / f"{name}.json", MAX_INDEX)),
        )
        for name in reversed(predecessors)
    ]
    if index.interim:
        indexes.append((digest, index))
    places = {batch.name: place for place, batch in enumerate(index.batches)}
    return tuple(
        _interim(
            number, name, each, [places[batch.name] for batch in each.batches], times, counts, sums
        )
        for number, (name, each) in enumerate(indexes, 1)
    )


def add_counts(counts: Sequence[ContestCount]) -> ContestCount:
    """Add the counts of one contest over batches; at least one."""
    first = counts[0]
    candidates = tuple(
        replace(
            same[0],
            individual=sum(each.individual for each in same),
            by_list=sum(each.by_list for each in same),
        )
        for same in zip(*(count.candidates for count in counts), strict=True)
    )
    lists = tuple(
        replace(
            same[0],
            ballots=sum(each.ballots for each in same),
            total=sum(each.total for each in same),
        )
        for same in zip(*(count.lists for count in counts), strict=True)
    )
    return replace(
        first,
        ballots=sum(count.ballots for count in counts),
        candidates=candidates,
        lists=lists,
        independents=sum(count.independents for count in counts),
        blanks=sum(count.blanks for count in counts),
        unused=sum(count.unused for count in counts),
        invalid=tuple(row for count in counts for row in count.invalid),
        broken_bounds=tuple(dict.fromkeys(x for count in counts for x in count.broken_bounds)),
    )


def add_sums(parts: Sequence[Sums]) -> Sums:
    """Add the published sums of batches, question by question; at least one."""
    return tuple(map(_question, zip(*parts, strict=True)))


# ---------------------------------------------------------------- parts


def _interim(
    number: int,
    digest: str,
    index: ArchiveIndex,
    places: Sequence[int],
    times: Sequence[int],
    counts: Sequence[Sequence[ContestCount]],
    sums: Sequence[Sums],
) -> InterimFacts:
    together = add_sums([sums[place] for place in places])
    if (index.ballots, index.sums) != (sum(batch.ballots for batch in index.batches), together):
        raise SiteError(
            m(
                "the interim index {digest} says other sums than follow from its archives; no site is made "
                "of this count",
                digest=Latin(digest),
            )
        )
    return InterimFacts(
        number,
        digest,
        datetime.fromtimestamp(max(times[place] for place in places), UTC),
        index.ballots,
        sum(len(batch.branches) for batch in index.batches),
        tuple(places),
        tuple(add_counts([contest[place] for place in places]) for contest in counts),
    )


def _question(
    column: Sequence[tuple[int, ...] | Mapping[str, int]],
) -> tuple[int, ...] | Mapping[str, int]:
    counts = [part for part in column if isinstance(part, tuple)]
    if counts:
        return tuple(map(sum, zip(*counts, strict=True)))
    found: Counter[str] = Counter()
    for part in _mappings(column):
        found.update(part)
    return dict(found)


def _mappings(
    column: Sequence[tuple[int, ...] | Mapping[str, int]],
) -> Iterator[Mapping[str, int]]:
    return (part for part in column if not isinstance(part, tuple))
