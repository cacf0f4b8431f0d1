"""Run the operator's console: its flow, the cards that sign, and when an act begins and ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import assert_never

from crypto.errors import CryptoError
from drivers.errors import CardRemovedError, DriverError
from drivers.media.errors import StorageError
from drivers.smartcard.apdu import ApduChannel
from election.audit_events import AuditEvent
from election.because import reason_of
from election.device_table import DeviceChange
from election.doubts import Doubt
from election.errors import ElectionError, RefusedError
from election.files import FileRefusedError
from election.incidents import Incident
from election.operator_card import SignAct
from election.polls import PollsState
from election.signing_in import NeedCard, ProveOperator, UnblockPin
from kiosk.flows.common import WriteAudit
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from kiosk.flows.operator.flow import ConsoleStep, step
from kiosk.runtime.loop import Loop
from kiosk.station.acts import ActSigning
from kiosk.station.base import ACT_S, DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.console_acts import BY_CARDS, ConsoleActs, DeviceOperations
from kiosk.station.paper import ReportPrinter
from kiosk.station.proof import prove_operator
from kiosk.status import CheckLine
from words.message import Message, m

_TROUBLE = (ElectionError, StorageError, CryptoError, DriverError, OSError)
_PRINTED = frozenset({at.ConsoleAct.OPEN, at.ConsoleAct.CLOSE, at.ConsoleAct.PRINT_REPORT})
_ANCHORED = _PRINTED | BY_CARDS.keys()
"""What leaves the device, or changes the state of the polls: the anchor beside the state goes along."""


class OperatorConsole:
    """The operator's flow with its loop. It knows the device by its operations only."""

    def __init__(
        self,
        context: DeviceContext,
        operations: DeviceOperations,
        card_service: CardReaderService,
        paper: ReportPrinter | None,
        show: Callable[[at.ConsoleState], None],
        wake: Callable[[], None],
    ) -> None:
        self._context = context
        self._operations = operations
        self.card_service = card_service
        """Where the operator's card is; the station sets it when one is put into another reader."""
        self._paper = paper
        self._signing = ActSigning(context, lambda: operations.loaded)
        self._acts = ConsoleActs(context, operations, self._signing, paper)
        self._view = at.ConsoleView(PollsState.UNCONFIGURED)
        """Replaced whole, never changed: read on the drawing thread, made on the store worker."""
        self.loop: Loop[at.ConsoleState, on.ConsoleEvent, on.ConsoleEffect] = Loop(
            at.Away(), self._step, self._perform, show, wake
        )

    @property
    def asks_second(self) -> bool:
        """The second role is asked to sign: a card that is no operator's has to be told so.

        In any other state a card that comes is not the console's: the operator's has left, even
        if the console has not taken that event yet.
        """
        return isinstance(self.loop.state, at.SecondSignature)

    @property
    def wants_card(self) -> bool:
        """An operator card may be put in now: nobody is signed in, or the second role is asked."""
        match self.loop.state:
            case at.Away() | at.SecondSignature(signin=NeedCard()):
                return True
            case _:
                return False

    def refresh(self) -> None:
        """On the store worker: make the view anew and tell it."""
        if not self._context.opened:
            return
        package = self._context.package
        doubts = self._operations.doubts()
        self._view = at.ConsoleView(
            self._context.polls.state,
            package.election.name if package else None,
            self._context.package_name(),
            (*self._set_back(), *self._to_confirm(doubts), *self._acts.checks),
            self._acts.report,
            to_confirm=bool(doubts),
            can_be_ready=self._context.why_not_ready() is None,
            takes_lists=self._context.takes_lists,
            takes_codes=self._context.takes_codes,
            number=self._context.number(),
            training=self._training(),
            order=self._operations.order(),
            devices=self._acts.devices,
            rescues=len(self._context.files.rescues),
            replaceable=self._context.replaceable,
        )
        self.loop.post(on.ViewChanged(self._view))

    def _training(self) -> bool | None:
        before = self._context.polls.state.is_before_opening
        return self._operations.trains() if before else None

    # ------------------------------------------------------------ drawing thread

    def _step(self, state: at.ConsoleState, event: on.ConsoleEvent) -> ConsoleStep:
        stepped = step(state, event, self._view)
        if isinstance(stepped.state, at.Away) and not isinstance(state, at.Away):
            # Whatever card was put in while the console covered the screen is attended to now.
            self._context.store.submit(self._operations.tell_readiness)
        return stepped

    def _perform(self, effect: on.ConsoleEffect) -> None:
        match effect:
            case ProveOperator() | UnblockPin():
                state, given = self.loop.state, (self._context, self.card_service, effect)
                second = state.act if isinstance(state, at.SecondSignature) else None
                clock = second in {None, at.ConsoleAct.SET_CLOCK}
                prove_operator(*given, self.loop.post, self._second_card(), sets_clock=clock)
            case on.SignFirst():
                self._context.store.submit(lambda: self._sign_first(effect), ACT_S)
            case on.ChangeDevices(change):
                self._context.store.submit(lambda: self._change_devices(change), ACT_S)
            case on.LookAnew():
                self._context.store.submit(self.refresh)
            case on.GiveUp():
                self._context.store.submit(self._give_up)
            case on.Perform():
                self._context.store.submit(lambda: self._carry_out(effect), ACT_S)
            case _:
                assert_never(effect)

    def _second_card(self) -> SignAct | None:
        """Return what the second card signs; None while nobody is asked for a second signature."""
        match self.loop.state:
            case at.SecondSignature(first=first, act=act) if act in at.BY_CARDS:
                return self._signing.second_card(first)
            case _:
                return None

    # ------------------------------------------------------------ store worker

    def _sign_first(self, effect: on.SignFirst) -> None:
        """Freeze the act, and have the card that is in sign it."""
        outcome = self._guarded(effect.act, lambda: self._prepare(effect))
        if not outcome.ok:
            self._not_signed(outcome)
            return
        self._operations.tell_readiness()

        def failed(trouble: DriverError) -> at.ActOutcome | None:
            return at.ActOutcome(effect.act, False, _say(trouble))

        def signed(channel: ApduChannel) -> at.ActOutcome | None:
            other = at.ActOutcome(effect.act, False, _OTHER_CARD)
            return None if self._signing.first_card(effect.first)(channel) else other

        def say(outcome: at.ActOutcome | None) -> None:
            if outcome is None:
                self.loop.post(on.FirstSigned())
            else:
                self._context.store.submit(lambda: self._not_signed(outcome))

        self.card_service.run(
            signed, failed, say, gone=lambda: failed(CardRemovedError("the card was taken out"))
        )

    def _prepare(self, effect: on.SignFirst) -> Message:
        if effect.act is at.ConsoleAct.LOAD_PACKAGE:
            self.loop.post(on.Progress(None))
        self._acts.freeze(effect)
        return Message("")

    def _not_signed(self, outcome: at.ActOutcome) -> None:
        self._give_up()
        self.refresh()
        self.loop.post(on.ActEnded(outcome, self._view))

    def _change_devices(self, change: DeviceChange) -> None:
        self._acts.change_devices(change)
        self.refresh()

    def _give_up(self) -> None:
        self._acts.brought = None
        self._context.takeovers.give_up()
        self._context.serve_branch()
        self._signing.give_up()
        self._operations.tell_readiness()

    def _guarded(self, act: at.ConsoleAct, work: Callable[[], Message]) -> at.ActOutcome:
        if not self._context.opened:
            return at.ActOutcome(act, False, Incident.NO_MEMORY.row.remedy)
        try:
            return at.ActOutcome(act, True, work())
        except _TROUBLE as trouble:
            reason = "failed"
            if isinstance(trouble, RefusedError | FileRefusedError):
                reason = trouble.reason
            self._signing.give_up()
            self._context.log.note(WriteAudit(AuditEvent.ACT_FAILED, f"{act.value} {reason}"))
            return at.ActOutcome(act, False, _say(trouble))
        except BaseException:
            # A defect: the device goes out of service, and the console has to end its act, too.
            self.loop.post(on.ActEnded(at.ActOutcome(act, False, _DEFECT), self._view))
            raise

    def _carry_out(self, effect: on.Perform) -> None:
        outcome = self._guarded(effect.act, lambda: self._acts.perform(effect))
        if self._context.opened and effect.act in _ANCHORED:
            with suppress(StorageError):
                self._context.anchoring.write(with_state=True)
        self._context.copy_state()
        self.refresh()
        self._operations.tell_readiness()
        if self._paper is not None and self._acts.report is not None and effect.act in _PRINTED:
            self._paper.print(self._acts.report, lambda printed: self._printed(outcome, printed))
        else:
            self._ended(outcome, printed=True)

    def _printed(self, outcome: at.ActOutcome, printed: bool) -> None:
        self._acts.unprinted = not printed
        self._ended(outcome, printed)

    def _ended(self, outcome: at.ActOutcome, printed: bool) -> None:
        if outcome.ok and not printed:
            # The act stands; only its paper is missing, and can be had again.
            outcome = replace(
                outcome,
                message=m(
                    "{done} The report was not printed: check the printer and print it again.",
                    done=outcome.message,
                ),
            )
        self.loop.post(on.ActEnded(outcome, self._view))

    def _set_back(self) -> tuple[CheckLine, ...]:
        trouble = self._context.anchoring.trouble
        if trouble is None:
            return ()
        return (CheckLine(m("What this device held before"), False, trouble.sentence),)

    def _to_confirm(self, doubts: tuple[Doubt, ...]) -> tuple[CheckLine, ...]:
        sentence = self._operations.sentence
        return tuple(CheckLine(m("To confirm"), False, sentence(doubt)) for doubt in doubts)


_OTHER_CARD = m("The card that is in is not the one that signed in. Begin again.")


_DEFECT = m("An internal fault happened. Start the device again.")


def _say(trouble: Exception) -> Message:
    if isinstance(trouble, RefusedError):
        # What the message says more is for headquarters; here is what an operator can do.
        sentence: Message = trouble.reason.sentence
        return sentence
    return m("Not done: {reason}", reason=reason_of(trouble))
