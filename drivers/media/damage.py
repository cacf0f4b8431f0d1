"""Look at a database that may be damaged: whether it is sound, and what it gives until the damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from enum import Enum, auto
from itertools import count, islice
from pathlib import Path
from typing import Final

from drivers.media import sqlite
from drivers.media.errors import DamagedStoreError, MediumLostError, StorageError

_MOST_ROWS: Final = 1 << 18
"""Of a table: a terminal has at most 100,000 places for votes."""
_MOST_BYTES: Final = 1 << 24
"""Of a value."""
_STEP: Final = 1 << 16
_MOST_STEPS: Final = 1 << 9
"""Times `_STEP` instructions of SQLite: a table of the most rows takes a tenth of it."""


class Look(Enum):
    """What is in a database's place."""

    MISSING = auto()
    DAMAGED = auto()
    SOUND = auto()


def look(path: Path, table: str) -> Look:
    """Read every page, and a table that has to be there. Raises `MediumLostError`."""
    if path.is_symlink() or path.is_dir():
        return Look.DAMAGED
    if not path.exists() or not path.stat().st_size:
        return Look.MISSING
    try:
        with closing(sqlite.connect(path)) as connection, sqlite.translated(path):
            checked = connection.execute("PRAGMA quick_check").fetchall()
            connection.execute(f"SELECT * FROM {table}").fetchall()
    except DamagedStoreError:
        return Look.DAMAGED
    except MediumLostError:
        raise
    except StorageError:
        return Look.DAMAGED
    return Look.SOUND if checked == [("ok",)] else Look.DAMAGED


def rows_of(path: Path, query: str) -> Iterator[tuple[object, ...]]:
    """Read from either end until the damage; a row may come twice. `query` has `{way}` for the direction.

    What somebody made in the file's place ends by the limits: a table may be a view that never ends.
    """
    steps = count(1)
    for way in ("ASC", "DESC"):
        with suppress(OSError, *sqlite.ERRORS):
            # Immutable: neither a lock nor a journal is looked at, and nothing can be written.
            uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                connection.set_progress_handler(lambda: next(steps) > _MOST_STEPS, _STEP)
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
                yield from islice(connection.execute(query.format(way=way)), _MOST_ROWS)
