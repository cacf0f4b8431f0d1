"""The ballot terminal at work."""

from __future__ import annotations

from tests.kiosk.station.bench import TerminalBench
from tests.kiosk.station.office import Office, token_on


def test_a_voter_end_to_end(terminal: TerminalBench, office: Office) -> None:
    card = office.voting_card()
    tracking = terminal.vote(card)
    assert tracking
    assert token_on(card) is None
    assert terminal.cast() == 1
