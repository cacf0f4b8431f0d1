"""Have officer and supervisor sign with their cards, one after the other in one reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from commands.speaking import speaker
from commands.trustee_keeper import ask_pin
from commands.working import now
from words.message import m

if TYPE_CHECKING:
    from election.definition import Role
    from election.rescuing import RescueDraft
    from kiosk.settings import StationConfiguration


def two_cards(
    config: StationConfiguration,
    root: bytes,
    made: RescueDraft,
    reader: str | None,
) -> Mapping[Role, tuple[bytes, bytes]]:
    """Return certificate and signature of each role. Raises `OperatorRefusedError`, `DriverError`."""
    from drivers.smartcard.holding import reader_with_card
    from election.operator_card import Gate, OperatorRefusedError, sign_at
    from election.operators import Rejection
    from election.rescuing import CARD_ROLES
    from election.roles import ROLES

    # As of the election's day: with a wrong clock, or a week later, nobody could sign.
    at = max(made.election.opens, min(now(), made.election.closes))
    gate = Gate(config.device, config.branch, root, made.published.register, now(), at)
    signed: dict[Role, tuple[bytes, bytes]] = {}
    for role in CARD_ROLES:
        asked = m("Put the card in and press Enter: {role}", role=ROLES[role])
        click.prompt(speaker()(asked), default="", show_default=False, err=True)
        operator, value = sign_at(reader_with_card(reader), gate, ask_pin, made.message)
        if operator.role is not role:
            raise OperatorRefusedError(Rejection.SAME_ROLE)
        signed[role] = value
    return signed
