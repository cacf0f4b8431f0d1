"""Days of a small council: drawing and reading two thousand portraits would be half of a day's time.

The days that the command plays by itself have them all (`test_day.py`, `tests/distributions`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.demo import electorate

CANDIDATES = 300
"""Of the council; its nine lists have 189 of them."""


@pytest.fixture(scope="module")
def small_council() -> Iterator[int]:
    """Let days that are played in this process have fewer candidates; how many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(electorate, "COUNCIL_CANDIDATES", CANDIDATES)
        yield CANDIDATES
