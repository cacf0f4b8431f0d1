"""Have the operator's card in a desk's reader prove whose it is, or unblock it (`election.operator_card`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from drivers.errors import CardMuteError, DriverError
from election.audit_events import AuditEvent
from election.operator_card import Gate, SignAct, answer
from election.signing_in import OperatorRejected, PinUnblocked, Rejection, SignInEffect, SignInEvent
from kiosk.flows.common import WriteAudit
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService


def prove_operator(
    context: DeviceContext,
    card_service: CardReaderService,
    asked: SignInEffect,
    post: Callable[[SignInEvent], None],
    sign: SignAct | None = None,
    *,
    sets_clock: bool = False,
) -> None:
    """Check the operator card in the desk's reader; the outcome is posted, an unblocked card logged.

    `sign`: has a card that proved its operator sign an act, in the same session; `sets_clock`: a card that
    the clock refuses will do, if the clock is wrong for certain.
    """

    def failed(trouble: DriverError) -> SignInEvent:
        unreadable = isinstance(trouble, CardMuteError)
        return OperatorRejected(Rejection.UNREADABLE if unreadable else Rejection.UNKNOWN_CARD)

    def say(event: SignInEvent) -> None:
        if isinstance(event, PinUnblocked):
            entry = WriteAudit(AuditEvent.PIN_UNBLOCKED, event.card)
            context.store.submit(partial(_note, context, entry))
        post(event)

    now, register = context.clock.now(), context.register
    gate = Gate(
        context.config.device,
        context.config.branch,
        context.root,
        None if register is None else register.register,
        now,
        context.judged_at(now),
        context.blocked,
        sets_clock,
    )
    card_service.run(lambda channel: answer(gate, channel, asked, sign), failed, say)


def _note(context: DeviceContext, entry: WriteAudit) -> None:
    context.log.note(entry)
