"""Keep the state of the polls (`election.polls`) on the device's medium."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from election.definition import Role
from election.errors import PollsStateError
from election.polls import (
    ACTS,
    STATES,
    TRANSITIONS,
    ActKind,
    Operator,
    PollsAct,
    PollsState,
    check_operators,
)
from kiosk.storage import second_copy, sqlite
from words.message import m

SCHEMA_VERSION = 1
_MIGRATIONS = Migrations("polls")


@_MIGRATIONS()
def tables(database: Database) -> None:
    """Make the tables: `polls` has one row; `act` and `operator` say who changed it, when, and how."""
    database.table("polls").create(
        {"id": int, "state": str, "package": bytes}, pk="id", not_null={"state"}, strict=True
    )
    database.table("polls").insert({"id": 1, "state": PollsState.UNCONFIGURED.value})
    database.table("act").create(
        {"number": int, "kind": str, "at": int},
        pk="number",
        not_null={"kind", "at"},
        strict=True,
    )
    database.table("operator").create(
        {"act": int, "place": int, "role": str, "name": str, "fingerprint": bytes},
        pk=("act", "place"),
        not_null={"role", "name", "fingerprint"},
        foreign_keys=[("act", "act", "number")],
        strict=True,
    )


class Polls:
    """Reads and writes the medium at every call: what is shown is what a restart would find."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises `StorageError` (`MediumLostError`, `MediumFullError`, `MigrationError`)."""
        self._path = path
        self._database = sqlite.open_tables(path, _MIGRATIONS, SCHEMA_VERSION)

    @property
    def state(self) -> PollsState:
        """The state of the polls now."""
        with sqlite.translated(self._path):
            return PollsState(self._row()["state"])

    @property
    def package_digest(self) -> bytes | None:
        """Digest of the package that was loaded; None if none was."""
        with sqlite.translated(self._path):
            digest: bytes | None = self._row()["package"]
            return digest

    def acts(self) -> tuple[PollsAct, ...]:
        """Everything that changed the state, oldest first."""
        with sqlite.translated(self._path):
            rows = self._database.table("act").rows_where(order_by="number")
            return tuple(
                PollsAct(
                    ActKind(row["kind"]),
                    datetime.fromtimestamp(row["at"], UTC),
                    self._operators(row["number"]),
                )
                for row in rows
            )

    def load(self, package_digest: bytes, operators: Sequence[Operator], at: datetime) -> None:
        """Record that a package was loaded; again is allowed until the polls are opened."""
        self._act(ActKind.LOAD, operators, at, package_digest)

    def open(self, operators: Sequence[Operator], at: datetime) -> None:
        """Open the polls, by two roles. Raises `PollsStateError`."""
        self._act(ActKind.OPEN, operators, at)

    def pause(self, operators: Sequence[Operator], at: datetime) -> None:
        """Pause the polls. Raises `PollsStateError`."""
        self._act(ActKind.PAUSE, operators, at)

    def resume(self, operators: Sequence[Operator], at: datetime) -> None:
        """Resume paused polls. Raises `PollsStateError`."""
        self._act(ActKind.RESUME, operators, at)

    def close(self, operators: Sequence[Operator], at: datetime) -> None:
        """For good: there is no way back."""
        self._act(ActKind.CLOSE, operators, at)

    def close_store(self) -> None:
        """Close the database, not the polls."""
        self._database.close()

    def _act(
        self,
        kind: ActKind,
        operators: Sequence[Operator],
        at: datetime,
        package_digest: bytes | None = None,
    ) -> None:
        check_operators(kind, operators)
        allowed, target = TRANSITIONS[kind]
        with sqlite.translated(self._path), self._database.atomic():
            state = PollsState(self._row()["state"])
            if state not in allowed:
                raise PollsStateError(
                    m(
                        "{kind}: not possible while the polls are {state}",
                        kind=ACTS[kind],
                        state=STATES[state],
                    )
                )
            changes: dict[str, object] = {"state": target.value}
            if package_digest is not None:
                changes["package"] = package_digest
            self._database.table("polls").update(1, changes)
            number = (
                self._database.table("act")
                .insert({"kind": kind.value, "at": int(at.timestamp())})
                .last_pk
            )
            self._database.table("operator").insert_all(
                {
                    "act": number,
                    "place": place,
                    "role": each.role.value,
                    "name": each.name,
                    "fingerprint": each.fingerprint,
                }
                for place, each in enumerate(operators)
            )

    def copy_to(self, path: Path) -> None:
        """Write a copy to the second medium. Raises `StorageError`."""
        second_copy.copy(self._database.conn, path)

    def _row(self) -> dict[str, Any]:
        return self._database.table("polls").get(1)

    def _operators(self, number: int) -> tuple[Operator, ...]:
        rows = self._database.table("operator").rows_where("act = ?", [number], order_by="place")
        return tuple(Operator(Role(row["role"]), row["name"], row["fingerprint"]) for row in rows)
