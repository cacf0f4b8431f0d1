"""An independent judge of accessibility, axe-core, finds nothing on the board (`make peers`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from selenium import webdriver

from tests.headquarters.board.test_browser import Served, browser, small
from tests.headquarters.browsing import resize, scheme
from tests.headquarters.site.axe import JUDGE, LEVELS

__all__ = ["browser", "small"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_violation(width: int, colours: str, small: Served, browser: webdriver.Chrome) -> None:
    source = Path(os.environ["AXE"]).read_text("utf-8")
    browser.set_script_timeout(60)
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    resize(browser, width)
    scheme(browser, colours)
    for page in ("/", "/public", "/sign-in"):
        for language in ("fa", "en"):
            browser.get(f"{small.address}{page}?language={language}")
            browser.execute_script(source)
            assert browser.execute_async_script(JUDGE, LEVELS) == [], (page, language)
