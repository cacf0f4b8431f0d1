"""Keep the claims of a country in PostgreSQL 15.

A batch is one transaction under one advisory lock, so two services at once, as during a restart, settle
one after the other. Rows are narrow: a voter's row points to the latest claim, claims are appended and
point to the one before. No table has a time.

A transaction that wrote nothing writes one WAL message (`pg_logical_emit_message`): its commit waits for the
standby like any other. Without it the answer to a retry could be granted on the word of a row that no
standby has. The service's connections look rows up by index (`enable_seqscan` off): on the morning of the
day the tables are empty and have no statistics.

The lock is held until the standby has confirmed. If the service is killed while it waits, PostgreSQL commits
on the primary alone and lets go of the lock; the next batch then waits for the standby itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from drivers.media.errors import MediumFullError, MediumLostError, StorageError
from election.claims import SignedClaim
from election.definition import BranchId, ContestId, DeviceId
from election.registry_status import ClaimSums
from registry.book import Change, Destroyed
from registry.rules import Held, Steps
from registry.settling import Asked, DeviceState, Known, Outcome, Settled, settle
from words.message import Latin, m

PARTITIONS: Final = 16
COMMAND_SECONDS: Final = 20.0
"""A commit waits for a standby; longer than this is an answer that nobody waits for."""
CONNECT_SECONDS: Final = 5.0
"""Of several servers the next one is tried then."""
_LOCK: Final = 0x616D696E
"""Of the advisory lock: "amin"."""
_SEPARATOR: Final = "\n"
SILENT: Final = {
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    # Others show the row that a statement failed on.
    "log_error_verbosity": "terse",
}
"""Settings of the database without which its log could hold what a statement was about."""
_NO_RESOURCES: Final = "53"
"""The class of SQLSTATE."""
_SETTINGS: Final = {
    "application_name": "amin-registry",
    # Of a longer one, the snapshot would be from before the lock.
    "default_transaction_isolation": "read committed",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "synchronous_commit": "on",
    "jit": "off",
}

SCHEMA: Final = "\n".join(
    [
        """CREATE SEQUENCE IF NOT EXISTS claim_number;
CREATE TABLE IF NOT EXISTS claim(
    number bigint PRIMARY KEY,
    previous bigint,
    reference bytea NOT NULL CHECK (length(reference) = 16),
    device text NOT NULL,
    contests text NOT NULL,
    written boolean NOT NULL,
    returned boolean NOT NULL,
    signed bytea NOT NULL,
    signature bytea NOT NULL CHECK (length(signature) = 64)
);
CREATE TABLE IF NOT EXISTS voter(
    reference bytea PRIMARY KEY CHECK (length(reference) = 16),
    claim bigint NOT NULL
) PARTITION BY HASH (reference);
CREATE TABLE IF NOT EXISTS device(
    id text PRIMARY KEY, branch text,
    opened boolean NOT NULL, closed boolean NOT NULL, suspended boolean NOT NULL,
    last bigint NOT NULL, seen bigint NOT NULL, out boolean NOT NULL,
    claims integer NOT NULL, allowed integer NOT NULL, ordered integer NOT NULL
);
CREATE TABLE IF NOT EXISTS state(name text PRIMARY KEY, value integer NOT NULL);""",
        *(
            f"CREATE TABLE IF NOT EXISTS voter_{part} PARTITION OF voter"
            f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part});"
            for part in range(PARTITIONS)
        ),
    ]
)
"""Made by whoever opens the database first."""

_CLAIM_COLUMNS: Final = (
    "c.reference, c.number, c.previous, c.device, c.contests, c.written, c.returned,"
    " c.signed, c.signature"
)
_LATEST: Final = (
    f"SELECT {_CLAIM_COLUMNS} FROM unnest($1::bytea[]) AS asked(reference)"
    " JOIN voter v ON v.reference = asked.reference JOIN claim c ON c.number = v.claim"
)
_EARLIER: Final = (
    f"SELECT {_CLAIM_COLUMNS} FROM unnest($1::bigint[]) AS asked(number)"
    " JOIN claim c ON c.number = asked.number"
)
_DEVICES: Final = "SELECT d.* FROM unnest($1::text[]) AS asked(id) JOIN device d ON d.id = asked.id"
_STATE: Final = f"""WITH now AS MATERIALIZED (
        SELECT setval('claim_number', nextval('claim_number') + $2) - $2 AS first,
            coalesce((SELECT value FROM state WHERE name = 'restored'), 0) <> 0 AS restored)
    SELECT found.*, now.* FROM now LEFT JOIN ({_DEVICES}) AS found ON true"""
"""Devices, and with each of them, or with none, the state; sets numbers aside, one for each request."""
_WRITE_DEVICES: Final = """INSERT INTO device SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[],
        $4::boolean[], $5::boolean[], $6::bigint[], $7::bigint[], $8::boolean[], $9::integer[],
        $10::integer[], $11::integer[])
    ON CONFLICT (id) DO UPDATE SET branch = excluded.branch, opened = excluded.opened,
        closed = excluded.closed, suspended = excluded.suspended, last = excluded.last,
        seen = excluded.seen, out = excluded.out, claims = excluded.claims,
        allowed = excluded.allowed, ordered = excluded.ordered"""
_WRITE: Final = f"""WITH devices AS ({_WRITE_DEVICES}),
    claims AS (INSERT INTO claim SELECT * FROM unnest($12::bigint[], $13::bigint[], $14::bytea[],
        $15::text[], $16::text[], $17::boolean[], $18::boolean[], $19::bytea[], $20::bytea[])),
    voters AS (INSERT INTO voter SELECT * FROM unnest($21::bytea[], $22::bigint[])
        ON CONFLICT (reference) DO UPDATE SET claim = excluded.claim)
    UPDATE claim SET written = changed.written, returned = changed.returned
    FROM unnest($23::bigint[], $24::boolean[], $25::boolean[]) AS changed(number, written, returned)
    WHERE claim.number = changed.number"""
"""Everything that a batch changes, in one statement. A claim is either new or noted, never both."""
_DEVICE_COLUMNS: Final = 11
_CLAIM_ROW: Final = 9
_BEGIN: Final = f"BEGIN; SELECT pg_advisory_xact_lock({_LOCK})"
_END: Final = "SELECT pg_logical_emit_message(true, 'amin-registry', ''); COMMIT"


class PostgresBook:
    """The book of the centre. `open` makes one."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """Take a pool whose connections have the service's settings."""
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str, connections: int = 2) -> PostgresBook:
        """Connect to a database, and make the tables that it lacks. Raises `StorageError`."""
        with _translated():
            pool = await asyncpg.create_pool(
                dsn,
                min_size=0,
                max_inactive_connection_lifetime=0,
                max_size=connections,
                command_timeout=COMMAND_SECONDS,
                timeout=CONNECT_SECONDS,
                server_settings=_SETTINGS,
                reset=_as_it_is,
            )
            async with pool.acquire() as connection:
                await _check_silent(connection)
                await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
                await connection.execute(SCHEMA)
                await connection.execute(f"SELECT pg_advisory_unlock({_LOCK})")
        return cls(pool)

    async def settle(self, batch: Sequence[Asked]) -> tuple[Outcome, ...]:
        """Answer a batch; see `registry.book.Book`."""
        async with self._transaction() as connection:
            read = await _read(connection, batch)
            settled = settle(batch, read.known)
            await _write(connection, read, settled)
        return settled.outcomes

    async def change(self, device: DeviceId, change: Change) -> DeviceState:
        """Change what is known of a device; see `registry.book.Book`."""
        async with self._transaction() as connection:
            found = await _devices(connection, [device])
            state = change(found.get(device, DeviceState()))
            await _write_devices(connection, {device: state})
        return state

    async def device(self, device: DeviceId) -> DeviceState:
        """Return what is known of a device; see `registry.book.Book`."""
        async with self._transaction() as connection:
            return (await _devices(connection, [device])).get(device, DeviceState())

    async def set_restored(self, *, restored: bool) -> None:
        """Grant nothing new, or again; see `registry.book.Book`."""
        async with self._transaction() as connection:
            await connection.execute(
                "INSERT INTO state VALUES ('restored', $1)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                int(restored),
            )

    async def claims(
        self, after: bytes = b"", most: int | None = None
    ) -> tuple[tuple[bytes, tuple[Held, ...]], ...]:
        """Return granted claims; see `registry.book.Book`."""
        async with self._transaction() as connection:
            rows = await connection.fetch(
                "SELECT reference FROM voter WHERE reference > $1 ORDER BY reference LIMIT $2",
                after,
                most,
            )
            references = [row["reference"] for row in rows]
            voters, _ = await _voters(connection, references)
        return tuple((reference, voters[reference]) for reference in references)

    async def sums(self) -> ClaimSums:
        """Count claims; see `registry.book.Book`."""
        async with self._transaction() as connection:
            row = await connection.fetchrow(
                "SELECT (SELECT count(*) FROM voter), count(*), count(*) FILTER (WHERE written),"
                " count(*) FILTER (WHERE returned) FROM claim"
            )
        return ClaimSums(*row)

    async def devices(self) -> dict[DeviceId, DeviceState]:
        """Return all devices; see `registry.book.Book`."""
        async with self._transaction() as connection:
            rows = await connection.fetch("SELECT id FROM device")
            return await _devices(connection, [row["id"] for row in rows])

    async def destroy(self) -> Destroyed:
        """Drop the tables; see `registry.book.Book`. WAL, standbys and backups keep what was there."""
        async with self._transaction() as connection:
            await connection.execute("DROP TABLE IF EXISTS voter, claim, device, state")
            await connection.execute("DROP SEQUENCE IF EXISTS claim_number")
            folder = await connection.fetchval("SHOW data_directory")
            archive = await connection.fetchval("SHOW archive_command")
            standbys = await connection.fetch("SELECT application_name FROM pg_stat_replication")
        left = (
            f"the cluster in {folder}: its write-ahead log and free pages",
            f"what this archives: {archive}",
            *(f"the standby {row['application_name']}" for row in standbys),
            "base backups and dumps of it, and exports",
        )
        return Destroyed(("tables claim, voter, device, state",), left)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Any]:
        """Do all in one transaction, one after the other with whoever else uses the database."""
        with _translated():
            async with self._pool.acquire() as connection:
                try:
                    await connection.execute(_BEGIN)
                    yield connection
                    # Whatever was written or not: nothing is answered that no standby has.
                    await connection.execute(_END)
                except BaseException:
                    await _undo(connection)
                    raise


# ---------------------------------------------------------------- parts


@dataclass(frozen=True, slots=True)
class _Read:
    known: Known
    numbers: Mapping[bytes, tuple[int, ...]]
    """Of the claims of voters, the earliest first."""
    first: int
    """Of the numbers that are set aside for new ones."""


async def _as_it_is(_: Any) -> None:
    """Leave a connection as it is between two batches: nothing here changes its settings."""


async def _undo(connection: Any) -> None:
    try:
        await connection.execute("ROLLBACK")
    except Exception:  # noqa: BLE001 - also what asyncpg says of a statement that was cancelled
        # The server ends the transaction with the line; to wait for it helps nobody.
        connection.terminate()


async def _check_silent(connection: Any) -> None:
    """Refuse a database whose log would say who came, and when. Raises `StorageError`."""
    for name, value in SILENT.items():
        if await connection.fetchval(f"SHOW {name}") != value:
            raise StorageError(
                m(
                    "the database's log would tell pseudonyms of voters; as its superuser: {command}",
                    command=Latin(f"ALTER SYSTEM SET {name} = '{value}'; SELECT pg_reload_conf()"),
                )
            )


async def _read(connection: Any, batch: Sequence[Asked]) -> _Read:
    voters, numbers = await _voters(connection, sorted({asked.reference for asked in batch}))
    asking = {each.device for held in voters.values() for each in held}
    asking |= {asked.device for asked in batch}
    rows = await connection.fetch(_STATE, sorted(asking), len(batch))
    devices = {DeviceId(row["id"]): _state(row) for row in rows if row["id"] is not None}
    return _Read(Known(voters, devices, rows[0]["restored"]), numbers, rows[0]["first"])


async def _voters(
    connection: Any, references: Sequence[bytes]
) -> tuple[dict[bytes, tuple[Held, ...]], dict[bytes, tuple[int, ...]]]:
    """Return the claims of voters, and the numbers of these claims, the earliest first."""
    voters: dict[bytes, tuple[Held, ...]] = {}
    numbers: dict[bytes, tuple[int, ...]] = {}
    rows = await connection.fetch(_LATEST, references)
    while rows:
        for row in rows:
            reference = row["reference"]
            voters[reference] = (_held(row), *voters.get(reference, ()))
            numbers[reference] = (row["number"], *numbers.get(reference, ()))
        earlier = [row["previous"] for row in rows if row["previous"] is not None]
        rows = await connection.fetch(_EARLIER, earlier) if earlier else []
    return voters, numbers


def _held(row: Any) -> Held:
    return Held(
        SignedClaim(row["signed"], row["signature"]),
        DeviceId(row["device"]),
        frozenset(map(ContestId, row["contests"].split(_SEPARATOR))),
        row["written"],
        row["returned"],
    )


async def _devices(connection: Any, devices: Iterable[DeviceId]) -> dict[DeviceId, DeviceState]:
    rows = await connection.fetch(_DEVICES, sorted(devices))
    return {DeviceId(row["id"]): _state(row) for row in rows}


def _state(row: Any) -> DeviceState:
    return DeviceState(
        None if row["branch"] is None else BranchId(row["branch"]),
        row["opened"],
        row["closed"],
        row["suspended"],
        Steps(row["last"], row["seen"], row["out"]),
        row["claims"],
        row["allowed"],
        row["ordered"],
    )


async def _write(connection: Any, read: _Read, settled: Settled) -> None:
    """Append claims in the order of their voters, and let voters point to their latest one."""
    changed: list[tuple[int, bool, bool]] = []
    new: list[tuple[object, ...]] = []
    pointers: dict[bytes, int] = {}
    for reference, held in sorted(settled.voters.items()):
        before, have = read.known.voters.get(reference, ()), read.numbers.get(reference, ())
        changed += [
            (number, now.written, now.returned)
            for number, now, then in zip(have, held, before, strict=False)
            if now != then
        ]
        latest = have[-1] if have else None
        for each in held[len(before) :]:
            number = read.first + len(new)
            new.append(_row(number, latest, reference, each))
            pointers[reference] = latest = number
    if new or changed or settled.devices:
        await connection.execute(
            _WRITE,
            *_columns(_device_rows(settled.devices), _DEVICE_COLUMNS),
            *_columns(new, _CLAIM_ROW),
            *_columns(list(pointers.items()), 2),
            *_columns(changed, 3),
        )


def _row(number: int, previous: int | None, reference: bytes, held: Held) -> tuple[object, ...]:
    return (
        number,
        previous,
        reference,
        held.device,
        _SEPARATOR.join(sorted(held.contests)),
        held.written,
        held.returned,
        held.signed.claim,
        held.signed.signature,
    )


def _columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    return [[row[column] for row in rows] for column in range(width)]


async def _write_devices(connection: Any, devices: Mapping[DeviceId, DeviceState]) -> None:
    await connection.execute(_WRITE_DEVICES, *_columns(_device_rows(devices), _DEVICE_COLUMNS))


def _device_rows(devices: Mapping[DeviceId, DeviceState]) -> list[tuple[object, ...]]:
    return [
        (
            device,
            state.branch,
            state.opened,
            state.closed,
            state.suspended,
            state.steps.last,
            state.steps.seen,
            state.steps.out,
            state.claims,
            state.allowed,
            state.order,
        )
        for device, state in sorted(devices.items())
    ]


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the database tells into our errors."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if str(error.sqlstate).startswith(_NO_RESOURCES):
            raise MediumFullError(m("the registry's database has no room")) from error
        raise StorageError(m("the registry's database refuses")) from error
    except (
        OSError,
        TimeoutError,
        asyncpg.InterfaceError,
        # Of a line on which the server said that it ends, and which is not down yet.
        asyncpg.InternalClientError,
    ) as error:
        raise MediumLostError(m("the registry's database does not answer")) from error
