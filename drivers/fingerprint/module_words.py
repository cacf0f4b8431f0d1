"""Say in words what a fingerprint module tells of itself."""

from __future__ import annotations

from drivers.fingerprint.seam import ReaderStatus
from words.message import Items, Latin, Value, m


def described(status: ReaderStatus, protocol: str) -> Items:
    """Return model (the protocol where it says none), firmware and places, as far as they are told."""
    told: list[Value] = [Latin(status.model or protocol)]
    if status.firmware:
        told.append(m("firmware {version}", version=Latin(status.firmware)))
    if status.capacity is not None:
        told.append(m("{count} places", count=status.capacity))
    return Items(tuple(told))
