"""Sign and read what a station tells the status board: how it is, and sums that speak of nobody.

    status    station → board    state, power, line, program, clock; sums as of a full hour
                                 signed by the station (Ed25519); nothing is answered

The board is fed one way and asks nothing. What a message may hold is bounded here, at the sender, so that
neither the board nor who listens on the line can learn more: sums are as of a full hour, a number of
check-ins, or of cards that are out, moves by ten at least and others by five, and smaller ones are *few*
(None). Nothing depends on a ballot: not how many were cast, challenged or spoiled, in which contests, or at
which terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from annotated_types import Interval, Len

from crypto import signing
from crypto.errors import SignatureError
from crypto.signing import PublicKey, SigningKey
from election.definition import BranchId, DeviceId
from election.errors import RefusedError
from election.fields import LAST_SECOND, Mark, Word
from election.polls import PollsState
from election.reasons import StatusReason
from election.schema import SchemaError, from_cbor, to_cbor

MAX_STATUS: Final = 1024
"""Bytes of a signed message."""
LEAST_ISSUED: Final = 10
"""By which a number of check-ins moves, at least."""
LEAST_OTHER: Final = 5
AHEAD: Final = 8
"""Numbers of messages that a station sets aside at once, and skips after a start."""
_MAX_ITEMS: Final = 64
_CONTEXT: Final = "amin station status"
_MOST: Final = 10_000_000

_Issued = Annotated[int, Interval(ge=LEAST_ISSUED, le=_MOST)]
_Other = Annotated[int, Interval(ge=LEAST_OTHER, le=_MOST)]


class StatusRefusedError(RefusedError[StatusReason]):
    """A status message is not believed."""


class Power(StrEnum):
    """What feeds a station; the value is signed."""

    MAINS = "mains"
    BATTERY = "battery"
    LOW = "low"
    """On battery, and that is nearly empty."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What a station counted since its opening; these never leave it as they are."""

    issued: int = 0
    """Authorizations."""
    receipts: int = 0
    """Cards that came back with a terminal's receipt."""
    refused: int = 0
    overridden: int = 0
    """Voters whom two roles let pass without a matching finger."""
    provisional: int = 0


@dataclass(frozen=True, slots=True)
class DaySums:
    """Sums since the opening as of a full hour; None is *few*, zero included."""

    hour: Annotated[int, Interval(ge=0, le=LAST_SECOND // 3600)]
    """Of the sums: whole hours since 1970 (UTC)."""
    issued: _Issued | None
    outstanding: _Issued | None
    """Authorizations without a receipt yet."""
    refused: _Other | None
    overridden: _Other | None
    provisional: _Other | None


@dataclass(frozen=True, slots=True)
class StationStatus:
    """A message."""

    election: Word
    """uuid"""
    branch: BranchId
    device: DeviceId
    number: Annotated[int, Interval(ge=1, le=2**53 - 1)]
    """The station counts its messages: a copied key or an older disk shows by it."""
    at: Annotated[datetime, Mark.SECONDS]
    """By the station's clock."""
    state: PollsState
    power: Power
    linked: bool
    """The line to the registry is up."""
    version: Annotated[str, Len(1, 40)]
    """Of the program."""
    sums: DaySums | None
    """None before the first full hour after the opening."""


@dataclass(frozen=True, slots=True)
class _Signed:
    content: Annotated[bytes, Len(1, MAX_STATUS)]
    signature: Annotated[bytes, Len(signing.SIGNATURE_SIZE, signing.SIGNATURE_SIZE)]


def next_sums(before: DaySums | None, hour: int, counts: DayCounts) -> DaySums:
    """Return the sums to tell from a full hour on.

    `before`: those that were told last, kept on the station's media: a station that forgot them could tell a
    number that is one more than the last. Within an hour nothing changes. Any two that are ever told differ
    by nothing, or by the least at least: who subtracts learns of no single voter.
    """
    if before is None:
        before = DaySums(0, None, None, None, None, None)
    if hour <= before.hour:
        return before
    issued = _moved(before.issued, counts.issued, LEAST_ISSUED)
    outstanding, open_cards = before.outstanding, counts.issued - counts.receipts
    if abs(open_cards - (outstanding or 0)) >= LEAST_ISSUED:
        outstanding = open_cards if open_cards >= LEAST_ISSUED else None
    return DaySums(
        hour,
        issued,
        outstanding,
        _moved(before.refused, counts.refused, LEAST_OTHER),
        _moved(before.overridden, counts.overridden, LEAST_OTHER),
        _moved(before.provisional, counts.provisional, LEAST_OTHER),
    )


def may_follow(before: DaySums | None, after: DaySums | None) -> bool:
    """Whether an honest station tells `after` when it told `before` last."""
    if before is None or after is None or after == before:
        return after is not None or before is None
    cards = abs((after.outstanding or 0) - (before.outstanding or 0))
    if after.outstanding != before.outstanding and cards < LEAST_ISSUED:
        return False
    return after.hour > before.hour and all(
        now == was or (now or 0) - (was or 0) >= least
        for was, now, least in (
            (before.issued, after.issued, LEAST_ISSUED),
            (before.refused, after.refused, LEAST_OTHER),
            (before.overridden, after.overridden, LEAST_OTHER),
            (before.provisional, after.provisional, LEAST_OTHER),
        )
    )


def write_status(status: StationStatus, key: SigningKey) -> bytes:
    """Sign a message with the station's Ed25519 key."""
    content = to_cbor(status)
    return to_cbor(_Signed(content, key.sign(_CONTEXT, content)))


def read_status(data: bytes) -> StationStatus:
    """Read a message without believing it. Raises `StatusRefusedError`."""
    return _content(_signed(data))


def open_status(data: bytes, key: PublicKey) -> StationStatus:
    """Verify a message under the station's key and read it. Raises `StatusRefusedError`."""
    signed = _signed(data)
    try:
        key.verify(_CONTEXT, signed.content, signed.signature)
    except SignatureError as error:
        raise StatusRefusedError(StatusReason.STATUS_SIGNATURE) from error
    return _content(signed)


# ---------------------------------------------------------------- parts


def _moved(before: int | None, now: int, least: int) -> int | None:
    return now if now - (before or 0) >= least else before


def _signed(data: bytes) -> _Signed:
    if len(data) > MAX_STATUS:
        raise StatusRefusedError(StatusReason.STATUS_FORMAT)
    try:
        return from_cbor(_Signed, data, _MAX_ITEMS)
    except SchemaError as error:
        raise StatusRefusedError(StatusReason.STATUS_FORMAT) from error


def _content(signed: _Signed) -> StationStatus:
    try:
        return from_cbor(StationStatus, signed.content, _MAX_ITEMS)
    except SchemaError as error:
        raise StatusRefusedError(StatusReason.STATUS_FORMAT) from error
