"""Write what a device tells of its day: lines into the audit log, sums into the counters."""

from __future__ import annotations

from datetime import datetime

from drivers.media.errors import MediumLostError, StorageError
from election.audit_events import AuditEvent, EventForm
from election.audit_log import FOUND_VOTES
from kiosk.clock import Clock
from kiosk.flows.common import WriteAudit
from kiosk.station.anchoring import Anchoring
from kiosk.storage.audit import AuditLog
from kiosk.storage.counters import Counters
from words.message import m


class DeviceLog:
    """The log of one device, on the store worker; nothing can be written before `begin`."""

    def __init__(self, clock: Clock) -> None:
        self.failed = False
        """The log's medium is full or gone: nobody is served until it can be written again."""
        self._clock = clock
        self._parts: tuple[AuditLog, Counters, Anchoring] | None = None
        self._fault = ""
        """Kind of the last fault of a medium that was logged."""
        self._held: list[tuple[WriteAudit, datetime]] | None = None
        """Entries that wait while an act is frozen; None: none is."""

    def begin(self, audit: AuditLog, counters: Counters, anchoring: Anchoring) -> None:
        """Write into these from now on; `anchoring` keeps where the log stands."""
        self._parts = audit, counters, anchoring

    def write(self, entry: WriteAudit, at: datetime | None = None) -> None:
        """Write an entry, as of now or `at`. Raises `StorageError`: what it announces must not happen."""
        self._write(entry, at or self._clock.now())

    def note(self, entry: WriteAudit) -> bool:
        """Log what has happened anyhow; False if that is not possible now (see `failed`)."""
        if self._held is not None:
            self._held.append((entry, self._clock.now()))
            return True
        return self._note(entry, self._clock.now())

    def note_damaged(self, names: tuple[str, ...]) -> None:
        """Log which memories were damaged, and set aside."""
        for name in names:
            self.note(WriteAudit(AuditEvent.MEDIA_DAMAGED, name))

    def note_fault(self, trouble: StorageError) -> None:
        """Log what kind of fault a medium has, once until `fault_is_over`."""
        kind = type(trouble).__name__
        if kind != self._fault:
            self._fault = kind
            self.note(WriteAudit(AuditEvent.MEDIA_FAULT, kind))

    def fault_is_over(self) -> None:
        """Both media are in use: log the next fault, whatever it is."""
        self._fault = ""

    def note_found(self, cast: int, logged: int) -> None:
        """After both media were joined at the start: enter votes that the log does not tell of."""
        if cast > logged:
            self.note(WriteAudit(AuditEvent.FOUND_AT_START, f"{FOUND_VOTES}{cast - logged}"))

    @property
    def is_held(self) -> bool:
        """Whether an act is frozen."""
        return self._held is not None

    def hold(self) -> None:
        """From now on let entries wait, because an act is frozen that names the last one."""
        self._held = self._held or []

    def release(self) -> None:
        """Write the entries that waited, with the times at which they were told."""
        held, self._held = self._held or [], None
        for entry, at in held:
            self._note(entry, at)

    def is_back(self) -> bool:
        """After the log could not be written: try again."""
        return not self.failed or self.note(WriteAudit(AuditEvent.LOG_RESUMED))

    def _write(self, entry: WriteAudit, at: datetime) -> None:
        if self._parts is None:
            raise MediumLostError(m("the log is not open"))
        audit, counters, anchoring = self._parts
        is_line = entry.what.form is EventForm.LINE
        if not is_line and (entry.detail or entry.what.is_sum):
            counters.add_event(entry.what, entry.detail)
        if not entry.what.is_sum:
            audit.append(entry.what, at, entry.detail if is_line else "")
            anchoring.write()

    def _note(self, entry: WriteAudit, at: datetime) -> bool:
        try:
            self._write(entry, at)
        except StorageError:
            self.failed = True
            # A sum that is missing stops nobody at once; the next voter waits for the medium.
            return entry.what.is_sum
        if not entry.what.is_sum:
            # A sum lies in another file: that it was kept says nothing of the log.
            self.failed = False
        return True
