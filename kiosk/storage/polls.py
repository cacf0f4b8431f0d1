"""Keep the state of the polls (`election.polls`) and the signed acts that led to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from drivers.media import sqlite
from drivers.media.errors import TamperedStoreError
from election import second_copy
from election.acts import SignedAct, Statement, read_statement
from election.errors import PollsStateError
from election.polls import (
    ACTS,
    STATES,
    TRANSITIONS,
    ActKind,
    Operator,
    PollsState,
    check_operators,
)
from election.schema import SchemaError, from_cbor, to_cbor
from words.message import m

SCHEMA_VERSION = 2
_MIGRATIONS = Migrations("polls")


@_MIGRATIONS()
def tables(database: Database) -> None:
    """Make the table `polls`: it has one row."""
    database.table("polls").create(
        {"id": int, "state": str, "package": bytes}, pk="id", not_null={"state"}, strict=True
    )
    database.table("polls").insert({"id": 1, "state": PollsState.UNCONFIGURED.value})


@_MIGRATIONS()
def signed_acts(database: Database) -> None:
    """Make the table of signed acts, and the anchor beside the state; acts without cards go."""
    for name in ("operator", "act"):
        database.table(name).drop(ignore=True)
    database.table("signed_act").create(
        {"number": int, "act": bytes}, pk="number", not_null={"act"}, strict=True
    )
    database.table("polls").add_column("anchor", bytes)


class Polls:
    """Reads and writes the medium at every call: what is shown is what a restart would find."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises `StorageError` (`MediumLostError`, `MediumFullError`, `MigrationError`)."""
        self._path = path
        self._database = sqlite.open_tables(path, _MIGRATIONS, SCHEMA_VERSION)

    @property
    def state(self) -> PollsState:
        """The state of the polls now. `TamperedStoreError` for a word that is none."""
        with sqlite.translated(self._path):
            try:
                return PollsState(self._row()["state"])
            except ValueError as error:
                raise self._tampered() from error

    @property
    def package_digest(self) -> bytes | None:
        """Digest of the package that was loaded; None if none was."""
        with sqlite.translated(self._path):
            digest: bytes | None = self._row()["package"]
            return digest

    @property
    def anchor(self) -> bytes | None:
        """The anchor that was kept with the last act or report (`election.anchors`); None: none yet."""
        with sqlite.translated(self._path):
            anchor: bytes | None = self._row()["anchor"]
            return anchor

    def keep_anchor(self, anchor: bytes) -> None:
        """Keep an anchor beside the state."""
        with sqlite.translated(self._path):
            self._database.table("polls").update(1, {"anchor": anchor})

    def acts(self) -> tuple[SignedAct, ...]:
        """Load, open and close, oldest first. `TamperedStoreError` for what is no act."""
        with sqlite.translated(self._path):
            rows = self._database.table("signed_act").rows_where(order_by="number")
            try:
                return tuple(from_cbor(SignedAct, row["act"]) for row in rows)
            except (SchemaError, TypeError) as error:
                raise self._tampered() from error

    def statements(self) -> tuple[Statement, ...]:
        """Read what the acts say. `ActRefusedError` for an act that says nothing."""
        return tuple(map(read_statement, self.acts()))

    def check(self, kind: ActKind) -> None:
        """Raise `PollsStateError` unless the act is possible in the present state."""
        if self.state not in TRANSITIONS[kind][0]:
            raise PollsStateError(
                m(
                    "{kind}: not possible while the polls are {state}",
                    kind=ACTS[kind],
                    state=STATES[self.state],
                )
            )

    def record(
        self,
        kind: ActKind,
        operators: Sequence[Operator],
        act: SignedAct | None = None,
        package_digest: bytes | None = None,
    ) -> None:
        """Change the state, and keep the act of two cards that does so.

        `act`: of load, open and close, verified; pause and resume are lines of the log.
        `package_digest`: of load. For good after a closing. Raises `PollsStateError`.
        """
        check_operators(kind, operators)
        if (act is None) is not (kind in {ActKind.PAUSE, ActKind.RESUME}):
            raise ValueError("load, open and close are signed by cards, pause and resume are not")
        with sqlite.translated(self._path), self._database.atomic():
            self.check(kind)
            changes: dict[str, object] = {"state": TRANSITIONS[kind][1].value}
            if package_digest is not None:
                changes["package"] = package_digest
            self._database.table("polls").update(1, changes)
            if act is not None:
                self._database.table("signed_act").insert({"act": to_cbor(act)})

    def close_store(self) -> None:
        """Close the database, not the polls."""
        self._database.close()

    def copy_to(self, path: Path) -> None:
        """Write a copy to the second medium. Raises `StorageError`."""
        second_copy.copy(self._database.conn, path)

    def _row(self) -> dict[str, Any]:
        return self._database.table("polls").get(1)

    def _tampered(self) -> TamperedStoreError:
        return TamperedStoreError(
            m("{name} holds what no program wrote: call headquarters", name=self._path.name)
        )
