"""Open a station's line to its registry, and show how it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.registry.link import Link
from drivers.registry.link_words import describe
from drivers.threads.worker import OnCrash
from election.audit_events import AuditEvent
from election.claim_book import ClaimBook
from election.registry_client import Connect, RegistryClient, open_client
from kiosk.flows.common import WriteAudit
from kiosk.station.base import DeviceContext
from kiosk.status import DeviceKind, DeviceNow, Doing, Lamp
from words.message import m


def open_line(
    context: DeviceContext,
    connect: Connect,
    note: Callable[[WriteAudit], None],
    on_crash: OnCrash,
    book: ClaimBook,
) -> RegistryClient | None:
    """Begin to attend the line; see `open_client`."""
    return open_client(
        context.election,
        context.config.device,
        context.signing.classical,
        context.register,
        context.card_key(),
        book,
        connect,
        lambda up: note(WriteAudit(AuditEvent.REGISTRY_LINE, "up" if up else "down")),
        context.store.submit,
        on_crash,
    )


def line_lamp(link: Link) -> Lamp:
    """Show a line: whether it is up, how long it takes, and when it last answered."""
    advice = m("Check the cable. New voters get provisional ballots until it answers again.")
    now = DeviceNow.REST if link.up else DeviceNow.EMPTY
    doing = Doing(DeviceKind.LINE, describe(link, time.monotonic()), now)
    return Lamp("registry", m("Line to the registry"), link.up, None if link.up else advice, doing)
