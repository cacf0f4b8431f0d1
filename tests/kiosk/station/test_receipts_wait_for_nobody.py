"""The receipt is written when the voter has been told already."""

from __future__ import annotations

import threading

from drivers.smartcard.authorization import NOTE_OBJECT, TOKEN_OBJECT, decode_token
from election.voucher import Receipt
from kiosk.flows.ballot import events as voter
from kiosk.flows.ballot import states as at
from simulators.cards.piv import PivCard
from tests.kiosk.station.bench import PATIENCE_S, TerminalBench
from tests.kiosk.station.office import Office, note_on, token_on


class SlowCard:
    """A card that keeps its reader waiting from the receipt on."""

    def __init__(self, card: PivCard) -> None:
        self.card = card
        self.atr = card.atr
        self.go_on = threading.Event()

    def process(self, apdu: bytes) -> bytes:
        if b"receipt" in apdu:
            assert self.go_on.wait(PATIENCE_S)
        return self.card.process(apdu)

    def reset(self) -> None:
        self.card.reset()


def test_the_outcome_is_shown_while_the_receipt_is_written(
    terminal: TerminalBench, office: Office
) -> None:
    slow = SlowCard(office.voting_card())
    tracking = terminal.to_the_cast_question(slow)
    terminal.touch(voter.CastChosen())
    terminal.until(lambda: isinstance(terminal.state, at.Recorded), "the outcome")
    assert terminal.state == at.Recorded(tracking, at.Presentation(), card_busy=True)
    assert terminal.cast() == 1
    assert not isinstance(note_on(slow.card), Receipt)
    assert token_on(slow.card) is not None
    slow.go_on.set()
    assert terminal.see(at.Recorded) == at.Recorded(tracking, at.Presentation())
    assert isinstance(note_on(slow.card), Receipt)
    assert decode_token(slow.card.piv.objects.get(TOKEN_OBJECT)) is None
    assert NOTE_OBJECT in slow.card.piv.objects


def test_a_card_pulled_before_its_receipt_votes_nowhere_again(
    terminal: TerminalBench, office: Office
) -> None:
    slow = SlowCard(office.voting_card())
    tracking = terminal.to_the_cast_question(slow)
    terminal.touch(voter.CastChosen())
    terminal.until(lambda: isinstance(terminal.state, at.Recorded), "the outcome")
    terminal.take_card()
    slow.go_on.set()
    assert terminal.see(at.Recorded) == at.Recorded(tracking, at.Presentation(), card_out=True)
    terminal.reader.insert(slow.card)
    state = terminal.see(at.Refused)
    assert isinstance(state, at.Refused)
    assert state.reason.value == "spent"
    terminal.until(lambda: isinstance(note_on(slow.card), Receipt), "the receipt, once more")
    terminal.until(lambda: token_on(slow.card) is None, "the wiped token")
