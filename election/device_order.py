"""Say how a registry treats a device, by order of two offices: suspended or not, and how many claims a day.

There is no list of revoked certificates: the hour in which one runs out nobody gets in. Headquarters and the
observer of the supervision board sign an order together (`election.office_lists`). An order says all of it,
not what changes, and has a number: the registry keeps to the highest, in whatever order they come, so an
old one that somebody brings again lifts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Interval

from crypto.hybrid import HybridKey
from election.definition import DeviceId, Role
from election.envelope import EnvelopeFormat
from election.fields import Hash
from election.office_lists import OfficeListError, check_number, open_list, write_list
from election.reasons import OfficeListReason
from election.register import PublishedRegister
from words.message import Latin, Message, m

FORMAT, VERSION = "amin-device-order", 1
CLAIMS_A_DAY: Final = 1_500
"""Of one station without an order (some 120 people an hour stand before an officer)."""
MOST_CLAIMS: Final = 100_000
_CONTEXT = "amin device order"
_MAX_SIZE = 64 * 1024


@dataclass(frozen=True, slots=True)
class DeviceOrder:
    """The content."""

    number: Hash
    """Of the election."""
    device: DeviceId
    """An identity station."""
    order: Annotated[int, Interval(ge=1, le=1_000_000)]
    """Counted for each device; the highest holds."""
    suspended: bool
    """It is answered nothing, and its claims refuse nobody."""
    claims: Annotated[int, Interval(ge=0, le=MOST_CLAIMS)]
    """So many may be answered to it on the day."""


def form() -> EnvelopeFormat:
    """Return the envelope format of an order."""
    return EnvelopeFormat(FORMAT, VERSION, _CONTEXT, _MAX_SIZE)


def write_order(order: DeviceOrder, signers: Sequence[tuple[HybridKey, bytes]]) -> bytes:
    """Sign as `election.office_lists.write_list` does. `ValueError` for values out of bounds."""
    return write_list(form(), order, signers)


def open_order(data: bytes, published: PublishedRegister) -> DeviceOrder:
    """Verify and read an order about a registered station. Raises `OfficeListError`."""
    order = open_list(form(), DeviceOrder, data, published)
    check_number(order.number, published)
    device = published.register.device(order.device)
    if device is None or device.role != Role.IDENTITY_STATION:
        raise OfficeListError(OfficeListReason.LIST_DEVICE)
    return order


def said(order: DeviceOrder) -> Message:
    """Say what is ordered."""
    device, number = Latin(order.device), order.order
    if order.suspended:
        return m("{device}: suspended (order {order})", device=device, order=number)
    return m(
        "{device}: answered, {claims} claims on the day (order {order})",
        device=device,
        claims=order.claims,
        order=number,
    )
