"""Serve the fingerprint module: one capture after another, and only the latest has a say."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import assert_never

from drivers.errors import CaptureError, DriverError
from drivers.fingerprint.seam import (
    Capture,
    FingerprintReader,
    MatchOutcome,
    ReaderState,
    ReaderStatus,
    SensorFeedback,
    Template,
    TemplateFormat,
)
from drivers.threads.worker import OnCrash, Worker
from election.audit_events import AuditEvent
from kiosk.flows.common import WriteAudit
from kiosk.flows.identity import events as on
from kiosk.status import CheckLine, DeviceKind, DeviceNow, Doing, Lamp
from words.message import Latin, m

_STEPS = {SensorFeedback.PLACE_FINGER, SensorFeedback.SCANNED, SensorFeedback.LIFT_FINGER}
"""Asked of every finger: says nothing of why one was bad."""

_CANNOT_GIVE = m("This sensor cannot give what cards compare. Use another model.")
_CANNOT_COMPARE = m("This sensor cannot compare what cards hold. Use another model.")

Compare = Callable[[int, bytes, Callable[[on.IdentityEvent], object]], None]
"""Have the card compare its finger of this place with a live one, and say the outcome."""


class FingerprintService:
    """Captures are numbered, and what an older one says is dropped.

    A finger that was compared for one person must never speak for the next.
    """

    def __init__(
        self,
        reader: FingerprintReader,
        post: Callable[[on.IdentityEvent], None],
        note: Callable[[WriteAudit], None],
        on_crash: OnCrash,
        compare: Compare | None = None,
        on_card: Callable[[], bool] | None = None,
    ) -> None:
        """`note` writes a line of the audit log, from any thread.

        `compare`: where cards do it. `on_card`: whether those of the election do; asked for the self-test.
        """
        self._reader = reader
        self._compare = compare
        self._on_card_too = on_card or (lambda: compare is not None)
        self._post = post
        self._note = note
        self._worker = Worker("finger", on_crash)
        self._capture = 0
        self._works = True
        self._seen: SensorFeedback | None = None
        """What the module saw last in a capture that goes on."""
        self._lock = Lock()

    def start(self) -> None:
        """Ask the module how it is; then it waits for `match`."""

        def job() -> None:
            self._ask()

        self._worker.submit(job)

    def lamp(self) -> Lamp:
        """For the rail of the screen: as it was heard last. Whose finger it is, is not a part of it."""
        words, now = m("Waits to be asked for a finger."), DeviceNow.REST
        if self._seen is SensorFeedback.SCANNED:
            words, now = m("A finger lies on it."), DeviceNow.BUSY
        elif self._seen is not None:
            words, now = m("It asks for a finger."), DeviceNow.LOW
        works = self._works
        detail = None if works else m("Check the cable of the sensor.")
        doing = Doing(DeviceKind.FINGER, words, now)
        return Lamp("fingerprint", m("Fingerprint sensor"), works, detail, doing)

    def _ask(self) -> ReaderStatus:
        status = self._reader.status()
        self._works = status.state is ReaderState.READY
        return status

    def match(self, effect: on.MatchFinger) -> None:
        """Begin a capture; the outcome is posted."""
        number = self._next()
        self._worker.submit(lambda: self._match(effect, number))

    def cancel(self) -> None:
        """End a capture that is under way; its outcome is dropped."""
        self._next()
        self._reader.cancel()

    def check(self) -> CheckLine:
        """Self-test line."""
        name = m("Fingerprint sensor")
        status = self._ask()
        if status.state is ReaderState.UNUSABLE:
            return CheckLine(
                name,
                False,
                m("The sensor answers, and cannot be used as it is: see `amin doctor`."),
            )
        if status.state is not ReaderState.READY:
            return CheckLine(name, False, m("Check the cable of the sensor."))
        if TemplateFormat.ISO_19794_2 not in self._reader.formats:
            return CheckLine(name, False, _CANNOT_GIVE if self._on_card_too() else _CANNOT_COMPARE)
        model = " ".join(filter(None, (status.model, status.firmware)))
        return CheckLine(name, True, Latin(model))

    def stop(self) -> None:
        """End the capture and the thread, and close the module."""
        self.cancel()
        self._worker.stop(self._reader.close)

    def _next(self) -> int:
        with self._lock:
            self._capture += 1
            return self._capture

    def _match(self, effect: on.MatchFinger, number: int) -> None:
        self._seen = SensorFeedback.PLACE_FINGER
        try:
            self._compare_finger(effect, number)
        finally:
            self._seen = None

    def _compare_finger(self, effect: on.MatchFinger, number: int) -> None:
        def say(event: on.IdentityEvent) -> bool:
            with self._lock:
                if number == self._capture:
                    self._post(event)
                return number == self._capture

        hint = SensorFeedback.TRY_AGAIN

        def feedback(told: SensorFeedback) -> None:
            nonlocal hint
            self._seen = told
            if told not in _STEPS:
                hint = told
            if not say(on.FingerFeedback(told)):
                self._reader.cancel()

        if number != self._capture:
            return
        try:
            if effect.on_card is None:
                templates = [Template(record) for record in effect.templates]
                outcome = self._reader.verify(templates, effect.timeout_s, feedback)
            else:
                found = self._reader.capture(effect.timeout_s, feedback)
                if isinstance(found, Capture):
                    self._on_card(effect.on_card, found, say)
                    return
                outcome = found
        except CaptureError:
            # No fault of the device: perhaps no living finger. It counts as a failed try, and the log
            # says so to whoever asks why.
            self._note(WriteAudit(AuditEvent.FINGER_SUSPECT))
            say(on.FingerNotMatched(SensorFeedback.TRY_AGAIN))
            return
        except DriverError:
            self._works = False
            say(on.FingerSensorLost())
            return
        self._works = True
        match outcome:
            case MatchOutcome.MATCH:
                say(on.FingerMatched())
            case MatchOutcome.CANCELLED:
                pass  # whoever cancelled has moved on
            case MatchOutcome.NO_MATCH:
                say(on.FingerNotMatched(SensorFeedback.NO_MATCH))
            case MatchOutcome.TIMEOUT:
                say(on.FingerNotMatched(SensorFeedback.NO_FINGER))
            case MatchOutcome.BAD_IMAGE:
                say(on.FingerNotMatched(hint))
            case _:
                assert_never(outcome)

    def _on_card(self, place: int, found: Capture, say: Callable[[on.IdentityEvent], bool]) -> None:
        if self._compare is None or found.format is not TemplateFormat.ISO_19794_2:
            say(on.FingerSensorLost())
            return
        say(on.FingerFeedback(SensorFeedback.SCANNED))
        self._compare(place, found.template.data, say)
