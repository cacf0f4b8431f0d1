"""Carry out the operator's acts: load, test, open, pause, close, report, export."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from crypto.errors import CryptoError
from drivers.errors import CardRemovedError, DriverError
from drivers.smartcard.apdu import ApduChannel
from election.audit_events import AuditEvent
from election.because import reason_of
from election.document_trust import brought_lists
from election.doubts import Doubt
from election.errors import ElectionError, PackageError, PollsStateError
from election.files import FileRefusedError
from election.polls import ActKind, Operator, PollsState, check_two_roles
from election.reasons import PackageReason
from election.register import RegisterError
from kiosk.errors import StorageError
from kiosk.flows.common import WriteAudit
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from kiosk.flows.operator.flow import ConsoleStep, step
from kiosk.flows.operator.order import NOTHING_TO_ASK, BeforeClosing, told
from kiosk.flows.signin import NeedCard, ProveOperator
from kiosk.reports import CheckLine, Report, ReportKind
from kiosk.runtime.loop import Loop
from kiosk.station.acts import ActSigning
from kiosk.station.base import DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.export import closing_bundle, export
from kiosk.station.loaded import Loaded
from kiosk.station.loading import Brought, bring
from kiosk.station.paper import ReportPrinter
from kiosk.station.proof import SignAct, prove_operator
from kiosk.station.reporting import make_report, self_checks
from kiosk.words import PACKAGE_CHECKS, named
from words.message import Message, m, plural

_TROUBLE = (ElectionError, StorageError, CryptoError, DriverError, OSError)
_BY_CARDS = {
    at.ConsoleAct.LOAD_PACKAGE: ActKind.LOAD,
    at.ConsoleAct.OPEN: ActKind.OPEN,
    at.ConsoleAct.CLOSE: ActKind.CLOSE,
}
_PRINTED = frozenset({at.ConsoleAct.OPEN, at.ConsoleAct.CLOSE, at.ConsoleAct.PRINT_REPORT})
_ANCHORED = _PRINTED | _BY_CARDS.keys()
"""What leaves the device, or changes the state of the polls: the anchor beside the state goes along."""


@dataclass(frozen=True, slots=True)
class DeviceOperations:
    """What the console has its device do; all on the store worker."""

    install: Callable[[], None]
    """A package was installed: prepare for its election."""
    loaded: Callable[[], Loaded]
    """What serves that election. Raises `ElectionError` before a package is loaded."""
    checks: Callable[[], tuple[CheckLine, ...]]
    """Test the device's own equipment."""
    doubts: Callable[[], tuple[Doubt, ...]]
    """What two roles have to confirm now."""
    sentence: Callable[[Doubt], Message]
    """What was found, and what to do if it is not right."""
    confirm: Callable[[Doubt], None]
    """Go on with what was found. Raises `StorageError`."""
    order: Callable[[], BeforeClosing | None]
    """What is asked before CLOSE; None where nothing is."""
    acted: Callable[[], None]
    """An act has ended, or the operator has gone: tell the voters' flow how things stand."""


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
        self._signing = ActSigning(context, operations.loaded)
        self._brought: Brought | None = None
        self._checks: tuple[CheckLine, ...] = ()
        self._report: Report | None = None
        self._unprinted = False
        """The last report is not on paper: "print" means that one, a zero report above all."""
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
        package = self._context.package
        doubts = self._operations.doubts()
        self._view = at.ConsoleView(
            self._context.polls.state,
            package.election.name if package else None,
            self._context.package_name(),
            (*self._set_back(), *self._to_confirm(doubts), *self._checks),
            self._report,
            to_confirm=bool(doubts),
            can_be_ready=self._context.why_not_ready() is None,
            takes_lists=self._context.takes_lists,
            number=self._context.number(),
            order=self._operations.order(),
        )
        self.loop.post(on.ViewChanged(self._view))

    # ------------------------------------------------------------ drawing thread

    def _step(self, state: at.ConsoleState, event: on.ConsoleEvent) -> ConsoleStep:
        stepped = step(state, event, self._view)
        if isinstance(stepped.state, at.Away) and not isinstance(state, at.Away):
            # Whatever card was put in while the console covered the screen is attended to now.
            self._context.store.submit(self._operations.acted)
        return stepped

    def _perform(self, effect: on.ConsoleEffect) -> None:
        match effect:
            case ProveOperator(pin):
                prove_operator(
                    self._context, self.card_service, pin, self.loop.post, self._second_card()
                )
            case on.SignFirst():
                self._context.store.submit(lambda: self._sign_first(effect))
            case on.LookAnew():
                self._context.store.submit(self.refresh)
            case on.GiveUp():
                self._context.store.submit(self._give_up)
            case on.Perform():
                self._context.store.submit(lambda: self._carry_out(effect))
            case _:
                assert_never(effect)

    def _second_card(self) -> SignAct | None:
        """Return what the second card signs; None while nobody is asked for a second signature."""
        match self.loop.state:
            case at.SecondSignature(first=first, act=act) if act in _BY_CARDS:
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
        self._operations.acted()

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
        """Do all that may fail before a card signs, and freeze the act."""
        context, now, act = self._context, self._context.clock.now(), effect.act
        match act:
            case at.ConsoleAct.LOAD_PACKAGE:
                self.loop.post(on.Progress(None))
                brought = self._brought = bring(context)
                # Later the same package, which was damaged, is put back: that is no act.
                if context.polls.state in {PollsState.UNCONFIGURED, PollsState.READY}:
                    self._signing.freeze(ActKind.LOAD, brought.package, brought.register, now)
            case _:
                if act is at.ConsoleAct.OPEN:
                    self._check_hour(now)
                    context.polls.check(ActKind.OPEN)
                    self._operations.loaded().opening()
                # With a clock that is far off no card would be valid, and the votes would stay in.
                judged = context.judged_at(now)
                sums = told(self._operations.order() or NOTHING_TO_ASK, effect.said)
                self._signing.freeze(
                    _BY_CARDS[act],
                    context.installed(),
                    context.register,
                    judged,
                    sums if act is at.ConsoleAct.CLOSE else (),
                )
        return Message("")

    def _not_signed(self, outcome: at.ActOutcome) -> None:
        self._give_up()
        self.refresh()
        self.loop.post(on.ActEnded(outcome, self._view))

    def _give_up(self) -> None:
        self._brought = None
        self._signing.give_up()
        self._operations.acted()

    def _guarded(self, act: at.ConsoleAct, work: Callable[[], Message]) -> at.ActOutcome:
        try:
            return at.ActOutcome(act, True, work())
        except _TROUBLE as trouble:
            reason = "failed"
            if isinstance(trouble, PackageError | RegisterError | FileRefusedError):
                reason = trouble.reason
            self._signing.give_up()
            self._context.note(WriteAudit(AuditEvent.ACT_FAILED, f"{act.value} {reason}"))
            return at.ActOutcome(act, False, _say(trouble))
        except BaseException:
            # A defect: the device goes out of service, and the console has to end its act, too.
            self.loop.post(on.ActEnded(at.ActOutcome(act, False, _DEFECT), self._view))
            raise

    def _carry_out(self, effect: on.Perform) -> None:
        outcome = self._guarded(effect.act, lambda: self._act(effect))
        if effect.act in _ANCHORED:
            with suppress(StorageError):
                self._context.anchoring.write(with_state=True)
        self._context.copy_state()
        self.refresh()
        self._operations.acted()
        if self._paper is not None and self._report is not None and effect.act in _PRINTED:
            self._paper.print(self._report, lambda printed: self._printed(outcome, printed))
        else:
            self._ended(outcome, printed=True)

    def _printed(self, outcome: at.ActOutcome, printed: bool) -> None:
        self._unprinted = not printed
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

    def _act(self, effect: on.Perform) -> Message:
        context, now = self._context, self._context.clock.now()
        operators = _signers(effect)
        match effect.act:
            case at.ConsoleAct.LOAD_PACKAGE:
                return self._load(operators)
            case at.ConsoleAct.SELF_TEST:
                found = (*self_checks(context, self._paper), *self._operations.checks())
                failed = sum(not check.passed for check in found)
                logged = context.note(WriteAudit(AuditEvent.SELF_TEST, f"failed {failed}"))
                problem = None if logged else m("There is no room, or the medium is gone.")
                self._checks = (
                    *found,
                    CheckLine(m("Event log"), logged, problem),
                )
                failed += not logged
                if failed:
                    raise ElectionError(
                        plural(
                            "{count} check failed; the list says what to do",
                            "{count} checks failed; the list says what to do",
                            failed,
                        )
                    )
                return m("Everything is ready.")
            case at.ConsoleAct.OPEN:
                self._signing.commit(ActKind.OPEN, operators)
                self._note(_signed(AuditEvent.POLLS_OPENED, effect))
                self._report = self._make_report(ReportKind.ZERO, now)
                self._note(_report_made(ReportKind.ZERO, effect))
                return m("The polls are open.")
            case at.ConsoleAct.PAUSE:
                context.polls.record(ActKind.PAUSE, operators)
                self._note(_signed(AuditEvent.POLLS_PAUSED, effect))
                return m("The polls are paused.")
            case at.ConsoleAct.RESUME:
                context.polls.record(ActKind.RESUME, operators)
                self._note(_signed(AuditEvent.POLLS_RESUMED, effect))
                return m("The polls go on.")
            case at.ConsoleAct.CLOSE:
                self._signing.commit(ActKind.CLOSE, operators)
                self._note(_signed(AuditEvent.POLLS_CLOSED, effect))
                self._report = self._make_report(ReportKind.CLOSING, now)
                self._note(_report_made(ReportKind.CLOSING, effect))
                # The polls are closed whatever happens here; an export makes up for it.
                with suppress(ElectionError, StorageError, OSError):
                    closing_bundle(context, self._operations.loaded().bundle())
                with suppress(ElectionError, StorageError):
                    self._operations.loaded().closed()
                return m("The polls are closed.")
            case at.ConsoleAct.PRINT_REPORT:
                if self._unprinted and self._report is not None:
                    report = self._report
                else:
                    closed = context.polls.state is PollsState.CLOSED
                    report = self._make_report(
                        ReportKind.CLOSING if closed else ReportKind.STATUS, now
                    )
                context.log(_report_made(report.kind, effect))
                self._report = report
                return m("The report is ready.")
            case at.ConsoleAct.EXPORT:
                return self._export(effect)
            case at.ConsoleAct.CONFIRM:
                return self._confirm(effect, operators)
            case at.ConsoleAct.ADD_LISTS:
                return self._add_lists(operators)
            case at.ConsoleAct.READY_FOR_DAY:
                check_two_roles(m("ready for the day"), operators)
                context.make_ready(_signed(AuditEvent.READY_FOR_THE_DAY, effect))
                return m("The device is ready for the day and takes no rehearsal any more.")
            case _:
                assert_never(effect.act)

    def _load(self, operators: tuple[Operator, ...]) -> Message:
        brought, self._brought = self._brought, None
        if brought is None:
            raise PollsStateError(m("the act was given up; begin it again"))
        package, register = brought.package, brought.register
        self._context.install(brought.data, package, brought.registered, register)
        if self._context.polls.state in {PollsState.UNCONFIGURED, PollsState.READY}:
            self._signing.commit(ActKind.LOAD, operators)
        self._checks = tuple(
            CheckLine(named(PACKAGE_CHECKS, name), True)
            for name in (*(check.name for check in package.checks), "register")
        )
        self._context.check_trust()
        self._operations.install()
        detail = f"{package.digest.hex()[:16]} {register.number[:16]}"
        self._note(WriteAudit(AuditEvent.PACKAGE_LOADED, detail))
        return m("The election package is loaded.")

    def _confirm(self, effect: on.Perform, operators: tuple[Operator, ...]) -> Message:
        check_two_roles(m("confirm what was found"), operators)
        for doubt in self._operations.doubts():
            self._context.log(
                WriteAudit(AuditEvent.DOUBT_CONFIRMED, f"{doubt.value} {_signed_by(effect)}")
            )
            self._operations.confirm(doubt)
        return m("Confirmed; the device goes on.")

    def _add_lists(self, operators: tuple[Operator, ...]) -> Message:
        check_two_roles(m("add revocation lists"), operators)
        context = self._context
        added = context.add_lists(brought_lists(context.config.usb, context.trust))
        self._operations.install()
        if added:
            return m("The revocation lists are added: whoever is on one of them is refused.")
        return m("All of these revocation lists were there already.")

    def _note(self, entry: WriteAudit) -> None:
        """Log what cannot be taken back; if the log fails the device goes out of service, by `acted`."""
        self._context.note(entry)

    def _check_hour(self, now: datetime) -> None:
        """Keep the polls from opening before their hour: a clock that is wrong must be set first."""
        opens = self._context.election.opens
        if now < opens:
            raise PackageError(
                PackageReason.EARLY,
                m("the polls open on {opens}; wait, or set the clock", opens=opens.astimezone()),
            )

    def _make_report(self, kind: ReportKind, now: datetime) -> Report:
        return make_report(self._context, self._operations.loaded(), kind, now)

    def _set_back(self) -> tuple[CheckLine, ...]:
        trouble = self._context.anchoring.trouble
        if trouble is None:
            return ()
        return (CheckLine(m("What this device held before"), False, trouble.sentence),)

    def _to_confirm(self, doubts: tuple[Doubt, ...]) -> tuple[CheckLine, ...]:
        sentence = self._operations.sentence
        return tuple(CheckLine(m("To confirm"), False, sentence(doubt)) for doubt in doubts)

    def _export(self, effect: on.Perform) -> Message:
        self._context.log(_signed(AuditEvent.EXPORTED, effect))
        export(self._context, self._operations.loaded().bundle())
        return m("The closing bundle is written to the USB drive.")


_OTHER_CARD = m("The card that is in is not the one that signed in. Begin again.")


def _signers(effect: on.Perform) -> tuple[Operator, ...]:
    return (effect.first,) if effect.second is None else (effect.first, effect.second)


def _signed(what: AuditEvent, effect: on.Perform) -> WriteAudit:
    return WriteAudit(what, _signed_by(effect))


def _signed_by(effect: on.Perform) -> str:
    names = [effect.first.fingerprint.hex()[:16]]
    if effect.second is not None:
        names.append(effect.second.fingerprint.hex()[:16])
    return " ".join(names)


def _report_made(kind: ReportKind, effect: on.Perform) -> WriteAudit:
    return WriteAudit(AuditEvent.REPORT_MADE, f"{kind.value} {_signed_by(effect)}")


_DEFECT = m("An internal fault happened. Start the device again.")


def _say(trouble: Exception) -> Message:
    if isinstance(trouble, PackageError | RegisterError):
        # What the message says more is for headquarters; here is what an operator can do.
        return trouble.reason.sentence
    return m("Not done: {reason}", reason=reason_of(trouble))
