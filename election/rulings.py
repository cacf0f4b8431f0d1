"""Decide what the day left open, by two offices: which of two closings counts, which keys were revoked.

Neither refuses a bundle nor takes out a vote (`election.office_lists` says who signs):

    closings      a device closed twice with different content; the one that counts, by its digest
    revocations   a card or device whose key is not trusted from some time on; its acts are told

A later list repeats every entry of an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from crypto.hybrid import HybridKey
from election.definition import DeviceId
from election.envelope import EnvelopeFormat
from election.fields import Hash, Mark
from election.office_lists import (
    OfficeListError,
    check_number,
    check_order,
    open_list,
    write_list,
)
from election.reasons import OfficeListReason
from election.register import PublishedRegister

RULINGS_FILE = "rulings.json"
FORMAT, VERSION = "amin-rulings", 1
_CONTEXT = "amin rulings"
_MAX_SIZE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChosenClosing:
    """The closing of a device that counts."""

    device: DeviceId
    digest: Hash
    """Of the bundle without its signatures (`headquarters.closings`)."""


class RevocationGround(StrEnum):
    """The reason of a revocation; the value is signed."""

    LOST = "lost"
    STOLEN = "stolen"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A certificate that is not trusted from a time on."""

    certificate: Hash
    """SHA-256 of its DER."""
    ground: RevocationGround
    since: Annotated[datetime, Mark.SECONDS]


@dataclass(frozen=True, slots=True)
class Rulings:
    """The content."""

    number: Hash
    """Of the election."""
    closings: tuple[ChosenClosing, ...]
    """By device."""
    revocations: tuple[Revocation, ...]
    """By certificate."""


def form() -> EnvelopeFormat:
    """Return the envelope format of the rulings."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, _MAX_SIZE)


def write_rulings(rulings: Rulings, signers: Sequence[tuple[HybridKey, bytes]]) -> bytes:
    """Sign as `election.office_lists.write_list` does. Raises `OfficeListError`."""
    _check(rulings)
    return write_list(form(), rulings, signers)


def open_rulings(data: bytes, published: PublishedRegister) -> Rulings:
    """Verify and read rulings. Raises `OfficeListError`."""
    rulings = open_list(form(), Rulings, data, published)
    check_number(rulings.number, published)
    _check(rulings)
    if any(published.register.device(closing.device) is None for closing in rulings.closings):
        raise OfficeListError(OfficeListReason.LIST_DEVICE)
    return rulings


def check_rulings_successor(earlier: Rulings, later: Rulings) -> None:
    """Raise `OfficeListError` if `later` drops or changes an entry of `earlier`."""
    if not (
        set(earlier.closings) <= set(later.closings)
        and set(earlier.revocations) <= set(later.revocations)
    ):
        raise OfficeListError(OfficeListReason.LIST_CHANGED)


def _check(rulings: Rulings) -> None:
    check_order([closing.device for closing in rulings.closings])
    check_order([revocation.certificate for revocation in rulings.revocations])
