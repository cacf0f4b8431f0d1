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
from contextlib import closing
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from drivers.media import sqlite
from drivers.media.errors import DamagedStoreError, MediumLostError, StorageError, written
from election.files import built_aside
from kiosk.storage import admissions
from kiosk.storage.salvage import set_aside

VOTERS: Final = "voter"
"""Table of a pollbook, whose rows change, as those of `admissions` do; all others only grow."""
POLLS: Final = "polls"
"""Table of the state of the polls."""


class _Look(Enum):
    MISSING = auto()
    DAMAGED = auto()
    SOUND = auto()


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
    found = {"primary": (primary, _look(primary, table))}
    if mirror is not None:
        found["mirror"] = (mirror, _look(mirror, table))
    with written(primary.name):
        damaged = tuple(name for name, (_, look) in found.items() if look is _Look.DAMAGED)
        for name in damaged:
            set_aside(found[name][0])
        if found["primary"][1] is _Look.SOUND:
            return Restored(lost=False, copied=False, damaged=damaged)
        if mirror is None or found["mirror"][1] is not _Look.SOUND:
            return Restored(lost=True, copied=False, damaged=damaged)
        with built_aside(primary) as built:
            shutil.copyfile(mirror, built)
    return Restored(lost=False, copied=True, damaged=damaged)


def join(connection: sqlite3.Connection, copy: Path) -> None:
    """Take what the copy holds more; nothing from one that is missing. Raises `StorageError`."""
    if _look(copy, VOTERS) is not _Look.SOUND:
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


def _look(path: Path, table: str) -> _Look:
    if path.is_symlink() or path.is_dir():
        return _Look.DAMAGED
    if not path.exists() or not path.stat().st_size:
        return _Look.MISSING
    try:
        with closing(sqlite.connect(path)) as connection, sqlite.translated(path):
            checked = connection.execute("PRAGMA quick_check").fetchall()
            connection.execute(f"SELECT * FROM {table}").fetchall()
    except DamagedStoreError:
        return _Look.DAMAGED
    except MediumLostError:
        raise
    except StorageError:
        return _Look.DAMAGED
    return _Look.SOUND if checked == [("ok",)] else _Look.DAMAGED
