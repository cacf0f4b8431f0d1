"""An independent judge of accessibility, axe-core, finds nothing on the board of arrivals (`site/axe.py`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from selenium import webdriver

from headquarters.arrival_board import ARRIVALS_FOLDER, write_board
from headquarters.workspace import Workspace
from tests.headquarters.browsing import resize, scheme
from tests.headquarters.site.axe import JUDGE, LEVELS
from tests.headquarters.test_arrival_board import NOW, browser, country, report, small

__all__ = ["browser", "small"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("here", ["nobody", "some", "all"])
def test_no_violation(
    language: str, here: str, small: Workspace, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    source = Path(os.environ["AXE"]).read_text("utf-8")
    browser.set_script_timeout(60)
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    night = country(small, tmp_path, 40, 3)
    names = [each.id for each in night.election.devices]
    count = {"nobody": 0, "some": len(names) // 2, "all": len(names)}[here]
    write_board(night, report(night, *names[:count]), NOW)
    page = tmp_path / ARRIVALS_FOLDER / f"arrivals.{language}.html"
    for colours in ("light", "dark"):
        for width in (360, 1400):
            resize(browser, width)
            scheme(browser, colours)
            browser.get(page.as_uri())
            browser.execute_script(source)
            assert browser.execute_async_script(JUDGE, LEVELS) == [], (colours, width)
