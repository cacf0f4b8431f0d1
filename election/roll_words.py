"""Say why nobody is compared with the roll, and what to do: the station's lamp, and `amin doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from election.roll import RollState
from words.message import Message, m

_AGAIN = m("Nobody's number is compared. Load the package again, with the roll beside it.")
OUTAGES: Final[Mapping[RollState, tuple[Message, Message]]] = {
    RollState.OPENING: (
        m("The roll is being opened"),
        m("Nobody's number is compared yet. Nobody has to wait for it."),
    ),
    RollState.MISSING: (m("The roll is not here"), _AGAIN),
    RollState.ANOTHER: (m("The roll here is not the package's"), _AGAIN),
    RollState.DAMAGED: (m("The roll is damaged"), _AGAIN),
}
"""What is so, and what follows; nothing of a roll that is there."""
