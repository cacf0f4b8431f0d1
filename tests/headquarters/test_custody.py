"""Custody forms: every device of a branch is on its form, and names from outside do nothing to the page."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crypto.election import parse_election
from election.definition import ENGLISH, PERSIAN, Branch, BranchId, Election, EnrolledDevice, Text
from headquarters.beginning import BeginningError
from headquarters.custody import BAG, HAND_OVERS, LANGUAGES, form_of, page_of, write_forms
from headquarters.workspace import ElectionFolder, FolderError, Workspace
from tests.headquarters.small import set_up
from words.languages import installed


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    hq = set_up(tmp_path_factory.mktemp("hq"))
    folder = ElectionFolder(tmp_path_factory.mktemp("election"))
    return of(hq.election, folder)


def of(election: Election, folder: ElectionFolder) -> Workspace:
    encrypted = parse_election(election.belenios_election)
    return Workspace(folder, b"", election, bytes(32), encrypted)


class Page(HTMLParser):
    """Collects tags and the cells of a page, and fails for a tag that is not closed in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_device_is_on_the_form_of_its_branch(
    workspace: Workspace, language: str, tmp_path: Path
) -> None:
    pages = write_forms(workspace, tmp_path / "forms")
    assert len(pages) == 2 * len(workspace.election.branches)
    for branch in workspace.election.branches:
        page = (tmp_path / "forms" / f"{branch.id}.{language}.html").read_text("utf-8")
        read = Page(page)
        assert "script" not in read.tags
        assert not re.findall(r"(src|href)=", page), "it needs no other file"
        assert f'lang="{language}"' in page
        for each in workspace.election.devices:
            assert (f"<td>{each.id}</td>" in page) == (each.branch == branch.id), each.id
            if each.branch == branch.id:
                # In the table of devices, in the morning and at night.
                assert page.count(f"<td>{each.id}</td>") == 3
        assert read.tags.count("table") == 6


def test_terminals_come_first_as_a_branch_closes(workspace: Workspace) -> None:
    (branch, *_) = workspace.election.branches
    form = form_of(workspace, branch, installed().speaker(ENGLISH).without_isolates())
    kinds = [row[1] for row in form.tables[0].rows]
    assert kinds == sorted(kinds)
    assert len(form.tables[1].rows) == len(BAG)
    assert len(form.tables[2].rows) == len(HAND_OVERS)
    heads = [len(table.heads) for table in form.tables]
    assert [{len(row) for row in t.rows} for t in form.tables] == [{n} for n in heads]


def test_a_rehearsals_form_says_so(workspace: Workspace) -> None:
    (branch, *_) = workspace.election.branches
    real = replace(workspace, election=replace(workspace.election, rehearsal=False))
    drill = replace(workspace, election=replace(workspace.election, rehearsal=True))
    pages = [page_of(each, branch, PERSIAN, installed()) for each in (real, drill)]
    assert ["تمرین: هیچ رأیی شمرده نمی‌شود." in page for page in pages] == [False, True]


HOSTILE = ("<script>x()</script>", '"><b>', "{{ form }}", "&amp;", "a\u202eb", "</td></tr>")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_outside_are_text(workspace: Workspace, name: str) -> None:
    election = workspace.election
    (branch, *_) = election.branches
    odd = Branch(branch.id, Text(name, name), name)
    changed = replace(workspace, election=replace(election, name=Text(name, name), branches=(odd,)))
    page = page_of(changed, odd, ENGLISH, installed())
    read = Page(page)
    assert not {"script", "b"} & set(read.tags)
    assert read.tags.count("table") == 6
    assert name.replace("\u202e", "") in unescape(page).replace("\u202e", "")


def test_a_branch_that_is_not_there_or_has_nothing_is_named(
    workspace: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(FolderError, match="b-99"):
        write_forms(workspace, tmp_path / "a", ["b-99"])
    bare = Branch(BranchId("b-0"), Text("x"), "1")
    more = replace(
        workspace,
        election=replace(workspace.election, branches=(*workspace.election.branches, bare)),
    )
    with pytest.raises(FolderError, match="b-0"):
        write_forms(more, tmp_path / "a")
    assert list(tmp_path.iterdir()) == [], "all or none"
    (first, *_) = workspace.election.branches
    assert len(write_forms(workspace, tmp_path / "a", [first.id, first.id])) == 2
    with pytest.raises(BeginningError):
        write_forms(workspace, tmp_path / "a")


def test_five_devices_of_each_kind_all_stand_there(workspace: Workspace) -> None:
    (branch, *_) = workspace.election.branches
    kinds = {each.role: each for each in workspace.election.devices if each.branch == branch.id}
    many: list[EnrolledDevice] = [
        replace(each, id=type(each.id)(f"{each.role}-{n}"))
        for each in kinds.values()
        for n in range(5)
    ]
    crowded = replace(workspace, election=replace(workspace.election, devices=tuple(many)))
    page = page_of(crowded, branch, PERSIAN, installed())
    assert all(page.count(f"<td>{each.id}</td>") == 3 for each in many)
