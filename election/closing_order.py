"""Ask in which order a branch closes: terminals, cards that come back, stations, the last of them at the end.

A station learns from nobody but its operators how the other devices stand. It always closes: what it goes
on without stands in CLOSE, which both cards sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from election.audit_events import AuditEvent
from election.day_sums import DaySum
from election.definition import BranchId, DeviceId, Election, Role


class Standing(StrEnum):
    """How another device of the branch stands, as an operator says."""

    CLOSED = "closed"
    OPEN = "open"
    """A terminal is gone on without; a station that is open still is the last one."""
    DEAD = "dead"
    TAKEN_OVER = "taken-over"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another device of the branch."""

    device: DeviceId
    role: Role


@dataclass(frozen=True, slots=True)
class Said:
    """What an operator said of a device."""

    device: DeviceId
    standing: Standing


@dataclass(frozen=True, slots=True)
class BeforeClosing:
    """What a station asks before it closes."""

    neighbours: tuple[Neighbour, ...] = ()
    """Terminals first."""
    cards_out: int = 0
    """Authorizations of this station whose card has not come back to it."""

    def knows(self, said: Said) -> bool:
        """Tell whether it asks about this device."""
        return any(each.device == said.device for each in self.neighbours)

    def is_answered(self, said: Sequence[Said]) -> bool:
        """Tell whether something is said of every device."""
        return {each.device for each in self.neighbours} == {each.device for each in said}

    def is_last(self, said: Sequence[Said]) -> bool:
        """Tell whether no other station takes cards after this one."""
        stations = {each.device for each in self.neighbours if each.role is Role.IDENTITY_STATION}
        return not any(each.device in stations and each.standing is Standing.OPEN for each in said)


NOTHING_TO_ASK: Final = BeforeClosing()


def neighbours_of(election: Election, branch: BranchId, device: DeviceId) -> tuple[Neighbour, ...]:
    """List the other devices of a branch as they are asked about: terminals first."""
    others = (
        Neighbour(each.id, each.role)
        for each in election.devices
        if each.branch == branch and each.id != device
    )
    return tuple(sorted(others, key=lambda each: (each.role is Role.IDENTITY_STATION, each.device)))


def after_saying(said: Sequence[Said], new: Said) -> tuple[Said, ...]:
    """Return what is said now; of a device the last word counts."""
    return (*(each for each in said if each.device != new.device), new)


def told(order: BeforeClosing, said: Sequence[Said]) -> tuple[DaySum, ...]:
    """Return what CLOSE tells: devices that are not closed, and at the last station the missing cards."""
    return tuple(sorted(_told(order, said), key=lambda each: (each.event, each.reason)))


def _told(order: BeforeClosing, said: Sequence[Said]) -> Iterator[DaySum]:
    roles = {each.device: each.role for each in order.neighbours}
    for each in said:
        waits = each.standing is Standing.OPEN and roles[each.device] is Role.IDENTITY_STATION
        if each.standing is not Standing.CLOSED and not waits:
            yield DaySum(AuditEvent.CLOSED_WITHOUT.value, f"{each.device} {each.standing.value}", 1)
    if order.cards_out and order.is_last(said):
        yield DaySum(AuditEvent.CARDS_MISSING.value, "", order.cards_out)
