"""Keep claims: what every store does, and the store of a branch in one SQLite file.

A store settles a batch in one transaction: it reads what the batch touches, lets `registry.settling` answer,
writes what changed, and returns when that is on the medium. No time is kept, rows are sorted by their keys,
and in SQLite the file is written anew after a grant (VACUUM), because pages keep the order of arrival.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, Protocol, TypeVar

from drivers.media import sqlite
from election.claims import REFERENCE_SIZE, SignedClaim
from election.definition import BranchId, ContestId, DeviceId
from election.registry_status import ClaimSums
from election.wiping import overwrite
from registry.rules import Held, Steps
from registry.settling import Asked, DeviceState, Known, Outcome, settle

SCHEMA_VERSION: Final = 2
_SEPARATOR: Final = "\n"
_COPIES: Final = "copies and backups of the file, and exports of it"
_SCHEMA: Final = f"""
CREATE TABLE claim(
    reference BLOB NOT NULL CHECK (length(reference) = {REFERENCE_SIZE}),
    place INTEGER NOT NULL CHECK (place >= 0),
    device TEXT NOT NULL,
    contests TEXT NOT NULL,
    written INTEGER NOT NULL CHECK (written IN (0, 1)),
    returned INTEGER NOT NULL CHECK (returned IN (0, 1)),
    signed BLOB NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (reference, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE device(
    id TEXT PRIMARY KEY, branch TEXT,
    opened INTEGER NOT NULL, closed INTEGER NOT NULL, suspended INTEGER NOT NULL,
    last INTEGER NOT NULL, seen INTEGER NOT NULL, out INTEGER NOT NULL,
    claims INTEGER NOT NULL, allowed INTEGER NOT NULL, ordered INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID"""

P = ParamSpec("P")
T = TypeVar("T")
Change = Callable[[DeviceState], DeviceState]


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What is gone, and what people have to destroy by hand."""

    done: tuple[str, ...]
    left: tuple[str, ...]


class Book(Protocol):
    """Where claims are kept. Every method returns when what it wrote is durable."""

    async def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        """Answer a batch, in its order. Raises `StorageError`: then nothing of it is known."""

    async def change(self, device: DeviceId, change: Change) -> DeviceState:
        """Change what is known of a device, and return it. Raises `StorageError`."""

    async def device(self, device: DeviceId) -> DeviceState:
        """Return what is known of a device. Raises `StorageError`."""

    async def set_restored(self, *, restored: bool) -> None:
        """From now on nothing new is granted, or again. Raises `StorageError`."""

    async def claims(
        self, after: bytes = b"", most: int | None = None
    ) -> tuple[tuple[bytes, tuple[Held, ...]], ...]:
        """Return granted claims by reference, sorted, of the first `most` voters after one.

        Raises `StorageError`.
        """

    async def sums(self) -> ClaimSums:
        """Count claims over all voters. Raises `StorageError`."""

    async def devices(self) -> dict[DeviceId, DeviceState]:
        """Return all devices that are known. Raises `StorageError`."""

    async def destroy(self) -> Destroyed:
        """Remove everything for good; only `close` may follow. Raises `StorageError`, `OSError`."""

    async def close(self) -> None:
        """Close the store."""


class SqliteBook:
    """The book of a branch: one file, one connection. Called from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises `StorageError`."""
        self._path = path
        self._connection = sqlite.open_schema(path, _SCHEMA, SCHEMA_VERSION)

    def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        """Answer a batch; see `Book`."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            settled = settle(batch, self._known(batch))
            for reference, held in settled.voters.items():
                transaction.execute("DELETE FROM claim WHERE reference = ?", (reference,))
                rows = [
                    (
                        reference,
                        place,
                        each.device,
                        _SEPARATOR.join(sorted(each.contests)),
                        each.written,
                        each.returned,
                        each.signed.claim,
                        each.signed.signature,
                    )
                    for place, each in enumerate(held)
                ]
                transaction.executemany("INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            for device, state in settled.devices.items():
                _write_device(transaction, device, state)
        if settled.voters:
            self._forget_order()
        return settled.outcomes

    def change(self, device: DeviceId, change: Change) -> DeviceState:
        """Change what is known of a device; see `Book`."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            state = change(self._devices([device]).get(device, DeviceState()))
            _write_device(transaction, device, state)
        return state

    def device(self, device: DeviceId) -> DeviceState:
        """Return what is known of a device; see `Book`."""
        with sqlite.translated(self._path):
            return self._devices([device]).get(device, DeviceState())

    def set_restored(self, *, restored: bool) -> None:
        """Grant nothing new, or again; see `Book`."""
        with sqlite.translated(self._path), sqlite.transaction(self._connection) as transaction:
            transaction.execute("INSERT OR REPLACE INTO state VALUES ('restored', ?)", (restored,))

    def claims(
        self, after: bytes = b"", most: int | None = None
    ) -> tuple[tuple[bytes, tuple[Held, ...]], ...]:
        """Return granted claims; see `Book`."""
        with sqlite.translated(self._path):
            rows = self._connection.execute(
                "SELECT DISTINCT reference FROM claim WHERE reference > ? ORDER BY reference LIMIT ?",
                (after, -1 if most is None else most),
            )
            references = [reference for (reference,) in rows.fetchall()]
            return tuple((reference, self._held(reference)) for reference in references)

    def sums(self) -> ClaimSums:
        """Count claims; see `Book`."""
        with sqlite.translated(self._path):
            row = self._connection.execute(
                "SELECT count(DISTINCT reference), count(*), coalesce(sum(written), 0),"
                " coalesce(sum(returned), 0) FROM claim"
            ).fetchone()
        return ClaimSums(*row)

    def devices(self) -> dict[DeviceId, DeviceState]:
        """Return all devices; see `Book`."""
        with sqlite.translated(self._path):
            rows = self._connection.execute("SELECT id FROM device").fetchall()
            return self._devices([DeviceId(device) for (device,) in rows])

    def destroy(self) -> Destroyed:
        """Overwrite the file in its place, and its journal; see `Book`."""
        self._connection.close()
        beside = self._path.parent.glob(f"{self._path.name}-*")
        files = [self._path, *(path for path in beside if path.is_file())]
        for path in files:
            overwrite(path)
            path.unlink()
        return Destroyed(tuple(map(str, files)), (_COPIES,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _known(self, batch: Sequence[Asked]) -> Known:
        voters = {asked.reference: self._held(asked.reference) for asked in batch}
        holders = {each.device for held in voters.values() for each in held}
        askers = {asked.device for asked in batch}
        (row,) = self._connection.execute(
            "SELECT coalesce(max(value), 0) FROM state WHERE name = 'restored'"
        ).fetchone()
        return Known(voters, self._devices(holders | askers), restored=bool(row))

    def _held(self, reference: bytes) -> tuple[Held, ...]:
        rows = self._connection.execute(
            "SELECT device, contests, written, returned, signed, signature FROM claim"
            " WHERE reference = ? ORDER BY place",
            (reference,),
        ).fetchall()
        return tuple(
            Held(
                SignedClaim(signed, signature),
                DeviceId(device),
                frozenset(map(ContestId, contests.split(_SEPARATOR))),
                bool(written),
                bool(returned),
            )
            for device, contests, written, returned, signed, signature in rows
        )

    def _devices(self, devices: Iterable[DeviceId]) -> dict[DeviceId, DeviceState]:
        found = {}
        for device in devices:
            row = self._connection.execute(
                "SELECT branch, opened, closed, suspended, last, seen, out, claims, allowed, ordered"
                " FROM device WHERE id = ?",
                (device,),
            ).fetchone()
            if row is not None:
                branch, opened, closed, suspended, last, seen, out, claims, allowed, order = row
                found[device] = DeviceState(
                    None if branch is None else BranchId(branch),
                    bool(opened),
                    bool(closed),
                    bool(suspended),
                    Steps(last, seen, bool(out)),
                    claims,
                    allowed,
                    order,
                )
        return found

    def _forget_order(self) -> None:
        try:
            with sqlite.translated(self._path):
                self._connection.execute("VACUUM")
        finally:
            sqlite.ended(self._connection)


class ThreadedBook:
    """A `SqliteBook` for a service: its calls run one after the other in a thread of their own."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises `StorageError`."""
        self._thread = ThreadPoolExecutor(1, "registry book")
        self._book = SqliteBook(path)

    @classmethod
    async def open(cls, path: Path) -> ThreadedBook:
        """Open or make the file. Raises `StorageError`."""
        return cls(path)

    async def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        """Answer a batch; see `Book`."""
        return await self._in_thread(self._book.settle, batch)

    async def change(self, device: DeviceId, change: Change) -> DeviceState:
        """Change what is known of a device; see `Book`."""
        return await self._in_thread(self._book.change, device, change)

    async def device(self, device: DeviceId) -> DeviceState:
        """Return what is known of a device; see `Book`."""
        return await self._in_thread(self._book.device, device)

    async def set_restored(self, *, restored: bool) -> None:
        """Grant nothing new, or again; see `Book`."""
        await self._in_thread(partial(self._book.set_restored, restored=restored))

    async def claims(
        self, after: bytes = b"", most: int | None = None
    ) -> tuple[tuple[bytes, tuple[Held, ...]], ...]:
        """Return granted claims; see `Book`."""
        return await self._in_thread(self._book.claims, after, most)

    async def sums(self) -> ClaimSums:
        """Count claims; see `Book`."""
        return await self._in_thread(self._book.sums)

    async def devices(self) -> dict[DeviceId, DeviceState]:
        """Return all devices; see `Book`."""
        return await self._in_thread(self._book.devices)

    async def destroy(self) -> Destroyed:
        """Overwrite the file; see `Book`."""
        return await self._in_thread(self._book.destroy)

    async def close(self) -> None:
        """Close the file."""
        await self._in_thread(self._book.close)
        self._thread.shutdown()

    async def _in_thread(self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        done = partial(call, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(self._thread, done)


def _write_device(transaction: sqlite3.Connection, device: DeviceId, state: DeviceState) -> None:
    steps = state.steps
    transaction.execute(
        "INSERT OR REPLACE INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            device,
            state.branch,
            state.opened,
            state.closed,
            state.suspended,
            steps.last,
            steps.seen,
            steps.out,
            state.claims,
            state.allowed,
            state.order,
        ),
    )
