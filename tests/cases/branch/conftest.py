from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.demo import office as demo_office
from tests.cases.branch.kit import Branch, branch
from tests.kiosk.station.office import slates


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Branch]:
    """A branch with open polls; two contests of a few persons, so that it starts soon."""
    monkeypatch.setattr(demo_office, "make_slates", lambda *_: slates())
    with branch(tmp_path) as made:
        yield made
