"""An independent judge of accessibility, axe-core, finds nothing on any page, in the light and in the dark.

`make peers` fetches it and runs this; `AXE` is the path of axe.min.js.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from selenium import webdriver

from tests.headquarters.browsing import scheme
from tests.headquarters.site.test_browser import KINDS, browser, sites, some

__all__ = ["browser", "sites"]

pytestmark = pytest.mark.slow

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
JUDGE = """
const done = arguments[1];
axe.run(document, {runOnly: arguments[0]}).then(found => done(
  found.violations.map(each => [each.id, each.impact, each.nodes[0].html])))
"""


@pytest.mark.parametrize("kind", ["example", *KINDS])
def test_no_violation(kind: str, sites: dict[str, Path], browser: webdriver.Chrome) -> None:
    source = Path(os.environ["AXE"]).read_text("utf-8")
    browser.set_script_timeout(60)
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    judged = 0
    for page in [*some(sites[kind]), *sorted(sites[kind].glob("seats-1/*.html"))]:
        for name in ("light", "dark"):
            scheme(browser, name)
            browser.get(page.as_uri())
            browser.execute_script(source)
            assert browser.execute_async_script(JUDGE, LEVELS) == [], (page, name)
            judged += 1
    assert judged > 24


def test_the_judge_can_say_no(tmp_path: Path, browser: webdriver.Chrome) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<p style='color:#ccc;background:#fff'>pale</p><img src=x>")
    browser.get(page.as_uri())
    browser.execute_script(Path(os.environ["AXE"]).read_text("utf-8"))
    found = {each[0] for each in browser.execute_async_script(JUDGE, LEVELS)}
    assert {"color-contrast", "image-alt", "document-title"} <= found
