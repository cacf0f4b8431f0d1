"""Find the one reader of the PC/SC service that holds a card, for whoever has put in theirs."""

from __future__ import annotations

from typing import Final

from drivers.errors import DeviceNotFoundError
from drivers.smartcard.channel import Inserted
from drivers.smartcard.pcsc import PcscReader, list_readers

LOOK_S: Final = 1.0
"""How long a reader may take to say whether it holds a card."""


def reader_with_card(wanted: str | None) -> PcscReader:
    """Return the one reader whose name contains `wanted` and that holds a card.

    Raises `DeviceNotFoundError`.
    """
    names = _names(wanted)
    holding = [name for name in names if _holds_card(name)]
    if not holding:
        raise DeviceNotFoundError(f"put your card into the reader ({', '.join(names)})")
    if len(holding) > 1:
        raise DeviceNotFoundError(f"name one reader with --reader: {', '.join(holding)}")
    return PcscReader(holding[0])


def one_reader(wanted: str | None) -> PcscReader:
    """Return the one reader whose name contains `wanted`, with a card or without one.

    Raises `DeviceNotFoundError`.
    """
    names = _names(wanted)
    if len(names) > 1:
        raise DeviceNotFoundError(f"name one reader with --reader: {', '.join(names)}")
    return PcscReader(names[0])


def _names(wanted: str | None) -> list[str]:
    names = [name for name in list_readers() if wanted is None or wanted.lower() in name.lower()]
    if not names:
        which = "" if wanted is None else f" whose name contains {wanted!r}"
        raise DeviceNotFoundError(f"no card reader{which} is there: plug it in")
    return names


def _holds_card(name: str) -> bool:
    reader = PcscReader(name)
    try:
        return isinstance(reader.wait_event(LOOK_S), Inserted)
    finally:
        reader.close()
