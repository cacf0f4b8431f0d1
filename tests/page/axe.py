"""An independent judge of accessibility, axe-core, finds nothing on the page, in any of its states.

`make peers` fetches it and runs this; `AXE` is the path of axe.min.js.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.headquarters.browsing import scheme
from tests.headquarters.site.axe import JUDGE, LEVELS
from tests.page.running import PAGE
from tests.page.test_page import VECTORS, browser, check

__all__ = ["browser"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("name", ["light", "dark"])
def test_no_violation(browser: webdriver.Chrome, language: str, name: str) -> None:
    """Before a choice, with a right and with a wrong verdict."""
    browser.set_script_timeout(60)
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    scheme(browser, name)
    for path in (None, "single-wide", "tampered/result-code-altered"):
        browser.get(PAGE.as_uri())
        browser.find_element(By.CSS_SELECTOR, f"[data-language={language}]").click()
        if path is not None:
            check(browser, VECTORS / path / "archive.bel")
        browser.execute_script(Path(os.environ["AXE"]).read_text("utf-8"))
        assert browser.execute_async_script(JUDGE, LEVELS) == [], path
