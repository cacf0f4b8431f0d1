"""How long a test may take."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

SLOW_S = 300
"""For tests that are marked `slow` and name no time of their own; all others have `timeout`."""
QUICK_EXAMPLES = 20
"""Of a property in `make quick`, if the test names no number of its own; otherwise a hundred."""


def pytest_configure() -> None:
    """Let no property fail because the machine is busy; `timeout` bounds the whole test."""
    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("patient", patient)
    settings.register_profile("quick", patient, max_examples=QUICK_EXAMPLES)
    settings.load_profile("patient")  # `--hypothesis-profile` is looked at after this


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))
