"""Have two cards sign the acts of a device: freeze, first card, second card, countersign.

While a statement is frozen nothing may be recorded or logged, because both cards sign the same bytes:
the polls count as paused, and entries of the log wait (`DeviceContext.hold_log`). Signatures are kept
in memory only; until the second card has signed, nothing has happened, and the act can be given up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509

from drivers.smartcard.apdu import ApduChannel
from drivers.smartcard.piv import PivSession
from election.acts import (
    FIRST,
    CardSignature,
    Closing,
    SignedActKind,
    Statement,
    act_hash,
    card_message,
    countersign,
    freeze,
    verify_act,
)
from election.day_sums import DaySum
from election.definition import Role
from election.errors import PollsStateError
from election.operator_card import CardSignatures, SignAct
from election.package import LoadedPackage
from election.polls import ActKind, Operator
from election.register import PublishedRegister
from kiosk.station.base import DeviceContext
from kiosk.station.loaded import Loaded
from words.message import m


@dataclass(frozen=True, slots=True)
class _Draft:
    """A frozen act, and the signatures it has by now."""

    kind: ActKind
    package: LoadedPackage
    register: PublishedRegister | None
    made: Statement
    statement: bytes
    told: tuple[DaySum, ...]


class ActSigning:
    """One act at a time. On the store worker, but for what the card's worker does."""

    def __init__(self, context: DeviceContext, loaded: Callable[[], Loaded]) -> None:
        """Hold no act yet. `loaded`: what serves the election; raises `ElectionError` before a load."""
        self._context = context
        self._loaded = loaded
        self._draft: _Draft | None = None
        self._cards = CardSignatures(b"")

    def freeze(
        self,
        kind: ActKind,
        package: LoadedPackage,
        register: PublishedRegister | None,
        at: datetime,
        told: tuple[DaySum, ...] = (),
    ) -> None:
        """Say how the device stands, and hold it there; `told`: what CLOSE says beside the day's sums.

        Raises `PollsStateError`, `StorageError`.
        """
        self._context.polls.check(kind)
        number = None if register is None else bytes.fromhex(register.number)
        made = self._compose(kind, package, number, at.replace(microsecond=0), told)
        self._draft = _Draft(kind, package, register, made, freeze(made), told)
        self._cards = CardSignatures(card_message(self._draft.statement))
        self._context.log.hold()

    def freeze_other(self, message: bytes) -> None:
        """Have two cards sign something that is about another device; this one goes on meanwhile."""
        self._cards = CardSignatures(message)

    def first_card(self, operator: Operator) -> Callable[[ApduChannel], bool]:
        """Return a job for the card of the operator who is signed in; False if another card is in."""
        return self._cards.first_card(operator)

    def second_card(self, first: Operator) -> SignAct:
        """Return what a card that has just proved its operator does: sign, if it is of the other role."""
        cards = self._cards

        def sign(card: PivSession, certificate: x509.Certificate, operator: Operator) -> None:
            if operator.role is not first.role:
                cards.sign(card, certificate, operator)

        return sign

    def signed(self, operators: Sequence[Operator]) -> Mapping[Role, tuple[bytes, bytes]]:
        """Return certificates and signatures of what was frozen. Raises `PollsStateError`."""
        return self._cards.of(operators)

    def commit(self, kind: ActKind, operators: Sequence[Operator]) -> None:
        """Countersign and record the act that both operators' cards have signed.

        Raises `PollsStateError` if a signature is missing, or the device stands otherwise than it did;
        then nothing has happened.
        """
        draft = self._draft
        if draft is None or draft.kind is not kind:
            raise PollsStateError(m("the act was given up; begin it again"))
        signed = self._cards.of(operators)
        if (published := draft.register) is not None:
            named = published.register.may_operate(self._context.config.branch)
            if any(operator.fingerprint not in named for operator in operators):
                raise PollsStateError(
                    m("the register does not name these operators' cards for this branch")
                )
        made = draft.made
        if self._compose(kind, draft.package, made.number, made.at, draft.told) != made:
            raise PollsStateError(m("something was recorded meanwhile; begin the act again"))
        cards = [CardSignature(*signed[operator.role]) for operator in operators]
        context = self._context
        act = countersign(draft.statement, cards, context.signing)
        verify_act(act, context.signing.public, context.root, draft.made.at)
        digest = draft.package.digest if kind is ActKind.LOAD else None
        context.polls.record(kind, operators, act, digest)
        self.give_up()

    def give_up(self) -> None:
        """Drop the frozen act, and let the device go on."""
        self._draft, self._cards = None, CardSignatures(b"")
        self._context.log.release()

    # ------------------------------------------------------------ parts

    def _closing(self, loaded: Loaded, told: tuple[DaySum, ...]) -> Closing:
        sums = sorted((*self._context.counters.of_device(), *told), key=_word_and_reason)
        return replace(loaded.closing(), sums=tuple(sums))

    def _compose(
        self,
        kind: ActKind,
        package: LoadedPackage,
        number: bytes | None,
        at: datetime,
        told: tuple[DaySum, ...],
    ) -> Statement:
        context = self._context
        cast, closing = 0, None
        if kind is not ActKind.LOAD:
            # First of all: a store that has to be opened anew for it logs that.
            loaded = self._loaded()
            cast = loaded.cast()
            closing = self._closing(loaded, told) if kind is ActKind.CLOSE else None
        acts = context.polls.acts()
        return Statement(
            election=package.election.uuid,
            number=number,
            device=context.config.device,
            role=context.config.role,
            branch=context.config.branch,
            kind=SignedActKind(kind.value),
            at=at,
            previous=act_hash(acts[-1]) if acts else FIRST,
            package_digest=package.digest,
            cast=cast,
            log=context.audit.position,
            trusted=context.trust.digest if kind is ActKind.OPEN else None,
            closing=closing,
        )


def _word_and_reason(each: DaySum) -> tuple[str, str]:
    return each.event, each.reason
