"""Events and effects that both devices' flows share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.audit_events import AuditEvent


class ClosedReason(StrEnum):
    NO_PACKAGE = "no-package"
    NOT_OPENED = "not-opened"
    PAUSED = "paused"
    CLOSED = "closed"
    POWER = "power"
    """Open, but without line power: who is being served is served to the end, nobody else begins."""


@dataclass(frozen=True, slots=True)
class Tick:
    now: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class PollsChanged:
    closed: ClosedReason | None
    """None: open."""


@dataclass(frozen=True, slots=True)
class DeviceFault:
    """A device is gone or an invariant broke."""

    incident: str


@dataclass(frozen=True, slots=True)
class DeviceRecovered:
    """What was broken works again."""


@dataclass(frozen=True, slots=True)
class CheckReadiness:
    """The terminal is free → PollsChanged, or Broken if a device is missing.

    What changed while a voter was busy was not acted on; this is where it is.
    """


@dataclass(frozen=True, slots=True)
class WriteAudit:
    """One line of the audit log; never anything of a voter or a ballot."""

    what: AuditEvent
    detail: str = ""
