"""Take devices' numbers and goods from tables, give them out again, and refuse what does not fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import BranchId, DeviceId, Role
from election.errors import ManifestError
from headquarters import candidate_files, inventory_tables
from headquarters.candidate_files import as_table
from headquarters.device_list import ListedDevice
from headquarters.inventory import GOODS, NUMBERS, GoodsRow, InventoryRow
from headquarters.inventory_tables import parse_goods, parse_inventory, take_in
from headquarters.workspace import ElectionFolder
from tests.cases.office.office import accepted, amin, begun_in, refused
from tests.headquarters.tables.sheets import workbook
from words.message import Message

BRANCHES = "id,name_fa,district,stations,terminals\nb1,نور,3,1,2\nb2,جامع,شمیران,1,1\n"
HEAD = "device,branch,serial,seal,memory_1,memory_2\n"
DEVICES = HEAD + "b1-s1,b1,SN-1,S-1,M-1,M-2\nb1-t1,,sn-2,,,\n"
GOODS_HEAD = "branch,what,count,number\n"
GOODS_TABLE = GOODS_HEAD + "b1,paper-rolls,۶,\nb1,سیم رابط,2,K-1\nb2,paper-rolls,3,\n"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = begun_in(tmp_path_factory.mktemp("office"))
    (folder / "t.csv").write_text(BRANCHES, "utf-8")
    accepted(amin("branches", folder, "--branches", folder / "t.csv"))
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "election"))


def test_what_was_given_out_is_filled_in_and_taken_in(folder: Path) -> None:
    told = accepted(amin("inventory", folder, "--out", folder / "out"))
    assert "Next: " in told.stderr
    given_out = [folder / "out" / name for name in ("inventory.csv", "goods.csv")]
    assert [len(path.read_text("utf-8").splitlines()) for path in given_out] == [
        1 + 5,
        1 + 2 * len(GOODS),
    ]
    devices, goods = folder / "d.csv", folder / "g.csv"
    devices.write_text(DEVICES, "utf-8")
    goods.write_text(GOODS_TABLE, "utf-8")
    tables = ("--devices", devices, "--goods", goods)
    told = accepted(amin("inventory", folder, *tables, "--json"))
    first, second = json.loads(told.stdout)["districts"]
    assert first == {
        "district": "3",
        "branches": 1,
        "stations": 1,
        "terminals": 2,
        "without": {"serial": 1, "seal": 2, "memory_1": 2, "memory_2": 2},
        "goods": {"paper-rolls": 6, "سیم رابط": 2},
        "uncounted": len(GOODS) - 1,
    }
    assert second["goods"] == {"paper-rolls": 3}
    assert "custody-forms" in told.stderr
    accepted(amin("inventory", folder, "--out", folder / "again"))
    again = [folder / "again" / name for name in ("inventory.csv", "goods.csv")]
    assert "SN-1,S-1,M-1,M-2" in again[0].read_text("utf-8")
    assert again[1].read_text("utf-8").splitlines()[1 + len(GOODS)] == "b1,سیم رابط,2,K-1"
    accepted(amin("inventory", folder, "--devices", again[0], "--goods", again[1]))
    accepted(amin("inventory", folder, "--out", folder / "third"))
    for path in again:
        assert (folder / "third" / path.name).read_bytes() == path.read_bytes()
    told = accepted(amin("inventory", folder))
    assert "Paper rolls: 9" in told.stdout
    refused(amin("inventory", folder, "--out", folder / "x", *tables), "--out alone")


def numbers(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the numbers that the folder has, by device."""
    rows = parse_inventory((folder / "inventory.csv").read_bytes(), "inventory.csv")
    return {x.device: (x.serial, x.seal, x.memory_1, x.memory_2) for x in rows if x.serial}


def taken(folder: Path, option: str, data: str) -> None:
    (folder / "part.csv").write_text(data, "utf-8")
    accepted(amin("inventory", folder, option, folder / "part.csv"))


def test_districts_bring_their_tables_one_after_the_other(folder: Path) -> None:
    """As they were given out: with lines of the others, empty."""
    taken(folder, "--devices", DEVICES)
    taken(folder, "--devices", HEAD + "b2-s1,b2,SN-3,S-3,M-3,M-4\nb1-s1,b1,,,,\n")
    north = {"b1-s1": ("SN-1", "S-1", "M-1", "M-2"), "b1-t1": ("sn-2", "", "", "")}
    assert numbers(folder) == {**north, "b2-s1": ("SN-3", "S-3", "M-3", "M-4")}
    taken(folder, "--devices", HEAD + "b1-t1,b1,SN-3B,S-1B,,\nb1-s1,b1,sn-2,S-1,M-1,\n")
    north = {"b1-s1": ("sn-2", "S-1", "M-1", ""), "b1-t1": ("SN-3B", "S-1B", "", "")}
    assert numbers(folder) == {**north, "b2-s1": ("SN-3", "S-3", "M-3", "M-4")}
    taken(folder, "--goods", GOODS_TABLE)
    taken(folder, "--goods", GOODS_HEAD + "b2,Paper-Rolls,4,\nb2,سیم رابط,,\nb1,سیم رابط,,\n")
    assert {
        (x.branch, x.what): (x.count, x.number)
        for x in parse_goods((folder / "goods.csv").read_bytes(), "goods.csv")
    } == {
        ("b1", "paper-rolls"): ("6", ""),
        ("b1", "سیم رابط"): ("2", "K-1"),
        ("b2", "paper-rolls"): ("4", ""),
        ("b2", "سیم رابط"): ("", ""),
    }


@pytest.mark.parametrize("number", ["sn-1,,,", ",s-1,,", ",,m-2,", ",,,m-1"])
def test_a_number_in_the_tables_of_two_districts_is_noticed(folder: Path, number: str) -> None:
    taken(folder, "--devices", DEVICES)
    before = (folder / "inventory.csv").read_bytes()
    (folder / "t.csv").write_text(HEAD + f"b1-t1,,SN-9,,,\nb2-s1,b2,{number}\n", "utf-8")
    refused(
        amin("inventory", folder, "--devices", folder / "t.csv"), "t.csv", "line 3", "b1-s1 already"
    )
    assert (folder / "inventory.csv").read_bytes() == before


def test_parts_that_are_too_large_together_leave_what_can_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate_files, "MAX_SIZE", 200)
    taken(folder, "--goods", GOODS_HEAD + f"b1,{'a' * 70},1,\nb1,{'b' * 60},1,\n")
    before = (folder / "goods.csv").read_bytes()
    (folder / "t.csv").write_text(GOODS_HEAD + f"b2,{'c' * 60},1,\n", "utf-8")
    refused(amin("inventory", folder, "--goods", folder / "t.csv"), "goods.csv", "larger than")
    assert (folder / "goods.csv").read_bytes() == before


def test_a_branch_that_the_plan_lost_takes_its_lines_with_it(folder: Path) -> None:
    taken(folder, "--devices", DEVICES + "b2-s1,b2,SN-3,,,\n")
    taken(folder, "--goods", GOODS_TABLE)
    plan = folder / "election.toml"
    before, _, after = plan.read_text("utf-8").partition('[[branches]]\nid = "b2"')
    assert after
    plan.write_text(before, "utf-8")
    told = accepted(amin("inventory", folder, "--json"))
    assert [x["district"] for x in json.loads(told.stdout)["districts"]] == ["3"]
    accepted(amin("inventory", folder, "--out", folder / "out"))
    assert "b2" not in (folder / "out" / "inventory.csv").read_text("utf-8")
    taken(folder, "--devices", HEAD + "b1-t2,b1,SN-3,,,\n")
    assert numbers(folder).keys() == {"b1-s1", "b1-t1", "b1-t2"}, "its number is free again"
    taken(folder, "--goods", GOODS_HEAD + "b1,paper-rolls,7,\n")
    assert "b2" not in (folder / "goods.csv").read_text("utf-8")


def test_a_workbook_is_the_same_table() -> None:
    rows = [line.split(",") for line in DEVICES.splitlines()]
    assert parse_inventory(workbook(rows), "d.xlsx") == parse_inventory(DEVICES.encode(), "d.csv")


REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "serial-twice": ("--devices", DEVICES + "b2-s1,,SN-1,,,\n", ("line 4", "serial", "b1-s1")),
    "serial-in-capitals": ("--devices", DEVICES + "b2-s1,,SN-2,,,\n", ("line 4", "b1-t1")),
    "seal-twice": ("--devices", DEVICES + "b2-s1,,,S-1,,\n", ("line 4", "column seal")),
    "memory-of-another": ("--devices", DEVICES + "b2-s1,,,,M-2,\n", ("line 4", "memory_1")),
    "one-memory": ("--devices", DEVICES + "b2-s1,,,,m-9,M-9\n", ("line 4", "memory_2")),
    "device-twice": ("--devices", DEVICES + "b1-s1,,,,,\n", ("line 4", "column device", "twice")),
    "no-such-device": ("--devices", DEVICES + "b9-s1,,,,,\n", ("line 4", "b9-s1")),
    "other-branch": ("--devices", DEVICES + "b2-s1,b1,,,,\n", ("line 4", "column branch", "b2")),
    "unseen": ("--devices", DEVICES + "b2-s1,,S\u202eN,,,\n", ("line 4", "serial", "U+202E")),
    "long": ("--devices", DEVICES + f"b2-s1,,{'9' * 41},,,\n", ("line 4", "column serial")),
    "columns": ("--devices", "device,colour\n", ("line 1", "memory_2")),
    "no-such-branch": ("--goods", GOODS_HEAD + "b9,paper-rolls,1,\n", ("line 2", "b9")),
    "goods-twice": ("--goods", GOODS_TABLE + "b1,PAPER-ROLLS,1,\n", ("line 5", "paper-rolls")),
    "negative": ("--goods", GOODS_HEAD + "b1,paper-rolls,-1,\n", ("line 2", "column count")),
    "huge": ("--goods", GOODS_HEAD + "b1,paper-rolls,999999,\n", ("line 2", "column count")),
    "nan": ("--goods", GOODS_HEAD + "b1,paper-rolls,nan,\n", ("line 2", "column count")),
    "nothing": ("--goods", GOODS_HEAD + "b1,,1,\n", ("line 2", "column what")),
    "two-lines": ("--goods", GOODS_HEAD + 'b1,"a\nb",1,\n', ("line 3", "column what")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_named_and_nothing_changes(begun: Path, what: str) -> None:
    option, data, words = REFUSED[what]
    table = begun / "t.csv"
    table.write_text(data, "utf-8")
    before = {x: x.read_bytes() for x in begun.rglob("*") if x.is_file()}
    refused(amin("inventory", begun, option, table), "t.csv", *words)
    assert {x: x.read_bytes() for x in begun.rglob("*") if x.is_file()} == before


def test_both_are_judged_before_one_is_written(folder: Path) -> None:
    (folder / "d.csv").write_text(DEVICES, "utf-8")
    (folder / "g.csv").write_text(GOODS_HEAD + "b9,paper-rolls,1,\n", "utf-8")
    refused(
        amin("inventory", folder, "--devices", folder / "d.csv", "--goods", folder / "g.csv"), "b9"
    )
    assert not (folder / "inventory.csv").exists()


_LISTED = [
    ListedDevice(DeviceId(f"b1-t{number}"), Role.BALLOT_TERMINAL, BranchId("b1"))
    for number in range(3)
]
_FEW = st.sampled_from(["", "", "", "1", "2", "n", "N", "3"])
_ROWS = st.lists(
    st.builds(InventoryRow, st.sampled_from([x.device for x in _LISTED]), st.just(""), *[_FEW] * 4),
    unique_by=lambda row: row.device,
)


def _are_apart(rows: Iterable[InventoryRow]) -> bool:
    for columns in (("serial",), ("seal",), ("memory_1", "memory_2")):
        found = [x.casefold() for row in rows for c in columns if (x := getattr(row, c))]
        if len(found) > len(set(found)):
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(_ROWS.filter(_are_apart), _ROWS)
def test_a_part_is_read_once_and_judged_with_what_is_there(
    tmp_path_factory: pytest.TempPathFactory,
    here: list[InventoryRow],
    part: list[InventoryRow],
) -> None:
    """A line with a number takes the place of its device's; then, and in itself, all are apart."""
    folder = ElectionFolder(tmp_path_factory.mktemp("part"))
    (folder.path / "inventory.csv").write_bytes(as_table(InventoryRow, here))
    given_table = folder.path / "part.csv"
    given_table.write_bytes(as_table(InventoryRow, part))
    new = {row.device: row for row in part if any(getattr(row, x) for x in NUMBERS)}
    wanted = {row.device: replace(row, branch="b1") for row in here} | new
    read: list[str] = []

    def counting(row: type, data: bytes, name: str, *rest: Any) -> Iterator[tuple[Message, Any]]:
        read.append(name)
        return candidate_files.numbered(row, data, name, *rest)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(inventory_tables, "numbered", counting)
        if _are_apart(wanted.values()):
            found = take_in(folder, given_table, None, (), _LISTED)
            assert {row.device: row for row in found.devices} == wanted
        else:
            before = (folder.path / "inventory.csv").read_bytes()
            with pytest.raises(ManifestError, match=r"part\.csv, line \d+, column .*already"):
                take_in(folder, given_table, None, (), _LISTED)
            assert (folder.path / "inventory.csv").read_bytes() == before
    assert read == ["inventory.csv", "part.csv"]
    assert {
        x.device for x in parse_inventory((folder.path / "inventory.csv").read_bytes(), "x")
    } == (set(wanted) if _are_apart(wanted.values()) else {row.device for row in here})


_TEXT = st.text(max_size=45)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["b1-s1", "b1-t1", "x"]), *[_TEXT] * 4), max_size=4))
def test_every_table_is_read_back_or_refused(rows: list[tuple[str, str, str, str, str]]) -> None:
    data = as_table(InventoryRow, [InventoryRow(row[0], "", *row[1:]) for row in rows])
    try:
        found = parse_inventory(data, "d.csv")
    except ManifestError as error:
        said = str(error)
    else:
        said = "d.csv"
    assert said.startswith("d.csv")
    if said != "d.csv":
        return
    assert parse_inventory(as_table(InventoryRow, found), "d.csv") == found
    numbers = [x.casefold() for row in found for x in (row.memory_1, row.memory_2) if x]
    assert len(numbers) == len(set(numbers))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_TEXT, st.text("0123456789۰۱۲-", max_size=6), _TEXT), max_size=4))
def test_every_table_of_goods_is_read_back_or_refused(rows: list[tuple[str, str, str]]) -> None:
    data = as_table(GoodsRow, [GoodsRow("b1", *row) for row in rows])
    try:
        found = parse_goods(data, "g.csv")
    except ManifestError as error:
        said = str(error)
    else:
        said = "g.csv"
    assert said.startswith("g.csv")
    if said != "g.csv":
        return
    assert parse_goods(as_table(GoodsRow, found), "g.csv") == found
