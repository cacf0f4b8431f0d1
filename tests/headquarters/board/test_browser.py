"""The board in a real browser: signing in, a country on one page, changes without reloading, keys, dark."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from crypto.passphrase import Cost
from drivers.media import sqlite
from drivers.registry.line import Post, Reply
from election.board_client import BoardClient, Seen, Speaker, Teller
from election.claim_book import SCHEMA, ClaimBook
from election.definition import BranchId, DeviceId
from election.polls import PollsState
from election.station_status import DayCounts, Power
from headquarters.board import accounts
from headquarters.board.app import Board, make_app
from headquarters.board.serving import BoardServer
from headquarters.board.watching import Watch
from tests.headquarters.board.country import KEY, NOON, Clock, board_of, noon, register, signed
from tests.headquarters.board.test_app import PASSPHRASE, Person, last_of, person
from tests.headquarters.browsing import chromium, resize, scheme

pytestmark = pytest.mark.slow

BRANCHES = 2874
NARROW = 360


@dataclass
class Served:
    """A board that answers on this machine."""

    board: Board
    port: int
    one: Person

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, data: bytes) -> int:
        """Send a station's message."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request("POST", "/status", data)
        return line.getresponse().status


@contextmanager
def served(watch: Watch, folder: Path) -> Iterator[Served]:
    """Serve a watch at a standing noon, in a thread."""
    one = person(folder)
    one.door.clock = time.time
    made: list[Board] = []

    def board() -> Board:
        made.append(board_of(watch, Clock()))
        return made[-1]

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = BoardServer(make_app(board, one.door), lambda: None)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.02)
            yield Served(made[0], listening.getsockname()[1], one)
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "COST", Cost(8192, 1, 1))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "COST", Cost(8192, 1, 1))
        with served(noon(20), tmp_path_factory.mktemp("board")) as found:
            yield found


@pytest.fixture(scope="module")
def browser(small: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A browser in which somebody signed in by the keyboard alone; one cookie for all ports."""
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        sign_in(driver, small)
        yield driver


def sign_in(driver: webdriver.Chrome, one: Served) -> None:
    driver.get(f"{one.address}/sign-in?language=en")
    code = one.one.code(time.time())
    for text in ("maryam", Keys.TAB, PASSPHRASE, Keys.TAB, code, Keys.ENTER):
        driver.switch_to.active_element.send_keys(text)
    WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.ID, "branches"))


def test_the_keyboard_reaches_everything(small: Served, browser: webdriver.Chrome) -> None:
    resize(browser, 1400, 900)
    browser.get(f"{small.address}/?language=en")
    wanted = browser.execute_script(
        "return document.querySelectorAll('a, button, [tabindex=\"0\"]').length"
    )
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("class") == "skip"
    reached = set()
    for _ in range(wanted):
        here = browser.switch_to.active_element
        outline = browser.execute_script("return getComputedStyle(arguments[0]).outlineStyle", here)
        assert outline != "none", here.get_attribute("outerHTML")
        reached.add(here.id)
        here.send_keys(Keys.TAB)
    assert len(reached) == wanted


def test_a_telephone_in_the_dark(small: Served, browser: webdriver.Chrome) -> None:
    resize(browser, NARROW)
    colours = set()
    for name in ("light", "dark"):
        scheme(browser, name)
        for page in ("/?language=fa", "/public?language=fa", "/sign-in?language=en"):
            browser.get(small.address + page)
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= NARROW, page
        colours.add(
            browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        )
    assert len(colours) == 2


def test_a_rehearsal_has_another_colour(
    small: Served, browser: webdriver.Chrome, tmp_path: Path
) -> None:
    scheme(browser, "light")
    colours = []
    with served(noon(3, rehearsal=True), tmp_path) as rehearsal:
        for one in (small, rehearsal):
            browser.get(f"{one.address}/public?language=en")
            colours.append(
                browser.execute_script("return getComputedStyle(document.body).backgroundColor")
            )
        assert "Rehearsal" in browser.find_element(By.CSS_SELECTOR, ".band").text
    assert len(set(colours)) == 2


def test_a_cut_line_is_said(browser: webdriver.Chrome, tmp_path: Path) -> None:
    with served(noon(3), tmp_path) as one:
        sign_in(browser, one)
        browser.get(f"{one.address}/?language=en")
        assert not browser.find_element(By.CLASS_NAME, "cut").is_displayed()
    WebDriverWait(browser, 15).until(lambda d: d.find_element(By.CLASS_NAME, "cut").is_displayed())


_HEAD = """
const row = document.querySelectorAll('tr[id^=b-]')[2000];
return row.closest('table').querySelector('thead th').getBoundingClientRect().top
"""
"""Where the heading of the branches' table is."""


class _Line:
    """To a board."""

    def __init__(self, board: Served) -> None:
        self.board = board

    def exchange(self, post: Post, seconds: float) -> Reply:
        return Reply(self.board.send(post.body), b"")

    def close(self) -> None:
        """Nothing is open."""


def test_what_a_station_tells_by_itself_is_on_the_page(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    """With the half of the real station that speaks; `tests/kiosk/station` has a whole one."""
    began, seen = time.monotonic(), [Seen(PollsState.OPEN, Power.MAINS, True)]
    connection = sqlite.open_schema(tmp_path / "book.db", SCHEMA, 1)
    election = register(3).register.election
    speaker = Speaker(election, BranchId("b0001"), DeviceId("s1-b0001"), KEY)
    teller = Teller(speaker, ClaimBook(tmp_path / "book.db", connection, lambda: None))

    def due() -> bytes | None:
        now = NOON + timedelta(seconds=time.monotonic() - began)
        return teller.tell(seen[0], now, DayCounts)

    (tmp_path / "board").mkdir()
    with served(Watch(register(3)), tmp_path / "board") as one:
        sign_in(browser, one)
        browser.get(f"{one.address}/?language=en")
        crashes: list[object] = []
        client = BoardClient(_Line(one), due, lambda job: job(), lambda *why: crashes.append(why))
        client.start()
        try:
            # By one script: rows are exchanged while they are read.
            text = "return document.getElementById('b-b0001').textContent.toLowerCase()"
            WebDriverWait(browser, 20, 0.05).until(lambda d: "open" in d.execute_script(text))
            seen[0] = replace(seen[0], power=Power.LOW)
            WebDriverWait(browser, 20, 0.05).until(
                lambda d: "nearly empty" in d.execute_script(text)
            )
        finally:
            client.stop()
        assert crashes == []


def test_a_country_is_on_one_page_and_changes_without_reloading(
    browser: webdriver.Chrome, tmp_path: Path
) -> None:
    """Times are loose here, because others use the machine; `test_app.py` counts the processor's."""
    with served(noon(BRANCHES), tmp_path) as country:
        sign_in(browser, country)
        resize(browser, 1400, 900)
        browser.get(f"{country.address}/?language=fa")
        assert (
            browser.execute_script("return document.querySelectorAll('tr[id^=b-]').length")
            == BRANCHES
        )
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("dir") == "rtl"
        came = "return performance.getEntriesByType('navigation')[0].responseEnd"
        assert browser.execute_script(came) < 10_000
        loaded = browser.execute_script(
            "return performance.getEntriesByType('resource').map(x => new URL(x.name).pathname)"
        )
        assert set(loaded) <= {"/events"}, "nothing else is asked for"
        browser.execute_script("window.kept = true; document.querySelector('.alerts a').focus()")
        focused = browser.switch_to.active_element.get_attribute("href")
        browser.execute_script(
            "document.querySelectorAll('tr[id^=b-]')[2000].scrollIntoView({block: 'center'})"
        )
        head = browser.execute_script(_HEAD)
        assert -1 < head < browser.execute_script("return innerHeight"), f"in sight: {head}"
        low = replace(last_of(country.board, "b0100"), number=2, power=Power.LOW)
        assert country.send(signed(low)) == 204
        WebDriverWait(browser, 20, 0.05).until(
            lambda d: d.execute_script("return document.getElementById('b-b0100').className")
        )
        assert browser.execute_script("return window.kept") is True
        assert browser.switch_to.active_element.get_attribute("href") == focused, "the focus stays"
        log = browser.get_log("browser")  # type: ignore[no-untyped-call]
        assert [
            x for x in log if "favicon" not in x["message"] and "ERR_" not in x["message"]
        ] == []
