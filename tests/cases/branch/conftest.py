from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.demo import electorate
from tests.cases.branch.kit import Branch, branch


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Branch]:
    """A branch with open polls; fewer persons stand than in a demonstration, so that it starts soon."""
    monkeypatch.setattr(electorate, "COUNCIL_CANDIDATES", 30)
    monkeypatch.setattr(electorate, "LISTS", 1)
    with branch(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """The same for a whole file, whose tests leave it with open polls, the last one may close them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(electorate, "COUNCIL_CANDIDATES", 30)
        patch.setattr(electorate, "LISTS", 1)
        with branch(tmp_path_factory.mktemp("branch")) as made:
            yield made
