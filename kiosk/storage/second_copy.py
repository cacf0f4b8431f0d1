"""Keep the pollbook and the state of the polls on both memories: neither may be lost with one.

    restore     before a database is opened: of a missing or damaged one and a sound copy, the copy
    join        take what a pollbook's copy holds more: the further state of every voter
    copy        write the copy anew, in the order of its keys, and put it in place when it is whole

The database is written first, the copy before anything is promised; so the copy is never more than
one step behind, and a device that has lost one of them goes on from the other.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.media import sqlite
from drivers.media.damage import Look, look
from drivers.media.errors import written
from election.aside import set_aside
from election.files import built_aside
from kiosk.storage import admissions

VOTERS: Final = "voter"
"""Table of a pollbook, whose rows change, as those of `admissions` do; all others only grow."""
POLLS: Final = "polls"
"""Table of the state of the polls."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was found before a database was opened."""

    lost: bool
    """There is none on either memory; a damaged one is kept under another name."""
    copied: bool
    """It was missing or damaged, and the copy took its place."""
    damaged: tuple[str, ...]
    """Of "primary", "mirror": those that were set aside."""


def restore(primary: Path, mirror: Path | None, table: str) -> Restored:
    """Bring a sound database to `primary`, if there is one. Raises `StorageError`.

    `mirror`: its copy; None if the second memory is not there. `table`: what it has to have.
    """
    found = {"primary": (primary, look(primary, table))}
    if mirror is not None:
        found["mirror"] = (mirror, look(mirror, table))
    with written(primary.name):
        damaged = tuple(name for name, (_, seen) in found.items() if seen is Look.DAMAGED)
        for name in damaged:
            set_aside(found[name][0])
        if found["primary"][1] is Look.SOUND:
            return Restored(lost=False, copied=False, damaged=damaged)
        if mirror is None or found["mirror"][1] is not Look.SOUND:
            return Restored(lost=True, copied=False, damaged=damaged)
        with built_aside(primary) as built:
            shutil.copyfile(mirror, built)
    return Restored(lost=False, copied=True, damaged=damaged)


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
