"""Access secrets: texts on the face of a card that open its chip (ICAO Doc 9303 part 11, 4.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from drivers.errors import ProtocolError
from drivers.smartcard import mrz

CAN_DIGITS: Final = 6
_SHORTEST_INFORMATION: Final = 24
_LONGEST_INFORMATION: Final = 48


@dataclass(frozen=True, slots=True)
class Can:
    """The card access number: six digits. Raises ValueError for anything else."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.digits) != CAN_DIGITS or not (self.digits.isascii() and self.digits.isdigit()):
            raise ValueError("a card access number has six digits")

    @property
    def seed(self) -> bytes:
        """Seed of the PACE password key: the digits in ASCII."""
        return self.digits.encode("ascii")


@dataclass(frozen=True, slots=True)
class MrzKey:
    """The *MRZ information*: document number, birth and expiry date, each with its check digit.

    In the form of `Mrz.information`. Raises ValueError for another form or a wrong check digit.
    """

    information: str = field(repr=False)

    def __post_init__(self) -> None:
        text = self.information
        if not _SHORTEST_INFORMATION <= len(text) <= _LONGEST_INFORMATION:
            raise ValueError("document number, birth date and expiry date with their check digits")
        for part in (text[:-14], text[-14:-7], text[-7:]):
            try:
                right = mrz.check_digit(part[:-1]) == part[-1]
            except ProtocolError as error:
                raise ValueError(str(error)) from None
            if not right:
                raise ValueError("a check digit of the machine readable zone is wrong")

    @classmethod
    def from_zone(cls, zone: str) -> MrzKey:
        """Take the fields of a whole zone of 90, 72 or 88 characters.

        Raises `ProtocolError` as `mrz.parse`.
        """
        return cls(mrz.parse(zone).information)

    @property
    def seed(self) -> bytes:
        """SHA-1 of the text, 20 bytes: for PACE; its first 16 bytes are the seed of BAC."""
        return hashlib.sha1(self.information.encode("ascii"), usedforsecurity=False).digest()


AccessSecret = Can | MrzKey


def suggest_check(secret: AccessSecret) -> str:
    """Name the text that a person should look at again, for a message."""
    match secret:
        case Can():
            return "check the six digits"
        case MrzKey():
            return "check document number, birth date and expiry date"
