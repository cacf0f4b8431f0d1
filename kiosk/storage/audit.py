"""Keep the audit log: what a device writes of its day, entry by entry (`election.audit_log`).

Nothing personal can get in: `what` is one of `election.audit_events`, and `check_detail` decides what a
detail may say, not whoever says it.
"""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

from crypto.signing import PublicKey, SigningKey
from drivers.media.errors import MediumFullError, MediumLostError, StorageError, TamperedStoreError
from election.acts import LogPosition
from election.audit_events import AuditEvent, EventForm
from election.audit_log import (
    FIRST,
    AuditEntry,
    check_detail,
    check_log,
    sign_entry,
    write_entry,
)
from election.doubts import is_pollbook_lost
from election.files import sync
from election.log_copies import follow
from election.log_time import Running, confirms_clock, time_floor
from election.reasons import LogReason
from words.message import m

QUARTER = 15
"""Minutes: the time of an entry that stands for a voter."""


class AuditLog:
    """The log of one device, open for appending."""

    def __init__(
        self, path: Path, key: SigningKey, copy: Callable[[], Path | None] = lambda: None
    ) -> None:
        """Open or create, after verifying what is there; `copy`: where the second medium keeps it, too.

        A last line that a power failure left in pieces is taken away: it was never acknowledged, or an
        anchor names it. Raises `TamperedStoreError`, `MediumLostError`.
        """
        self._path = path
        self._key = key
        self._copy = copy
        try:
            if path.exists():
                _cut_torn_line(path)
            entries = verify(path, key.public) if path.exists() else ()
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise _translated(error, path) from error
        self.floor = time_floor(entries)
        """No earlier than this can it be now; None if the log says nothing of it. Of the start."""
        self.kinds = Counter(entry.what for entry in entries)
        """How many entries there are of each kind."""
        self.clock_confirmed = max((x.number for x in entries if confirms_clock(x)), default=0)
        """Number of the last entry by which two roles confirmed the clock; 0 for none. Of the start."""
        self.running = reduce(Running.after, entries, Running())
        self.pollbook_lost = reduce(is_pollbook_lost, entries, False)
        """The list of those who got a card was lost, and no two roles have begun a new one yet."""
        self.blocked = [entry.detail for entry in entries if entry.what == AuditEvent.CARD_BLOCKED]
        """The lines that block lost operator cards."""
        self._last = {entry.what: (entry.number, entry.detail) for entry in entries}
        self._hashes = [FIRST, *(entry.hash for entry in entries)]
        self._votes = sum(entry.votes for entry in entries)

    @property
    def tail(self) -> bytes:
        """Hash of the last entry."""
        return self._hashes[-1]

    @property
    def position(self) -> LogPosition:
        """Where the log stands: its last hash, its length, and the votes it says were recorded."""
        return LogPosition(self.tail, len(self._hashes) - 1, self._votes)

    def holds(self, position: LogPosition) -> bool:
        """Tell whether the log once stood there: it has that entry at that place."""
        known = position.length < len(self._hashes)
        return known and self._hashes[position.length] == position.head

    def has(self, what: AuditEvent) -> bool:
        """Tell whether an entry of this kind was ever written."""
        return self.kinds[what] > 0

    def last(self, what: AuditEvent) -> tuple[int, str] | None:
        """Return number and detail of the last entry of this kind; None if there is none."""
        return self._last.get(what.value)

    def append(self, what: AuditEvent, at: datetime, detail: str = "") -> AuditEntry:
        """Write one entry through to the medium.

        `ValueError` for a detail that might be personal.
        Raises `MediumFullError`, `MediumLostError`.
        """
        check_detail(detail)
        number = len(self._hashes)
        time = at.astimezone(UTC).replace(microsecond=0)
        if what.form is EventForm.VOTER:
            time = time.replace(minute=time.minute // QUARTER * QUARTER, second=0)
        entry = sign_entry(self._key, self.tail, number, time, what.value, detail)
        self._write(write_entry(entry), through=what.form is EventForm.LINE)
        self._hashes.append(entry.hash)
        self._votes += entry.votes
        self.running = self.running.after(entry)
        self.pollbook_lost = is_pollbook_lost(self.pollbook_lost, entry)
        self.kinds[what.value] += 1
        self._last[what.value] = (number, detail)
        if what is AuditEvent.CARD_BLOCKED:
            self.blocked.append(detail)
        return entry

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def _write(self, line: bytes, *, through: bool) -> None:
        start = os.fstat(self._handle).st_size
        try:
            if os.write(self._handle, line) != len(line):
                raise MediumFullError(m("no room on the medium of {name}", name=self._path.name))
            sync(self._handle)
        except (OSError, MediumFullError) as error:
            # A line that was not acknowledged must not stay: the next one would not follow it.
            with suppress(OSError):
                os.ftruncate(self._handle, start)
            if isinstance(error, OSError):
                raise _translated(error, self._path) from error
            raise
        # The line is in the log, whatever becomes of the copy: one that is behind is written anew.
        with suppress(OSError, StorageError):
            if (copy := self._copy()) is not None:
                follow(self._path, copy, start, line, through=through)


def verify(path: Path, key: PublicKey) -> tuple[AuditEntry, ...]:
    """All entries of an intact log; `TamperedStoreError` names the line that is not. May raise `OSError`."""
    log = check_log(path.read_bytes(), key)
    for finding in log.findings:
        if finding.reason is LogReason.LOG_ORDER:
            message = m(
                "{name}: line {number} does not follow the line before it",
                name=path.name,
                number=finding.line,
            )
        else:
            message = m(
                "{name}: line {number} is not an entry of this device",
                name=path.name,
                number=finding.line,
            )
        raise TamperedStoreError(message)
    return log.entries


def _cut_torn_line(path: Path) -> None:
    """Take away a last line without its end, or with zeros where a sector of it was not written."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    before = content.rfind(b"\n", 0, max(0, whole - 1)) + 1
    if b"\0" in content[before:whole]:
        whole = before
    if whole != len(content):
        os.truncate(path, whole)


def _translated(error: OSError, path: Path) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MediumFullError(
            m("no room on the medium of {name}: free some, or replace it", name=path.name)
        )
    return MediumLostError(m("{name} cannot be read or written: check its medium", name=path.name))
