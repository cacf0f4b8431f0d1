"""Say what the lines of a log tell of the hour, whatever the clock showed by which they were written.

A clock that two roles set proves nothing but the time that went by: what they typed may have been wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from election.audit_events import AuditEvent
from election.audit_log import AuditEntry
from election.doubts import Doubt

_CLOCK_CONFIRMED: Final = ("clock ", "clock-set ", "clock-typed ")
"""Begins the detail of `DOUBT_CONFIRMED` that is about the clock."""


def confirms_clock(entry: AuditEntry) -> bool:
    """Tell whether by this entry two roles confirmed or typed what time it is."""
    return entry.what == AuditEvent.DOUBT_CONFIRMED and entry.detail.startswith(_CLOCK_CONFIRMED)


def time_floor(entries: Sequence[AuditEntry]) -> datetime | None:
    """Return the latest time since two roles confirmed the clock: an hour ahead may be in the log."""
    times: list[datetime] = []
    for entry in entries:
        if confirms_clock(entry):
            times.clear()
        times.append(entry.time)
    return max(times, default=None)


def typed_line(shown: datetime, before: datetime, signed: str) -> str:
    """Return the detail of a line by which two roles typed the time; its own time is what they typed.

    `shown`: by the machine's clock; `before`: by the device's own until then; `signed`: both cards.
    """
    told = (at.astimezone(UTC).isoformat(timespec="seconds") for at in (shown, before))
    return f"{_CLOCK_CONFIRMED[-1]}{' '.join(told)} {signed}"


@dataclass(frozen=True, slots=True)
class Running:
    """How long a device has run since its polls opened: what no clock that is set again takes back.

    Off, and under a clock that was doubted, no time is counted.
    """

    before: timedelta = timedelta()
    """Under the clocks before this one."""
    begun: datetime | None = None
    """First entry by the clock in use; None while it is doubted."""
    latest: datetime | None = None

    @property
    def span(self) -> timedelta:
        """Return the whole time."""
        if self.begun is None or self.latest is None:
            return self.before
        return self.before + (self.latest - self.begun)

    def after(self, entry: AuditEntry) -> Running:
        """Return it with one more entry of the log."""
        at = entry.time
        if AuditEvent.POLLS_OPENED in (entry.what, _found(entry)):
            return Running(timedelta(), at, at)
        if entry.what == AuditEvent.STARTED or confirms_clock(entry):
            return Running(self.span, at, at)
        if entry.what == AuditEvent.DOUBT_FOUND and entry.detail == Doubt.CLOCK:
            return Running(self.before)
        if self.latest is None:
            return self
        # A voter's entry has its quarter of an hour, so it may lie before the one above it.
        return replace(self, latest=max(self.latest, at))


def _found(entry: AuditEntry) -> str:
    """Return the act whose line was missing at a start."""
    return entry.detail if entry.what == AuditEvent.FOUND_AT_START else ""
