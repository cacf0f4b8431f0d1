"""A card application that only compares fingers, as some makers have one beside the identity's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from drivers.smartcard import tlv
from drivers.smartcard.apdu import Command
from simulators.cards.finger_matching import OnCardFingers

FINGER_AID: Final = bytes.fromhex("F0414D494E4D4F43")


class FingerApplication:
    """The fingers with an application identifier of their own."""

    def __init__(self, fingers: OnCardFingers) -> None:
        self._fingers = fingers

    @property
    def aids(self) -> Sequence[bytes]:
        return (FINGER_AID,)

    def select(self) -> bytes:
        return tlv.encode(0x6F, tlv.encode(0x84, FINGER_AID))

    def deselect(self) -> None:
        """Only a loss of power undoes a match."""

    def reset(self) -> None:
        self._fingers.reset()

    def process(self, command: Command) -> bytes:
        return self._fingers.process(command)
