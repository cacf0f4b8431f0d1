"""Block the operator card that was lost: two other cards do, at each device, by the number on its letter.

    line of the log     "number fingerprint fingerprint"        which card, and who blocked it
    sum of CLOSE        card-blocked, reason: the number        what headquarters and everybody is told

The log is the only place where a device keeps it: it lies on both memories, is signed line by line, and a
shorter one is found. A blocked card is refused before its PIN is asked, so whoever found it tries none. It
stays blocked at this device: nobody knows where a card was that is found again, and its holder has a second
one. Headquarters revokes the certificate (`election.rulings`); the register is never amended.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from election.audit_events import AuditEvent
from election.day_sums import DaySum
from election.errors import PollsStateError
from election.polls import Operator
from words.message import Code, m

NUMBER_DIGITS: Final = (1, 12)
"""Fewest and most digits of a card's number, as headquarters gives them."""
_NUMBER: Final = re.compile(r"[0-9]{1,12}")


def blocked_by(details: Iterable[str]) -> frozenset[str]:
    """Return the numbers that are blocked, by the details of a log's lines."""
    return frozenset(number for detail in details for number in detail.split(" ")[:1])


def line(number: str, operators: Sequence[Operator], blocked: Collection[str]) -> str:
    """Return the detail of the log's line that blocks a card.

    Raises `PollsStateError` for what is no number, for a card that is blocked already, and for that of
    somebody who signs: so two cards are always left that can act.
    """
    if not _NUMBER.fullmatch(number):
        raise PollsStateError(m("a card's number has one to twelve digits"))
    if number in blocked:
        raise PollsStateError(m("the card {number} is blocked here already", number=Code(number)))
    if number in {operator.name for operator in operators}:
        raise PollsStateError(
            m("the card {number} signs this: two other cards block it", number=Code(number))
        )
    return " ".join((number, *(operator.logged_as for operator in operators)))


def told(blocked: Iterable[str]) -> tuple[DaySum, ...]:
    """Return what CLOSE tells of it."""
    return tuple(DaySum(AuditEvent.CARD_BLOCKED.value, number, 1) for number in sorted(blocked))
