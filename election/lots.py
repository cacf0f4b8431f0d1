"""Record the public value of a lot, signed by two registered offices.

The register names the *source* of both lots, before the day. The *value* is signed when nobody can choose
any more what it is to suit, and names the SHA-256 of what was fixed before it (`after`):

    lot-seats.json        ties between groups or candidates; after: index.json, which is final
    lot-decisions.json    provisional ballots of one person; after: Merkle root of all recorded handles

Seats are drawn as `headquarters.seats.lot` says. Of equal provisional ballots of one person that one
counts whose SHA-256(handle ‖ value) is the smallest: the station draws handles before the value is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from crypto.hybrid import HybridKey
from election.envelope import EnvelopeFormat
from election.errors import RefusedError
from election.fields import Hash, Mark, Pattern, Word
from election.office_lists import OfficeListError, open_list, write_list
from election.reasons import LotReason, OfficeListReason
from election.register import PublishedRegister

FORMAT, VERSION = "amin-lot", 1
_CONTEXT = "amin lot"
MAX_LOT: Final = 128 * 1024
"""Bytes of a file."""
_REASONS: Final = {
    OfficeListReason.LIST_FORMAT: LotReason.LOT_FORMAT,
    OfficeListReason.LIST_VERSION: LotReason.LOT_VERSION,
    OfficeListReason.LIST_SIGNATURE: LotReason.LOT_SIGNATURE,
}

LotValue: TypeAlias = Annotated[
    str, Pattern(r"[^\s|\x00-\x1f\x7f]([^|\x00-\x1f\x7f]{0,198}[^\s|\x00-\x1f\x7f])?")
]
"""One line without blanks around it, at most 200 characters; a bar separates the parts of a draw."""


class LotKind(StrEnum):
    """The lot that a value is of; the value of the member is signed."""

    SEATS = "seats"
    DECISIONS = "decisions"


FILES: Final = {LotKind.SEATS: "lot-seats.json", LotKind.DECISIONS: "lot-decisions.json"}
"""The name of each lot's file."""


class LotError(RefusedError[LotReason]):
    """A lot is refused."""


@dataclass(frozen=True, slots=True)
class RecordedLot:
    """The content."""

    number: Hash
    """Of the election."""
    lot: LotKind
    source: Word
    """As the register names it."""
    value: LotValue
    after: Hash
    """SHA-256 of the index, or the Merkle root of the hashes of all handles."""
    at: Annotated[datetime, Mark.SECONDS]
    """When it was recorded."""


def form() -> EnvelopeFormat:
    """Return the envelope format of a lot."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, MAX_LOT)


def write_lot(lot: RecordedLot, signers: Sequence[tuple[HybridKey, bytes]]) -> bytes:
    """Sign a lot as headquarters and the observer, in this order. `ValueError` for values out of bounds."""
    return write_list(form(), lot, signers)


def open_lot(data: bytes, published: PublishedRegister, kind: LotKind) -> RecordedLot:
    """Verify a lot by the register and read it. Raises `LotError`. The caller compares its `after`."""
    register = published.register
    try:
        lot = open_list(form(), RecordedLot, data, published, register.signers.lot)
    except OfficeListError as error:
        raise LotError(_REASONS[error.reason], error.message) from error
    if lot.number.hex() != published.number:
        raise LotError(LotReason.LOT_ELECTION)
    if lot.lot is not kind:
        raise LotError(LotReason.LOT_KIND)
    if lot.source != source_of(published, kind):
        raise LotError(LotReason.LOT_SOURCE)
    return lot


def source_of(published: PublishedRegister, kind: LotKind) -> str:
    """Return the public source that the register names for a lot."""
    register = published.register
    return register.seats.lot if kind is LotKind.SEATS else register.decision_lot


def rank(handle: bytes, value: str) -> bytes:
    """Return what equal provisional ballots are sorted by; the smallest counts. `handle`: 16 bytes."""
    return hashlib.sha256(handle + value.encode()).digest()
