from __future__ import annotations

from functools import cache

import pytest

from election.definition import Role
from kiosk.clock import OwnClock
from simulators.cards.piv import PivCard
from tests.cases.day import A_VOTE, B_VOTE, Day
from tests.kiosk.station.office import Office


@pytest.fixture(scope="package")
def voted(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day with a vote and a challenge at one terminal, and a vote at the other."""
    day = Day.begin(tmp_path_factory.mktemp("day"))
    day.one.vote(*A_VOTE)
    day.one.challenge(*day.one.ballot(A_VOTE))
    day.two.vote(*B_VOTE)
    return day


@pytest.fixture
def same_cards(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    """Operators have the same cards on every device: certificates are made once."""
    make = Office.operator

    @cache
    def card(role: Role) -> PivCard:
        return make(office, role)

    monkeypatch.setattr(Office, "operator", lambda _, role, **_pin: card(role))


@pytest.fixture
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days that are compared last no time: a device's own clock counts on from the bench's."""
    monkeypatch.setattr(OwnClock, "now", lambda clock: clock.system.now())
