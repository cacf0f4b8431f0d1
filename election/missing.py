"""Declare devices finally missing, with the number of votes that can be lost with each.

A device that is on its way is *pending* and needs no document. *Missing* is final, and decided by two
registered offices (`election.office_lists`): a later list repeats every entry, and what a missing
device hands in later is not counted. Each terminal has two bounds, which follow from what is published:

    at most     authorizations of the branch − votes of its other terminals; null if a station is missing
    receipts    receipts of the terminal that the branch's stations hold: so many votes are proven
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crypto.hybrid import HybridKey
from election.definition import DeviceId
from election.envelope import EnvelopeFormat
from election.fields import Hash, Number
from election.office_lists import (
    OfficeListError,
    check_number,
    check_order,
    open_list,
    write_list,
)
from election.reasons import OfficeListReason
from election.register import PublishedRegister

MISSING_FILE = "missing.json"
FORMAT, VERSION = "amin-missing", 1
_CONTEXT = "amin missing devices"
_MAX_SIZE = 16 * 1024 * 1024


class MissingGround(StrEnum):
    """The reason why a device is missing; the value is signed."""

    LOST = "lost"
    STOLEN = "stolen"
    DESTROYED = "destroyed"
    UNREADABLE = "unreadable"
    """The device is here, and both of its media cannot be read."""


@dataclass(frozen=True, slots=True)
class MissingDevice:
    """A device that is finally missing."""

    device: DeviceId
    ground: MissingGround
    at_most: Number | None
    """Votes that can be lost with a terminal; None if nothing bounds them. 0 of a station."""
    receipts: Number
    """Votes of a terminal that are proven by receipts."""
    report: bool
    """A closing report of it exists (`election.report_code`)."""


@dataclass(frozen=True, slots=True)
class MissingList:
    """The content."""

    number: Hash
    """Of the election."""
    devices: tuple[MissingDevice, ...]
    """By id."""


def form() -> EnvelopeFormat:
    """Return the envelope format of the list."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, _MAX_SIZE)


def write_missing(listed: MissingList, signers: Sequence[tuple[HybridKey, bytes]]) -> bytes:
    """Sign as `election.office_lists.write_list` does. Raises `OfficeListError`."""
    check_order([device.device for device in listed.devices])
    return write_list(form(), listed, signers)


def open_missing(data: bytes, published: PublishedRegister) -> MissingList:
    """Verify and read a list of missing devices. Raises `OfficeListError`."""
    listed = open_list(form(), MissingList, data, published)
    check_number(listed.number, published)
    check_order([device.device for device in listed.devices])
    if any(published.register.device(device.device) is None for device in listed.devices):
        raise OfficeListError(OfficeListReason.LIST_DEVICE)
    return listed


def check_missing_successor(earlier: MissingList, later: MissingList) -> None:
    """Raise `OfficeListError` if `later` drops an entry of `earlier`, or gives another ground."""
    kept = {device.device: device.ground for device in later.devices}
    if any(kept.get(device.device) is not device.ground for device in earlier.devices):
        raise OfficeListError(OfficeListReason.LIST_CHANGED)
