"""Keep to what two offices order about a device, in the book: the running service reads it at each batch."""

from __future__ import annotations

from dataclasses import replace

from election.device_order import DeviceOrder, open_order
from election.office_lists import OfficeListError
from election.reasons import OfficeListReason
from election.register import PublishedRegister
from registry.book import Book
from registry.settling import DeviceState


async def obey(published: PublishedRegister, data: bytes, book: Book) -> DeviceOrder:
    """Enter an order; the same one again changes nothing.

    Raises `OfficeListError`, also for one that is older than what the book keeps to, `StorageError`.
    """
    order = open_order(data, published)

    def ordered(now: DeviceState) -> DeviceState:
        after = replace(now, suspended=order.suspended, allowed=order.claims, order=order.order)
        if order.order < now.order or (order.order == now.order and after != now):
            raise OfficeListError(OfficeListReason.LIST_CHANGED)
        return after

    await book.change(order.device, ordered)
    return order
