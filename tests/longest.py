"""`python -m tests.longest JUNIT.xml`: list the files that take longest, so that they are begun first.

A file is played by one process; a long one at the end keeps it busy while the other has nothing to do.
After `make unit ARGS=--junitxml=junit.xml` this writes `longest.txt`, which `conftest.py` reads.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

TESTS: Final = Path(__file__).parent
LIST: Final = TESTS / "longest.txt"
LONG_S: Final = 5.0
"""Shorter files fill the gaps; they stay in the order of the folders."""


def longest() -> dict[Path, int]:
    """Return the place in the order of each file that is listed."""
    lines = LIST.read_text("utf-8").splitlines()
    return {TESTS / line: place for place, line in enumerate(lines)}


def durations(junit: Path) -> Counter[str]:
    """Return the seconds of each file of a run, by its path below `tests`."""
    found: Counter[str] = Counter()
    for case in ElementTree.parse(junit).iter("testcase"):
        *_, module = case.attrib["classname"].partition("tests.")
        found[f"{module.replace('.', '/')}.py"] += float(case.attrib["time"])  # type: ignore[assignment]
    return found


def main(junit: Path) -> None:
    """Write the list anew."""
    long = [file for file, seconds in durations(junit).most_common() if seconds >= LONG_S]
    LIST.write_text("".join(f"{file}\n" for file in long), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
