"""Share events, effects, states and transitions between both devices' flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from election.audit_events import AuditEvent


class ClosedReason(StrEnum):
    """Why nobody is served."""

    NO_PACKAGE = "no-package"
    NOT_OPENED = "not-opened"
    PAUSED = "paused"
    CLOSED = "closed"
    REPLACED = "replaced"
    """A spare took over from this device: it closes and exports."""
    POWER = "power"
    """Open, but without line power: who is being served is served to the end, nobody else begins."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""

    now: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class PollsChanged:
    """The polls were opened, paused or closed, or the power supply decides so."""

    closed: ClosedReason | None
    """None: open."""


@dataclass(frozen=True, slots=True)
class DeviceFault:
    """A device is gone or an invariant broke."""

    incident: str
    """A word of `election.incidents`, and after a space what the log keeps for technicians."""


@dataclass(frozen=True, slots=True)
class DeviceRecovered:
    """What was broken works again."""


CommonEvent = Tick | PollsChanged | DeviceFault | DeviceRecovered


@dataclass(frozen=True, slots=True)
class CheckReadiness:
    """The terminal is free → PollsChanged, or DeviceFault if a device is missing.

    What changed while a voter was busy was not acted on; this is where it is.
    """


@dataclass(frozen=True, slots=True)
class WriteAudit:
    """One line of the audit log; never anything of a voter or a ballot."""

    what: AuditEvent
    detail: str = ""


CommonEffect = CheckReadiness | WriteAudit

# ---------------------------------------------------------------- states and steps


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody is served, by decision of the operators or for want of line power."""

    reason: ClosedReason


@dataclass(frozen=True, slots=True)
class OutOfService:
    """Nobody is served, because something is missing or broken."""

    incident: str
    """As in `DeviceFault`; `election.incidents.incident_of` reads it, and screens show its code alone."""


StateT_co = TypeVar("StateT_co", covariant=True)
EffectT_co = TypeVar("EffectT_co", covariant=True)
EffectT = TypeVar("EffectT")
IdleT = TypeVar("IdleT")


@dataclass(frozen=True, slots=True)
class Step(Generic[StateT_co, EffectT_co]):
    """What a flow's step gives back."""

    state: StateT_co
    effects: tuple[EffectT_co, ...] = ()


def fall_out(
    state: object, incident: str, *effects: EffectT
) -> Step[OutOfService, EffectT | WriteAudit]:
    """Go out of service with these effects, and log it; again only the incident is replaced."""
    out = OutOfService(incident)
    if isinstance(state, OutOfService):
        # Said already; saying it again and again would be all the device does.
        return Step(out)
    return Step(out, (*effects, WriteAudit(AuditEvent.OUT_OF_SERVICE, incident)))


def close_or_free(
    state: Closed | IdleT, closed: ClosedReason | None, idle: Callable[[], IdleT]
) -> Step[Closed | IdleT, WriteAudit]:
    """Follow the polls while nobody is served."""
    if closed is not None:
        return Step(Closed(closed))
    return Step(idle() if isinstance(state, Closed) else state)
