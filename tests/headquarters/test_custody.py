"""Custody forms: every device of a branch is on its form, and what comes from outside is text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    Role,
    Text,
)
from election.files import replace_file
from election.sheets import Sheet
from election.spare import SPARE
from headquarters.beginning import BeginningError
from headquarters.custody import HAND_OVERS, LANGUAGES, Forms, write_forms
from headquarters.device_list import ListedDevice
from headquarters.inventory import GOODS, GoodsRow, Inventory, InventoryRow
from headquarters.workspace import ElectionFolder, FolderError, Workspace, load_plan
from tests.cases.office.office import accepted, amin, ask, filled_in, put, refused
from tests.headquarters.small import set_up
from tests.headquarters.test_spares import asked
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


SPARE_1 = ListedDevice(DeviceId("spare-1"), Role.BALLOT_TERMINAL, BranchId(SPARE))


def test_a_spare_is_on_the_list_of_its_district_and_has_a_form(workspace: Workspace) -> None:
    """Of no branch until it took over; no sum counts it before."""
    (branch, *_) = workspace.election.branches
    inventory = Inventory((InventoryRow(SPARE_1.device, SPARE, "SN-9", "S-9", "M-8", "M-9"),))
    for language in LANGUAGES:
        t = installed().speaker(language).without_isolates()
        forms = Forms(workspace, inventory, [(branch.district, SPARE_1)])
        for each in workspace.election.branches:
            assert SPARE_1.device not in texts(forms.of(each, t))
        without = Forms(workspace, inventory)
        for sums, before in zip(forms.districts(), without.districts(), strict=True):
            assert sums == before
            (rows,) = (x.rows for x in forms.of_district(sums, t).tables[:1])
            found = [row for row in rows if row[0] == SPARE_1.device]
            if sums.district != branch.district:
                assert not found
                continue
            ((_, place, _, *numbers),) = found
            assert numbers == ["SN-9", "S-9", "M-8", "M-9", ""]
            assert place not in {each.id for each in workspace.election.branches}
        own = forms.of_spare(branch.district, SPARE_1, t)
        assert {"SN-9", "S-9", "M-8", "M-9", SPARE_1.device} <= {*texts(own)}
        assert any(branch.district in each for each in own.about)
        for table in own.tables:
            assert {len(row) for row in table.rows} == {len(table.heads)}
            assert len(table.widths) in {0, len(table.heads)}


def test_a_spare_that_took_over_is_on_the_form_of_its_branch_with_its_numbers(
    workspace: Workspace,
) -> None:
    """`open_workspace` has it among the devices once its act was taken in."""
    (branch, *_) = workspace.election.branches
    spare = replace(workspace.election.devices[0], id=SPARE_1.device, branch=branch.id)
    devices = (*workspace.election.devices, spare)
    other = replace(workspace, election=replace(workspace.election, devices=devices))
    inventory = Inventory((InventoryRow(SPARE_1.device, SPARE, "SN-9"),))
    t = installed().speaker(ENGLISH)
    forms = Forms(other, inventory)
    sheets = [forms.of(each, t) for each in workspace.election.branches]
    sheets += [forms.of_district(each, t) for each in forms.districts()]
    assert [spare.id in texts(each) for each in sheets].count(True) == 2
    assert "SN-9" in " ".join(texts(forms.of(branch, t)))


@pytest.mark.slow
def test_spares_by_the_commands(tmp_path: Path) -> None:
    """From the request to the tables and forms; a number of a spare is compared with all others."""
    hq = filled_in(tmp_path, f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}")
    plan = hq / "election.toml"
    plan.write_text(plan.read_text("utf-8").replace("name a public source", "an index"), "utf-8")
    put(hq, ask("t-1", Role.BALLOT_TERMINAL), "t-1")
    put(hq, ask("s-1", Role.IDENTITY_STATION), "s-1")
    place = ElectionFolder(hq)
    district = load_plan(place).branches[0].district
    asked(place, district)
    asked(place, district, name=DeviceId("spare-late"))
    late = place.requests / "spares" / district / "spare-late.json"
    later = late.read_bytes()
    late.unlink()
    accepted(amin("package", hq, "--yes"))
    late.write_bytes(later)  # asked after the package: it has no certificate, and no box
    accepted(amin("inventory", hq, "--out", tmp_path / "tables"))
    table = (tmp_path / "tables" / "inventory.csv").read_text("utf-8-sig")
    assert "spare-7,spare,,,,\n" in table
    (tmp_path / "own.csv").write_text(
        table.replace("spare-7,spare,,,,", "spare-7,spare,S-1,L-1,A,B")
    )
    accepted(amin("inventory", hq, "--devices", tmp_path / "own.csv"))
    (tmp_path / "twice.csv").write_text("device,branch,serial\nt-1,,S-1\n")
    refused(amin("inventory", hq, "--devices", tmp_path / "twice.csv"), "spare-7 already")
    (tmp_path / "moved.csv").write_text("device,branch\nspare-7,b1\n")
    refused(amin("inventory", hq, "--devices", tmp_path / "moved.csv"), "of branch spare")
    accepted(amin("custody-forms", hq, tmp_path / "forms"))
    found = sorted(path.name for path in (tmp_path / "forms" / "spares").iterdir())
    assert found == ["spare-7.en.pdf", "spare-7.fa.pdf"]
    accepted(
        amin("custody-forms", hq, tmp_path / "one", "--branch", load_plan(place).branches[0].id)
    )
    assert not (tmp_path / "one" / "spares").exists()


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
