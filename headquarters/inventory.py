"""Say what the branches get: a line for every device, and for everything in a branch's bag; and their sums.

The tables that people fill in are read by `inventory_tables`. Spares have a line, but no branch: the sums of
their district do not count them until they take over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from annotated_types import Len

from election.definition import ID_PATTERN, Branch, BranchId, Role
from election.fields import Pattern
from headquarters.device_list import ListedDevice
from words.message import Message, m

GOODS: Final[Mapping[str, Message]] = {
    "spare-memory-1": m("Spare memory 1, blank and sealed"),
    "spare-memory-2": m("Spare memory 2, blank and sealed"),
    "second-cards": m("Second cards of officer and supervisor, in their bag"),
    "puk-letters": m("Sealed letters with PUK"),
    "package-drive": m("USB drive with package and register"),
    "closing-drive": m("USB drive for closing bundles"),
    "authorization-cards": m("Authorization cards"),
    "paper-rolls": m("Paper rolls"),
}
"""What goes into every branch's bag, by its word in the table of goods."""
NUMBERS: Final = ("serial", "seal", "memory_1", "memory_2")
"""Columns whose numbers no two devices share; memories among each other, too."""

_Number = Annotated[str, Len(0, 40)]


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """A line of inventory.csv: a device and the numbers on it. Empty: written by hand."""

    device: Annotated[str, Pattern(ID_PATTERN)]
    branch: Annotated[str, Pattern(f"({ID_PATTERN})?")] = ""
    serial: _Number = ""
    seal: _Number = ""
    memory_1: _Number = ""
    memory_2: _Number = ""


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """A line of goods.csv: how many of what a branch gets, and in which bag, or under which seal."""

    branch: Annotated[str, Pattern(ID_PATTERN)]
    what: Annotated[str, Len(1, 80)]
    count: Annotated[str, Pattern("[0-9]{0,5}")] = ""
    number: _Number = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the folder has of both tables."""

    devices: tuple[InventoryRow, ...] = ()
    goods: tuple[GoodsRow, ...] = ()

    def numbers(self) -> Mapping[str, InventoryRow]:
        """Return the lines of the devices, by device."""
        return {row.device: row for row in self.devices}

    def bags(self, branches: Sequence[Branch]) -> Mapping[BranchId, tuple[GoodsRow, ...]]:
        """Return what each branch gets: everything in `GOODS`, then what people added."""
        listed: dict[str, dict[str, GoodsRow]] = defaultdict(dict)
        for row in self.goods:
            listed[row.branch][row.what] = row
        return {branch.id: tuple(_bag(branch.id, listed[branch.id])) for branch in branches}


@dataclass(frozen=True, slots=True)
class DistrictInventory:
    """What a district's branches get, summed."""

    district: str
    branches: int
    stations: int
    terminals: int
    without: Mapping[str, int]
    """Devices whose number is not known yet, by column."""
    goods: Mapping[str, int]
    """How many, by what; what has no count in any branch is left out."""
    uncounted: int
    """Lines of goods without a count."""


def with_all(
    found: Inventory, branches: Sequence[Branch], listed: Sequence[ListedDevice]
) -> Inventory:
    """Return the inventory with a line for every listed device and all goods of every branch."""
    lines, bags = found.numbers(), found.bags(branches)
    return Inventory(
        tuple(
            replace(lines.get(each.device, InventoryRow(each.device)), branch=each.branch)
            for each in listed
        ),
        tuple(row for bag in bags.values() for row in bag),
    )


def by_district(
    found: Inventory, branches: Sequence[Branch], listed: Sequence[ListedDevice]
) -> Iterator[DistrictInventory]:
    """Yield the sums of the districts, in the order of the branches."""
    whole = with_all(found, branches, listed)
    place = {branch.id: branch.district for branch in branches}
    numbers = whole.numbers()
    devices: dict[str, list[ListedDevice]] = defaultdict(list)
    for each in listed:
        devices[place[each.branch]].append(each)
    goods: dict[str, list[GoodsRow]] = defaultdict(list)
    for row in whole.goods:
        goods[place[BranchId(row.branch)]].append(row)
    for district, count in Counter(place.values()).items():
        here = devices[district]
        sums: Counter[str] = Counter()
        for row in goods[district]:
            if row.count:
                sums[row.what] += int(row.count)
        yield DistrictInventory(
            district,
            count,
            sum(each.role is Role.IDENTITY_STATION for each in here),
            sum(each.role is Role.BALLOT_TERMINAL for each in here),
            {
                column: sum(not getattr(numbers[each.device], column) for each in here)
                for column in NUMBERS
            },
            sums,
            sum(not row.count for row in goods[district]),
        )


def goods_name(what: str) -> Message | str:
    """Return how goods are called: by their word, or as people wrote it."""
    return GOODS.get(what, what)


def _bag(branch: BranchId, listed: dict[str, GoodsRow]) -> Iterator[GoodsRow]:
    for what in GOODS:
        yield listed.pop(what, GoodsRow(branch, what))
    yield from listed.values()
