"""The fingerprint module at work: one capture after another, and only the latest has a say."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from drivers.errors import CaptureError, DriverError
from drivers.fingerprint.seam import Feedback as SensorFeedback
from drivers.fingerprint.seam import (
    FingerprintReader,
    MatchOutcome,
    ReaderState,
    Template,
    TemplateFormat,
)
from kiosk.definition import Text
from kiosk.flows.common import Log
from kiosk.flows.identity import events as on
from kiosk.flows.identity.states import Feedback
from kiosk.reports import Check
from kiosk.runtime.worker import OnCrash, Worker

_FEEDBACK = {
    SensorFeedback.PLACE_FINGER: Feedback.PLACE,
    SensorFeedback.SCANNED: Feedback.SCANNED,
    SensorFeedback.LIFT_FINGER: Feedback.LIFT,
    SensorFeedback.NO_FINGER: Feedback.NO_FINGER,
    SensorFeedback.TOO_DRY: Feedback.POOR,
    SensorFeedback.TOO_WET: Feedback.POOR,
    SensorFeedback.PARTIAL: Feedback.POOR,
    SensorFeedback.MOVED: Feedback.POOR,
    SensorFeedback.PRESS_HARDER: Feedback.POOR,
    SensorFeedback.TRY_AGAIN: Feedback.POOR,
}
_MISSED = {
    MatchOutcome.NO_MATCH: Feedback.NO_MATCH,
    MatchOutcome.BAD_IMAGE: Feedback.POOR,
    MatchOutcome.TIMEOUT: Feedback.NO_FINGER,
}


class FingerDesk:
    """A finger that was compared for one person must never speak for the next: captures are numbered,
    and what an older one says is dropped."""

    def __init__(
        self,
        reader: FingerprintReader,
        post: Callable[[on.Event], None],
        note: Callable[[Log], None],
        on_crash: OnCrash,
    ) -> None:
        """`note` writes a line of the audit log, from any thread."""
        self._reader = reader
        self._post = post
        self._note = note
        self._worker = Worker("finger", on_crash)
        self._capture = 0
        self._lock = Lock()

    def match(self, effect: on.MatchFinger) -> None:
        """Begin a capture; the outcome is posted."""
        number = self._next()
        self._worker.submit(lambda: self._match(effect, number))

    def cancel(self) -> None:
        self._next()
        self._reader.cancel()

    def check(self) -> Check:
        """Self-test line."""
        name = Text("حسگر اثر انگشت", "Fingerprint sensor")
        status = self._reader.status()
        if status.state is not ReaderState.READY:
            return Check(name, False, "check the cable of the sensor")
        if TemplateFormat.ISO_19794_2 not in self._reader.formats:
            return Check(name, False, "it cannot compare what cards hold; use another model")
        return Check(name, True, " ".join(filter(None, (status.model, status.firmware))))

    def stop(self) -> None:
        self.cancel()
        self._worker.stop(self._reader.close)

    def _next(self) -> int:
        with self._lock:
            self._capture += 1
            return self._capture

    def _match(self, effect: on.MatchFinger, number: int) -> None:
        def say(event: on.Event) -> bool:
            with self._lock:
                if number == self._capture:
                    self._post(event)
                return number == self._capture

        def feedback(sensor: SensorFeedback) -> None:
            if not say(on.FingerFeedback(_FEEDBACK[sensor])):
                self._reader.cancel()

        if number != self._capture:
            return
        try:
            templates = [Template(record) for record in effect.templates]
            outcome = self._reader.verify(templates, effect.timeout_s, feedback)
        except CaptureError:
            # No fault of the device: perhaps no living finger. It counts as a failed try, and the log
            # says so to whoever asks why.
            self._note(Log("finger-suspect"))
            say(on.FingerNotMatched(Feedback.POOR))
            return
        except DriverError:
            say(on.FingerSensorLost())
            return
        match outcome:
            case MatchOutcome.MATCH:
                say(on.FingerMatched())
            case MatchOutcome.CANCELLED:
                pass  # whoever cancelled has moved on
            case _:
                say(on.FingerNotMatched(_MISSED[outcome]))
