"""Keep the pollbook and the state of the polls on both memories: neither may be lost with one.

    join        take what a pollbook's copy holds more: the further state of every voter
    copy        write the copy anew, in the order of its keys, and put it in place when it is whole

The database is written first, the copy before anything is promised; so the copy is never more than
one step behind, and a device that has lost one of them goes on from the other (`election.recovery`).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from drivers.media import sqlite
from drivers.media.damage import Look, look
from drivers.media.errors import written
from election import admissions, claim_book, handing
from election.files import built_aside

VOTERS: Final = "voter"
"""Table of a pollbook, whose rows change, as those of `admissions` and `handing` do; all others only grow."""


def join(connection: sqlite3.Connection, copy: Path) -> None:
    """Take what the copy holds more; nothing from one that is missing. Raises `StorageError`."""
    if look(copy, VOTERS) is not Look.SOUND:
        return
    with sqlite.translated(copy):
        connection.execute("ATTACH ? AS copy", (f"{copy.absolute().as_uri()}?mode=ro",))
        try:
            with sqlite.transaction(connection):
                tables = connection.execute(
                    "SELECT name FROM copy.sqlite_schema WHERE type = 'table'"
                ).fetchall()
                for (table,) in tables:
                    connection.execute(
                        f"INSERT OR IGNORE INTO main.{table} SELECT * FROM copy.{table}"
                    )
                admissions.join(connection)
                claim_book.join(connection)
                handing.join(connection)
                connection.execute(
                    f"UPDATE main.{VOTERS} SET state = 'issued', nonce = NULL, handle = NULL"
                    f" WHERE state = 'claimed' AND reference IN"
                    f" (SELECT reference FROM copy.{VOTERS} WHERE state = 'issued')"
                )
        finally:
            connection.execute("DETACH copy")


def copy(connection: sqlite3.Connection, path: Path) -> None:
    """Write the database to `path` and through to its medium. Raises `StorageError`."""
    with written(path.name), built_aside(path) as built, sqlite.translated(path):
        # Nothing is synced twice: the file has no name yet, and gets it when it is through.
        connection.execute("PRAGMA synchronous=OFF")
        try:
            # In the order of the keys: what came last is nowhere last.
            connection.execute("VACUUM INTO ?", (str(built),))
        finally:
            connection.execute(f"PRAGMA synchronous={sqlite.SYNCHRONOUS}")
