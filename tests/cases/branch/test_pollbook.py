"""Keep the list of those who have got an authorization."""

from __future__ import annotations

from kiosk.flows.identity.states import Done, Refused, VoterRefusal
from tests.kiosk.station.bench import IdentityBench
from tests.kiosk.station.office import token_on
from tests.kiosk.station.test_identity_station import VOTER, check_in, finger


def test_nobody_gets_two_authorizations(station: IdentityBench) -> None:
    check_in(station, VOTER)
    blank = station.office.blank()
    station.cards.insert(blank)
    station.reader.insert(station.office.identity_card(VOTER))
    finger(station, VOTER)
    state = station.see(Done, Refused)
    assert isinstance(state, Refused)
    assert state.reason is VoterRefusal.ALREADY_VOTED
    assert token_on(blank) is None
