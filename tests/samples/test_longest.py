"""The list of long files is of files that are there, most of them, and a run's report makes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import longest
from tests.longest import TESTS

JUNIT = """<testsuites><testsuite>
<testcase classname="tests.ui.test_one" name="a" time="3.0"/>
<testcase classname="tests.ui.test_one" name="b" time="4.5"/>
<testcase classname="tests.e2e.test_two" name="c" time="60"/>
<testcase classname="tests.words.test_three" name="d" time="0.1"/>
</testsuite></testsuites>"""


def test_the_files_are_there_and_once() -> None:
    """A file that was renamed only comes later; when many were, it is time for a new list."""
    found = longest.longest()
    assert len([path for path in found if not path.is_file()]) <= len(found) // 10
    assert len(found) == len(longest.LIST.read_text("utf-8").splitlines()) > 10


def test_a_report_makes_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    junit = tmp_path / "junit.xml"
    junit.write_text(JUNIT, "utf-8")
    monkeypatch.setattr(longest, "LIST", tmp_path / "longest.txt")
    longest.main(junit)
    one, other = TESTS / "e2e/test_two.py", TESTS / "ui/test_one.py"
    assert longest.longest() == {one: 0, other: 1}
