"""Name what a device counts during its day, and which of it may become public.

A sum is a number by event and reason, without a time. Those about the *device* stand in CLOSE, which is
published with the other acts; those about *voters* stay in the closing bundle: a station with one visitor
of a kind would tell of a person. What may stand in CLOSE is listed here with the form of its reason, so
nothing else fits into it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Len

from election.audit_events import AuditEvent
from election.fields import Number, Word

_NO_REASON: Final = re.compile("")
_OF_DEVICE: Final[Mapping[str, re.Pattern[str]]] = {
    AuditEvent.SET_BACK: re.compile(r"[a-z][a-z-]{0,63}"),
    AuditEvent.CLOSED_WITHOUT: re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63} (open|dead|taken-over)"),
    AuditEvent.CARDS_MISSING: _NO_REASON,
    AuditEvent.CARD_BLOCKED: re.compile(r"[0-9]{1,12}"),
    AuditEvent.VOTES_BEHIND: _NO_REASON,
    AuditEvent.ONE_MEMORY_HOURS: _NO_REASON,
    AuditEvent.CLOCK_BACK: _NO_REASON,
    AuditEvent.PAPER_PRINTED: _NO_REASON,
    AuditEvent.PAPER_VOID: _NO_REASON,
    AuditEvent.PAPER_UNMARKED: _NO_REASON,
}
"""The form of the reason of each event about the device."""
REASON_OF_VOTERS: Final = (AuditEvent.PAPER_UNMARKED, AuditEvent.PAPER_VOID)
"""The papers in the box everybody may count; why one does not count tells of a voter, of one terminal with
few of them. CLOSE has the number, the bundle the number by reason."""


@dataclass(frozen=True, slots=True)
class DaySum:
    """The number of times that something happened during the day, for a reason if it has some."""

    event: Word
    reason: Annotated[str, Len(0, 200)]
    number: Number


def is_about_device(each: DaySum) -> bool:
    """Return whether a sum is about the device, in the one form that it has there."""
    form = _OF_DEVICE.get(each.event)
    return form is not None and form.fullmatch(each.reason) is not None
