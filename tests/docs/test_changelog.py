"""An entry of the list of changes, and a line of the list of documents, stands once.

Branches that are merged by union keep the line as each of them left it: twins begin alike.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
BEGINNING: Final = 60
"""Characters in which two entries of a list differ."""


@pytest.mark.parametrize("name", ["CHANGELOG.md", "docs/README.md"])
def test_no_line_has_a_twin(name: str) -> None:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    found = Counter(line[:BEGINNING] for line in lines if line.startswith(("- ", "| ")))
    assert len(found) > 30, "no entries were read"
    assert [line for line, times in found.items() if times > 1] == []
