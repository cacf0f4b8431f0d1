"""Count what happens on a device by reason: refusals, overrides, and events that have no line in the log.

Numbers only: a sum has no time. They lie on both memories, in two databases that are overwritten where they
are: copies that are written anew would leave the older ones in freed blocks, and with them the order of
what was counted. A number only grows, so of two the larger one holds. The sums about the device stand in
CLOSE, which becomes public; those about voters go to headquarters alone, with the closing.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from pathlib import Path

from sqlite_utils import Database, Migrations

from drivers.media import sqlite
from drivers.media.damage import Look, look
from drivers.media.errors import StorageError
from election.aside import set_aside
from election.audit_events import AuditEvent, EventForm
from election.audit_log import check_detail
from election.day_sums import REASON_OF_VOTERS, DaySum

SCHEMA_VERSION = 2
_MIGRATIONS = Migrations("counters")
_OF_DEVICE = frozenset(event.value for event in AuditEvent if event.form is EventForm.DAY)
_REASON = re.compile(r"[a-z]+(-[a-z]+)*")


@_MIGRATIONS()
def counter_table(database: Database) -> None:
    """Make the one table: a number for each kind and reason."""
    database.table("counter").create(
        {"kind": str, "reason": str, "number": int},
        pk=("kind", "reason"),
        not_null={"kind", "reason", "number"},
        strict=True,
    )


@_MIGRATIONS()
def event_table(database: Database) -> None:
    """Make the table of events: a number for each word of `election.audit_events` and detail."""
    database.table("event").create(
        {"word": str, "detail": str, "number": int},
        pk=("word", "detail"),
        not_null={"word", "detail", "number"},
        strict=True,
    )


class CounterKind(StrEnum):
    """What is counted."""

    REFUSAL = "refusal"
    OVERRIDE = "override"


class Counters:
    """The counters in their database."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises `StorageError`."""
        self._path = path
        self._database = sqlite.open_tables(path, _MIGRATIONS, SCHEMA_VERSION)
        self._copy: Database | None = None

    def keep_also(self, path: Path | None) -> None:
        """Keep a second copy from now on, joined with what is there; None: no more.

        One that fails is left, and joined when it is kept again. Raises `StorageError`, `OSError`.
        """
        if (path is None) is (self._copy is None):
            return
        if self._copy is not None:
            self._copy.close()
        self._copy = None
        if path is None:
            return
        if look(path, "counter") is Look.DAMAGED:
            set_aside(path)
        copy = sqlite.open_tables(path, _MIGRATIONS, SCHEMA_VERSION)
        try:
            with sqlite.translated(path):
                _take_over(self._database, copy)
                _take_over(copy, self._database)
        except StorageError:
            copy.close()
            raise
        self._copy = copy

    def add(self, kind: CounterKind, reason: str) -> None:
        """Count one more; `ValueError` if `reason` is not lower-case words with hyphens."""
        if not _REASON.fullmatch(reason):
            raise ValueError("a reason is lower-case words with hyphens")
        self._count("counter", {"kind": kind.value, "reason": reason})

    def add_event(self, event: AuditEvent, detail: str = "", number: int = 1) -> None:
        """Count an event so often. `ValueError` for a detail that might be personal."""
        check_detail(detail)
        self._count("event", {"word": event.value, "detail": detail}, number)

    def sum_of(self, event: AuditEvent) -> int:
        """Return how often an event was counted, whatever its detail."""
        return sum(each.number for each in self.events() if each.event == event.value)

    def events(self) -> tuple[DaySum, ...]:
        """All events that were counted, sorted: the sums of the day."""
        with sqlite.translated(self._path):
            rows = self._database.table("event").rows_where(order_by="word, detail")
            return tuple(DaySum(row["word"], row["detail"], row["number"]) for row in rows)

    def of_device(self) -> tuple[DaySum, ...]:
        """Return the sums about the device, sorted: what CLOSE tells everybody."""
        sums: Counter[tuple[str, str]] = Counter()
        for each in self.events():
            if each.event in _OF_DEVICE:
                sums[each.event, "" if each.event in REASON_OF_VOTERS else each.reason] += (
                    each.number
                )
        return tuple(
            DaySum(event, reason, number) for (event, reason), number in sorted(sums.items())
        )

    def of_voters(self) -> tuple[DaySum, ...]:
        """Return the sums about voters, sorted: a station with one visitor would tell of a person."""
        shared = _OF_DEVICE.difference(REASON_OF_VOTERS)
        return tuple(each for each in self.events() if each.event not in shared)

    def read(self, kind: CounterKind) -> tuple[tuple[str, int], ...]:
        """(reason, number), sorted by reason."""
        with sqlite.translated(self._path):
            rows = self._database.table("counter").rows_where(
                "kind = ?", [kind.value], order_by="reason"
            )
            return tuple((row["reason"], row["number"]) for row in rows)

    def _count(self, name: str, key: dict[str, str], more: int = 1) -> None:
        with sqlite.translated(self._path), self._database.atomic():
            number = _number(self._database, name, key) + more
            self._database.table(name).upsert({**key, "number": number}, pk=tuple(key))
        if self._copy is None:
            return
        try:
            with sqlite.translated(self._path), self._copy.atomic():
                self._copy.table(name).upsert({**key, "number": number}, pk=tuple(key))
        except StorageError:
            self._copy.close()
            self._copy = None

    def close(self) -> None:
        """Close both databases."""
        self._database.close()
        if self._copy is not None:
            self._copy.close()


def _number(database: Database, name: str, key: dict[str, str]) -> int:
    where = " AND ".join(f"{column} = ?" for column in key)
    row = next(iter(database.table(name).rows_where(where, list(key.values()))), None)
    return int(row["number"]) if row else 0


def _take_over(into: Database, other: Database) -> None:
    """Let every number be at least that of the other database."""
    for name, columns in (("counter", ("kind", "reason")), ("event", ("word", "detail"))):
        with into.atomic():
            for row in other.table(name).rows:
                key = {column: str(row[column]) for column in columns}
                if int(row["number"]) > _number(into, name, key):
                    into.table(name).upsert({**key, "number": int(row["number"])}, pk=columns)
