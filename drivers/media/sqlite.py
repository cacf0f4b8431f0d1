"""Open SQLite in one place, and translate its errors into ours.

Settings, and why: a rollback journal (`drivers.media.journal`) because write-ahead frames keep the order of
commits;
`synchronous=EXTRA` so that a commit also survives a power cut right after the journal's
deletion; `secure_delete` and `temp_store=MEMORY` so that nothing stays in free pages or
temporary files.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sqlite_utils import Database, Migrations

from drivers.media.errors import (
    DamagedStoreError,
    MediumFullError,
    MediumLostError,
    MigrationError,
    StorageError,
    StoreInUseError,
    written,
)
from drivers.media.journal import JOURNAL, Journal, forget_pages, free_place, journal_of
from words.message import m

SYNCHRONOUS = "EXTRA"
_PRAGMAS = (
    f"synchronous={SYNCHRONOUS}",
    "fullfsync=ON",
    "checkpoint_fullfsync=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "mmap_size=0",
    "trusted_schema=OFF",
    "cell_size_check=ON",
)
ERRORS: Final = (sqlite3.Error, UnicodeDecodeError)
"""What Python's binding raises. SQLite's sentence about a damage quotes it, and that is not always text."""

_BUSY_SECONDS = 5.0
_NO_STEPS: Mapping[int, str] = MappingProxyType({})
_PRIMARY_CODE = 0xFF
"""Extended result codes carry the primary code in their low byte."""


class Connection(sqlite3.Connection):
    """A connection that knows its file, and what becomes of the journal."""

    file: Path
    journal: Journal


def connect(path: Path, *, read_only: bool = False, journal: Journal | None = None) -> Connection:
    """Open a database in autocommit mode. Raises what `translated` raises.

    `journal`: what becomes of the rollback journal; what every store does if None.
    """
    mode = "ro" if read_only else "rwc"
    if not read_only:
        with written(path.name):
            free_place(path)
    with translated(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            # A statement that is kept keeps the last values that were bound to it, such as a nonce.
            cached_statements=0,
            factory=Connection,
        )
        assert isinstance(connection, Connection)
        connection.file, connection.journal = path, journal or JOURNAL
        for pragma in (f"journal_mode={connection.journal.value}", *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")
        if not read_only and connection.journal is Journal.ZEROED and journal_of(path).exists():
            # A cut before the zeroing leaves its pages; reading first rolls back what has to be.
            connection.execute("PRAGMA schema_version").fetchone()
            forget_pages(path)
        return connection


@contextmanager
def opening(path: Path) -> Iterator[Connection]:
    """Give a connection that stays open if what is done with it first succeeds, and is closed if not.

    Raises what `translated` raises.
    """
    connection = connect(path)
    try:
        with translated(path):
            yield connection
    except BaseException:
        connection.close()
        raise


def open_schema(
    path: Path, schema: str, version: int, steps: Mapping[int, str] = _NO_STEPS
) -> sqlite3.Connection:
    """Open a database, creating `schema` in a new one.

    `steps`: by version, what makes a database of it one of the next version.
    Raises `MigrationError` for a database of any other version, and what `translated` raises.
    """
    with opening(path) as connection, transaction(connection):
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        before = found
        while found != version:
            if found and found not in steps:
                raise MigrationError(
                    m(
                        "{name} was written by another version: {found}",
                        name=path.name,
                        found=before,
                    )
                )
            for statement in (steps[found] if found else schema).split(";"):
                connection.execute(statement)
            found = found + 1 if found else version
            connection.execute(f"PRAGMA user_version={found}")
    return connection


def open_tables(path: Path, migrations: Migrations, version: int) -> Database:
    """Open a database of ordinary tables and bring it up to date (sqlite-utils migrations).

    For tables that hold no order worth hiding. Raises `MigrationError` for a database that a newer
    program wrote, and what `translated` raises.
    """
    with opening(path) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found > version:
            raise MigrationError(
                m("{name} was written by a newer version: {found}", name=path.name, found=found)
            )
        database = Database(connection, execute_plugins=False)
        migrations.apply(database)
        connection.execute(f"PRAGMA user_version={version}")
    return database


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Take the write lock at once; commit at the end, roll back on any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        ended(connection)


def ended(connection: sqlite3.Connection) -> tuple[int, ...]:
    """After a transaction was committed or rolled back: leave nothing of its journal. Never raises.

    Returns where it has changed pages, as `forget_pages`.
    """
    if isinstance(connection, Connection) and connection.journal is Journal.ZEROED:
        return forget_pages(connection.file)
    return ()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours: `StorageError` and its subclasses (`translate`)."""
    try:
        yield
    except ERRORS as error:
        raise translate(error, path) from error


def translate(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> StorageError:
    """Return our error for one of SQLite's, by its extended result code."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, UnicodeDecodeError):
        code = sqlite3.SQLITE_CORRUPT
    match None if code is None else code & _PRIMARY_CODE:
        case sqlite3.SQLITE_FULL:
            return MediumFullError(
                m("no room on the medium of {name}: free some, or replace it", name=path.name)
            )
        case (
            sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_PERM
        ):
            return MediumLostError(
                m("{name} cannot be read or written: check its medium", name=path.name)
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DamagedStoreError(
                m("{name} is damaged: replace its medium by an empty one", name=path.name)
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreInUseError(
                m("{name} is used by another program: stop that one first", name=path.name)
            )
        case _:
            return StorageError(m("{name} cannot be used: start this device again", name=path.name))
