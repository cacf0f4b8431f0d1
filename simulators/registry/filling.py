"""Fill the tables of a centre with claims of a country, as many as a day leaves, in minutes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from simulators.registry.cluster import Cluster
from simulators.registry.servers import query

PORTION: Final = 1_000_000
_LOADING: Final = (
    # What one transaction makes anew is written once, not to the WAL as well.
    "wal_level=minimal",
    "max_wal_senders=0",
    "fsync=off",
    "max_wal_size=8GB",
    "maintenance_work_mem=512MB",
    "work_mem=512MB",
    "log_parameter_max_length_on_error=0",
)
_STATIONS: Final = 2_874
"""That claimed, as many as branches are shown on the board's page (board.md)."""
_CLAIMS: Final = """INSERT INTO claim SELECT number, NULL, substr(sha256(number::text::bytea), 1, 16),
    'b02-x' || lpad((number % {stations})::text, 5, '0'), E'assembly\\ncouncil', true, false,
    sha512(('a' || number)::bytea) || sha512(('b' || number)::bytea) || sha256(('c' || number)::bytea),
    sha512(('d' || number)::bytea)
    FROM generate_series({first}::bigint, {last}::bigint) AS number"""
"""The claim of 160 bytes, as long as a real one, is random: nothing of it can be packed."""


def fill(database: Cluster, claims: int, tell: Callable[[str], None]) -> int:
    """Let a primary without standbys hold that many claims, each of another voter; return its bytes.

    Tables are there, and are not analysed. The server is stopped meanwhile; at the end all is on the medium.
    """
    primary = database.primary
    primary.stop_gently()
    primary.start(*_LOADING)
    portions = range(1, claims + 1, PORTION)
    statements = [
        _CLAIMS.format(stations=_STATIONS, first=first, last=min(claims, first + PORTION - 1))
        for first in portions
    ]
    tell(f"{claims:,} claims are written")
    query(
        primary.dsn,
        "BEGIN",
        "TRUNCATE claim, voter",
        *statements,
        # In the order of the key: pages are filled one after the other.
        "INSERT INTO voter SELECT reference, number FROM claim ORDER BY reference",
        f"SELECT setval('claim_number', {claims + 1})",
        "COMMIT",
        "CHECKPOINT",
        seconds=3600,
    )
    ((size,),) = query(primary.dsn, "SELECT pg_database_size(current_database())")
    primary.stop_gently()
    os.sync()
    primary.start()
    return int(size)
