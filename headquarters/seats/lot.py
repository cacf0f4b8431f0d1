"""Draw ties from a public value that is recorded after the index is signed (`election.lots`).

Until it is recorded nobody is chosen, and what depends on a tie waits. Everybody can repeat the draw with a
tool that every computer has:

    printf '%s' 'SEED|CONTEXT|PARTICIPANT' | sha256sum

in UTF-8, without a line's end; the participant with the smallest result (as hexadecimal text) comes
first. No input order enters. CONTEXT says what the lot is about and PARTICIPANT is the key of a group
or the code of a candidate without leading zeros; neither contains a bar, so no two draws share a text.

    seat N          who gets seat number N, of the seats that are given one by one
    taken back N    who gives back the Nth seat, where rounding gave out too many
    order KEY       the order of candidates of the group KEY with equally many votes
    reserves        who follows when the reserves of a group are used up
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from headquarters.errors import AllocationError
from headquarters.seats.phrases import Name
from headquarters.seats.steps import AllocationStep, LotStep, LotTicket
from words.message import Message, m

SEPARATOR = "|"


def lot(seed: str, context: str, participant: str) -> str:
    """Return the 64 hexadecimal digits by which participants of one draw are sorted, ascending.

    Raises `AllocationError` for a context or participant with a bar in it.
    """
    if SEPARATOR in context or SEPARATOR in participant:
        raise AllocationError(
            m(
                "a group's key cannot contain {separator}: {participant}",
                separator=SEPARATOR,
                participant=participant,
            )
        )
    text = SEPARATOR.join((seed, context, participant))
    return hashlib.sha256(text.encode()).hexdigest()


def draw(
    seed: str, context: str, participants: Iterable[tuple[str, Name]]
) -> tuple[LotTicket, ...]:
    """Return all tickets of one draw, the first drawn first. `participants`: key and name."""
    tickets = (LotTicket(key, name, lot(seed, context, key)) for key, name in participants)
    return tuple(sorted(tickets, key=lambda ticket: (ticket.digest, ticket.participant)))


def settle(
    steps: list[AllocationStep],
    about: Message,
    context: str,
    seed: str,
    equals: Mapping[str, Name],
    chosen: int,
) -> list[str]:
    """Draw among equals (key → name) and append the step; return their keys, the first drawn first.

    `chosen`: so many get what the lot is about. Raises `AllocationError` while there is no seed.
    """
    if not seed:
        raise AllocationError(
            m(
                "{number} are equal, and the lot decides between them; its public value is not recorded "
                "yet: amin election lot (or give it with --seed)",
                number=len(equals),
            )
        )
    tickets = draw(seed, context, equals.items())
    steps.append(LotStep(about, context, seed, tickets, chosen))
    return [ticket.participant for ticket in tickets]
