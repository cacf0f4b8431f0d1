"""The state of the polls (`kiosk.polls`), kept on the device's medium."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from kiosk.definition import Role
from kiosk.errors import PollsStateError
from kiosk.polls import TRANSITIONS, Act, ActKind, Operator, PollsState, check_operators
from kiosk.storage import sqlite

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE polls(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL, package BLOB
) STRICT;
CREATE TABLE act(
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE operator(
    act INTEGER NOT NULL REFERENCES act(number), place INTEGER NOT NULL,
    role TEXT NOT NULL, name TEXT NOT NULL, fingerprint BLOB NOT NULL,
    PRIMARY KEY (act, place)
) STRICT, WITHOUT ROWID;
INSERT INTO polls VALUES (1, 'unconfigured', NULL);
"""


class Polls:
    """Reads and writes the medium at every call: what is shown is what a restart would find."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises `StorageError` (`MediumLost`, `MediumFull`, `MigrationError`)."""
        self._path = path
        self._connection = sqlite.open_schema(path, _SCHEMA, SCHEMA_VERSION)

    @property
    def state(self) -> PollsState:
        with sqlite.translated(self._path):
            (state,) = self._connection.execute("SELECT state FROM polls").fetchone()
        return PollsState(state)

    @property
    def package_digest(self) -> bytes | None:
        """Digest of the package that was loaded; None if none was."""
        with sqlite.translated(self._path):
            row: tuple[bytes | None] = self._connection.execute(
                "SELECT package FROM polls"
            ).fetchone()
        return row[0]

    def acts(self) -> tuple[Act, ...]:
        """Everything that changed the state, oldest first."""
        with sqlite.translated(self._path):
            acts = self._connection.execute(
                "SELECT number, kind, at FROM act ORDER BY number"
            ).fetchall()
            return tuple(
                Act(ActKind(kind), datetime.fromtimestamp(at, UTC), self._operators(number))
                for number, kind, at in acts
            )

    def load(self, package_digest: bytes, operators: Sequence[Operator], at: datetime) -> None:
        """A package was loaded; again is allowed until the polls are opened."""
        self._act(ActKind.LOAD, operators, at, package_digest)

    def open(self, operators: Sequence[Operator], at: datetime) -> None:
        self._act(ActKind.OPEN, operators, at)

    def pause(self, operators: Sequence[Operator], at: datetime) -> None:
        self._act(ActKind.PAUSE, operators, at)

    def resume(self, operators: Sequence[Operator], at: datetime) -> None:
        self._act(ActKind.RESUME, operators, at)

    def close(self, operators: Sequence[Operator], at: datetime) -> None:
        """For good: there is no way back."""
        self._act(ActKind.CLOSE, operators, at)

    def close_store(self) -> None:
        """Close the database, not the polls."""
        self._connection.close()

    def _act(
        self,
        kind: ActKind,
        operators: Sequence[Operator],
        at: datetime,
        package_digest: bytes | None = None,
    ) -> None:
        check_operators(kind, operators)
        allowed, target = TRANSITIONS[kind]
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            state = self.state
            if state not in allowed:
                raise PollsStateError(
                    f"{kind.value}: not possible while the polls are {state.value}"
                )
            transaction.execute("UPDATE polls SET state = ?", (target.value,))
            if package_digest is not None:
                transaction.execute("UPDATE polls SET package = ?", (package_digest,))
            number = transaction.execute(
                "INSERT INTO act(kind, at) VALUES (?, ?)", (kind.value, int(at.timestamp()))
            ).lastrowid
            transaction.executemany(
                "INSERT INTO operator VALUES (?, ?, ?, ?, ?)",
                (
                    (number, place, each.role, each.name, each.fingerprint)
                    for place, each in enumerate(operators)
                ),
            )

    def _operators(self, number: int) -> tuple[Operator, ...]:
        rows = self._connection.execute(
            "SELECT role, name, fingerprint FROM operator WHERE act = ? ORDER BY place", (number,)
        )
        return tuple(Operator(Role(role), name, mark) for role, name, mark in rows)
