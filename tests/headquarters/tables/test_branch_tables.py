"""Take branches and devices from tables, give them out again, and refuse what does not fit."""

from __future__ import annotations

import json
import random
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import Authority, Branch, BranchId, DeviceId, Role, Text
from election.errors import ElectionError, ManifestError
from election.files import replace_file
from headquarters import branch_tables
from headquarters.branch_tables import (
    BRANCHES_FILE,
    BranchRow,
    BranchTables,
    with_branches,
    write_branches,
)
from headquarters.device_list import DEVICES_FILE, ListedDevice, parse_devices, write_devices
from headquarters.election_config import read_plan
from headquarters.names import text_problem
from headquarters.plan_check import check_listed, not_asked
from headquarters.typed import one_spelling
from headquarters.workspace import ElectionFolder, load_plan
from tests.cases.office.office import accepted, amin, ask, begun_in, refused
from tests.fuzz.mutate import Mutator
from tests.headquarters.tables.sheets import workbook

HEAD = ["id", "name_fa", "name_en", "district", "mobile", "stations", "terminals"]
ROWS = [
    ["b0001", "مدرسهٔ نور", "Noor School", "3", "no", "2", "3"],
    ["b0002", "مسجد جامع", "", "3", "no", "1", "1"],
    ["b0003", "سیار ۱", "Mobile 1", "شمیران", "yes", "1", "1"],
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return begun_in(tmp_path_factory.mktemp("office"))


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(begun, tmp_path / "election"))


def text(separator: str = ",", end: str = "\n", head: list[str] = HEAD) -> str:
    return end.join(separator.join(row) for row in (head, *ROWS)) + end


TABLES: dict[str, bytes] = {
    "csv": text().encode(),
    "semicolons": text(";").encode("utf-8-sig"),
    "tabs": text("\t", "\r\n").encode(),
    "cr": text(end="\r").encode(),
    "capitals": text(head=[x.upper() for x in HEAD]).replace(",no,", ",NO,").encode(),
    "persian-digits": text().replace(",2,3", ",۲,۳").encode(),
    "arabic-digits": text().replace(",2,3", ",٢,٣").encode(),
    "blanks": text(" , ").encode(),
    "empty-rows": (text() + ",,,,,,\n\n").encode(),
    "empty-columns": text(end=",,\n").encode(),
    "workbook": workbook([HEAD, *ROWS]),
    "workbook-of-numbers": workbook([HEAD, [], *ROWS, ["", ""]], numbers=True),
    "workbook-inline": workbook([HEAD, *ROWS], inline=True),
    "columns-in-another-order": "\n".join(",".join(row[::-1]) for row in (HEAD, *ROWS)).encode(),
}


@pytest.mark.parametrize("habit", TABLES)
def test_every_habit_is_the_same_table(folder: Path, tmp_path: Path, habit: str) -> None:
    (tmp_path / "t.csv").write_bytes(TABLES[habit])
    told = accepted(amin("branches", folder, "--branches", tmp_path / "t.csv", "--json"))
    assert json.loads(told.stdout) == {"branches": 3, "districts": 2, "stations": 4, "terminals": 5}
    assert "Next: " in told.stderr
    plan = load_plan(ElectionFolder(folder))
    assert plan.branches == (
        Branch(BranchId("b0001"), Text("مدرسهٔ نور", "Noor School"), "3"),
        Branch(BranchId("b0002"), Text("مسجد جامع"), "3"),
        Branch(BranchId("b0003"), Text("سیار ۱", "Mobile 1"), "شمیران", mobile=True),
    )
    assert [each.device for each in parse_devices((folder / DEVICES_FILE).read_bytes(), "d")] == [
        *("b0001-s1", "b0001-s2", "b0001-t1", "b0001-t2", "b0001-t3"),
        *("b0002-s1", "b0002-t1", "b0003-s1", "b0003-t1"),
    ]


def test_the_plan_changes_in_nothing_else_and_the_tables_come_back(folder: Path) -> None:
    plan = folder / "election.toml"
    before = plan.read_text("utf-8")
    (folder / "t.csv").write_bytes(TABLES["csv"])
    accepted(amin("branches", folder, "--branches", folder / "t.csv"))
    first = plan.read_text("utf-8")
    assert first.startswith(before.partition("[[branches]]")[0])
    assert "branch-1" not in first
    out = folder / "out"
    told = accepted(amin("branches", folder, "--out", out))
    assert str(out / BRANCHES_FILE) in told.output
    devices = (folder / DEVICES_FILE).read_bytes()
    assert (out / DEVICES_FILE).read_bytes() == devices
    for more in ([], ["--devices", out / DEVICES_FILE]):
        accepted(amin("branches", folder, "--branches", out / BRANCHES_FILE, *more))
        assert plan.read_text("utf-8") == first
        assert (folder / DEVICES_FILE).read_bytes() == devices
    refused(amin("branches", folder, "--out", out), str(out))


REFUSED: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "twice": (text().replace("b0002", "B0001").encode(), ("line 3", "column id", "B0001")),
    "no-name": (text().replace("مسجد جامع", "").encode(), ("line 3", "column name_fa")),
    "unseen": (text().replace("مسجد", "مس\u200bجد").encode(), ("line 3", "column name_fa")),
    "unseen-district": (
        text().replace("شمیران", "شم\u202eیران").encode(),
        ("line 4", "column district"),
    ),
    "mobile": (text().replace(",yes,", ",maybe,").encode(), ("line 4", "column mobile")),
    "number": (text().replace(",2,3", ",-2,3").encode(), ("line 2", "column stations")),
    "huge": (text().replace(",2,3", ",2,300").encode(), ("line 2", "column terminals")),
    "inf": (text().replace(",2,3", ",inf,3").encode(), ("line 2", "column stations")),
    "id": (text().replace("b0002", "b 2").encode(), ("line 3", "column id")),
    "long-id": (text().replace("b0002", "b" * 30).encode(), ("line 3", "column id", "32")),
    "spare": (text().replace("b0002", "spare").encode(), ("line 3", "column id")),
    "columns": (b"id,name\n", ("line 1", "name_fa")),
    "column-twice": (b"id,id,name_fa,district\n", ("line 1", "name_fa")),
    "cells": ((text() + "b9,x\n").encode(), ("line 5",)),
    "empty": (b"", ("empty",)),
    "head-alone": (",".join(HEAD).encode(), ("no branch",)),
    "utf-16": (text().encode("utf-16"), ("UTF-16", "CSV UTF-8")),
    "cp-1256": (text().replace("ی", "ي").encode("cp1256", "replace"), ("CSV UTF-8",)),
    "large": (text().encode() + b"b,n,,1,no,1,1\n" * 700_000, ("larger",)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_named_and_nothing_changes(folder: Path, what: str) -> None:
    data, words = REFUSED[what]
    (folder / "t.csv").write_bytes(data)
    before = {x: x.read_bytes() for x in folder.rglob("*") if x.is_file()}
    refused(amin("branches", folder, "--branches", folder / "t.csv"), "t.csv", *words)
    assert {x: x.read_bytes() for x in folder.rglob("*") if x.is_file()} == before


def test_devices_have_to_fit_the_branches(folder: Path) -> None:
    branches, devices = folder / "t.csv", folder / "d.csv"
    branches.write_bytes(TABLES["csv"])

    def take(table: str, *more: object) -> Result:
        devices.write_text("device,role,branch\n" + table, "utf-8")
        return amin("branches", folder, "--devices", devices, *more)

    with_table = ("--branches", branches)
    wrong = take("x,ballot-terminal,b0002\n", *with_table)
    refused(wrong, "t.csv", "line 2", "column stations", "b0001")
    wrong = take("x,ballot-terminal,b0009\n", *with_table)
    refused(wrong, "d.csv", "line 2", "column branch", "b0009")
    wrong = take("x,ballot-terminal,branch-1\nX,ballot-terminal,branch-1\n")
    refused(wrong, "d.csv", "line 3", "column device")
    wrong = take("x,officer,branch-1\n")
    refused(wrong, "d.csv", "line 2", "column role")
    assert not (folder / DEVICES_FILE).exists()
    accepted(take("x,Ballot-Terminal,branch-1\n"))
    without_numbers = "id,name_fa,district\nb0001,نور,1\n"
    branches.write_text(without_numbers, "utf-8")
    refused(amin("branches", folder, *with_table), DEVICES_FILE, "branch-1")
    accepted(take("x,ballot-terminal,b0001\n", *with_table))


NAMED = (
    "device,role,branch\n"
    "school-left,identity-station,b0001\nschool-right,identity-station,b0001\n"
    "booth-1,ballot-terminal,b0001\nbooth-2,ballot-terminal,b0001\nbooth-3,ballot-terminal,b0001\n"
    "mosque,identity-station,b0002\nmosque-booth,ballot-terminal,b0002\n"
    "bus,identity-station,b0003\nbus-booth,ballot-terminal,b0003\n"
)
"""As many as `ROWS` ask for, named by people."""


@pytest.fixture
def named(folder: Path) -> Path:
    """A folder whose list of devices was named by people, and the tables given out of it."""
    (folder / "t.csv").write_bytes(TABLES["csv"])
    (folder / "d.csv").write_text(NAMED, "utf-8")
    tables = ("--branches", folder / "t.csv", "--devices", folder / "d.csv")
    accepted(amin("branches", folder, *tables))
    accepted(amin("branches", folder, "--out", folder / "out"))
    return folder


def test_numbers_that_agree_leave_the_list_of_devices_as_it_is(named: Path) -> None:
    """What `--out` wrote has the numbers; who edits the branches alone renames no device."""
    given = named / "out" / BRANCHES_FILE
    given.write_text(given.read_text("utf-8").replace("مسجد جامع", "مسجد نو"), "utf-8")
    listed = named / DEVICES_FILE
    listed.write_text(NAMED, "utf-8")  # as people save it, not as it was written
    told = accepted(amin("branches", named, "--branches", given, "--json"))
    assert json.loads(told.stdout)["terminals"] == 5
    assert "مسجد نو" in (named / "election.toml").read_text("utf-8")
    assert listed.read_text("utf-8") == NAMED


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (",2,3", ",1,3", ("line 2", "column stations", "b0001", "lists 2")),
        (",2,3", ",2,4", ("line 2", "column terminals", "b0001", "lists 3")),
        (",2,3", ",,0", ("line 2", "column terminals", "b0001", "lists 3")),
        ("b0003", "b0004", ("bus", "b0003")),
    ],
)
def test_numbers_never_replace_a_list_of_devices(
    named: Path, before: str, after: str, words: tuple[str, ...]
) -> None:
    given = named / "t.csv"
    given.write_text(text().replace(before, after), "utf-8")
    files = {x: x.read_bytes() for x in named.rglob("*") if x.is_file()}
    wrong = amin("branches", named, "--branches", given)
    refused(wrong, DEVICES_FILE, "give a table of devices", *words)
    assert {x: x.read_bytes() for x in named.rglob("*") if x.is_file()} == files
    devices = named / "d.csv"
    devices.write_text("device,role,branch\nx,ballot-terminal,b0001\n", "utf-8")
    given.write_text("id,name_fa,district,terminals\nb0001,نور,1,1\n", "utf-8")
    accepted(amin("branches", named, "--branches", given, "--devices", devices))
    assert [x.device for x in parse_devices((named / DEVICES_FILE).read_bytes(), "d")] == ["x"]


def test_one_of_both_ways(folder: Path) -> None:
    refused(amin("branches", folder), "--branches", "--out")
    (folder / "t.csv").write_bytes(TABLES["csv"])
    both = amin("branches", folder, "--branches", folder / "t.csv", "--out", folder / "o")
    refused(both, "--out")
    assert not (folder / "o").exists()


def test_nothing_is_taken_in_after_the_register(folder: Path) -> None:
    (folder / "t.csv").write_bytes(TABLES["csv"])
    (folder / "register.json").write_bytes(b"{}")
    refused(amin("branches", folder, "--branches", folder / "t.csv"), "register.json")
    accepted(amin("branches", folder, "--out", folder / "o"))


def test_names_in_more_languages_are_not_lost(folder: Path) -> None:
    plan = folder / "election.toml"
    plan.write_text(plan.read_text("utf-8").replace('en = "Branch 1"', 'ckb = "بنکە ١"'), "utf-8")
    before = plan.read_bytes()
    (folder / "t.csv").write_bytes(TABLES["csv"])
    refused(amin("branches", folder, "--branches", folder / "t.csv"), "branch-1", "ckb")
    refused(amin("branches", folder, "--out", folder / "o"), "branch-1", "ckb")
    assert plan.read_bytes() == before


PLANS: dict[str, Callable[[str], str]] = {
    "between": lambda plan: plan + '\n# of the styles\n[[styles]]\nid = "more"\nname = { fa = "ب" }\n'
    'contests = ["council"]\nresidence = ["x"]\n',
    "apart": lambda plan: plan.replace("[rules]", '[[branches]]\nid = "z"\nname.fa = "ز"\n'
    'district = "1"\n\n[rules]'),
    "long-name": lambda plan: plan + '\n[[branches]]\nid = "z"\ndistrict = "1"\n[branches.name]\n'
    'fa = "ز"\n\n',
    "crlf": lambda plan: plan.replace("\n", "\r\n"),
    "blanks": lambda plan: plan.replace("[[branches]]", "  [[ branches ]]  # here"),
    "none": lambda plan: plan.partition("[[branches]]")[0],
}  # fmt: skip


@pytest.mark.parametrize("what", PLANS)
def test_plans_as_people_write_them(folder: Path, what: str) -> None:
    plan = folder / "election.toml"
    written = PLANS[what](plan.read_text("utf-8"))
    before = tomllib.loads(written)
    branches = [Branch(BranchId("n"), Text("ن" * 150, "x"), "1", offline=True)]
    new = with_branches(written.encode(), branches, "election.toml")
    after = tomllib.loads(new.decode())
    assert {**after, "branches": 0} == {**before, "branches": 0}
    assert [each["id"] for each in after["branches"]] == ["n"]
    assert with_branches(new, branches, "election.toml") == new
    if what == "between":
        assert b"# of the styles\n[[styles]]" in new


def test_comments_of_branches_go_with_them_and_others_stay(begun_plan: bytes) -> None:
    """As the help and the guide say it."""
    head = begun_plan.decode().partition("[[branches]]")[0] + "# of the plan\n"
    block = '[[branches]]  # first\n# inside\nid = "z"\nname.fa = "ز"  # a name\ndistrict = "1"\n'
    other = (
        '\n# of the styles\n[[styles]]  # more\nid = "more"\nname = { fa = "ب" }\n'
        'contests = ["council"]\nresidence = ["x"]\n# of nothing\n'
    )
    between = "# between\n" + block.replace('"z"', '"y"')
    branches = [Branch(BranchId("n"), Text("ن"), "1")]
    new = with_branches((head + block + between + other).encode(), branches, "t").decode()
    assert new.startswith(head)
    assert new.endswith(other)
    for gone in ("# first", "# inside", "# a name", "# between"):
        assert gone not in new
    last = with_branches((head + block + "# behind\n").encode(), branches, "t").decode()
    assert last.startswith(head)
    assert "# behind" not in last


def test_branches_in_one_line_are_left_to_people(folder: Path) -> None:
    plan = folder / "election.toml"
    head, _, _ = plan.read_text("utf-8").partition("[[branches]]")
    one = 'branches = [{ id = "z", name = { fa = "ز" }, district = "1" }]\n'
    for text_of in (one + head, head.replace("[rules]", 'x = """\n[[branches]]\n"""\n[rules]')):
        with pytest.raises(ManifestError, match=r"\[\[branches\]\]"):
            with_branches(
                text_of.encode(), [Branch(BranchId("n"), Text("ن"), "1")], "election.toml"
            )


def _text(most: int) -> st.SearchStrategy[str]:
    letters = st.sampled_from("ابپتثجچ آءئؤ‌ABab12۳۴,;\"'=+-@#[]\\\t")
    return (
        st.text(letters, min_size=1, max_size=most)
        .map(str.strip)
        .filter(lambda x: text_problem(x) is None)
    )


BRANCHES = st.lists(
    st.builds(
        Branch,
        st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True).map(BranchId),
        st.builds(Text, _text(60), st.just("") | _text(20)),
        _text(20),
        st.booleans(),
        st.booleans(),
        st.sampled_from(Authority),
        st.sampled_from(("", "10.0.0.1:8443", "[2001:db8::1]:8443")),
        st.sampled_from(("", "registry.example:1")),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda branch: branch.id,
).map(
    lambda branches: [
        replace(branch, district=district)
        for branch, district in zip(
            branches, one_spelling(each.district for each in branches), strict=True
        )
    ]
)


@settings(deadline=None)
@given(BRANCHES, st.randoms(use_true_random=False))
def test_any_branches_come_back(
    begun_plan: bytes, branches: list[Branch], drawn: random.Random
) -> None:
    devices = tuple(
        ListedDevice(DeviceId(f"{branch.id}-{role[0]}{number}"), role, branch.id)
        for branch in branches
        for role in (Role.IDENTITY_STATION, Role.BALLOT_TERMINAL)
        for number in range(drawn.randrange(3))
    )
    data = write_branches(BranchTables(tuple(branches), devices))
    rows = branch_tables.read_branches(data)
    assert [row.branch for _, row in rows] == branches
    assert [(row.stations, row.terminals) for _, row in rows] == [
        tuple(
            str(sum((x.branch, x.role) == (branch.id, role) for x in devices))
            for role in (Role.IDENTITY_STATION, Role.BALLOT_TERMINAL)
        )
        for branch in branches
    ]
    assert parse_devices(write_devices(devices), "devices.csv") == devices
    plan = with_branches(begun_plan, branches, "election.toml")
    assert list(read_plan(plan).branches) == branches


@pytest.fixture(scope="module")
def begun_plan(begun: Path) -> bytes:
    return (begun / "election.toml").read_bytes()


def test_the_table_has_a_column_for_all_that_a_branch_is() -> None:
    """A member that is added to branches and not here would be lost on the way out and in."""
    columns = {each.name for each in fields(BranchRow)}
    assert {each.name for each in fields(Branch)} - {"name"} <= columns


def test_damaged_tables_raise_nothing_else() -> None:
    inputs = Mutator([TABLES["csv"], TABLES["workbook"], TABLES["semicolons"]], random.Random(2026))
    for _ in range(300):
        try:
            found = branch_tables.read_branches(inputs.next())
        except ManifestError:
            continue
        assert len({row.id.casefold() for _, row in found}) == len(found)


@pytest.mark.parametrize("cut", ["plan", "devices"])
def test_cut_off_anywhere_the_same_command_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """Power fails before the plan is exchanged: nothing began. After it: the same command ends it."""
    (folder / "t.csv").write_bytes(TABLES["csv"])
    before = (folder / "election.toml").read_bytes()
    real = replace_file

    def failing(path: Path, *rest: object) -> None:
        if (path.name == "election.toml") == (cut == "plan"):
            raise OSError("no power")
        real(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(branch_tables, "replace_file", failing)
    place = ElectionFolder(folder)
    with pytest.raises(OSError, match="no power"):
        branch_tables.take_in(place, folder / "t.csv", None)
    assert ((folder / "election.toml").read_bytes() == before) == (cut == "plan")
    assert not (folder / DEVICES_FILE).exists()
    monkeypatch.undo()
    done = branch_tables.take_in(place, folder / "t.csv", None)
    assert (len(done.branches), len(done.devices)) == (3, 9)
    assert load_plan(place).branches == done.branches


def test_who_asks_has_to_be_listed(folder: Path) -> None:
    plan = load_plan(ElectionFolder(folder))
    request = ask("x-s1", Role.IDENTITY_STATION)
    asked = ListedDevice(request.device, request.role, request.branch)
    check_listed(plan, [request], ())
    check_listed(plan, [request], (asked,))
    assert not_asked([request], (asked,)) == ()
    for other in (
        ListedDevice(DeviceId("x-s2"), request.role, request.branch),
        ListedDevice(request.device, Role.BALLOT_TERMINAL, request.branch),
        ListedDevice(request.device, request.role, BranchId("b")),
    ):
        with pytest.raises(ElectionError, match="x-s1"):
            check_listed(plan, [request], (other,))
    (told,) = not_asked([], (asked,))
    assert "x-s1" in str(told)
