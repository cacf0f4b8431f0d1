"""Say how long a test may take, and which examples the property tests draw."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# Time of one example says how busy the machine is: `timeout` alone bounds a test. In CI the examples
# are the same in each run of one commit; elsewhere they are others each time.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("elsewhere", _PATIENT)
settings.register_profile("ci", _PATIENT, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")

SLOW_S = 300
"""For tests that are marked `slow` and name no time of their own; all others have `timeout`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))
