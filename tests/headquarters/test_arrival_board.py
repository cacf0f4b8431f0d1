"""The board of arrivals: who is here and who is not, from devices and files alone; in a real browser, too."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from crypto.election import parse_election
from election.definition import Branch, BranchId, DeviceId, Role, Text
from election.files import replace_file
from election.reasons import BundleReason
from headquarters.arrival_board import ARRIVALS_FOLDER, look, next_step, write_board
from headquarters.arrival_board.facts import (
    Arrival,
    ArrivalBoard,
    arrival_board,
    from_report,
    table_of,
)
from headquarters.arrival_board.pages import MOST, page_of
from headquarters.import_report import (
    AcceptedBundle,
    BranchNumbers,
    FindingKind,
    ImportFinding,
    ImportReport,
    RejectedBundle,
    report_json,
)
from headquarters.workspace import ElectionFolder, FolderError, Workspace
from tests.headquarters.browsing import chromium, resize, scheme
from tests.headquarters.small import set_up
from words.languages import installed
from words.message import m
from words.text import ENGLISH, PERSIAN

NOW = datetime(2026, 6, 12, 20, 30, tzinfo=UTC)
LANGUAGES = (PERSIAN, ENGLISH)
HOSTILE = "<script>x()</script>\u202e{{ t }}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    election = set_up(tmp_path_factory.mktemp("hq")).election
    encrypted = parse_election(election.belenios_election)
    return Workspace(ElectionFolder(Path("nowhere")), b"", election, bytes(32), encrypted)


@pytest.fixture
def workspace(small: Workspace, tmp_path: Path) -> Workspace:
    """Three branches with a station and two terminals each, in two districts."""
    return country(small, tmp_path, 3, 2)


def country(small: Workspace, folder: Path, branches: int, districts: int) -> Workspace:
    station, terminal = (
        next(x for x in small.election.devices if x.role is role)
        for role in (Role.IDENTITY_STATION, Role.BALLOT_TERMINAL)
    )
    places = tuple(
        Branch(BranchId(f"b{n}"), Text(f"شعبه {n}", f"Branch {n}"), f"d{n % districts:02}")
        for n in range(branches)
    )
    devices = tuple(
        replace(device, id=DeviceId(f"{place.id}-{name}"), branch=place.id)
        for place in places
        for device, name in ((station, "s1"), (terminal, "t1"), (terminal, "t2"))
    )
    election = replace(small.election, branches=places, devices=devices)
    return replace(small, folder=ElectionFolder(folder), election=election)


def report(workspace: Workspace, *here: str, ballots: int = 0) -> ImportReport:
    """What an import says when these devices' bundles are here."""
    devices = {each.id: each for each in workspace.election.devices}
    accepted = [devices[DeviceId(name)] for name in here]
    pending = sorted(devices.keys() - set(here))
    return ImportReport(
        tuple(AcceptedBundle(f"{x.id}.bundle", x.id, x.role, x.branch) for x in accepted),
        (RejectedBundle(f"{HOSTILE}.bundle", BundleReason.SIGNATURE, m("no")),),
        (),
        tuple(ImportFinding(FindingKind.MISSING_BUNDLE, name, m("no")) for name in pending),
        tuple(
            BranchNumbers(x.id, ballots, 0, ballots, ballots, 7)
            for x in workspace.election.branches
        ),
        ballots,
        ballots // 3,
    )


def pages(board: ArrivalBoard) -> list[str]:
    return [page_of(board, installed().speaker(each), LANGUAGES) for each in LANGUAGES]


def test_who_is_here_and_who_is_not(workspace: Workspace) -> None:
    found = from_report(workspace, report(workspace, "b0-s1", "b0-t1", "b0-t2", "b1-t1"), NOW)
    assert [each.state for each in found.branches] == [
        Arrival.COMPLETE,
        Arrival.PART,
        Arrival.NOTHING,
    ]
    first, second = found.districts()
    assert (first.name, first.branches, first.complete, first.nothing) == ("d00", 2, 1, 1)
    assert (first.here, first.pending, first.stations_pending) == (3, 3, 1)
    assert (second.part, second.here, second.pending, second.stations_pending) == (1, 1, 2, 1)
    assert found.whole.devices == 9
    assert [each.id for each in found.waiting()] == ["b2", "b1"]
    table = table_of(found).decode("utf-8-sig").splitlines()
    assert table[2] == "b1,شعبه 1,d01,part,b1-t1,b1-s1 b1-t2,"


def test_it_agrees_with_the_import_whoever_came(workspace: Workspace) -> None:
    drawn = random.Random(5)
    names = [each.id for each in workspace.election.devices]
    for _ in range(20):
        told = report(workspace, *drawn.sample(names, drawn.randrange(len(names) + 1)))
        found = from_report(workspace, told, NOW)
        pending = {device for each in found.branches for device in each.pending}
        assert pending == told.pending
        replace_file(workspace.folder.import_report, report_json(told))
        assert arrival_board(workspace, NOW) == found, "the file says what the import said"


def test_it_depends_on_no_ballot_and_on_no_order(workspace: Workspace) -> None:
    here = ["b0-s1", "b0-t1", "b1-t2"]
    one = from_report(workspace, report(workspace, *here, ballots=3), NOW)
    other = from_report(workspace, report(workspace, *here[::-1], ballots=812), NOW)
    assert pages(one) == pages(other)
    assert table_of(one) == table_of(other)
    said = "".join((*pages(other), json.dumps(other.plain())))
    assert not {"812", "۸۱۲", "270"} & set(said.replace("<", " ").replace(">", " ").split())


def test_before_the_first_import_nothing_is_here(workspace: Workspace) -> None:
    board, page = look(workspace, NOW)
    assert (board.whole.here, board.whole.pending) == (0, 9)
    assert page.name == "arrivals.fa.html"
    assert "--" not in str(next_step(board, page, workspace.folder.path))
    names = {path.name for path in (workspace.folder.path / ARRIVALS_FOLDER).iterdir()}
    assert names == {"arrivals.csv", "arrivals.en.html", "arrivals.fa.html"}
    write_board(workspace, report(workspace, *[x.id for x in workspace.election.devices]), NOW)
    text = (workspace.folder.path / ARRIVALS_FOLDER / "arrivals.en.html").read_text("utf-8")
    assert "Nothing is pending" in text


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"accepted": 3, "rejected": []}', b"\xff"])
def test_a_broken_report_is_told(workspace: Workspace, data: bytes) -> None:
    replace_file(workspace.folder.import_report, data)
    with pytest.raises(FolderError, match=r"import\.json"):
        look(workspace, NOW)


def test_names_from_outside_are_text(workspace: Workspace) -> None:
    election = workspace.election
    odd = replace(election.branches[0], name=Text(HOSTILE, HOSTILE), district=HOSTILE)
    changed = replace(election, name=Text(HOSTILE, HOSTILE), branches=(odd, *election.branches[1:]))
    hostile = replace(workspace, election=changed)
    for page in pages(from_report(hostile, report(workspace), NOW)):
        assert page.count("<script>") == 1
        assert "&lt;script&gt;x()" in page


def test_of_a_large_district_some_are_named_and_the_rest_is_counted(
    small: Workspace, tmp_path: Path
) -> None:
    large = country(small, tmp_path, MOST + 20, 1)
    _, english = pages(from_report(large, report(large), NOW))
    assert english.count("nothing yet ·") == MOST
    assert "and 20 branches more" in english
    lines = list(from_report(large, report(large), NOW).lines(installed().speaker(ENGLISH)))
    assert lines[-2] == f"and {MOST} branches more"


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fa", "en"])
def test_the_page_in_a_browser(
    name: str, small: Workspace, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    night = country(small, tmp_path, 40, 3)
    names = [each.id for each in night.election.devices]
    write_board(night, report(night, *names[: len(names) // 2]), NOW)
    page = tmp_path / ARRIVALS_FOLDER / f"arrivals.{name}.html"
    scheme(browser, "light")
    browser.get(page.as_uri())
    for width in (360, 1400):
        resize(browser, width)
        wide, requests = browser.execute_script(
            "return [document.documentElement.scrollWidth,"
            " performance.getEntriesByType('resource').length]"
        )
        assert wide <= width
        assert requests == 0
    again = browser.find_element(By.ID, "again")
    assert again.is_displayed(), "the script runs under the page's policy"
    assert again.is_selected()
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("dir") == (
        "rtl" if name == "fa" else "ltr"
    )
    assert len(browser.find_elements(By.TAG_NAME, "progress")) == 3
    browser.find_element(By.CSS_SELECTOR, "td a").click()
    assert browser.current_url.endswith("#d1")
    write_board(night, report(night, *names), NOW)
    browser.get(page.as_uri())
    assert not browser.find_elements(By.CSS_SELECTOR, ".interim")
    browser.find_element(By.CSS_SELECTOR, "nav a").click()
    assert browser.current_url.endswith("arrivals.en.html" if name == "fa" else "arrivals.fa.html")
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


@pytest.mark.slow
def test_it_looks_again_by_itself_until_somebody_stops_it(
    small: Workspace, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    night = country(small, tmp_path, 2, 1)
    write_board(night, report(night), NOW)
    page = tmp_path / ARRIVALS_FOLDER / "arrivals.en.html"
    # The half minute passes at once: the timer is called by hand.
    script = "window.setInterval = (call) => { window.pass = call; }"
    added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    browser.get(page.as_uri())
    write_board(night, report(night, *[x.id for x in night.election.devices]), NOW)
    browser.find_element(By.ID, "again").click()
    browser.execute_script("window.pass()")
    assert browser.find_elements(By.CSS_SELECTOR, ".interim"), "stopped"
    browser.find_element(By.ID, "again").click()
    old = browser.find_element(By.TAG_NAME, "body")
    browser.execute_script("window.pass()")
    WebDriverWait(browser, 20).until(
        lambda _: not browser.find_elements(By.CSS_SELECTOR, ".interim")
    )
    assert old != browser.find_element(By.TAG_NAME, "body")
    browser.execute_cdp_cmd(
        "Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]}
    )
