"""How long a test may take."""

from __future__ import annotations

import pytest

SLOW_S = 300
"""For tests that are marked `slow` and name no time of their own; all others have `timeout`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))
