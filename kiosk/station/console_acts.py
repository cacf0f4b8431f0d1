"""Carry out the operator's acts: load, test, open, pause, close, report, export."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol, assert_never

from drivers.media.errors import StorageError
from election import blocked_cards
from election.audit_events import AuditEvent
from election.closing_order import NOTHING_TO_ASK, BeforeClosing, told
from election.device_table import (
    AsBefore,
    Choose,
    DeviceChange,
    DeviceTable,
    Look,
    TryOut,
    keep,
    read_kept,
    table_of,
)
from election.document_trust import brought_lists
from election.doubts import Doubt
from election.errors import ElectionError, PollsStateError
from election.log_time import typed_line
from election.package.check_names import PACKAGE_CHECKS
from election.papers import Report, ReportKind
from election.polls import ActKind, Operator, PollsState, check_opening_hour, check_two_roles
from election.takeover import TakeOver
from election.visit_words import named
from kiosk.flows.common import WriteAudit
from kiosk.flows.operator import events as on
from kiosk.flows.operator import states as at
from kiosk.station.acts import ActSigning
from kiosk.station.base import DeviceContext
from kiosk.station.export import closing_bundle, export
from kiosk.station.loaded import Loaded
from kiosk.station.loaded_identity import LoadedIdentity
from kiosk.station.loading import Brought, bring
from kiosk.station.paper import ReportPrinter
from kiosk.station.reporting import make_report, self_checks
from kiosk.station.rescuing import Rescuing
from kiosk.status import CheckLine
from words.message import Code, Latin, Message, m, plural

BY_CARDS = {
    at.ConsoleAct.LOAD_PACKAGE: ActKind.LOAD,
    at.ConsoleAct.OPEN: ActKind.OPEN,
    at.ConsoleAct.CLOSE: ActKind.CLOSE,
}


class DeviceOperations(Protocol):
    """What the console has its device do; all on the store worker."""

    @property
    def loaded(self) -> Loaded:
        """What serves the election. Raises `ElectionError` before a package is loaded."""

    def install(self) -> None:
        """Prepare for the election of a package that was installed."""

    def checks(self) -> tuple[CheckLine, ...]:
        """Test the device's own equipment."""

    def doubts(self) -> tuple[Doubt, ...]:
        """List what two roles have to confirm now."""

    def sentence(self, doubt: Doubt) -> Message:
        """Say what was found, and what to do if it is not right."""

    def confirm(self, doubt: Doubt) -> None:
        """Go on with what was found. Raises `StorageError`."""

    def order(self) -> BeforeClosing | None:
        """List what is asked before CLOSE; None where nothing is."""

    def trains(self) -> bool | None:
        """Tell whether a training goes on; None where the device has none."""

    def train(self, wanted: bool) -> None:
        """Begin a training, or end it."""

    def tell_readiness(self) -> None:
        """Tell the voters' flow how things stand: an act has ended, or the operator has gone."""


class ConsoleActs:
    """What the acts of a console do to its device. On the store worker."""

    def __init__(
        self,
        context: DeviceContext,
        operations: DeviceOperations,
        signing: ActSigning,
        paper: ReportPrinter | None,
    ) -> None:
        self._context = context
        self._operations = operations
        self._signing = signing
        self._paper = paper
        self._rescuing = Rescuing(context)
        self.devices = DeviceTable()
        self.brought: Brought | None = None
        """What is loaded once the second card has signed."""
        self.checks: tuple[CheckLine, ...] = ()
        self.report: Report | None = None
        """The last one that was made."""
        self.unprinted = False
        """The last report is not on paper: "print" means that one, a zero report above all."""

    def freeze(self, effect: on.SignFirst) -> None:
        """Do all that may fail before a card signs, and freeze the act."""
        context, now, act = self._context, self._context.clock.now(), effect.act
        match act:
            case at.ConsoleAct.LOAD_PACKAGE:
                brought = self.brought = bring(context)
                # Later the same package, which was damaged, is put back: that is no act.
                if context.polls.state.is_before_opening:
                    self._signing.freeze(ActKind.LOAD, brought.package, brought.register, now)
            case at.ConsoleAct.RESCUE:
                self._signing.freeze_other(self._rescuing.begin())
            case at.ConsoleAct.TAKE_OVER:
                usb, register = context.config.usb, context.register
                found, at_ = context.files.rescue_of, context.judged_at(now)
                made = (effect.code, usb, context.election, register, found, at_)
                self._signing.freeze_other(context.takeovers.begin_handover(*made))
            case _:
                if act is at.ConsoleAct.OPEN:
                    if self._operations.trains():
                        raise PollsStateError(m("a training goes on here: end it first"))
                    check_opening_hour(now, context.election.opens)
                    context.takeovers.check_serves()
                    context.polls.check(ActKind.OPEN)
                    self._operations.loaded.opening()
                # With a clock that is far off no card would be valid, and the votes would stay in.
                judged = context.judged_at(now)
                sums = told(self._operations.order() or NOTHING_TO_ASK, effect.said)
                self._signing.freeze(
                    BY_CARDS[act],
                    context.installed(),
                    context.register,
                    judged,
                    (*sums, *blocked_cards.told(context.blocked))
                    if act is at.ConsoleAct.CLOSE
                    else (),
                )

    def perform(self, effect: on.Perform) -> Message:
        """Do an act whose cards have signed; return what became of it. Raises what `Console` tells."""
        context, operators = self._context, _signers(effect)
        match effect.act:
            case at.ConsoleAct.LOAD_PACKAGE:
                return self._load(effect, operators)
            case at.ConsoleAct.SELF_TEST:
                return self._self_test()
            case at.ConsoleAct.OPEN:
                self._commit(ActKind.OPEN, AuditEvent.POLLS_OPENED, ReportKind.ZERO, effect)
                return m("The polls are open.")
            case at.ConsoleAct.PAUSE:
                context.polls.record(ActKind.PAUSE, operators)
                context.log.note(_signed(AuditEvent.POLLS_PAUSED, effect))
                return m("The polls are paused.")
            case at.ConsoleAct.RESUME:
                context.polls.record(ActKind.RESUME, operators)
                context.log.note(_signed(AuditEvent.POLLS_RESUMED, effect))
                return m("The polls go on.")
            case at.ConsoleAct.CLOSE:
                # Not before both cards have signed: who gives up closing would have no room for it later.
                context.use_reserve()
                self._commit(ActKind.CLOSE, AuditEvent.POLLS_CLOSED, ReportKind.CLOSING, effect)
                # The polls are closed whatever happens here; an export makes up for it.
                with suppress(ElectionError, StorageError, OSError):
                    closing_bundle(context, self._operations.loaded.bundle())
                with suppress(ElectionError, StorageError):
                    self._operations.loaded.closed()
                return m("The polls are closed.")
            case at.ConsoleAct.PRINT_REPORT:
                return self._print_report(effect)
            case at.ConsoleAct.EXPORT:
                context.log.note(_signed(AuditEvent.EXPORTED, effect))
                if context.polls.state is not PollsState.CLOSED:
                    export(context, None)
                    return m("What was rescued is written to the USB drive.")
                export(context, self._operations.loaded.bundle())
                return m("The closing bundle is written to the USB drive.")
            case at.ConsoleAct.RESCUE:
                return self._rescue(effect, operators)
            case at.ConsoleAct.TAKE_OVER:
                return self._hand_over(effect, operators)
            case at.ConsoleAct.ADMIT_SPARE:
                return self._admit_spare(effect)
            case at.ConsoleAct.KEEP_DEVICES:
                check_two_roles(m("choose devices"), operators)
                changed = sum(row.changed for row in self.devices.rows)
                context.log.write(
                    WriteAudit(AuditEvent.DEVICES_KEPT, f"{changed} {_signed_by(effect)}")
                )
                keep(context.config.data, self.devices)
                return m("Kept: start the device again, and test it.")
            case at.ConsoleAct.CONFIRM:
                return self._confirm(effect, operators)
            case at.ConsoleAct.SET_CLOCK:
                return self._set_clock(effect, operators)
            case at.ConsoleAct.ADD_LISTS:
                return self._add_lists(operators)
            case at.ConsoleAct.MORE_DOCUMENTS:
                return self._more_documents(effect, operators)
            case at.ConsoleAct.BLOCK_CARD:
                check_two_roles(m("block a card"), operators)
                detail = blocked_cards.line(effect.code, operators, context.blocked)
                context.log.write(WriteAudit(AuditEvent.CARD_BLOCKED, detail))
                return m(
                    "The card {number} is blocked here. Do the same at every device of the branch.",
                    number=Code(effect.code),
                )
            case at.ConsoleAct.TRAIN:
                return self._train(effect)
            case at.ConsoleAct.READY_FOR_DAY:
                check_two_roles(m("ready for the day"), operators)
                context.make_ready(_signed(AuditEvent.READY_FOR_THE_DAY, effect))
                return m("The device is ready for the day and takes no rehearsal any more.")
            case _:
                assert_never(effect.act)

    def _commit(
        self, kind: ActKind, event: AuditEvent, report: ReportKind, effect: on.Perform
    ) -> None:
        """Record an act that two cards have signed, and report on it."""
        self._signing.commit(kind, _signers(effect))
        self._context.log.note(_signed(event, effect))
        self.report = self._make_report(report)
        self._context.log.note(_report_made(report, effect))

    def _print_report(self, effect: on.Perform) -> Message:
        report = self.report
        if report is None or not self.unprinted:
            closed = self._context.polls.state is PollsState.CLOSED
            report = self._make_report(ReportKind.CLOSING if closed else ReportKind.STATUS)
        self._context.log.write(_report_made(report.kind, effect))
        self.report = report
        return m("The report is ready.")

    def _self_test(self) -> Message:
        context = self._context
        found = (*self_checks(context, self._paper), *self._operations.checks())
        failed = sum(not check.passed for check in found)
        logged = context.log.note(WriteAudit(AuditEvent.SELF_TEST, f"failed {failed}"))
        problem = None if logged else m("There is no room, or the medium is gone.")
        self.checks = (*found, CheckLine(m("Event log"), logged, problem))
        if failed := failed + (not logged):
            raise ElectionError(
                plural(
                    "{count} check failed; the list says what to do",
                    "{count} checks failed; the list says what to do",
                    failed,
                )
            )
        return m("Everything is ready.")

    def _load(self, effect: on.Perform, operators: tuple[Operator, ...]) -> Message:
        brought, self.brought = self.brought, None
        if brought is None:
            raise PollsStateError(m("the act was given up; begin it again"))
        package, register = brought.package, brought.register
        taken = self._context.takeovers.taken
        self._context.install(brought.data, package, brought.registered, register)
        if self._context.polls.state.is_before_opening:
            self._signing.commit(ActKind.LOAD, operators)
        self.checks = tuple(
            CheckLine(named(PACKAGE_CHECKS, name), True)
            for name in (*(check.name for check in package.checks), "register")
        )
        self._context.check_trust()
        self._operations.install()
        detail = f"{package.digest.hex()[:16]} {register.number[:16]}"
        self._context.log.note(WriteAudit(AuditEvent.PACKAGE_LOADED, detail))
        if taken is not None:
            self._note_takeover(AuditEvent.TOOK_OVER, taken, effect)
        with suppress(OSError):  # admitting writes it once more
            self._context.takeovers.leave(self._context.config.usb)
        return m("The election package is loaded.")

    def _confirm(self, effect: on.Perform, operators: tuple[Operator, ...]) -> Message:
        check_two_roles(m("confirm what was found"), operators)
        for doubt in self._operations.doubts():
            # The line that confirms a clock has the time that holds from now on.
            self._context.log.write(
                WriteAudit(AuditEvent.DOUBT_CONFIRMED, f"{doubt.value} {_signed_by(effect)}"),
                self._context.offered(doubt),
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

    def _more_documents(self, effect: on.Perform, operators: tuple[Operator, ...]) -> Message:
        check_two_roles(m("allow more documents"), operators)
        loaded = self._operations.loaded
        number = loaded.more_documents(effect.code) if isinstance(loaded, LoadedIdentity) else 0
        detail = f"{number} {_signed_by(effect)}"
        self._context.log.note(WriteAudit(AuditEvent.DOCUMENTS_ALLOWED, detail))
        return m("As many documents again can be checked in this hour.")

    def _train(self, effect: on.Perform) -> Message:
        """Begin or end a training; only before the polls open."""
        going_on = self._operations.trains()
        if going_on is None or not self._context.polls.state.is_before_opening:
            raise PollsStateError(m("trainings are for terminals whose polls were never open"))
        if going_on:
            self._operations.train(False)
            return m("The training has ended.")
        self._context.log.write(_signed(AuditEvent.TRAINING_BEGUN, effect))
        self._operations.train(True)
        return m("Take your card out: the training begins, with invented names.")

    def change_devices(self, change: DeviceChange) -> None:
        """Look what is plugged in, choose, or ask what was chosen whether it answers."""
        config = self._context.config
        match change:
            case Look():
                self.checks = ()
                kept = read_kept(config.data)
                self.devices = table_of(config.serving(), self._context.workbench.look(), kept)
            case Choose() | AsBefore():
                self.devices = self.devices.after(change)
            case TryOut():
                chosen = {row.place: row.chosen for row in self.devices.rows if row.changed}
                found = self._context.workbench.try_out(config.served_by(chosen), chosen)
                self.checks = tuple(CheckLine(each.title, each.ok, each.told) for each in found)
            case _:
                assert_never(change)

    def _rescue(self, effect: on.Perform, operators: tuple[Operator, ...]) -> Message:
        check_two_roles(m("rescue a terminal"), operators)
        left = self._rescuing.finish(self._signing.signed(operators)).left
        self._signing.give_up()
        detail = f"{left.device} {left.cast} {_signed_by(effect)}"
        self._context.log.note(WriteAudit(AuditEvent.RESCUED, detail))
        return plural(
            "{device} is rescued: {count} vote. Put a USB drive in and export it, or do so at closing.",
            "{device} is rescued: {count} votes. Put a USB drive in and export it, or do so at closing.",
            left.cast,
            device=Latin(left.device),
        )

    def _set_clock(self, effect: on.Perform, operators: tuple[Operator, ...]) -> Message:
        check_two_roles(m("set the clock"), operators)
        context, clock = self._context, self._context.clock
        at = context.typed_clock(effect.code)
        detail = typed_line(clock.system.now(), clock.now(), _signed_by(effect))
        context.log.write(WriteAudit(AuditEvent.DOUBT_CONFIRMED, detail), at)
        context.set_clock(at)
        return m("The clock is set.")

    def _hand_over(self, effect: on.Perform, operators: tuple[Operator, ...]) -> Message:
        check_two_roles(m("let a spare take over"), operators)
        context, cards = self._context, self._signing.signed(operators)
        given = (cards, context.config.usb, context.election, context.signing, context.card_key())
        act = context.takeovers.hand_over(*given)
        self._signing.give_up()
        self._note_takeover(AuditEvent.HANDED_OVER, act, effect)
        return m(
            "Put the drive into {spare} and load the package there; then admit it at every device.",
            spare=Latin(act.spare),
        )

    def _admit_spare(self, effect: on.Perform) -> Message:
        context = self._context
        new = context.takeovers.admit(context.config.usb, context.config.branch)
        context.keep_takeovers()
        for act in new:
            self._note_takeover(AuditEvent.SPARE_ADMITTED, act.statement, effect)
        if new and context.polls.state.is_running:
            self._operations.install()
        return plural(
            "{count} spare is admitted. What is known here stands on the drive.",
            "{count} spares are admitted. What is known here stands on the drive.",
            len(new),
        )

    def _note_takeover(self, event: AuditEvent, act: TakeOver, effect: on.Perform) -> None:
        self._context.log.note(
            WriteAudit(event, f"{act.spare} {act.replaces} {_signed_by(effect)}")
        )

    def _make_report(self, kind: ReportKind) -> Report:
        return make_report(self._context, self._operations.loaded, kind)


def _signers(effect: on.Perform) -> tuple[Operator, ...]:
    return (effect.first,) if effect.second is None else (effect.first, effect.second)


def _signed(what: AuditEvent, effect: on.Perform) -> WriteAudit:
    return WriteAudit(what, _signed_by(effect))


def _signed_by(effect: on.Perform) -> str:
    return " ".join(operator.logged_as for operator in _signers(effect))


def _report_made(kind: ReportKind, effect: on.Perform) -> WriteAudit:
    return WriteAudit(AuditEvent.REPORT_MADE, f"{kind.value} {_signed_by(effect)}")
