"""Keep with the pollbook whose ballot papers are being handed out: one person, and only meanwhile.

    begin       in the transaction that confirms a check-in on paper; whoever was there before is forgotten
    end         when the visit is over: the papers were named, and the document is out
    is_open     after a cut in between: this person, and nobody else, is still to get papers

One row, written over: it says who is at the desk, never who was there before. Its number counts changes, so
that of two copies the later one is known.
"""

from __future__ import annotations

import sqlite3
from typing import Final

SCHEMA: Final = """
CREATE TABLE handing(
    one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL,
    voter BLOB CHECK (voter IS NULL OR length(voter) = 32)
) STRICT;
"""


def begin(transaction: sqlite3.Connection, voter: bytes) -> None:
    """Note whose papers are handed out from now on. `voter`: reference in the pollbook, 32 bytes."""
    transaction.execute(
        "INSERT INTO handing VALUES (1, 1, ?)"
        " ON CONFLICT (one) DO UPDATE SET number = number + 1, voter = excluded.voter",
        (voter,),
    )


def end(transaction: sqlite3.Connection) -> bool:
    """Note that nobody waits for papers; tell whether somebody did."""
    ended = transaction.execute(
        "UPDATE handing SET number = number + 1, voter = NULL WHERE voter IS NOT NULL"
    )
    return ended.rowcount > 0


def is_open(connection: sqlite3.Connection, voter: bytes | None = None) -> bool:
    """Tell whether this voter's papers were never handed out to the end; None: whether anybody's."""
    row = connection.execute("SELECT voter FROM handing WHERE voter IS NOT NULL").fetchone()
    return row is not None and voter in (None, row[0])


def join(connection: sqlite3.Connection) -> None:
    """Take the attached `copy`'s row if it is the later one; one that was written before has none."""
    query = "SELECT 1 FROM copy.sqlite_schema WHERE type = 'table' AND name = 'handing'"
    if connection.execute(query).fetchone() is not None:
        connection.execute(
            "UPDATE main.handing SET number = c.number, voter = c.voter"
            " FROM copy.handing AS c WHERE c.number > main.handing.number"
        )
