"""One day for all attacks."""

from __future__ import annotations

import pytest

from tests.trust.attacks.day import AttackedDay, play


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> AttackedDay:
    """The day, played once; attacks work on copies of what it published."""
    return play(tmp_path_factory.mktemp("attacks"))
