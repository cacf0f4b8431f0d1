"""Counts of an identity station by reason: refusals and overrides. Numbers only."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from kiosk.storage import sqlite

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE counter(
    kind TEXT NOT NULL, reason TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (kind, reason)
) STRICT, WITHOUT ROWID;
"""
_REASON = re.compile(r"[a-z]+(-[a-z]+)*")


class CounterKind(StrEnum):
    REFUSAL = "refusal"
    OVERRIDE = "override"


class Counters:
    def __init__(self, path: Path) -> None:
        """Open or create. Raises `StorageError`."""
        self._path = path
        self._connection = sqlite.open_schema(path, _SCHEMA, SCHEMA_VERSION)

    def add(self, kind: CounterKind, reason: str) -> None:
        """Count one more; `ValueError` if `reason` is not lower-case words with hyphens."""
        if not _REASON.fullmatch(reason):
            raise ValueError("a reason is lower-case words with hyphens")
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            transaction.execute(
                "INSERT INTO counter VALUES (?, ?, 1)"
                " ON CONFLICT(kind, reason) DO UPDATE SET number = number + 1",
                (kind.value, reason),
            )

    def read(self, kind: CounterKind) -> tuple[tuple[str, int], ...]:
        """(reason, number), sorted by reason."""
        with sqlite.translated(self._path):
            return tuple(
                self._connection.execute(
                    "SELECT reason, number FROM counter WHERE kind = ? ORDER BY reason",
                    (kind.value,),
                ).fetchall()
            )

    def close(self) -> None:
        self._connection.close()
