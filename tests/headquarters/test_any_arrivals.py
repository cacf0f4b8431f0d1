"""Any night, drawn: what the board of arrivals says on every page adds up, and no name becomes code."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.definition import Branch, BranchId, DeviceId, Role, Text
from election.files import replace_file
from election.missing import MissingDevice, MissingGround, MissingList
from headquarters.arrival_board.facts import (
    Arrival,
    ArrivalBoard,
    arrival_board,
    from_report,
    table_of,
)
from headquarters.arrival_board.pages import page_of
from headquarters.import_report import report_json
from headquarters.workspace import ElectionFolder, FolderError, Workspace
from tests.headquarters.test_arrival_board import LANGUAGES, NOW, report, small
from words.languages import installed
from words.text import ENGLISH

__all__ = ["small"]

NAMES = st.text(st.sampled_from("نورabc1۳<>&\"'{}%"), min_size=1, max_size=12)


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[tuple[str, str, int, int]], st.DataObject]:
    """Draw branches: name, district, stations, terminals."""
    districts = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    number = st.integers(0, 2)
    branch = st.tuples(NAMES, st.sampled_from(districts), number, number)
    return draw(st.lists(branch, min_size=1, max_size=5)), draw(st.data())


def night_of(small: Workspace, drawn: list[tuple[str, str, int, int]]) -> Workspace:
    station, terminal = (
        next(x for x in small.election.devices if x.role is role)
        for role in (Role.IDENTITY_STATION, Role.BALLOT_TERMINAL)
    )
    branches, devices = [], []
    for place, (name, district, stations, terminals) in enumerate(drawn):
        branch = Branch(BranchId(f"b{place}"), Text(name, name), district)
        branches.append(branch)
        for kind, count in ((station, stations), (terminal, terminals)):
            devices += [
                replace(kind, id=DeviceId(f"{branch.id}-{kind.role[0]}{n}"), branch=branch.id)
                for n in range(count)
            ]
    election = replace(small.election, branches=tuple(branches), devices=tuple(devices))
    return replace(small, election=election)


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(max_examples=40, deadline=None)
@given(nights())
def test_every_view_of_a_night_says_the_same(
    small: Workspace, drawn: tuple[list[tuple[str, str, int, int]], st.DataObject]
) -> None:
    places, data = drawn
    night = night_of(small, places)
    names = [each.id for each in night.election.devices]
    states = {name: data.draw(st.sampled_from(["here", "pending", "missing"])) for name in names}
    here, gone = (
        [name for name in names if states[name] == which] for which in ("here", "missing")
    )
    if gone:
        listed = (MissingDevice(x, MissingGround.LOST, None, 0, False) for x in sorted(gone))
        acts = replace(night.acts, missing=MissingList(bytes(32), tuple(listed)))
        night = replace(night, acts=acts)
    board = from_report(night, report(night, *here), NOW)
    # Each device once, in the state that it has; sums are those of the devices.
    for which in ("here", "pending", "missing"):
        found = [x for each in board.branches for x in getattr(each, which)]
        assert sorted(found) == sorted(name for name in names if states[name] == which)
    for summed in ("branches", "complete", "part", "nothing", "here", "pending", "missing"):
        districts = sum(getattr(each, summed) for each in board.districts())
        assert districts == getattr(board.whole, summed), summed
    assert board.whole.devices == len(names)
    stations = {x.id for x in night.election.devices if x.role is Role.IDENTITY_STATION}
    pending = {x for each in board.branches for x in each.pending}
    assert board.whole.stations_pending == len(stations & pending)
    # The table, and what programs read.
    rows = list(csv.DictReader(io.StringIO(table_of(board).decode("utf-8-sig"))))
    plain = json.loads(json.dumps(board.plain()))
    for row, each, branch in zip(rows, plain["branches"], night.election.branches, strict=True):
        assert (row["branch"], row["name_fa"], row["district"]) == (
            branch.id,
            branch.name.fa,
            branch.district,
        )
        for which in ("here", "pending", "missing"):
            assert row[which].split() == each[which]
        assert row["state"] == each["state"] in set(Arrival)
    _judge_pages(board)


def _judge_pages(board: ArrivalBoard) -> None:
    for language in LANGUAGES:
        t = installed().speaker(language)
        page = Page(page_of(board, t, LANGUAGES))
        assert page.elements.count("script") == 1, "its own, and no name's"
        assert page.handlers == []
        assert page.elements.count("progress") == len(board.districts())
        for each in board.branches:
            assert (each.name.in_(language) in page.text) or not each.pending
    english = list(board.lines(installed().speaker(ENGLISH).without_isolates()))
    assert len(english) >= 1 + len(board.districts())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_report_is_refused_or_read(
    small: Workspace, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = ElectionFolder(tmp_path_factory.mktemp("report"))
    night = replace(night_of(small, [("a", "1", 1, 1)]), folder=folder)
    names = [each.id for each in night.election.devices]
    text = bytearray(report_json(report(night, *names)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    replace_file(folder.import_report, bytes(text))
    try:
        board = arrival_board(night, NOW)
    except FolderError as error:
        told = str(error)
    else:
        told = ""
    if told:
        assert "import.json" in told
        return
    assert board.whole.devices == len(names)
    assert {x for each in board.branches for x in each.here} <= set(names)
