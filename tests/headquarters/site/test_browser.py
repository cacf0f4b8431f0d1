"""A site in a real browser, from a folder: no error, no request, the keyboard, telephones, the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from headquarters.site.facts import SiteFacts
from tests.headquarters.browsing import chromium, resize, scheme
from tests.headquarters.site.drawn import EXAMPLE, HOSTILE, contest, drawn_facts, with_interim
from tests.headquarters.site.test_pages import rendered
from tests.headquarters.site.test_site import make

pytestmark = pytest.mark.slow

NARROW = 360
KINDS: dict[str, SiteFacts] = {
    "hostile": drawn_facts([contest(9, 2, HOSTILE, seats=2, most=3)]),
    "interim": with_interim(drawn_facts([contest(5, 1)], (30, 50, 20), pending=40)),
}


def some(site: Path) -> list[Path]:
    """Every page of a site, but of those that are many and alike: the first of each folder."""
    nested = {path.parent: path for path in sorted(site.glob("[ef][na]/*/*.html"), reverse=True)}
    return [site / "index.html", *sorted(site.glob("[ef][na]/*.html")), *nested.values()]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A site of the example, and pages of drawn counts."""
    place = tmp_path_factory.mktemp("sites")
    make(EXAMPLE, place / "example")
    for kind, facts in KINDS.items():
        for name, text in rendered(facts).items():
            path = place / kind / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return {kind: place / kind for kind in ("example", *KINDS)}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


def paper(browser: webdriver.Chrome) -> str:
    found = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("kind", ["example", *KINDS])
def test_every_page_on_a_telephone(
    kind: str, sites: dict[str, Path], browser: webdriver.Chrome
) -> None:
    resize(browser, NARROW)
    scheme(browser, "light")
    pages = some(sites[kind])
    assert len(pages) > 24
    for page in pages:
        browser.get(page.as_uri())
        wide = browser.execute_script(
            "return [document.documentElement.scrollWidth, innerWidth,"
            " performance.getEntriesByType('resource').length, document.scripts.length]"
        )
        assert wide[0] <= wide[1] == NARROW, (page, wide)
        assert wide[2:] == [0, 0], page
        log = browser.get_log("browser")  # type: ignore[no-untyped-call]
        assert log == [], page


def test_light_dark_and_paper(sites: dict[str, Path], browser: webdriver.Chrome) -> None:
    browser.get((sites["example"] / "fa" / "index.html").as_uri())
    colours = set()
    for name, media in (("light", ""), ("dark", ""), ("dark", "print")):
        scheme(browser, name, media)
        colours.add(paper(browser))
    menu = browser.find_element(By.TAG_NAME, "nav")
    assert not menu.is_displayed(), "paper has no menu"
    scheme(browser, "light")
    assert menu.is_displayed()
    assert len(colours) == 3
    assert "rgb(255, 255, 255)" in colours


def test_the_keyboard_reaches_everything(sites: dict[str, Path], browser: webdriver.Chrome) -> None:
    resize(browser, 1000)
    browser.get((sites["example"] / "en" / "index.html").as_uri())
    wanted = browser.execute_script(
        "return document.querySelectorAll('a, [tabindex=\"0\"]').length"
    )
    body = browser.find_element(By.TAG_NAME, "body")
    reached = []
    body.send_keys(Keys.TAB)
    first = browser.switch_to.active_element
    assert first.get_attribute("class") == "skip"
    assert first.is_displayed()
    for _ in range(wanted):
        here = browser.switch_to.active_element
        outline = browser.execute_script("return getComputedStyle(arguments[0]).outlineStyle", here)
        assert outline != "none", here.get_attribute("outerHTML")
        reached.append(here.id)
        here.send_keys(Keys.TAB)
    assert len(set(reached)) == wanted
    browser.get((sites["example"] / "en" / "index.html").as_uri())
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("id") == "content"


def test_languages_lead_to_the_same_page(sites: dict[str, Path], browser: webdriver.Chrome) -> None:
    browser.get((sites["example"] / "index.html").as_uri())
    browser.find_element(By.LINK_TEXT, "English").click()
    browser.find_element(By.LINK_TEXT, "How to check").click()
    browser.find_element(By.LINK_TEXT, "فارسی").click()
    assert browser.current_url.endswith("/fa/check.html")
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("dir") == "rtl"
    browser.find_element(By.CSS_SELECTOR, "a[href$='verify.html']").click()
    assert browser.find_element(By.ID, "file").is_enabled()
