"""The operator's acts carried out: load, test, open, pause, close, report, export."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol, assert_never

from crypto.errors import CryptoError
from drivers.errors import DriverError
from election.bundle import Bundle, write_bundle
from election.definition import Text
from election.errors import ElectionError, PackageError, PollsStateError
from election.package import LoadedPackage
from election.polls import ActKind, Operator, PollsState, check_two_roles
from kiosk.errors import StorageError
from kiosk.flows.common import Log
from kiosk.flows.operator.events import ActEnded, Effect, Event, Perform, Progress, ViewChanged
from kiosk.flows.operator.flow import Step, step
from kiosk.flows.operator.states import Act, Away, Outcome, SecondSignature, State, View
from kiosk.flows.signin import NeedCard, ProveOperator
from kiosk.reports import Check, Line, Report, ReportKind
from kiosk.runtime.loop import Loop
from kiosk.station.base import PACKAGE_FILE, READY, Base
from kiosk.station.cards import CardDesk
from kiosk.station.paper import Paper
from kiosk.station.proof import prove_operator
from kiosk.storage.media import check_media
from kiosk.words import PACKAGE_CHECKS, named

BUNDLE_SUFFIX = ".bundle"
AUDIT_SUFFIX = ".audit.jsonl"

_PRINTED = frozenset({Act.OPEN, Act.CLOSE, Act.PRINT_REPORT})


class Duties(Protocol):
    """What differs between the devices; called on the store worker."""

    def install(self) -> None:
        """A package was installed, or is there at start: prepare for its election."""

    def opening(self) -> None:
        """The polls are about to open: reserve room. Raises `StorageError`."""

    def report_lines(self) -> tuple[Line, ...]:
        """The device's numbers, for reports; all zero before the first voter."""

    def checks(self) -> tuple[Check, ...]:
        """Self-test of the device's own equipment."""

    def bundle(self) -> Bundle:
        """All that headquarters gets."""


class Console:
    """The operator's flow with its loop. `polls_changed` is told after each act."""

    def __init__(
        self,
        base: Base,
        duties: Duties,
        desk: CardDesk,
        paper: Paper | None,
        polls_changed: Callable[[], None],
        show: Callable[[State], None],
        wake: Callable[[], None],
    ) -> None:
        self._base = base
        self._duties = duties
        self.desk = desk
        """Where the operator's card is; the station sets it when one is put into another reader."""
        self._paper = paper
        self._polls_changed = polls_changed
        self._checks: tuple[Check, ...] = ()
        self._report: Report | None = None
        self._unprinted = False
        """The last report is not on paper: "print" means that one, a zero report above all."""
        self._view = View(PollsState.UNCONFIGURED)
        """Replaced whole, never changed: read on the drawing thread, made on the store worker."""
        self.loop: Loop[State, Event, Effect] = Loop(Away(), self._step, self._perform, show, wake)

    @property
    def asks_second(self) -> bool:
        """The second role is asked to sign: a card that is no operator's has to be told so.

        In any other state a card that comes is not the console's: the operator's has left, even
        if the console has not taken that event yet.
        """
        return isinstance(self.loop.state, SecondSignature)

    @property
    def wants_card(self) -> bool:
        """An operator card may be put in now: nobody is signed in, or the second role is asked."""
        match self.loop.state:
            case Away() | SecondSignature(signin=NeedCard()):
                return True
            case _:
                return False

    def refresh(self) -> None:
        """On the store worker: make the view anew and tell it."""
        package = self._base.package
        self._view = View(
            self._base.polls.state,
            package.election.name if package else None,
            self._base.package_name(),
            self._checks,
            self._report,
            can_be_ready=self._base.why_not_ready() is None,
        )
        self.loop.post(ViewChanged(self._view))

    # ------------------------------------------------------------ drawing thread

    def _step(self, state: State, event: Event) -> Step:
        stepped = step(state, event, self._view)
        if isinstance(stepped.state, Away) and not isinstance(state, Away):
            # Whatever card was put in while the console covered the screen is attended to now.
            self._base.store.submit(self._polls_changed)
        return stepped

    def _perform(self, effect: Effect) -> None:
        match effect:
            case ProveOperator(pin):
                prove_operator(self._base, self.desk, pin, self.loop.post)
            case Perform():
                self._base.store.submit(lambda: self._carry_out(effect))
            case _:
                assert_never(effect)

    # ------------------------------------------------------------ store worker

    def _carry_out(self, effect: Perform) -> None:
        try:
            outcome = Outcome(effect.act, True, self._act(effect))
        except (ElectionError, StorageError, CryptoError, DriverError, OSError) as trouble:
            reason = trouble.reason if isinstance(trouble, PackageError) else "failed"
            self._base.note(Log("act-failed", f"{effect.act.value} {reason}"))
            outcome = Outcome(effect.act, False, _say(trouble))
        except BaseException:
            # A defect: the device goes out of service, and the console has to end its act, too.
            self.loop.post(ActEnded(Outcome(effect.act, False, _DEFECT), self._view))
            raise
        self.refresh()
        self._polls_changed()
        if self._paper is not None and self._report is not None and effect.act in _PRINTED:
            self._paper.print(self._report, lambda printed: self._printed(outcome, printed))
        else:
            self._ended(outcome, printed=True)

    def _printed(self, outcome: Outcome, printed: bool) -> None:
        self._unprinted = not printed
        self._ended(outcome, printed)

    def _ended(self, outcome: Outcome, printed: bool) -> None:
        if outcome.ok and not printed:
            # The act stands; only its paper is missing, and can be had again.
            outcome = replace(
                outcome,
                message=Text(
                    f"{outcome.message.fa} گزارش چاپ نشد؛ چاپگر را بررسی و دوباره چاپ کنید.",
                    f"{outcome.message.en} The report was not printed: "
                    "check the printer and print it again.",
                ),
            )
        self.loop.post(ActEnded(outcome, self._view))

    def _act(self, effect: Perform) -> Text:
        base, now = self._base, self._base.clock.now()
        operators = _signers(effect)
        match effect.act:
            case Act.LOAD_PACKAGE:
                return self._load(operators, now)
            case Act.SELF_TEST:
                found = self._self_test()
                failed = sum(not check.passed for check in found)
                logged = base.note(Log("self-test", f"failed {failed}"))
                problem = "" if logged else "no room, or the medium is gone"
                self._checks = (
                    *found,
                    Check(Text("دفتر رویدادها", "Event log"), logged, problem),
                )
                failed += not logged
                if failed:
                    raise ElectionError(f"{failed} checks failed; the list says what to do")
                return Text("همه چیز آماده است.", "Everything is ready.")
            case Act.OPEN:
                self._check_hour(now)
                self._duties.opening()
                base.polls.open(operators, now)
                self._note(_signed("polls-opened", effect))
                self._report = self._make_report(ReportKind.ZERO, now)
                return Text("رأی‌گیری باز شد.", "The polls are open.")
            case Act.PAUSE:
                base.polls.pause(operators, now)
                self._note(_signed("polls-paused", effect))
                return Text("رأی‌گیری موقتاً متوقف شد.", "The polls are paused.")
            case Act.RESUME:
                base.polls.resume(operators, now)
                self._note(_signed("polls-resumed", effect))
                return Text("رأی‌گیری ادامه یافت.", "The polls go on.")
            case Act.CLOSE:
                base.polls.close(operators, now)
                self._note(_signed("polls-closed", effect))
                self._report = self._make_report(ReportKind.CLOSING, now)
                return Text("رأی‌گیری بسته شد.", "The polls are closed.")
            case Act.PRINT_REPORT:
                if not self._unprinted:
                    closed = base.polls.state is PollsState.CLOSED
                    kind = ReportKind.CLOSING if closed else ReportKind.STATUS
                    self._report = self._make_report(kind, now)
                return Text("گزارش آماده است.", "The report is ready.")
            case Act.EXPORT:
                return self._export(effect)
            case Act.READY_FOR_DAY:
                check_two_roles("ready for the day", operators)
                base.make_ready(_signed(READY, effect))
                return Text(
                    "دستگاه آماده‌ی روز رأی‌گیری است و دیگر بسته‌ی تمرینی نمی‌پذیرد.",
                    "The device is ready for the day and takes no rehearsal any more.",
                )
            case _:
                assert_never(effect.act)

    def _load(self, operators: tuple[Operator, ...], now: datetime) -> Text:
        source = self._base.config.usb / PACKAGE_FILE
        try:
            data = source.read_bytes()
        except FileNotFoundError as missing:
            raise PackageError(
                "missing", f"there is no {PACKAGE_FILE} on the stick; put in the right stick"
            ) from missing
        self.loop.post(Progress(None))
        package = self._base.check_package(data)
        self._may_load(package)
        self._base.install(data, package)
        if self._base.polls.state in {PollsState.UNCONFIGURED, PollsState.READY}:
            self._base.polls.load(package.digest, operators, now)
        self._checks = tuple(
            Check(named(PACKAGE_CHECKS, c.name), c.passed, "") for c in package.checks
        )
        self._duties.install()
        self._note(Log("package-loaded", package.digest.hex()[:16]))
        return Text("بسته‌ی انتخابات بارگذاری شد.", "The election package is loaded.")

    def _may_load(self, package: LoadedPackage) -> None:
        """Once the polls were open, only the very same package is put back, after it was damaged."""
        state = self._base.polls.state
        if state in {PollsState.UNCONFIGURED, PollsState.READY}:
            return
        if package.digest != self._base.polls.package_digest:
            raise PollsStateError(
                f"load: not possible while the polls are {state.value}; only the same package fits"
            )

    def _note(self, entry: Log) -> None:
        """After something that cannot be taken back: a log that fails does not undo it.

        The device goes out of service then, by `polls_changed`.
        """
        self._base.note(entry)

    def _check_hour(self, now: datetime) -> None:
        """The polls never open before their hour: a clock that is wrong must be set first."""
        opens = self._base.election.opens
        if now < opens:
            raise PackageError(
                "early", f"the polls open at {opens:%Y-%m-%d %H:%M} UTC; wait, or set the clock"
            )

    def _self_test(self) -> tuple[Check, ...]:
        base = self._base
        found: list[Check] = []
        try:
            report = check_media(base.config.data, base.config.mirror)
            enough = min(report.primary_free, report.mirror_free) > 200_000_000
            found.append(
                Check(
                    Text("حافظه‌ها", "Media"),
                    enough,
                    f"{report.primary_free // 1_000_000} MB, {report.mirror_free // 1_000_000} MB",
                )
            )
        except StorageError as trouble:
            found.append(Check(Text("حافظه‌ها", "Media"), False, str(trouble)))
        if base.package is not None:
            election = base.package.election
            near = abs((base.clock.now() - election.opens).total_seconds()) < 2 * 86_400
            found.append(
                Check(Text("ساعت دستگاه", "Clock"), near, f"{base.clock.now():%Y-%m-%d %H:%M} UTC")
            )
        if self._paper is not None:
            found.append(self._paper.check())
        return (*found, *self._duties.checks())

    def _make_report(self, kind: ReportKind, now: datetime) -> Report:
        base = self._base
        branch = base.election.branch(base.config.branch)
        lines = (
            *([_OF_A_REHEARSAL] if base.election.rehearsal else []),
            Line(Text("شعبه", "Branch"), branch.name.fa if branch else base.config.branch),
            Line(Text("دستگاه", "Device"), base.config.device),
            Line(Text("بسته", "Package"), base.package_name()),
            *self._duties.report_lines(),
            *(
                Line(Text(*_ACTS[act.kind]), " + ".join(o.name for o in act.operators))
                for act in base.polls.acts()
            ),
        )
        return Report(kind, base.election.name, now, lines)

    def _export(self, effect: Perform) -> Text:
        base = self._base
        base.log(_signed("exported", effect))
        device = base.election.device(base.config.device)
        if device is None:
            raise ElectionError("this device is not on the enrolment list; call headquarters")
        data = write_bundle(self._duties.bundle(), base.signing, device.certificate)
        target = base.config.usb / f"{base.config.device}{BUNDLE_SUFFIX}"
        partial = target.with_suffix(".part")
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        # The log itself goes along: the bundle signs its last hash only.
        shutil.copyfile(base.files.audit, target.with_suffix(AUDIT_SUFFIX))
        return Text(
            "بسته‌ی پایانی روی حافظه نوشته شد.", "The closing bundle is written to the stick."
        )


_OF_A_REHEARSAL = Line(Text("تمرین؛ رأیی که شمرده می‌شود", "Rehearsal; votes that count"), "0")
"""On paper there is no banner: a report of a rehearsal must not pass for one of the day."""

_ACTS = {
    ActKind.LOAD: ("بارگذاری", "Loaded by"),
    ActKind.OPEN: ("بازگشایی", "Opened by"),
    ActKind.PAUSE: ("توقف", "Paused by"),
    ActKind.RESUME: ("ادامه", "Resumed by"),
    ActKind.CLOSE: ("پایان", "Closed by"),
}


def _signers(effect: Perform) -> tuple[Operator, ...]:
    return (effect.first,) if effect.second is None else (effect.first, effect.second)


def _signed(what: str, effect: Perform) -> Log:
    names = [effect.first.fingerprint.hex()[:16]]
    if effect.second is not None:
        names.append(effect.second.fingerprint.hex()[:16])
    return Log(what, " ".join(names))


_REASONS: dict[str, Text] = {
    "missing": Text(
        "بسته‌ی انتخابات روی حافظه نیست. حافظه‌ی درست را وصل کنید.",
        "There is no election package on the stick. Put in the right stick.",
    ),
    "signature": Text(
        "بسته دست‌کاری یا خراب شده است. نسخه‌ی تازه‌ای از ستاد بگیرید.",
        "The package is damaged or was altered. Get a fresh copy from headquarters.",
    ),
    "format": Text(
        "این فایل بسته‌ی سالم انتخابات نیست. نسخه‌ی تازه‌ای از ستاد بگیرید.",
        "This file is no intact election package. Get a fresh copy from headquarters.",
    ),
    "untrusted-signer": Text(
        "بسته را ستاد این انتخابات امضا نکرده است. آن را به ستاد تحویل دهید.",
        "The package is not signed by this election's headquarters. Hand it to headquarters.",
    ),
    "expired-certificate": Text(
        "اعتبار گواهی بسته تمام شده است. بسته‌ی تازه بگیرید.",
        "A certificate of the package has expired. Get a new package.",
    ),
    "wrong-branch": Text("این بسته برای شعبه‌ی دیگری است.", "This package is for another branch."),
    "wrong-election": Text(
        "این بسته برای انتخابات دیگری است.", "This package is for another election."
    ),
    "not-enrolled": Text(
        "این دستگاه در فهرست دستگاه‌های بسته نیست. با ستاد تماس بگیرید.",
        "This device is not on the package's enrolment list. Call headquarters.",
    ),
    "wrong-key": Text(
        "کلید این دستگاه با بسته نمی‌خواند. با ستاد تماس بگیرید.",
        "The package names another key for this device. Call headquarters.",
    ),
    "real-election": Text(
        "روی این دستگاه شبیه‌ساز نصب است و فقط بسته‌ی تمرینی می‌پذیرد. دستگاه بدون شبیه‌ساز بیاورید.",
        "Simulators are installed on this device: it takes rehearsals only. Use one without them.",
    ),
    "rehearsal": Text(
        "این بسته تمرینی است و این دستگاه آماده‌ی روز رأی‌گیری است. بسته‌ی اصلی را وصل کنید.",
        "This package is a rehearsal, and this device is ready for the day. "
        "Put in the election's package.",
    ),
    "rehearsal-loaded": Text(
        "بسته‌ی بارگذاری‌شده تمرینی است. نخست بسته‌ی اصلی را بارگذاری کنید.",
        "The loaded package is a rehearsal. Load the election's package first.",
    ),
    "simulators": Text(
        "روی این دستگاه شبیه‌ساز نصب است و نمی‌تواند آماده‌ی روز رأی‌گیری شود.",
        "Simulators are installed on this device: it cannot be made ready for the day.",
    ),
    "early": Text(
        "هنوز ساعت آغاز رأی‌گیری نرسیده است. صبر کنید یا ساعت دستگاه را درست کنید.",
        "The polls may not open yet. Wait for their hour, or set the device's clock.",
    ),
    "clock": Text(
        "ساعت دستگاه با روز انتخابات نمی‌خواند. ساعت را درست کنید و دوباره بارگذاری کنید.",
        "The device's clock does not fit the day of the election. Set the clock and load again.",
    ),
}


_DEFECT = Text(
    "خطای داخلی رخ داد. دستگاه را از نو روشن کنید.",
    "An internal fault happened. Start the device again.",
)


def _say(trouble: Exception) -> Text:
    if isinstance(trouble, PackageError) and trouble.reason in _REASONS:
        return _REASONS[trouble.reason]
    detail = str(trouble)
    return Text(f"انجام نشد: {detail}", f"Not done: {detail}")
