"""Make a factory-new PIV card an authorization card of a branch: its key 9B, and both objects blank.

The standard does not say how 9B is changed; this is the command of the YubiKey's PIV application
(``00 FF FF FF``, algorithm, 9B, length, key), which cards sold for PIV with a changeable key follow.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from drivers.errors import ApduError, AuthenticityError, CardError
from drivers.smartcard.apdu import SW, ApduChannel, Command
from drivers.smartcard.authorization import AuthorizationCard
from drivers.smartcard.piv import ADMIN_KEY, PivSession
from drivers.smartcard.piv_keys import AdminAlgorithm

FACTORY_KEY: Final = bytes.fromhex("0102030405060708" * 3)
"""What cards are sold with; newer ones use it with AES-192 instead of 3DES."""
_FACTORY: Final = (AdminAlgorithm.TDES, AdminAlgorithm.AES_192)
_SET_KEY: Final = 0xFF


class Prepared(Enum):
    """Outcome for a card that was put in."""

    NEW = auto()
    AGAIN = auto()
    """It was this branch's card already; what was on it is wiped."""


def prepare_card(channel: ApduChannel, key: bytes) -> Prepared:
    """Give a card the branch's key and blank objects, and read both back.

    Raises `CardError` for a card that has another key than the branch's or the factory's.
    """
    piv = PivSession(channel)
    piv.select()
    outcome = Prepared.AGAIN
    if not _opens(piv, key, AdminAlgorithm.aes(key)):
        piv.select()
        if not any(_opens(piv, FACTORY_KEY, algorithm) for algorithm in _FACTORY):
            raise CardError("this card has another key: it is of another branch, or no new card")
        algorithm = AdminAlgorithm.aes(key)
        data = bytes((algorithm, ADMIN_KEY, len(key))) + key
        if (sw := channel.send(Command(0x00, _SET_KEY, 0xFF, 0xFF, data)).sw) != SW.OK:
            raise ApduError(sw, "set the card's key")
        outcome = Prepared.NEW
    card = AuthorizationCard.select(channel, key)
    card.erase_token()
    card.write_note(None)
    return outcome


def _opens(piv: PivSession, key: bytes, algorithm: AdminAlgorithm) -> bool:
    try:
        piv.authenticate_admin(key, algorithm)
    except (AuthenticityError, ApduError):
        return False
    return True
