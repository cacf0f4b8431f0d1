from __future__ import annotations

import pytest

from tests.cases.day import A_VOTE, B_VOTE, Day


@pytest.fixture(scope="package")
def voted(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day with a vote and a challenge at one terminal, and a vote at the other."""
    day = Day.begin(tmp_path_factory.mktemp("day"))
    day.one.vote(*A_VOTE)
    day.one.challenge(*day.one.ballot(A_VOTE))
    day.two.vote(*B_VOTE)
    return day
