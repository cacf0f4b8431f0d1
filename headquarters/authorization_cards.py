"""Prepare a branch's authorization cards in a row: put one in, take it out, the next, with a counter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.errors import CardError, ProtocolError
from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.channel import CardReader, Inserted, Removed, Swapped
from drivers.smartcard.new_cards import Prepared, prepare_card
from election.because import because
from words.message import Message, m

STEP_S: Final = 0.5
"""How often a person who wants to end is noticed."""


@dataclass(frozen=True, slots=True)
class Row:
    """Count of cards that were put in."""

    new: int = 0
    again: int = 0
    failed: int = 0

    @property
    def good(self) -> int:
        """Cards that serve."""
        return self.new + self.again


def prepare_row(
    reader: CardReader, key: bytes, wanted: int, told: Callable[[Row, Message], None]
) -> Row:
    """Prepare cards till `wanted` of them serve; `told` after each. Ends early with KeyboardInterrupt.

    A card that cannot be used is told and counts for nothing; the row goes on. Raises `DriverError` if the
    reader is gone.
    """
    row = Row()
    while row.good < wanted:
        event = reader.wait_event(STEP_S)
        if not isinstance(event, Inserted | Swapped):
            continue
        row, line = _one(reader, key, row)
        told(row, line)
        while row.good < wanted and not isinstance(reader.wait_event(STEP_S), Removed):
            pass
    return row


def _one(reader: CardReader, key: bytes, row: Row) -> tuple[Row, Message]:
    try:
        channel = reader.open()
        try:
            outcome = prepare_card(ApduChannel(channel), key)
        finally:
            channel.close()
    except (CardError, ProtocolError) as error:
        return Row(row.new, row.again, row.failed + 1), m(
            "this card was not prepared: {reason}", reason=because(error)
        )
    if outcome is Prepared.NEW:
        row = Row(row.new + 1, row.again, row.failed)
        return row, m("card {count} is ready: take it out", count=row.good)
    row = Row(row.new, row.again + 1, row.failed)
    return row, m("card {count} was ready already, and is blank: take it out", count=row.good)
