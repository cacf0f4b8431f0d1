"""Read cards in tests that ask for their content before, or without, judging who signed it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from drivers.smartcard.emrtd import Identity, IdentityCard, ReadProgress, build_identity


def read_identity(
    card: IdentityCard, day: date, progress: Callable[[ReadProgress], None] | None = None
) -> Identity:
    """Read the card's files and parse them, whoever signed them."""
    card.read(progress)
    return build_identity(card._sod, card._groups, card.profile, day)
