"""Cards at the desk of a branch bring receipts back: taken is what a station's reader has read."""

from __future__ import annotations

import pytest

from crypto.signing import SigningKey
from drivers.errors import CardRemovedError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.authorization import AuthorizationCard
from election.definition import DeviceId
from election.voucher import encode_note, intent_of, sign_receipt
from simulators.cards.piv import PivCard, authorization_card
from simulators.cards.slot import CardSlot
from simulators.demo import hardware
from simulators.demo.handing_back import ReturnSlot, brings_receipt, has_receipt
from simulators.demo.hardware import CardPlace, SocketTransport
from simulators.local_reader import LocalReader

KEY = bytes(24)
TERMINAL = DeviceId("terminal-1")


def reader() -> tuple[LocalReader, ReturnSlot]:
    inside = LocalReader("authorization")
    return inside, ReturnSlot(inside)


def applet(of: LocalReader) -> AuthorizationCard:
    return AuthorizationCard.select(ApduChannel(of.open()), KEY)


def voted(card: PivCard, vote: bytes = bytes(32)) -> bytes:
    """Let a terminal write a receipt and read it back; the note."""
    at_terminal = LocalReader("terminal")
    at_terminal.insert(card)
    note = encode_note(sign_receipt(SigningKey.generate(), "uuid", TERMINAL, vote))
    applet(at_terminal).write_note(note)
    at_terminal.remove()
    return note


def test_a_receipt_is_taken_where_a_station_reads_it_and_stays_on_the_card() -> None:
    card = authorization_card(KEY)
    note = voted(card)
    assert has_receipt(card), "the terminal's own look takes nothing"
    inside, slot = reader()
    slot.insert(card)
    assert slot.card is card
    assert has_receipt(card), "a card that lies in a reader is not read yet"
    present = applet(inside)
    present.read_token()
    assert has_receipt(card), "another object was read"
    assert present.read_note() == note
    assert not has_receipt(card)
    slot.remove()
    assert brings_receipt(card), "the last station asks for cards of its own that another one read"
    assert not has_receipt(card)
    # The next voter's is another one.
    voted(card, bytes([1]) * 32)
    assert has_receipt(card)


@pytest.mark.parametrize("left", ["removed", "exchanged"])
def test_what_is_read_elsewhere_afterwards_is_not_taken(left: str) -> None:
    """A terminal that refuses the card reads it as well."""
    card, (_, slot) = authorization_card(KEY), reader()
    voted(card)
    slot.insert(card)
    if left == "removed":
        slot.remove()
    else:
        slot.insert(authorization_card(KEY))
    elsewhere = LocalReader("terminal")
    elsewhere.insert(card)
    applet(elsewhere).read_note()
    assert has_receipt(card)


def test_an_intent_is_no_receipt_whoever_reads_it() -> None:
    card, (inside, slot) = authorization_card(KEY), reader()
    slot.insert(card)
    applet(inside).write_note(encode_note(intent_of(TERMINAL, b"token")))
    assert not brings_receipt(card)
    assert not has_receipt(card)


def test_a_card_that_is_pulled_before_it_was_read_is_not_taken() -> None:
    card, (inside, slot) = authorization_card(KEY), reader()
    voted(card)
    slot.insert(card)
    slot.pull_after(1)
    with pytest.raises(CardRemovedError):
        applet(inside).read_note()
    assert slot.card is None
    assert has_receipt(card)


def test_only_a_stations_slot_takes(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    plain: dict[CardPlace, CardSlot] = {place: LocalReader(place) for place in CardPlace}
    monkeypatch.setattr(SocketTransport, "slot", lambda _, place: plain[place])
    transport = SocketTransport(tmp_path)  # type: ignore[arg-type]
    kinds = {place: isinstance(hardware._slot(transport, place), ReturnSlot) for place in CardPlace}
    assert kinds == {place: place is CardPlace.AUTHORIZATION for place in CardPlace}
