"""Keys of simulated PIV and authorization cards, and a second card of each kind for exchanges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from simulators.cards.piv import authorization_card, piv_card
from simulators.cards.piv_admin import TDES, AdminKey
from simulators.cards.piv_keys import P256, P384, RSA_2048, RSA_3072
from simulators.cards.piv_vendor import DEFAULT_ADMIN_KEY
from simulators.commands.authority import CardAuthority
from simulators.commands.errors import OptionsError
from simulators.local_reader import VirtualCard


class CardKeyType(StrEnum):
    """Algorithm of a PIV card's key."""

    RSA2048 = "rsa2048"
    RSA3072 = "rsa3072"
    P256 = "p256"
    P384 = "p384"


ALGORITHM_OF: Final = {
    CardKeyType.RSA2048: RSA_2048,
    CardKeyType.RSA3072: RSA_3072,
    CardKeyType.P256: P256,
    CardKeyType.P384: P384,
}


@dataclass(frozen=True, slots=True)
class PivOptions:
    """Options of a PIV card."""

    ca: Path
    pin: str = field(repr=False)
    puk: str = field(repr=False)
    admin_key: AdminKey = field(repr=False)
    key: CardKeyType = CardKeyType.RSA2048
    holder: str = "Amin test holder"


def piv_cards(options: PivOptions, now: datetime) -> tuple[VirtualCard, VirtualCard]:
    """Return the requested card and another with the same PIN.

    Raises `OptionsError`.
    """
    authority = CardAuthority.in_folder(options.ca, now)
    return _piv(options, authority, options.holder, now), _piv(
        options, authority, f"{options.holder} 2", now
    )


def authorization_cards(admin_key: AdminKey) -> tuple[VirtualCard, VirtualCard]:
    """Return two blank authorization cards of one branch."""
    return authorization_card(admin_key), authorization_card(admin_key)


def read_key(text: str | None, *, triple_des: bool) -> AdminKey:
    """Return a key 9B from hexadecimal; None is the key YubiKey clients try first.

    Raises `OptionsError`.
    """
    if text is None:
        return DEFAULT_ADMIN_KEY
    try:
        value = bytes.fromhex(text)
        return AdminKey(TDES, value) if triple_des else AdminKey.aes(value)
    except ValueError as error:
        raise OptionsError(
            "--admin-key: give 16, 24 or 32 bytes in hexadecimal, 24 with --admin-3des"
        ) from error


def _piv(options: PivOptions, authority: CardAuthority, holder: str, now: datetime) -> VirtualCard:
    try:
        return piv_card(
            options.pin,
            lambda name, key: authority.issue(name, key, now),
            holder=holder,
            puk=options.puk,
            algorithm=ALGORITHM_OF[options.key],
            admin_key=options.admin_key,
        )
    except ValueError as error:
        raise OptionsError(f"--pin, --puk: {error}") from error
