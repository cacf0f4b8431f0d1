"""Decision records: numbered once, and all of them in the list of documents, in order."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| \[(\d{4})\]\(adr/([^)]+)\) \|", re.MULTILINE)


def test_every_record_has_a_number_of_its_own_and_a_row() -> None:
    rows = ROW.findall((DOCS / "README.md").read_text("utf-8"))
    names = sorted(path.name for path in (DOCS / "adr").glob("*.md"))
    assert [name for _, name in rows] == names
    numbers = [number for number, _ in rows]
    assert len(set(numbers)) == len(numbers)
    for number, name in rows:
        first = (DOCS / "adr" / name).read_text("utf-8").splitlines()[0]
        assert name.startswith(f"{number}-")
        assert first.startswith(f"# {number}. ")
