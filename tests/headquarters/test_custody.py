"""Custody forms: every device of a branch is on its form, and what comes from outside is text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.election import parse_election
from election.definition import (
    ENGLISH,
    PERSIAN,
    Branch,
    BranchId,
    DeviceId,
    Election,
    EnrolledDevice,
    Text,
)
from election.files import replace_file
from election.sheets import Sheet
from election.spare import SPARE
from headquarters.beginning import BeginningError
from headquarters.custody import HAND_OVERS, LANGUAGES, Forms, write_forms
from headquarters.inventory import GOODS, GoodsRow, Inventory, InventoryRow
from headquarters.workspace import ElectionFolder, FolderError, Workspace
from tests.headquarters.small import set_up
from words.languages import installed
from words.speaker import Speaker
from words.text import Language


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    hq = set_up(tmp_path_factory.mktemp("hq"))
    return of(hq.election, ElectionFolder(tmp_path_factory.mktemp("election")))


def of(election: Election, folder: ElectionFolder) -> Workspace:
    encrypted = parse_election(election.belenios_election)
    return Workspace(folder, b"", election, bytes(32), encrypted)


def plain(sheet: Sheet, t: Speaker) -> bytes:
    """Stand for a PDF: every text of the form, one a line."""
    return "\n".join((str(t.language), *texts(sheet))).encode()


def texts(sheet: Sheet) -> Iterator[str]:
    yield from (sheet.title, sheet.banner, *sheet.about)
    for table in sheet.tables:
        yield from (table.title, table.told, *table.heads)
        for row in table.rows:
            yield from row


def form(workspace: Workspace, language: Language, inventory: Inventory = Inventory()) -> Sheet:  # noqa: B008 (frozen)
    return Forms(workspace, inventory).of(
        workspace.election.branches[0], installed().speaker(language).without_isolates()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_device_is_on_the_form_of_its_branch(
    workspace: Workspace, language: str, tmp_path: Path
) -> None:
    written = write_forms(workspace, tmp_path / "forms", plain)
    districts = {branch.district for branch in workspace.election.branches}
    assert len(written) == 2 * (len(workspace.election.branches) + len(districts))
    assert all(path.exists() for path in written)
    for branch in workspace.election.branches:
        lines = (tmp_path / "forms" / f"{branch.id}.{language}.pdf").read_text("utf-8").split("\n")
        assert lines[0] == language
        for each in workspace.election.devices:
            # In the table of devices, in the morning and at night.
            assert lines.count(each.id) == (3 if each.branch == branch.id else 0), each.id
    lists = [
        (tmp_path / "forms/districts" / f"{n:03}.{language}.pdf").read_text("utf-8").split("\n")
        for n in range(1, len(districts) + 1)
    ]
    for each in workspace.election.devices:
        assert [each.id in lines for lines in lists].count(True) == 1, each.id


def test_a_spare_is_on_no_form_until_it_has_a_branch(workspace: Workspace) -> None:
    """As the guides say; `open_workspace` has it among the devices once its act was taken in."""
    (branch, *_) = workspace.election.branches
    spare = replace(workspace.election.devices[0], id=DeviceId("spare-1"), branch=BranchId(SPARE))
    for place, there in ((BranchId(SPARE), False), (branch.id, True)):
        devices = (*workspace.election.devices, replace(spare, branch=place))
        other = replace(workspace, election=replace(workspace.election, devices=devices))
        t = installed().speaker(ENGLISH)
        forms = Forms(other, Inventory())
        sheets = [forms.of(each, t) for each in workspace.election.branches]
        sheets += [forms.of_district(each, t) for each in forms.districts()]
        assert [spare.id in texts(each) for each in sheets].count(True) == (2 if there else 0)


def test_terminals_come_first_as_a_branch_closes(workspace: Workspace) -> None:
    tables = form(workspace, ENGLISH).tables
    kinds = [row[1] for row in tables[0].rows]
    assert kinds == sorted(kinds)
    assert len(tables[1].rows) == len(GOODS)
    assert len(tables[2].rows) == len(HAND_OVERS)
    for table in tables:
        assert {len(row) for row in table.rows} == {len(table.heads)}
        assert len(table.widths) in {0, len(table.heads)}


def test_numbers_of_the_inventory_are_printed_and_others_are_left_empty(
    workspace: Workspace,
) -> None:
    branch, *_ = workspace.election.branches
    first, *others = (x for x in workspace.election.devices if x.branch == branch.id)
    inventory = Inventory(
        (InventoryRow(first.id, "", "SN-1", "S-2", "M-3", ""),),
        (GoodsRow(branch.id, "paper-rolls", "1200"), GoodsRow(branch.id, "سیم", "2", "K-1")),
    )
    devices, bag, *_ = form(workspace, ENGLISH, inventory).tables
    numbers = {row[0]: row[2:] for row in devices.rows}
    assert numbers == {first.id: ("SN-1", "S-2", "M-3", ""), **{x.id: ("",) * 4 for x in others}}
    assert bag.rows[-2:] == (
        ("Paper rolls", "1,200", "", "", ""),
        ("سیم", "2", "K-1", "", ""),
    )
    persian = form(workspace, PERSIAN, inventory).tables[1].rows
    assert [row[1] for row in persian[-2:]] == ["۱٬۲۰۰", "۲"]
    forms = Forms(workspace, inventory)
    sums = {each.district: each for each in forms.districts()}[branch.district]
    assert sums.goods == {"paper-rolls": 1200, "سیم": 2}
    goods = forms.of_district(sums, installed().speaker(ENGLISH)).tables[1].rows
    assert ("Paper rolls", "1,200", "", "") in goods
    assert ("Authorization cards", "", "", "") in goods, "not counted is not none"


def test_a_rehearsals_form_says_so(workspace: Workspace) -> None:
    real = replace(workspace, election=replace(workspace.election, rehearsal=False))
    drill = replace(workspace, election=replace(workspace.election, rehearsal=True))
    banners = [form(each, PERSIAN).banner for each in (real, drill)]
    assert banners == ["", "تمرین: هیچ رأیی شمرده نمی‌شود."]


def test_a_branch_that_is_not_there_or_has_nothing_is_named(
    workspace: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(FolderError, match="b-99"):
        write_forms(workspace, tmp_path / "a", plain, ["b-99"])
    bare = Branch(BranchId("b-0"), Text("x"), "1")
    more = replace(
        workspace,
        election=replace(workspace.election, branches=(*workspace.election.branches, bare)),
    )
    with pytest.raises(FolderError, match="b-0"):
        write_forms(more, tmp_path / "a", plain)
    assert list(tmp_path.iterdir()) == [], "all or none"
    (first, *_) = workspace.election.branches
    assert len(write_forms(workspace, tmp_path / "a", plain, [first.id, first.id])) == 2
    with pytest.raises(BeginningError):
        write_forms(workspace, tmp_path / "a", plain)


def test_a_broken_inventory_stops_before_anything_is_written(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = ElectionFolder(tmp_path / "hq")
    folder.path.mkdir()
    replace_file(folder.path / "inventory.csv", b"device,colour\n")
    with pytest.raises(Exception, match=r"inventory\.csv"):
        write_forms(replace(workspace, folder=folder), tmp_path / "a", plain)
    assert not (tmp_path / "a").exists()


def test_five_devices_of_each_kind_all_stand_there(workspace: Workspace) -> None:
    (branch, *_) = workspace.election.branches
    kinds = {each.role: each for each in workspace.election.devices if each.branch == branch.id}
    many: list[EnrolledDevice] = [
        replace(each, id=type(each.id)(f"{each.role}-{n}"))
        for each in kinds.values()
        for n in range(5)
    ]
    crowded = replace(workspace, election=replace(workspace.election, devices=tuple(many)))
    said = list(texts(form(crowded, PERSIAN)))
    assert all(said.count(each.id) == 3 for each in many)
