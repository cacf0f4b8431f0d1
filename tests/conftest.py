"""Say how long a test may take, which come first, and which examples the property tests draw."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
SLOW_S = 300
"""For tests that are marked `slow` and name no time of their own; all others have `timeout`."""
LONG_FIRST = ("e2e", "distributions", "samples", "ui", "peers", "contract", "simulators")
"""Rooms whose files take minutes: one of them at the end would keep a single process busy."""
QUICK_EXAMPLES = 20
"""Of a property in `make quick`, if the test names no number of its own; otherwise a hundred."""

MEMORY = Path("/dev/shm")
"""A file system without a disk: devices sync some thousand times a minute, and nothing here loses power."""
ROOM_BYTES = 4 << 30
"""Free in memory, or the tests' folders are on the disk; a whole run fills a quarter of it."""


def pytest_configure() -> None:
    """Let no property fail because the machine is busy; `timeout` bounds the whole test."""
    # Until all is collected nothing becomes garbage; looking for it was a quarter of the collection.
    gc.disable()
    if _in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("patient", patient)
    settings.register_profile("quick", patient, max_examples=QUICK_EXAMPLES)
    # The same examples in each run of one commit, so that one run judges the commit.
    settings.register_profile("ci", patient, derandomize=True)
    settings.load_profile(
        "ci" if os.environ.get("CI") else "patient"
    )  # `--hypothesis-profile` is looked at after this


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take modules, tests and their parameters out of what the collector goes through.

    Some hundred thousand objects live to the end: every full collection would visit them, and a
    test that asks what holds a secret would see the parameters of all the others.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


def _in_memory() -> bool:
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(MEMORY).free >= ROOM_BYTES


def _place(item: pytest.Item) -> int:
    """The place of the item's room; within a room the order of files and tests stays."""
    room = item.path.relative_to(TESTS).parts[0]
    return LONG_FIRST.index(room) if room in LONG_FIRST else len(LONG_FIRST)
