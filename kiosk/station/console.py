"""Carry out the operator's acts: load, test, open, pause, close, report, export."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from crypto.canonical import MAX_SIZE
from crypto.errors import CryptoError
from drivers.errors import DriverError
from election.because import reason_of
from election.errors import ElectionError, PackageError, PollsStateError
from election.files import FileRefusedError
from election.package import LoadedPackage
from election.polls import STATES, ActKind, Operator, PollsState, check_two_roles
from election.reasons import PackageReason, RegisterReason
from election.register import MAX_REGISTER, REGISTER_FILE, RegisterError
from election.usb_drive import read_brought
from kiosk.audit_events import AuditEvent
from kiosk.errors import StorageError
from kiosk.flows.common import WriteAudit
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from kiosk.flows.operator.flow import ConsoleStep, step
from kiosk.flows.signin import NeedCard, ProveOperator
from kiosk.reports import CheckLine, Report, ReportKind, ReportLine
from kiosk.runtime.loop import Loop
from kiosk.station.base import PACKAGE_FILE, DeviceContext
from kiosk.station.cards import CardReaderService
from kiosk.station.export import closing_bundle, export
from kiosk.station.loaded import Loaded
from kiosk.station.paper import ReportPrinter
from kiosk.station.proof import prove_operator
from kiosk.storage.media import MediaReport, check_media
from kiosk.words import PACKAGE_CHECKS, named
from words.message import Bytes, Items, Latin, Message, m, plural

_PRINTED = frozenset({at.ConsoleAct.OPEN, at.ConsoleAct.CLOSE, at.ConsoleAct.PRINT_REPORT})


@dataclass(frozen=True, slots=True)
class DeviceOperations:
    """What the console has its device do; all on the store worker."""

    install: Callable[[], None]
    """A package was installed: prepare for its election."""
    loaded: Callable[[], Loaded]
    """What serves that election. Raises `ElectionError` before a package is loaded."""
    checks: Callable[[], tuple[CheckLine, ...]]
    """Test the device's own equipment."""
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
        self._view = at.ConsoleView(
            self._context.polls.state,
            package.election.name if package else None,
            self._context.package_name(),
            self._checks,
            self._report,
            can_be_ready=self._context.why_not_ready() is None,
            number=self._context.number(),
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
                prove_operator(self._context, self.card_service, pin, self.loop.post)
            case on.Perform():
                self._context.store.submit(lambda: self._carry_out(effect))
            case _:
                assert_never(effect)

    # ------------------------------------------------------------ store worker

    def _carry_out(self, effect: on.Perform) -> None:
        try:
            outcome = at.ActOutcome(effect.act, True, self._act(effect))
        except (ElectionError, StorageError, CryptoError, DriverError, OSError) as trouble:
            reason = "failed"
            if isinstance(trouble, PackageError | RegisterError | FileRefusedError):
                reason = trouble.reason
            self._context.note(WriteAudit(AuditEvent.ACT_FAILED, f"{effect.act.value} {reason}"))
            outcome = at.ActOutcome(effect.act, False, _say(trouble))
        except BaseException:
            # A defect: the device goes out of service, and the console has to end its act, too.
            self.loop.post(on.ActEnded(at.ActOutcome(effect.act, False, _DEFECT), self._view))
            raise
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
                return self._load(operators, now)
            case at.ConsoleAct.SELF_TEST:
                found = self._self_test()
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
                self._check_hour(now)
                self._operations.loaded().opening()
                context.polls.open(operators, now)
                self._note(_signed(AuditEvent.POLLS_OPENED, effect))
                self._report = self._make_report(ReportKind.ZERO, now)
                self._note(_report_made(ReportKind.ZERO, effect))
                return m("The polls are open.")
            case at.ConsoleAct.PAUSE:
                context.polls.pause(operators, now)
                self._note(_signed(AuditEvent.POLLS_PAUSED, effect))
                return m("The polls are paused.")
            case at.ConsoleAct.RESUME:
                context.polls.resume(operators, now)
                self._note(_signed(AuditEvent.POLLS_RESUMED, effect))
                return m("The polls go on.")
            case at.ConsoleAct.CLOSE:
                context.polls.close(operators, now)
                self._note(_signed(AuditEvent.POLLS_CLOSED, effect))
                self._report = self._make_report(ReportKind.CLOSING, now)
                self._note(_report_made(ReportKind.CLOSING, effect))
                # The polls are closed whatever happens here; an export makes up for it.
                with suppress(ElectionError, StorageError, OSError):
                    closing_bundle(context, self._operations.loaded().bundle())
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
            case at.ConsoleAct.READY_FOR_DAY:
                check_two_roles(m("ready for the day"), operators)
                context.make_ready(_signed(AuditEvent.READY_FOR_THE_DAY, effect))
                return m("The device is ready for the day and takes no rehearsal any more.")
            case _:
                assert_never(effect.act)

    def _load(self, operators: tuple[Operator, ...], now: datetime) -> Message:
        try:
            data = read_brought(self._context.config.usb / PACKAGE_FILE, MAX_SIZE)
        except FileNotFoundError as missing:
            raise PackageError(
                PackageReason.MISSING,
                m(
                    "there is no {package_file} on the stick; put in the right stick",
                    package_file=Latin(PACKAGE_FILE),
                ),
            ) from missing
        self.loop.post(on.Progress(None))
        package = self._context.check_package(data)
        self._may_load(package)
        registered = self._brought_register()
        register = self._context.check_register(registered, package)
        self._context.install(data, package, registered, register)
        if self._context.polls.state in {PollsState.UNCONFIGURED, PollsState.READY}:
            self._context.polls.load(package.digest, operators, now)
        self._checks = tuple(
            CheckLine(named(PACKAGE_CHECKS, name), True)
            for name in (*(check.name for check in package.checks), "register")
        )
        self._operations.install()
        detail = f"{package.digest.hex()[:16]} {register.number[:16]}"
        self._note(WriteAudit(AuditEvent.PACKAGE_LOADED, detail))
        return m("The election package is loaded.")

    def _brought_register(self) -> bytes:
        try:
            return read_brought(self._context.config.usb / REGISTER_FILE, MAX_REGISTER)
        except FileNotFoundError as missing:
            raise RegisterError(RegisterReason.REGISTER_MISSING) from missing

    def _may_load(self, package: LoadedPackage) -> None:
        """Once the polls were open, only the very same package is put back, after it was damaged."""
        state = self._context.polls.state
        if state in {PollsState.UNCONFIGURED, PollsState.READY}:
            return
        if package.digest != self._context.polls.package_digest:
            raise PollsStateError(
                m(
                    "load: not possible while the polls are {state}; only the same package fits",
                    state=STATES[state],
                )
            )

    def _note(self, entry: WriteAudit) -> None:
        """After something that cannot be taken back: a log that fails does not undo it.

        The device goes out of service then, by `acted`.
        """
        self._context.note(entry)

    def _check_hour(self, now: datetime) -> None:
        """Keep the polls from opening before their hour: a clock that is wrong must be set first."""
        opens = self._context.election.opens
        if now < opens:
            raise PackageError(
                PackageReason.EARLY,
                m("the polls open on {opens}; wait, or set the clock", opens=opens.astimezone()),
            )

    def _self_test(self) -> tuple[CheckLine, ...]:
        context = self._context
        found: list[CheckLine] = []
        try:
            report = check_media(context.config.data, context.config.mirror)
            enough = min(report.primary_free, report.mirror_free) > 200_000_000
            found.append(
                CheckLine(
                    m("Media"),
                    enough,
                    _free_room(report),
                )
            )
        except StorageError as trouble:
            found.append(CheckLine(m("Media"), False, trouble.message))
        if context.package is not None:
            election = context.package.election
            near = abs((context.clock.now() - election.opens).total_seconds()) < 2 * 86_400
            found.append(CheckLine(m("Clock"), near, context.clock.now().astimezone()))
        if self._paper is not None:
            found.append(self._paper.check())
        return (*found, *self._operations.checks())

    def _make_report(self, kind: ReportKind, now: datetime) -> Report:
        context = self._context
        branch = context.election.branch(context.config.branch)
        lines = (
            *([_OF_A_REHEARSAL] if context.election.rehearsal else []),
            ReportLine(m("Branch"), branch.name if branch else Latin(context.config.branch)),
            ReportLine(m("Device"), Latin(context.config.device)),
            ReportLine(m("Package"), Latin(context.package_name())),
            ReportLine(m("Number of the election"), Latin(context.number())),
            *self._operations.loaded().report_lines(kind),
            *(
                ReportLine(_ACTS[act.kind], Items(tuple(o.name for o in act.operators)))
                for act in context.polls.acts()
            ),
        )
        return Report(kind, context.election.name, now, lines)

    def _export(self, effect: on.Perform) -> Message:
        self._context.log(_signed(AuditEvent.EXPORTED, effect))
        export(self._context, self._operations.loaded().bundle())
        return m("The closing bundle is written to the stick.")


_OF_A_REHEARSAL = ReportLine(m("Rehearsal; votes that count"), 0)
"""On paper there is no banner: a report of a rehearsal must not pass for one of the day."""

_ACTS = {
    ActKind.LOAD: m("Loaded by"),
    ActKind.OPEN: m("Opened by"),
    ActKind.PAUSE: m("Paused by"),
    ActKind.RESUME: m("Resumed by"),
    ActKind.CLOSE: m("Closed by"),
}


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


def _free_room(report: MediaReport) -> Message:
    free = (Bytes(report.primary_free), Bytes(report.mirror_free))
    return m("{free} are free", free=Items(free))


def _say(trouble: Exception) -> Message:
    if isinstance(trouble, PackageError | RegisterError):
        # What the message says more is for headquarters; here is what an operator can do.
        return trouble.reason.sentence
    return m("Not done: {reason}", reason=reason_of(trouble))
