"""Say how long a test may take, which come first, and which examples the property tests draw."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.longest import longest
from ui.whole_classes import OPTION

os.environ.setdefault(OPTION, "0")  # before pytest-qt loads Qt: tests draw on several threads too

SLOW_S = 300
"""For tests that are marked `slow` and name no time of their own; all others have `timeout`."""
QUICK_EXAMPLES = 20
"""Of a property in `make quick`, if the test names no number of its own; otherwise a hundred."""

MEMORY = Path("/dev/shm")
"""A file system without a disk: devices sync some thousand times a minute, and nothing here loses power."""
ROOM_BYTES = 4 << 30
"""Free in memory, or the tests' folders are on the disk; a whole run fills a quarter of it."""


def pytest_configure() -> None:
    """Let no property fail because the machine is busy; `timeout` bounds the whole test."""
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


MIDDLE, OLD = 10, 30
"""Looks at what is younger, before one at what is older."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    long = longest()
    items.sort(key=lambda item: _place(item, long))
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Take modules, tests and their parameters out of what the collector goes through.

    Until all is collected nothing becomes garbage; looking for it took longer than the rest. Some
    hundred thousand objects live to the end: every full collection would visit them, and a test
    that asks what holds a secret would see the parameters of all the others.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Look for garbage between tests: a worker's thread that looked would destroy widgets beside Qt."""
    gc.disable()
    try:
        return (yield)
    finally:
        _, young, middle = gc.get_count()
        gc.collect(2 if middle > OLD else 1 if young > MIDDLE else 0)


def _in_memory() -> bool:
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(MEMORY).free >= ROOM_BYTES


def _place(item: pytest.Item, long: Mapping[Path, int]) -> int:
    """The place of the item's file; within a file, and among short files, the order stays."""
    return long.get(item.path, len(long))
