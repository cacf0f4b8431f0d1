"""Count refusals and overrides of an identity station by reason; numbers only."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from sqlite_utils import Database, Migrations

from kiosk.storage import sqlite

SCHEMA_VERSION = 1
_MIGRATIONS = Migrations("counters")
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

    def add(self, kind: CounterKind, reason: str) -> None:
        """Count one more; `ValueError` if `reason` is not lower-case words with hyphens."""
        if not _REASON.fullmatch(reason):
            raise ValueError("a reason is lower-case words with hyphens")
        with sqlite.translated(self._path), self._database.atomic():
            table = self._database.table("counter")
            key = (kind.value, reason)
            before = next(iter(table.rows_where("kind = ? AND reason = ?", key)), None)
            number = before["number"] + 1 if before else 1
            table.upsert(
                {"kind": kind.value, "reason": reason, "number": number}, pk=("kind", "reason")
            )

    def read(self, kind: CounterKind) -> tuple[tuple[str, int], ...]:
        """(reason, number), sorted by reason."""
        with sqlite.translated(self._path):
            rows = self._database.table("counter").rows_where(
                "kind = ?", [kind.value], order_by="reason"
            )
            return tuple((row["reason"], row["number"]) for row in rows)

    def close(self) -> None:
        """Close the database."""
        self._database.close()
