"""Take the inventory in from two tables that people fill in, and give them out: devices, and goods.

    inventory.csv   device, branch, serial, seal, memory_1, memory_2
    goods.csv       branch, what, count, number

as CSV or .xlsx, with all the habits of `candidate_files`. Both are given out with a line for every device and
everything that goes into a branch's bag, filled in, and taken in again, whole or in parts, as the districts
bring them: they are kept in the election's folder, and the forms of `headquarters.custody` have their numbers
printed. A spare stands there with the branch `spare`. A cell that is empty is written by hand. `what` is a
word of `GOODS`, or how people call the thing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from election.definition import Branch, BranchId, DeviceId
from election.files import PUBLIC, replace_file, write_new
from headquarters.beginning import beginning
from headquarters.candidate_files import as_table, check_size, in_column, numbered
from headquarters.device_list import ListedDevice, read_devices
from headquarters.inventory import (
    GOODS,
    NUMBERS,
    DistrictInventory,
    GoodsRow,
    Inventory,
    InventoryRow,
    by_district,
    goods_name,
    with_all,
)
from headquarters.names import text_problem
from headquarters.rehearsing import devices_of
from headquarters.spares import spares_of
from headquarters.text_table import table
from headquarters.typed import plain
from headquarters.workspace import ElectionFolder, FolderError, load_plan, read_file
from words.folding import fold
from words.message import Message, m
from words.speaker import Speaker

INVENTORY_FILE: Final = "inventory.csv"
GOODS_FILE: Final = "goods.csv"

_Lines: TypeAlias = Sequence[tuple[Message, InventoryRow]]
"""Lines of a table after their places, “file, line”."""


@dataclass(frozen=True, slots=True)
class InventoryDone:
    """What was taken in or given out, and what comes next."""

    districts: tuple[DistrictInventory, ...]
    next_step: Message

    def plain(self) -> dict[str, object]:
        """Return the sums for programs."""
        return {
            "districts": [
                {
                    "district": each.district,
                    "branches": each.branches,
                    "stations": each.stations,
                    "terminals": each.terminals,
                    "without": dict(each.without),
                    "goods": dict(each.goods),
                    "uncounted": each.uncounted,
                }
                for each in self.districts
            ]
        }

    def lines(self, t: Speaker) -> Iterator[str]:
        """Yield the table of the districts for a terminal, and the goods below it."""
        yield from table(
            (
                m("district"),
                m("branches"),
                m("identity stations"),
                m("ballot terminals"),
                m("without serial number"),
                m("without seal"),
                m("without memories"),
                m("goods not counted"),
            ),
            [
                (
                    *(each.district, each.branches, each.stations, each.terminals),
                    *(each.without["serial"], each.without["seal"]),
                    each.without["memory_1"] + each.without["memory_2"],
                    each.uncounted,
                )
                for each in self.districts
            ],
            t,
        )
        sums: Counter[str] = Counter()
        for each in self.districts:
            sums.update(each.goods)
        for what, count in sums.items():
            yield t("{what}: {count}", what=goods_name(what), count=count)


def run(
    folder: ElectionFolder, devices: Path | None, goods: Path | None, target: Path | None
) -> InventoryDone:
    """Take tables in, or give them out into `target`; with neither, say what the folder has.

    Raises `ManifestError` that names line and column, `FolderError`, `OSError`.
    """
    if target is not None and (devices is not None or goods is not None):
        raise FolderError(m("give --devices, --goods or both; or --out alone"))
    plan = load_plan(folder)
    branches, known = plan.branches, {each.id for each in plan.branches}
    # devices.csv keeps those of a branch that the plan lost.
    listed = tuple(x for x in read_devices(folder) or devices_of(folder, plan) if x.branch in known)
    if not listed:
        raise FolderError.of(
            "{folder} lists no device yet; name them with: amin election branches",
            folder=folder.path,
        )
    # Of no branch, and in no sum: boxes of their own, in the store of their district.
    devices_known = (*listed, *(spare for _, spare in spares_of(folder, branches)))
    if target is not None:
        found = with_all(read_inventory(folder), branches, devices_known)
        with beginning(target) as aside:
            write_new(aside / INVENTORY_FILE, as_table(InventoryRow, found.devices), PUBLIC)
            write_new(aside / GOODS_FILE, as_table(GoodsRow, found.goods), PUBLIC)
        step = m(
            "Next: fill in {devices} and {goods}, then: amin election inventory {folder} --devices … "
            "--goods …",
            devices=target / INVENTORY_FILE,
            goods=target / GOODS_FILE,
            folder=folder.path,
        )
    else:
        found = take_in(folder, devices, goods, branches, devices_known)
        step = m("Next: amin election custody-forms {folder} TARGET", folder=folder.path)
    return InventoryDone(tuple(by_district(found, branches, listed)), step)


def take_in(
    folder: ElectionFolder,
    devices: Path | None,
    goods: Path | None,
    branches: Sequence[Branch],
    listed: Sequence[ListedDevice],
) -> Inventory:
    """Check the tables that are given, each read once, and put their lines beside what the folder has.

    A line takes the place of the one of its device, or of its branch and what; a line with nothing filled in,
    as it was given out, changes nothing. Lines of devices and branches that are gone are left out. Both
    tables are judged, with what is there, before one is written. Raises `ManifestError`, `FolderError`,
    `OSError`.
    """
    found, tables = read_inventory(folder), dict[str, bytes]()
    if devices is not None:
        of = {each.device: each.branch for each in listed}
        found = replace(found, devices=_with_devices(found, read_file(devices), devices.name, of))
        tables[INVENTORY_FILE] = as_table(InventoryRow, found.devices)
    if goods is not None:
        known = {each.id for each in branches}
        found = replace(found, goods=_with_goods(found, read_file(goods), goods.name, known))
        tables[GOODS_FILE] = as_table(GoodsRow, found.goods)
    for name, data in tables.items():
        check_size(data, name)  # all parts together have to be read again
    for name, data in tables.items():
        replace_file(folder.path / name, data, PUBLIC)
    return found


def read_inventory(folder: ElectionFolder) -> Inventory:
    """Read what the folder has of both tables. Raises `ManifestError` that names line and column."""
    devices, goods = folder.path / INVENTORY_FILE, folder.path / GOODS_FILE
    return Inventory(
        parse_inventory(read_file(devices), INVENTORY_FILE) if devices.exists() else (),
        parse_goods(read_file(goods), GOODS_FILE) if goods.exists() else (),
    )


def parse_inventory(
    data: bytes, name: str, branches: Mapping[DeviceId, BranchId] | None = None
) -> tuple[InventoryRow, ...]:
    """Read a table of devices and their numbers; `branches`: that of each device, if they are compared.

    No two devices have the same serial number, seal or memory. Raises `ManifestError`.
    """
    lines = _lines(data, name, branches)
    _check_apart(lines)
    return tuple(row for _, row in lines)


def parse_goods(
    data: bytes, name: str, branches: set[BranchId] | None = None
) -> tuple[GoodsRow, ...]:
    """Read a table of goods, of these `branches` if given. Raises `ManifestError`."""
    found: dict[tuple[str, str], GoodsRow] = {}
    for place, row in numbered(GoodsRow, data, name, text_problem, _tidy):
        if branches is not None and row.branch not in branches:
            raise in_column(place, "branch", m("there is no branch {branch}", branch=row.branch))
        for column, text in (("what", row.what), ("number", row.number)):
            if text:
                _check_text(place, column, text)
        key = (row.branch, fold(row.what))
        if key in found:
            raise in_column(
                place,
                "what",
                m(
                    "branch {branch} has {what} already: write one line with the sum",
                    branch=row.branch,
                    what=row.what,
                ),
            )
        found[key] = row
    return tuple(found.values())


# ---------------------------------------------------------------- parts


def _lines(data: bytes, name: str, branches: Mapping[DeviceId, BranchId] | None) -> _Lines:
    """Read a table whose lines are judged each by itself. Raises `ManifestError`."""
    found: dict[str, tuple[Message, InventoryRow]] = {}
    for place, row in numbered(InventoryRow, data, name, text_problem, _tidy):
        if row.device in found:
            raise in_column(
                place, "device", m("the device {device} is there twice", device=row.device)
            )
        if branches is not None:
            _check_place(place, row, branches)
        for column in NUMBERS:
            if number := getattr(row, column):
                _check_text(place, column, number)
        found[row.device] = (place, row)
    return tuple(found.values())


def _check_apart(lines: _Lines, beside: Iterable[InventoryRow] = ()) -> None:
    """Raise `ManifestError` for a number that two of the lines have, or one of them and one `beside`."""
    taken = {_key(row, column): row.device for row in beside for column in NUMBERS}
    for place, row in lines:
        for column in NUMBERS:
            if not (number := getattr(row, column)):
                continue
            other = taken.setdefault(_key(row, column), row.device)
            twice = column == "memory_2" and _key(row, column) == _key(row, "memory_1")
            if other != row.device or twice:
                raise in_column(
                    place,
                    column,
                    m("{number} stands at {device} already", number=number, device=other),
                )


def _key(row: InventoryRow, column: str) -> tuple[str, str]:
    """Return what no two devices share; memories of both columns among each other."""
    return column.partition("_")[0], getattr(row, column).casefold()


def _with_devices(
    found: Inventory, data: bytes, name: str, branches: Mapping[DeviceId, BranchId]
) -> tuple[InventoryRow, ...]:
    """Return what is there with a table's lines; a number of both is told with the table's line."""
    lines = _lines(data, name, branches)
    new = {row.device: row for _, row in lines if any(getattr(row, column) for column in NUMBERS)}
    kept = {
        row.device: replace(row, branch=branch)
        for row in found.devices
        if row.device not in new and (branch := branches.get(DeviceId(row.device)))
    }
    _check_apart(lines, kept.values())
    return (*kept.values(), *new.values())


def _with_goods(
    found: Inventory, data: bytes, name: str, branches: set[BranchId]
) -> tuple[GoodsRow, ...]:
    """Return what is there with a table's lines."""
    lines = {(row.branch, fold(row.what)): row for row in found.goods if row.branch in branches}
    for row in parse_goods(data, name, branches):
        key = (row.branch, fold(row.what))
        lines[key] = row if row.count or row.number else lines.get(key, row)
    return tuple(lines.values())


def _check_place(place: Message, row: InventoryRow, branches: Mapping[DeviceId, BranchId]) -> None:
    branch = branches.get(DeviceId(row.device))
    if branch is None:
        raise in_column(place, "device", m("no branch has a device {device}", device=row.device))
    if row.branch not in {"", branch}:
        raise in_column(
            place,
            "branch",
            m("the device {device} is of branch {branch}", device=row.device, branch=branch),
        )


def _check_text(place: Message, column: str, text: str) -> None:
    if problem := text_problem(text):
        raise in_column(place, column, problem)


def _tidy(column: str, cell: str) -> str:
    if column != "what":
        return plain(cell)
    return cell.casefold() if cell.casefold() in GOODS else cell
